"""What of a text its writer wrote, and what of that counts for scoring. The original stays as it is.

Every pattern here is either anchored or bounded, so that no text takes more than linear time.
"""

from __future__ import annotations

import html
import re

_TAG = re.compile(r"</?[a-zA-Z!](?![\w.+-]*@)[^<>]*>")  # not <ann@example.com>
_BLOCK = re.compile(r"</?(?:br|p|div|li|ul|ol|tr|table|h[1-6]|blockquote)\b[^<>]*>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8}\d?);", re.IGNORECASE)
_REPLY_VERBS = "wrote|schrieb|a écrit|escribió|escreveu|ha scritto|schreef"
_REPLY_START = re.compile(r"(?:On|Am|Le|El|Em|Il|Op)\b", re.IGNORECASE)
_REPLY_END = re.compile(rf"(?:{_REPLY_VERBS}).{{0,80}}:\s*$", re.IGNORECASE)
_HISTORY_LINE = re.compile(r"-{4,} ?\w.{0,80}-{4,}\s*$|_{10,}\s*$")
_HEADER_LINE = re.compile(r"\*?(?:From|Sent|To|Date|Von|Gesendet|De|Enviado|Envoyé|Da|Inviato|Van|Verzonden)\*? ?: ")
_SIGNATURE_LINE = re.compile(
    r"--\s*$|(?:Sent from my |Von meinem .{1,40} gesendet|Envoyé de mon |Enviado desde mi |Enviado do meu "
    r"|Inviato da |Verzonden vanaf mijn |Get Outlook for ).{0,60}$",
    re.IGNORECASE,
)
_SIGNATURE_STARTS = frozenset("-SVEIGsveig")
_LINK = re.compile(r"<?(?:https?://|www\.)[^\s<>|]+(?:\|[^<>]{0,200})?>?", re.IGNORECASE)
_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@\w[\w-]*\.[\w.-]+")
_MENTION = re.compile(r"<@\w+>|(?<!\w)@\w+")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "“": '"', "”": '"', "\u00a0": " "})
_ODD_QUOTES = re.compile("[’‘ʼ`´“”\u00a0]")


def own_text(text: str) -> str:
    """Return what the writer wrote: no markup, quoted history or signature; "" when nothing is left."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "<" in text and _TAG.search(text):
        text = strip_markup(text)
    if "&" in text and _ENTITY.search(text):
        text = html.unescape(text)
    if "\n" in text:
        text = _without_history(text)
    return text.strip()


def strip_markup(text: str) -> str:
    """Return HTML as text: blocks become lines; scripts, styles and comments go."""
    for start, end in (("<script", "</script>"), ("<style", "</style>"), ("<!--", "-->")):
        text = _without_spans(text, start, end)
    return _TAG.sub(" ", _BLOCK.sub("\n", text))


def _without_spans(text: str, start: str, end: str) -> str:
    lowered = text.lower()
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


def _without_history(text: str) -> str:
    """Drop quoted lines, and everything after a reply line, a history line or a signature mark.

    Answers may stand below or between quoted lines: where lines are quoted with ">", only those and the reply line go.
    """
    lines = text.split("\n")
    is_quoted = "\n>" in text or text.startswith(">")
    kept: list[str] = []
    for number, line in enumerate(lines):
        if line[:1] == ">":
            continue
        start = line[:400]
        if line[-2:].rstrip()[-1:] == ":" and _ends_reply_line(lines, number):
            if len(kept) > 0 and not _REPLY_START.match(line):
                kept.pop()  # mail programs break the line in two: "On Monday, Ann Lee" / "<ann@example.com> wrote:"
            if is_quoted or not any(map(str.strip, kept)):
                continue
            break
        if line[:1] in _SIGNATURE_STARTS and _SIGNATURE_LINE.match(start):
            break
        if line[:1] in ("-", "_") and _HISTORY_LINE.match(start) and any(map(str.strip, kept)):
            break
        if _HEADER_LINE.match(start) and _begins_headers(lines, number) and any(map(str.strip, kept)):
            break
        kept.append(line)
    return "\n".join(kept)


def _ends_reply_line(lines: list[str], number: int) -> bool:
    """Whether a line is "On Monday, Ann wrote:", or the second half of one."""
    line = lines[number]
    if len(line) > 400 or not _REPLY_END.search(line):
        return False
    return bool(_REPLY_START.match(line) or (number > 0 and _REPLY_START.match(lines[number - 1])))


def _begins_headers(lines: list[str], number: int) -> bool:
    """Whether a line begins a quoted mail's header: three such lines in a row."""
    following = lines[number : number + 3]
    return len(following) == 3 and all(_HEADER_LINE.match(line[:100]) for line in following)


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
