"""Where a table begins and what its columns are called."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

PREAMBLE_LINES = 40
_WORDS = """
id key name title subject body text message description comment content question answer status state priority
urgency severity created updated solved resolved closed opened date time timestamp day month year at on agent
assignee customer requester client user author owner email mail phone ticket case issue incident conversation
category subcategory type channel source tag tags label labels score rating csat nps ces team group queue
department company organization account brand product language country region city value count number amount
cost revenue duration wait talk hold call calls event activity resource start end from to url link reason
"""
_LABEL_WORDS = frozenset(_WORDS.split())
_NUMBER = re.compile(r"[-+]?[\d.,\s]*\d[\d.,\s]*%?")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?|\d{1,2}:\d{2}(:\d{2})?.*")
_YEAR = re.compile(r"(19|20)\d\d")
_WORD = re.compile(r"[^\W\d_]+")


def table_start(records: Sequence[Sequence[str]]) -> int:
    """Return the index of the record with which the table begins, behind titles and remarks."""
    counts = [len(cells) for cells in records]
    width = Counter(counts).most_common(1)[0][0]
    if width < 3:
        return 0
    for index, count in enumerate(counts[:PREAMBLE_LINES]):
        cells = records[index]
        filled = sum(1 for cell in cells if cell.strip())
        if abs(count - width) <= 1 and filled * 2 > count:
            return index
    return 0


def looks_like_header(first: Sequence[str], data: Sequence[Sequence[str]]) -> bool:
    """Say whether `first` names the columns of `data`, rather than being a row itself."""
    names = [cell.strip() for cell in first]
    filled = [n for n in names if n]
    if not filled or len(filled) * 2 < len(names):
        return False
    if any(_is_value(n) and not (_YEAR.fullmatch(n) and _is_label(filled[0])) for n in filled):
        return False
    labels = sum(1 for n in filled if _is_label(n))
    if labels * 2 >= len(filled):
        return not (len(filled) > 1 and list(first) in [list(row) for row in data[:50]] and labels < len(filled))
    if any(len(n) > 80 for n in filled) or len(set(filled)) < len(filled):
        return False
    sample = data[:100]
    if not sample:
        return True
    typed = 0
    for place in range(len(names)):
        cells = [row[place] for row in sample if place < len(row) and row[place].strip()]
        typed += bool(cells) and sum(_is_value(c) for c in cells) * 5 >= len(cells) * 4
    if typed:
        return True
    return _is_shorter(filled, sample)


def _is_shorter(names: Sequence[str], data: Sequence[Sequence[str]]) -> bool:
    # All text: names are short, and do not come again as values.
    if any(len(n.split()) > 5 for n in names):
        return False
    seen = {cell.strip() for row in data for cell in row}
    if any(n in seen for n in names):
        return False
    return len(names) > 1 or any(len(cell) > 40 for row in data for cell in row)


def _is_label(text: str) -> bool:
    words = [w.lower() for w in _WORD.findall(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text))]
    return 0 < len(words) <= 6 and any(w in _LABEL_WORDS for w in words)


def _is_value(text: str) -> bool:
    text = text.strip()
    return bool(_NUMBER.fullmatch(text) or _DATE.fullmatch(text))


def unique_names(cells: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """Return the names of columns, each once, and notes on those that were changed."""
    taken = {" ".join(cell.split()) for cell in cells}
    names: list[str] = []
    notes: list[str] = []
    used: set[str] = set()
    for place, cell in enumerate(cells, 1):
        name = " ".join(cell.replace("﻿", "").split())
        if not name:
            name = _free(f"column_{place}", used | taken)
            notes.append(f"column {place} has no name and is called {name!r}.")
        elif name in used:
            new = _free(name, used | taken)
            notes.append(f"the name {name!r} comes more than once; column {place} is called {new!r}.")
            name = new
        used.add(name)
        names.append(name)
    return tuple(names), notes


def _free(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"
