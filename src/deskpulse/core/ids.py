"""Ids: time-ordered random ones for what we create, content hashes for what has none."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable

from deskpulse.core.clock import now

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_SLUG = re.compile(r"[^a-z0-9]+")


def new_id(prefix: str) -> str:
    """Return a new id such as `run_01jd…`: sorts by time of creation, 80 random bits."""
    value = (int(now().timestamp() * 1000) << 80) | int.from_bytes(os.urandom(10))
    digits = []
    for _ in range(26):
        value, rest = divmod(value, 32)
        digits.append(_ALPHABET[rest])
    return f"{prefix}_{''.join(reversed(digits))}"


def entity_id(source: str, external_id: str) -> str:
    """Return our id of a vendor's thing: the source and the vendor's id, readable and stable."""
    return f"{source}:{external_id}"


def content_hash(values: Iterable[str | None]) -> str:
    """Return a 16-character hash of `values`; None and "" differ, and borders count."""
    digest = hashlib.blake2b(digest_size=8)
    for value in values:
        digest.update(b"\x00" if value is None else b"\x01" + value.encode("utf-8", "surrogatepass") + b"\x02")
    return digest.hexdigest()


def slug(text: str) -> str:
    """Return `text` as a lower-case name of letters, digits and dashes ("" becomes "unnamed")."""
    return _SLUG.sub("-", text.lower()).strip("-")[:60] or "unnamed"
