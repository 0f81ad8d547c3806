"""Why an answer may be empty: values that a filter asks for and that no row has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.metrics.dimensions import DIMENSIONS
from deskpulse.metrics.menus import read_values
from deskpulse.metrics.model import Clause, Filter, Where
from deskpulse.metrics.span import Span
from deskpulse.warehouse.engine import Reader

_LOOKED_UP = ("column", "list")


def unheard(
    reader: Reader, principal: Principal, where: Iterable[Where | str], settings: Settings, *, span: Span
) -> tuple[str, ...]:
    """Return a sentence for each value in `where` that no row of the workspace has, with the nearest that are there.

    Of a dimension with more values than a page may hold nothing is said: the value may be among the others.
    """
    told = []
    for item in _filters(where):
        dimension = DIMENSIONS.get(item.dimension)
        if item.operator != "in" or dimension is None or dimension.kind not in _LOOKED_UP or dimension.is_closed:
            continue
        if dimension.is_personal and not principal.sees_personal_data:
            continue
        most = settings.page_max_rows
        found = [row["value"] for row in read_values(reader, principal, dimension.name, most, settings, span=span)]
        if len(found) < most:
            known = [value for value in found if value is not None]
            told += [_sentence(dimension.label, value, known) for value in item.values if value not in known]
    return tuple(told)


def _sentence(label: str, value: str, known: list[str]) -> str:
    by_lower = {one.lower(): one for one in known}
    near = [by_lower[one] for one in get_close_matches(value.lower(), by_lower, n=3)]
    meant = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    return f"Nothing has the {label.lower()} {value[:80]!r}.{meant}"


def _filters(where: Iterable[Where | str]) -> Iterator[Filter]:
    for item in where:
        if isinstance(item, Clause):
            yield from _filters(item.items)
        elif isinstance(item, Filter):
            yield item
