"""How a vendor's records become rows of our tables, declared as data; `connectors/` holds one file for each vendor.

The same declarations serve an export read from files and answers pulled from the vendor's interface.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

Record = dict[str, Any]

ENTITY_ORDER = (
    "teams", "agents", "companies", "brands", "customers", "tickets", "ticket_events", "messages", "calls", "surveys",
    "sla_events", "ticket_links", "articles",
)  # fmt: skip
"""In which order an export's parts are read: who is named comes before what names them."""


@dataclass
class Known:
    """What some records of an export say about others: names by table and id, who is an agent, facts of tickets."""

    names: dict[str, dict[str, str]] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    resources: frozenset[str] = frozenset()

    def name(self, table: str, id_: Any, name: Any) -> None:
        """Remember a name."""
        if id_ not in (None, "") and name not in (None, ""):
            self.names.setdefault(table, {})[str(id_)] = str(name)

    def kind(self, id_: Any, kind: str, *, is_certain: bool = True) -> None:
        """Remember that somebody is a customer, an agent or a bot; what is certain overrules what is not."""
        if id_ in (None, ""):
            return
        if is_certain:
            self.kinds[str(id_)] = kind
        else:
            self.kinds.setdefault(str(id_), kind)

    def fact(self, about: str, id_: Any, value: Any) -> None:
        """Remember something about a thing."""
        if id_ not in (None, "") and value is not None:
            self.facts.setdefault(about, {})[str(id_)] = value


@dataclass(frozen=True)
class Item:
    """One thing that becomes a row: `value`, the record `parent` it lies in, what else is known, and its file."""

    value: Record
    parent: Record
    known: Known
    file: str = ""

    def at(self, path: str) -> Any:
        """Return what lies at a dotted path, None when nothing does. "^.id" looks into the parent."""
        if (found := self.value.get(path, self)) is not self:
            return found
        steps = _steps(path)
        value: Any = self.value
        if steps[0] == "^":
            steps, value = steps[1:], self.parent
        for step in steps:
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list):
                value = value[int(step)] if step.isdigit() and int(step) < len(value) else None
            else:
                return None
        return value

    def first(self, *paths: str) -> Any:
        """Return the first of several paths at which something lies."""
        for path in paths:
            found = self.at(path)
            if found is not None and found != "":
                return found
        return None


@lru_cache(maxsize=4096)
def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


class Value:
    """Where a column's value comes from; `paths` are the vendor's fields it uses up."""

    paths: tuple[str, ...] = ()

    def of(self, item: Item) -> Any:
        """Return the value, None when the vendor does not say."""
        return item.first(*self.paths)


@dataclass(frozen=True)
class At(Value):
    """The value at the first of several paths that has one."""

    paths: tuple[str, ...]


@dataclass(frozen=True)
class Words(Value):
    """A vendor's word or number in our words; what is not listed stays as it is, or becomes `otherwise`."""

    path: str
    words: Mapping[str, str]
    keeps_others: bool = True

    @property
    def paths(self) -> tuple[str, ...]:  # type: ignore[override]
        """Return the field used up."""
        return (self.path,)

    def of(self, item: Item) -> Any:
        """Return our word."""
        word = item.at(self.path)
        if word in (None, ""):
            return None
        return self.words.get(str(word).lower(), str(word) if self.keeps_others else None)


@dataclass(frozen=True)
class Name(Value):
    """The name that another record of the export gives to the id at `path`."""

    table: str
    path: str

    def of(self, item: Item) -> Any:
        """Return the name, None when no record gives one."""
        id_ = item.at(self.path)
        return None if id_ is None else item.known.names.get(self.table, {}).get(str(id_))


class Made(Value):
    """A value that a function makes where a vendor is odd; `paths` are the fields that it uses up."""

    def __init__(self, make: Callable[[Item], Any], *paths: str) -> None:
        self._make = make
        self.paths = paths

    def of(self, item: Item) -> Any:
        """Return what the function makes."""
        return self._make(item)


def value(spec: str | tuple[str, ...] | Value) -> Value:
    """Return a path, or several of which the first that has something counts, as a value."""
    if isinstance(spec, Value):
        return spec
    return At(spec if isinstance(spec, tuple) else (spec,))


Spec = str | tuple[str, ...] | Value


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """How a record, or each item of the list at `each` in it, becomes a row of a table.

    `id` is the vendor's id of the row. `where` leaves items out; `unless` leaves all out when the export has one of
    these resources, which say the same better. A row without the columns it `requires` is rejected. `keeps_extra`:
    fields that no column takes are kept as JSON.
    """

    entity: str
    columns: Mapping[str, Spec]
    id: Spec = "id"
    each: str = ""
    where: Callable[[Item], bool] | None = None
    unless: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    keeps_extra: bool = True


@dataclass(frozen=True, kw_only=True, eq=False)
class Resource:
    """One kind of a vendor's records.

    `marks` are fields that together only this vendor's records have; `names` are those of the list, the file or the
    table that holds them, which count when `needs` are there and the vendor is known by another resource.
    `learn` remembers what other records need. A resource without rows is known and left out.
    """

    name: str
    names: tuple[str, ...] = ()
    marks: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    rows: tuple[Rows, ...] = ()
    learn: Callable[[Item], None] | None = None
    matches: Callable[[Record], bool] | None = None

    def is_told_by(self, fields: frozenset[str], sample: tuple[Record, ...]) -> bool:
        """Say whether records with these fields can only be this resource."""
        if self.matches is not None:
            return bool(sample) and all(self.matches(record) for record in sample)
        return bool(self.marks) and self.marks <= fields

    def is_named(self, name: str, fields: frozenset[str]) -> bool:
        """Say whether records of this name may be this resource."""
        return name in self.names and self.needs <= fields


@dataclass(frozen=True, kw_only=True, eq=False)
class Connector:
    """A vendor: what kinds of records its exports and answers hold, and what a person should know of their reading."""

    name: str
    label: str
    resources: tuple[Resource, ...]
    notes: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """Return the kind of an opened export."""
        return f"{self.name}_export"

    def resource(self, name: str) -> Resource:
        """Return the resource called `name`; KeyError when there is none."""
        for resource in self.resources:
            if resource.name == name:
                return resource
        raise KeyError(name)

    def entities(self) -> Iterator[str]:
        """Yield the tables that this vendor's records fill, in the order to read them."""
        filled = {rows.entity for resource in self.resources for rows in resource.rows}
        yield from (entity for entity in ENTITY_ORDER if entity in filled)
