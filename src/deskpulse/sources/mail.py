"""One e-mail as a record: who, when, about what, in which thread, and its text. Nothing in it is trusted.

The library's lenient policy is used: its structured headers cost ten times as much and fail on broken ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import collapse_rfc2231_value, getaddresses, parsedate_to_datetime
from typing import Any, TypeVar

from deskpulse.core.ids import content_hash
from deskpulse.sources.encoding import repair
from deskpulse.sources.html_text import html_to_text
from deskpulse.sources.json_text import clean

_ID = re.compile(r"<([^<>\s]{1,998})>")
_KEPT_HEADERS = ("List-Id", "X-Gmail-Labels", "X-Priority", "Importance", "X-Spam-Flag", "Delivered-To", "Reply-To")
_LATER = ("body", "attachments")
_LONGEST_HEADER = 20_000
# What the library raises on headers and contents that are not what they claim.
_FAULTS = (ValueError, TypeError, LookupError, AttributeError, AssertionError, RecursionError)
T = TypeVar("T")


class MailRecord(dict[str, Any]):
    """A message's fields; its text and attachments are read only when somebody asks for them."""

    def __init__(self, raw: bytes) -> None:
        super().__init__(clean(_head(raw)))
        self._raw = raw

    def get(self, key: str, default: Any = None) -> Any:
        """Return a field."""
        self._complete(key)
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        self._complete(key)
        return super().__getitem__(key)

    def items(self) -> Any:
        """Return all fields."""
        self._complete(_LATER[0])
        return super().items()

    def _complete(self, key: str) -> None:
        if key in _LATER and key not in self:
            message = message_from_bytes(self._raw)
            self.update(clean({"body": _body(message), "attachments": _attachments(message)}))


def _head(raw: bytes) -> dict[str, Any]:
    message = BytesHeaderParser().parsebytes(raw, headersonly=True)
    sender = _addresses(message, "From")
    subject, sent = _header(message, "Subject"), _date(message)
    ids = _ID.findall(_header(message, "Message-ID"))
    return {
        "message_id": ids[0] if ids else content_hash([raw.decode("latin-1")]),
        "in_reply_to": next(iter(_ID.findall(_header(message, "In-Reply-To"))), None),
        "references": _ID.findall(_header(message, "References")), "subject": " ".join(subject.split()) or None,
        "from": sender[0] if sender else None, "to": _addresses(message, "To"), "cc": _addresses(message, "Cc"),
        "date": sent.isoformat() if sent else None, "is_automatic": _is_automatic(message),
        "headers": {name: text for name in _KEPT_HEADERS if (text := _header(message, name))},
    }  # fmt: skip


def _tried(read: Callable[[], T], otherwise: T) -> T:
    try:
        return read()
    except _FAULTS:
        return otherwise


def _header(message: Message, name: str) -> str:
    """Return a header as text, as it stands when it cannot be decoded."""
    given = message.get(name)
    if given is None:
        return ""
    raw = str(given)[:_LONGEST_HEADER]
    if not raw.isascii():
        raw = repair(raw.encode("utf-8", "surrogateescape")).decode()
    text = _tried(lambda: str(make_header(decode_header(raw))), raw) if "=?" in raw else raw
    return re.sub(r"\s*[\r\n]+\s*", " ", text).strip()


def _addresses(message: Message, name: str) -> list[dict[str, str]]:
    # Names are decoded after the addresses are taken apart: they may hold commas and brackets.
    none: list[tuple[str, str]] = []
    lines = [str(line)[:_LONGEST_HEADER] for line in message.get_all(name, [])]
    pairs = _tried(lambda: getaddresses([re.sub(r"[\r\n]+\s*", " ", line) for line in lines]), none)
    people = []
    for shown, address in pairs:
        if "@" in address:
            holder: Message = Message()
            holder["Name"] = shown.strip() or address
            people.append({"address": address.lower(), "name": _header(holder, "Name").strip("\"'")})
    return people


def _date(message: Message) -> datetime | None:
    received = _header(message, "Received").rpartition(";")[2]
    for text in (_header(message, "Date"), received):
        found = _moment(text)
        if found is not None:
            return found
    return None


def _moment(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (*_FAULTS, OverflowError):
        return None


def _body(message: Message) -> str | None:
    texts = [part for part in message.walk() if part.get_content_maintype() == "text" and not _filename(part)]
    plain = next((part for part in texts if part.get_content_subtype() == "plain"), None)
    if plain is not None and (text := _text(plain).replace("\r\n", "\n").strip()):
        return text
    html = next((part for part in texts if part.get_content_subtype() == "html"), None)
    return html_to_text(_text(html)) if html is not None else None


def _text(part: Message) -> str:
    payload = _tried(lambda: part.get_payload(decode=True), None)
    if not isinstance(payload, bytes):
        return ""
    charset = str(_tried(part.get_content_charset, None) or "utf-8")
    if charset in ("utf-8", "us-ascii"):
        return repair(payload).decode()
    return _tried(lambda: payload.decode(charset, "replace"), repair(payload).decode())


def _filename(part: Message) -> str | None:
    given: Any = part.get_param("filename", None, "content-disposition") or part.get_param("name", None)
    if not given:
        return None
    holder: Message = Message()
    holder["Name"] = _tried(lambda: collapse_rfc2231_value(given), str(given))
    return _header(holder, "Name") or None


def _attachments(message: Message) -> list[str]:
    return [name for part in message.walk() if not part.is_multipart() and (name := _filename(part))]


def _is_automatic(message: Message) -> bool:
    return (
        _header(message, "Auto-Submitted").lower().startswith("auto")
        or _header(message, "Precedence").lower() in ("bulk", "auto_reply", "junk")
        or bool(_header(message, "X-Autoreply") or _header(message, "X-Autorespond"))
        or "mailer-daemon@" in _header(message, "From").lower()
    )
