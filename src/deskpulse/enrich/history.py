"""What mail programs and mail's manners put around a writer's words: earlier mails, marks of signatures, legal notices.

Lines are looked at once each, and of a long line its beginning.
"""

from __future__ import annotations

import re
from functools import cache

from deskpulse.enrich.lexicon import read_data, split_terms

_REPLY_VERBS = "wrote|schrieb|a écrit|escribió|escreveu|ha scritto|schreef"
_REPLY_START = re.compile(r"\s*(?:On|Am|Le|El|Em|Il|Op)\b", re.IGNORECASE)
_REPLY_END = re.compile(rf"(?:{_REPLY_VERBS}).{{0,80}}:\s*$", re.IGNORECASE)
_HISTORY_LINE = re.compile(r"-{4,} ?\w.{0,80}-{4,}\s*$|_{10,}\s*$")
_DASHES = re.compile(r"--\s*$")
_KEY, _LABEL = 3, 40
"""So many letters of a line tell whether it may be a mark; in so many stands a header's label."""
_SEEN, _SEEN_OF_HEADER = 400, 120
_LEAST_HEADERS, _MOST_HEADER_LINES = 3, 16
"""So many different header lines in a row begin a quoted mail; blank ones may stand between them."""
_MOST_SIGNED = 8
_SIGNED = re.compile(r"[^\s?!a-zà-ÿ][^?!]{0,70}$")
"""A line below a closing that may be a name, a title, a telephone or an address: short, and no sentence."""
_SENTENCE = re.compile(r"(?:ps|p\.s|pps|nb|edit|update)\b|.*[a-z]\.$", re.IGNORECASE)
_LONG, _MOST_WORDS_SIGNED = 60, 6


def without_history(text: str) -> str:
    """Drop quoted lines, legal notices, and everything after a reply line, a history line or a signature mark.

    Answers may stand below or between quoted lines: where lines are quoted with ">", only those and the reply line go.
    What stands below a closing ("Best regards,") goes as far as it looks like a signature.
    """
    lines = text.split("\n")
    starts = [line[:_SEEN].lstrip() for line in lines]
    is_quoted = any(start[:1] == ">" for start in starts)
    has_notice = _speaks_of(text, "notice")
    kept: list[str] = []
    has_words, signed, keys = False, 0, _keys()
    for number, (line, start) in enumerate(zip(lines, starts, strict=True)):
        if start[:1] == ">":
            continue
        if line[-3:].rstrip()[-1:] == ":" and _ends_reply_line(lines, number):
            if kept and not _REPLY_START.match(line):
                kept.pop()  # mail programs break the line in two: "On Monday, Ann Lee" / "<ann@example.com> wrote:"
            if is_quoted or not (has_words and any(map(str.strip, kept))):
                continue
            break
        key = start[:_KEY].lower()
        if (key in keys and _begins_signature(start)) or (
            has_words and (":" in start[:_LABEL] or key[:1] in ("-", "_")) and _begins_history(starts, number)
        ):
            break
        if has_notice and len(line) > _LONG and _is_notice(line):
            continue
        if signed and start:
            if _is_signed(start):
                signed -= 1
                continue
            signed = 0
        elif key in keys and _is_closing(start):
            signed = _MOST_SIGNED
        has_words = has_words or start != ""
        kept.append(line)
    return "\n".join(kept)


def _ends_reply_line(lines: list[str], number: int) -> bool:
    """Whether a line is "On Monday, Ann wrote:", or the second half of one."""
    line = lines[number]
    if len(line) > _SEEN or not _REPLY_END.search(line):
        return False
    return bool(_REPLY_START.match(line) or (number > 0 and _REPLY_START.match(lines[number - 1])))


def _begins_signature(start: str) -> bool:
    if start[:2] == "--":
        return _DASHES.match(start) is not None
    return _patterns()["programs"].match(start[:100]) is not None


def _begins_history(starts: list[str], number: int) -> bool:
    """Whether a line begins an earlier mail: a line of dashes, or the first of its headers."""
    start = starts[number]
    if start[:1] in ("-", "_") and _HISTORY_LINE.match(start):
        return True
    header = _patterns()["headers"]
    if not header.match(start[:_SEEN_OF_HEADER]):
        return False
    found: list[re.Match[str]] = []
    for line in starts[number : number + _MOST_HEADER_LINES]:
        if (one := header.match(line[:_SEEN_OF_HEADER])) is not None:
            found.append(one)
        elif line:
            break
    is_mail = any(one["telling"] or "@" in one.string for one in found)
    return is_mail and len({(one["telling"] or one["other"]).lower() for one in found}) >= _LEAST_HEADERS


def _is_closing(start: str) -> bool:
    """Whether a line is a closing and nothing more."""
    return len(start) <= _LONG and _patterns()["closings"].fullmatch(start) is not None


def _is_signed(start: str) -> bool:
    is_short = len(start) <= _LONG and start.count(" ") < _MOST_WORDS_SIGNED
    return is_short and _SIGNED.match(start) is not None and not _SENTENCE.match(start)


def _is_notice(line: str) -> bool:
    return _speaks_of(line, "notice") and _speaks_of(line, "addressee")


def _speaks_of(text: str, name: str) -> bool:
    lowered = text.lower()
    return any(word in lowered for word in _words(name))


@cache
def _words(name: str) -> tuple[str, ...]:
    return tuple(split_terms(read_data("mail")["signatures"][name]))


def _alternatives(words: str) -> str:
    return "|".join(re.escape(word) for word in sorted(split_terms(words), key=len, reverse=True))


@cache
def _keys() -> frozenset[str]:
    """Return how the lines begin that may be a mark of a signature or a closing."""
    closings = split_terms(read_data("personal")["names"]["closings"])
    return frozenset(word[:_KEY] for word in (*_words("programs"), *closings, "--", "-- "))


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    data = read_data("mail")
    headers, signatures = data["headers"], data["signatures"]
    closings = _alternatives(read_data("personal")["names"]["closings"])
    return {
        "headers": re.compile(
            rf"[*_]{{0,3}}(?:(?P<telling>{_alternatives(headers['telling'])})|(?P<other>{_alternatives(headers['others'])}))"
            r"[ \u00a0]{0,2}[*_]{0,3}[ \u00a0]{0,2}:[*_]{0,3}(?:\s|$)",
            re.IGNORECASE,
        ),
        "programs": re.compile(rf"(?:{_alternatives(signatures['programs'])})\b.{{0,60}}$", re.IGNORECASE),
        "closings": re.compile(rf"(?:{closings})[ ]?[,.!]{{0,2}}\s*", re.IGNORECASE),
    }
