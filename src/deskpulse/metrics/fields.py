"""Columns of a fact and its ticket that can be filtered by though nobody cuts by them: numbers, times, yes or no."""

from __future__ import annotations

from functools import lru_cache

from deskpulse.core.errors import UnknownNameError
from deskpulse.metrics.dimensions import DIMENSIONS
from deskpulse.metrics.first_contact import FIRST_CONTACT
from deskpulse.metrics.intervals import AGE
from deskpulse.metrics.lookup import dimension_of
from deskpulse.metrics.model import Dimension, Fact
from deskpulse.warehouse.schema import TABLES
from deskpulse.warehouse.table import PROVENANCE_NAMES, Column

_KINDS = {"int": "number", "float": "number", "time": "time", "bool": "flag"}


@lru_cache(maxsize=64)
def fields_of_fact(fact: Fact) -> dict[str, Dimension]:
    """Return the number, time and yes-or-no columns of the fact's table, and of its ticket's, by name."""
    columns = list(TABLES[fact.table].columns)
    if fact.ticket_key is not None:
        columns += TABLES["tickets"].columns
    found: dict[str, Dimension] = {}
    for column in columns:
        if column.kind in _KINDS and column.name not in PROVENANCE_NAMES and column.name not in DIMENSIONS:
            found.setdefault(column.name, _field(column))
    if fact.ticket_key is not None:
        found[FIRST_CONTACT.name] = FIRST_CONTACT
    if fact.since:
        found[AGE] = _field(Column(AGE, "float", "Age at the end of the period."))
    return found


def find_field(fact: Fact, name: str, *, for_what: str) -> Dimension:
    """Return the dimension or column `name` to filter `fact` by; an error names the nearest."""
    fields = fields_of_fact(fact)
    if name in fields:
        return fields[name]
    if name in DIMENSIONS:
        return dimension_of(fact, name, for_what=for_what)
    raise UnknownNameError("dimension or column", name, {*fact.dimensions, *fields, "segment"})


def _field(column: Column) -> Dimension:
    kind = _KINDS[column.kind]
    order = ("true", "false") if kind == "flag" else ()
    label = column.name.replace("_", " ").capitalize()
    return Dimension(name=column.name, label=label, about=column.about, column=column.name, order=order,
                     kind=kind)  # type: ignore[arg-type]  # fmt: skip
