"""HTML as text: what quotes somebody else goes with what is marked up as a signature; blocks become lines.

A tag is one that HTML has: "if x<y then z>w" and "<error> … </error>" are text. Every pattern is bounded by a tag's own
end, so that no text takes more than linear time.
"""

from __future__ import annotations

import re

_NAMES = (
    "a|abbr|address|article|aside|b|base|bdi|bdo|big|blockquote|body|br|button|caption|center|cite|code|col|colgroup|dd|del"
    "|details|dfn|div|dl|dt|em|fieldset|figcaption|figure|font|footer|form|h[1-6]|head|header|hr|html|i|iframe|img|input"
    "|ins|kbd|label|legend|li|link|main|map|mark|meta|nav|noscript|object|ol|optgroup|option|p|pre|q|s|samp|script"
    "|section|select|small|span|strike|strong|style|sub|summary|sup|svg|path|table|tbody|td|textarea|tfoot|th|thead|time"
    "|title|tr|tt|u|ul|var|video|wbr|xml|(?:o|v|w|x|m|st1):[a-z]\\w*"
)
TAG = re.compile(rf"<(?:(/?)({_NAMES})(?=[\s/>])([^<>]*)|![^<>]*|\?xml[^<>]*)>", re.IGNORECASE)
_BLOCKS = frozenset(
    {
        *("br", "hr", "p", "div", "pre", "blockquote", "section", "article", "header", "footer", "table", "tr"),
        *("ul", "ol", "li", "dd", "dt", "h1", "h2", "h3", "h4", "h5", "h6"),
    }
)
_NEVER_BARE = frozenset("abipqsu")
"""Tags of one letter have attributes with values or none: "a<b and c>d" has none of them."""
QUOTE_MARK = "\n> \n"
"""What stands where a quote was: lines that announce it go, what is written below stays."""
_QUOTING = re.compile(r"(?:gmail_quote|yahoo_quoted|protonmail_quote|moz-cite|zmail_extra)", re.IGNORECASE)
_SIGNING = re.compile(
    r"\b(?:class|id)\s*=\s*[\"']?[^\"'<>]{0,80}?(?:gmail_signature|moz-signature|apple-?mail-?signature|protonmail_signature"
    r"|ms-outlook-mobile-signature|yahoo-signature|zohosignature)|\bid\s*=\s*[\"']?(?:x_)*signature\b",
    re.IGNORECASE,
)
_HISTORY_BEGINS = re.compile(
    r"\bid\s*=\s*[\"']?(?:x_)*(?:divRplyFwdMsg|appendonsend|mail-editor-reference-message-container|OLK_SRC_BODY_SECTION)",
    re.IGNORECASE,
)
_INDENTED = re.compile(r"border\s*:\s*none", re.IGNORECASE)


def is_marked_up(text: str) -> bool:
    """Whether a text holds a tag."""
    return any(_is_tag(found) for found in TAG.finditer(text))


def strip_markup(text: str) -> str:
    """Return HTML as text: no scripts, styles, comments and marked signatures; ">" stands for a quote."""
    for start, end in (("<script", "</script>"), ("<style", "</style>"), ("<!--", "-->")):
        text = _without_spans(text, start, end)
    last_quote = max(text.rfind("<blockquote"), text.rfind("<BLOCKQUOTE"))
    kept: list[str] = []
    at, leaving, depth, is_quote, has_words = 0, "", 0, False, False
    for found in filter(_is_tag, TAG.finditer(text)):
        closes, name, attributes = found[1] or "", (found[2] or "").lower(), found[3] or ""
        if leaving:
            if name == leaving and not attributes.endswith("/"):
                depth += -1 if closes else 1
            if not depth:
                kept.append(QUOTE_MARK if is_quote else "\n")
                at, leaving = found.end(), ""
            continue
        piece = text[at : found.start()]
        has_words = has_words or (piece != "" and not piece.isspace())
        at = found.end()
        is_quote = name == "blockquote" and not closes and _quotes(attributes)
        if attributes and not closes:
            if has_words and _HISTORY_BEGINS.search(attributes):
                return "".join((*kept, piece))
            is_quote = is_quote or (name == "div" and has_words and at > last_quote and _is_history(attributes))
        if is_quote or (attributes and not closes and _signs(name, attributes)):
            leaving, depth = name, 1
        kept += (piece, "" if leaving else "\n" if name in _BLOCKS else " ")
    if not leaving:
        kept.append(text[at:])
    return "".join(kept)


def _is_tag(found: re.Match[str]) -> bool:
    attributes = found[3]
    if not attributes or "=" in attributes:
        return True
    return found[2].lower() not in _NEVER_BARE or not attributes.strip(" /\t\r\n")


def _quotes(attributes: str) -> bool:
    """Whether a blockquote is somebody else's words; without a border it is an indented paragraph."""
    return not _INDENTED.search(attributes) or _QUOTING.search(attributes) is not None


def _is_history(attributes: str) -> bool:
    """Whether an element is all history: others that are called so hold a quote, and what is written below it."""
    return _QUOTING.search(attributes) is not None


def _signs(name: str, attributes: str) -> bool:
    return name in ("div", "span", "p", "table") and _SIGNING.search(attributes) is not None


def _without_spans(text: str, start: str, end: str) -> str:
    lowered = text.lower()
    if start not in lowered:
        return text
    if len(lowered) != len(text):  # a few letters grow when lowered: positions would not fit
        lowered = text
    kept, at = [], 0
    while (opening := lowered.find(start, at)) >= 0:
        closing = lowered.find(end, opening)
        if closing < 0:
            break
        kept.append(text[at:opening])
        at = closing + len(end)
    kept.append(text[at:])
    return " ".join(kept)
