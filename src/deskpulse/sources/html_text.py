"""HTML to readable text: line breaks and list items stay, markup, scripts and styles go. Nothing is rendered.

The reader goes over the text once, whatever is in it: Python's own parser takes quadratic time on some broken markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

_BLOCK_TAGS = """
address article aside blockquote dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr
li main nav ol p pre section table tbody tfoot thead tr ul
"""
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote", "pre"})
_SILENT = frozenset({"script", "style", "head", "title", "template", "noscript", "svg"})
_TAG = re.compile(r"(/?)([a-zA-Z][a-zA-Z0-9:-]*)")
_ALT = re.compile(r"""\balt\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))""", re.I)
_LOOKS_LIKE_HTML = re.compile(r"<(/?[a-zA-Z][a-zA-Z0-9]*)(\s[^<>]*)?/?>|&(#\d+|#x[0-9a-fA-F]+|[a-zA-Z]{2,8});")
_BREAK, _GAP, _SPACE = "\x01", "\x02", "\x03"  # a line's end, a paragraph's end, a blank that stays


def _pieces(html: str) -> Iterator[tuple[str, bool]]:
    """Yield texts (False) and the insides of tags (True); comments and declarations are passed over."""
    place, length = 0, len(html)
    while place < length:
        start = html.find("<", place)
        if start < 0:
            yield html[place:], False
            return
        if start > place:
            yield html[place:start], False
        if html.startswith("<!--", start):
            end = html.find("-->", start + 4)
            place = end + 3 if end >= 0 else length
        elif html.startswith(("<!", "<?"), start):
            end = html.find(">", start)
            place = end + 1 if end >= 0 else length
        elif _TAG.match(html, start + 1):
            end = _tag_end(html, start)
            if end < 0:
                yield html[start:], False
                return
            yield html[start + 1 : end], True
            place = end + 1
        else:
            yield "<", False
            place = start + 1


def _tag_end(html: str, start: int) -> int:
    # A ">" inside a quoted attribute ends no tag; a quote that never closes is no quote.
    end = html.find(">", start)
    if end < 0 or not ('"' in html[start:end] or "'" in html[start:end]):
        return end
    place = start
    while True:
        ends = [found for sign in ">\"'" if (found := html.find(sign, place, place + 4096)) >= 0]
        if not ends:
            return end
        place = min(ends)
        if html[place] == ">":
            return place
        closing = html.find(html[place], place + 1, place + 65_536)
        if closing < 0:
            return end
        place = closing + 1


def _marked(html: str) -> Iterator[str]:
    silent = ""
    kept = 0
    for piece, is_tag in _pieces(html):
        if not is_tag:
            if not silent:
                text = re.sub(r"[\x01-\x03]", "", unescape(piece))
                yield re.sub(r"[ \t]", _SPACE, text) if kept else re.sub(r"[ \t\r\n\f]+", " ", text)
            continue
        match = _TAG.match(piece)
        closing, tag = (match.group(1), match.group(2).lower()) if match else ("", "")
        if silent:
            silent = "" if closing and tag == silent else silent
        elif tag in _SILENT:
            silent = "" if closing or piece.endswith("/") else tag
        elif tag == "br":
            yield "\n"
        elif tag in _BLOCKS:
            kept = max(kept + (-1 if closing else 1), 0) if tag == "pre" else kept
            yield (_GAP if tag in _PARAGRAPHS else _BREAK) + ("- " if tag == "li" and not closing else "")
        elif tag in ("td", "th") and not closing:
            yield "\t"
        elif tag == "img" and (alt := _ALT.search(piece[:2000])):
            yield unescape(alt.group(1) or alt.group(2) or alt.group(3) or "")


def html_to_text(html: str | None) -> str | None:
    """Return the text of an HTML fragment, None when there is none; broken markup gives what can be read of it."""
    if not html:
        return None
    lines = re.split(r"([\x01\x02\n])", "".join(_marked(html)))
    pieces: list[str] = []
    ends = 0  # line ends since the last text
    for line in lines:
        if line in (_BREAK, _GAP, "\n"):
            ends = ends + 1 if line == "\n" else max(ends, 2 if line == _GAP else 1)
        elif text := line.strip(" \t"):
            pieces += ["\n" * min(ends, 2) if pieces else "", text]
            ends = 0
    return "".join(pieces).replace("\u00a0", " ").replace(_SPACE, " ").strip() or None


def looks_like_html(text: str) -> bool:
    """Say whether a text holds markup or character references."""
    return _LOOKS_LIKE_HTML.search(text) is not None
