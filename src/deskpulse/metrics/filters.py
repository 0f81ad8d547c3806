"""Filters as people write them: `channel=email`, `team != Tier 1`, `priority in high,urgent`, `agent is null`."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable

from deskpulse.core.errors import InputError
from deskpulse.metrics.model import Filter

HINT = "Write channel=email, team!=Tier 1, priority in high,urgent, priority not in low, or agent is null."
_NAME = r"^\s*([A-Za-z_]\w*)\s*"
_NULL = re.compile(_NAME + r"\bis\s+(not\s+)?null\s*$", re.I)
_LIST = re.compile(_NAME + r"\b(not\s+)?in\b\s*(.+)$", re.I | re.S)
_EQUAL = re.compile(_NAME + r"(!=|=)\s*(.*)$", re.S)


def parse_filters(texts: Iterable[str]) -> list[Filter]:
    """Return the filters that `texts` say, one each; InputError says how to write them."""
    return [parse_filter(text) for text in texts]


def parse_filter(text: str) -> Filter:
    """Return the filter that `text` says. A value with a comma in a list stands in double quotes."""
    if found := _NULL.match(text):
        return Filter(dimension=found[1], operator="not_null" if found[2] else "is_null")
    if found := _LIST.match(text):
        values = tuple(v.strip() for v in _listed(found[3]))
        if values and all(values):
            return Filter(dimension=found[1], operator="not_in" if found[2] else "in", values=values)
    if (found := _EQUAL.match(text)) and found[3].strip():
        values = (_unquoted(found[3].strip()),)
        return Filter(dimension=found[1], operator="not_in" if found[2] == "!=" else "in", values=values)
    raise InputError(f"{text[:200]!r} is no filter.", hint=HINT)


def filter_text(condition: Filter) -> str:
    """Return `condition` as `parse_filter` reads it back."""
    if condition.operator in ("is_null", "not_null"):
        return f"{condition.dimension} is {'not ' if condition.operator == 'not_null' else ''}null"
    values = ",".join('"' + v.replace('"', '""') + '"' if set(v) & set(',"[]') else v for v in condition.values)
    return f"{condition.dimension} {'not in' if condition.operator == 'not_in' else 'in'} {values}"


def _listed(text: str) -> list[str]:
    inner = text.strip()
    if inner.startswith("[") and inner.endswith("]"):
        inner = inner[1:-1]
    return next(csv.reader([inner.replace("\n", " ").replace("\r", " ")], skipinitialspace=True), [])


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1].replace('""', '"')
    return text
