"""What of a text its writer wrote, and what of that counts for scoring. The original stays as it is.

Every pattern here is either anchored or bounded, so that no text takes more than linear time.
"""

from __future__ import annotations

import html
import re

from deskpulse.enrich.history import without_history
from deskpulse.enrich.markup import is_marked_up, strip_markup

_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8}\d?);", re.IGNORECASE)
_LINK = re.compile(r"<?(?:https?://|www\.)[^\s<>|]+(?:\|[^<>]{0,200})?>?", re.IGNORECASE)
_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@\w[\w-]*\.[\w.-]+")
_MENTION = re.compile(r"<@\w+>|(?<!\w)@\w+")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "“": '"', "”": '"', "\u00a0": " "})
_ODD_QUOTES = re.compile("[’‘ʼ`´“”\u00a0]")


def own_text(text: str) -> str:
    """Return what the writer wrote: no markup, quoted history or signature; "" when nothing is left."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "<" in text and is_marked_up(text):
        text = strip_markup(text)
    if "&" in text and _ENTITY.search(text):
        text = html.unescape(text)
    if "\n" in text:
        text = without_history(text)
    return text.strip()


def plain_text(body: str) -> str:
    """Return a body without links, addresses and mentions, with straight quotes."""
    if "://" in body or "www." in body:
        body = _LINK.sub(" ", body)
    if "@" in body:
        words = body.split(" ")  # neither holds a space: the patterns need not try every place of the text
        body = " ".join([_MENTION.sub(" ", _ADDRESS.sub(" ", word)) if "@" in word else word for word in words])
    if not body.isascii() and _ODD_QUOTES.search(body):
        body = body.translate(_QUOTES)
    return body
