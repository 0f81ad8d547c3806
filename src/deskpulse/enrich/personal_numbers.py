"""Numbers that belong to a person: cards, accounts, identities, telephones; and addresses of machines.

Digits with separators between them are one number if that is one of a person; else each of its groups may begin one,
since people write a card, its expiry and its code, or two numbers, in a row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from deskpulse.enrich.personal_kinds import (
    LEAST_DIGITS,
    MOST_DIGITS,
    SPANISH_SIZES,
    Found,
    form_at,
    has_checksum,
    is_called,
    is_card,
    kind_of,
    lettered,
    machine,
    with_code,
)

Group = tuple[int, int]
"""Where digits without anything between them begin and end."""

_RUN = re.compile("[0-9]+")
_SERIES = re.compile(r"[0-9](?:[ .\-/()]{0,3}[0-9]){6,}(?![\w%])")
_SEPARATORS = " .-/()"
_ODD_SEPARATORS = re.compile("[\u00a0\u2007\u2009-\u2015\u202f\u2060\u2212]")
_PLAIN_SEPARATORS = {
    **dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u200a\u200b\u200c\u200d\u200e\u200f\u202f\u2060"), " "),
    **dict.fromkeys([*range(0x2010, 0x2016), 0x2212], "-"),
}
_MOST_GROUPS = 5
_SIZES = {1: "1", 3: "3", 4: "4", 5: "5", 6: "6", **dict.fromkeys(range(13, 20), "w")}
_CARD_GROUPS = re.compile("[2-6](?:w|444[14]|44443)|346[45]")
"""A card's first digit, and how many digits its groups have where other numbers stand beside it; "w": all of them."""
_NO_NUMBER_BEHIND = frozenset(".,#$€£+")
_JOINED = re.compile("[^0-9()]+")
_GAP_BEHIND = re.compile(r"([ .\-/()]{1,3})([0-9]{1,4}[/.-][0-9])?")
_GAP_BEFORE = re.compile(r"(?:([0-9][/.-][0-9]{1,4})|[0-9])([ .\-/()]{1,3})$")


def numbers_in(text: str) -> Iterator[Found]:
    """Yield (kind, start, end) of each number of a person; every run of digits is looked at once."""
    if not text.isascii() and _ODD_SEPARATORS.search(text):
        text = text.translate(_PLAIN_SEPARATORS)
    ended = 0
    for run in _RUN.finditer(text):
        start, end = run.span()
        if start < ended:
            continue
        # Most runs are an order, an amount or a day: what they cannot begin is not tried.
        found = None
        before = text[start - 2 : start] if start > 1 else ""
        if end - start in SPANISH_SIZES or before.isalpha() or (before[:1].isupper() and before[1] == " "):
            found = lettered(text, start, end)
        behind = text[end : end + 2]
        if found is None and behind[:1] == ".":
            found = machine(text, start)
        if found is not None:
            kind, start, ended = found
            if kind:
                yield kind, start, ended
        elif (end - start >= LEAST_DIGITS or _may_go_on(behind)) and (series := _series(text, start)) is not None:
            for kind, start, ended in _of_series(text, *series):
                yield kind, start, ended
            ended = max(ended, series[1])


def _may_go_on(behind: str) -> bool:
    """Whether more of a number may follow a run of digits, by the two characters behind it."""
    return len(behind) == 2 and behind[0] in _SEPARATORS and (behind[1] in _SEPARATORS or behind[1].isdigit())


def _series(text: str, start: int) -> tuple[int, int] | None:
    """Return start and end of the digits and separators from a digit on, with a plus and a bracket before them."""
    before = text[start - 1 : start]
    if before and before not in "(+" and _belongs_elsewhere(before):
        return None
    found = _SERIES.match(text, start)
    if found is None:
        return None
    if text[start - 1 : start] == "(" and ")" in found.group():
        start -= 1
    if text[start - 1 : start] == "+":
        start -= 1
    before = text[start - 1 : start]
    return None if before and _belongs_elsewhere(before) else (start, found.end())


def _of_series(text: str, start: int, end: int) -> Iterator[Found]:
    """Yield the numbers of a series: the whole of it, else those that begin with one of its groups of digits."""
    if kind := kind_of(text, start, end):
        yield kind, start, (end if kind != "card" else with_code(text, end))
        return
    groups = [run.span() for run in _RUN.finditer(text, start, end)]
    if len(groups) == 1:
        return
    groups[0] = (start, groups[0][1])
    ended = start
    for place, (begin, after) in enumerate(groups):
        if begin < ended:
            continue
        found = _whole_rest(text, begin, end) if ended > start else None
        found = found or _card_among(text, groups, place) or _form_among(text, groups, place)
        if found is None and place == 0:
            found = _called_first(text, groups)
        elif found is None and text[after : after + 1] == ".":
            found = machine(text, begin)
        if found is not None:
            ended = found[2]
            if found[0]:
                yield found


def _whole_rest(text: str, begin: int, end: int) -> Found | None:
    """Return what follows a number of a person, when all of it is another one."""
    kind = kind_of(text, begin, end) if text[begin - 1] != "." else None
    return (kind, begin, end) if kind else None


def _card_among(text: str, groups: list[Group], place: int) -> Found | None:
    """Return the card that begins with a group, in the groups that cards are written in."""
    begin = groups[place][0]
    if not text[begin].isdigit() or (place and text[begin - 1] == "."):
        return None
    following = groups[place : place + _MOST_GROUPS]
    sizes = "".join(_SIZES.get(end - start, "-") for start, end in following)
    for count in range(len(following), 0, -1):
        end = following[count - 1][1]
        is_grouped = _CARD_GROUPS.fullmatch(text[begin] + sizes, 0, count + 1)
        if is_grouped and is_card(text[begin:end]):
            return "card", begin, with_code(text, end)
    return None


def _form_among(text: str, groups: list[Group], place: int) -> Found | None:
    """Return the identity or the telephone that begins with a group, by a form that shows among other numbers."""
    begin, first = groups[place]
    if place and text[begin - 1] == "(":
        begin -= 1
    if (first - begin == 1 and text[begin] != "1") or (place and text[begin - 1] == "."):
        return None
    found = form_at(text, begin, groups[0][0])
    return found if found and (has_checksum(text, found) or _stands_apart(text, begin, found[2], groups)) else None


def _stands_apart(text: str, begin: int, end: int, groups: list[Group]) -> bool:
    """Whether what is beside a number in its series is joined to it otherwise than its own groups are."""
    inside = {*_JOINED.findall(text[begin:end])}
    behind = _GAP_BEHIND.match(text, end, min(groups[-1][1], end + 12))
    before = _GAP_BEFORE.search(text, max(groups[0][0], begin - 12), begin) if text[begin] != "(" else None
    return not (
        (behind and {behind[1]} == inside and not (behind[1] == " " and behind[2]))
        or (before and {before[2]} == inside and not (before[2] == " " and before[1]))
    )


def _called_first(text: str, groups: list[Group]) -> Found | None:
    """Return the most groups of a series that its plus, or the word before it, makes an identity or a telephone."""
    begin = groups[0][0]
    if text[begin] not in "+0" and not is_called(text, begin):
        return None
    most = min(len(groups), MOST_DIGITS)
    others = (k for k in range(1, most) if _card_among(text, groups, k) or _form_among(text, groups, k))
    for _, end in reversed(groups[: next(others, most)]):
        if (kind := kind_of(text, begin, end)) and kind != "card":
            return kind, begin, end
    return None


def _belongs_elsewhere(before: str) -> bool:
    """Whether a character makes what follows it a part of something else: of an order, an amount, a word."""
    return before in _NO_NUMBER_BEHIND or before == "_" or before.isalnum()
