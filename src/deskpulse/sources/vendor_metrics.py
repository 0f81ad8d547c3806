"""Which fields of a vendor's exports hold its own numbers, declared as data; `vendors/` holds one file for each vendor.

A field is known by its dotted path in a record, or by the heading of a column: `Heading` reads what a heading says of
the unit and of business hours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from deskpulse.core.registry import collect

Unit = Literal["milliseconds", "seconds", "minutes", "hours", "days", "time", "count", "yes_no"]

_BUSINESS = re.compile(r"\b(?:in |within |during )?(?:business|office|working)(?: (?:hours|hrs|time))?\b")
_CALENDAR = re.compile(r"\b(?:in )?calendar(?: (?:hours|hrs|time))?\b")
_UNIT_WORDS: Mapping[str, Unit] = {
    "milliseconds": "milliseconds", "ms": "milliseconds", "seconds": "seconds", "secs": "seconds", "sec": "seconds",
    "s": "seconds", "minutes": "minutes", "mins": "minutes", "min": "minutes", "hours": "hours", "hrs": "hours",
    "hr": "hours", "h": "hours", "days": "days",
}  # fmt: skip
_LONGEST = 200


@dataclass(frozen=True, kw_only=True)
class VendorField:
    """One number of a vendor: the `names` it goes by, which `measure` it is, and its unit.

    `unit` None: a duration whose unit the heading tells or, where it does not, the values. `more` is what the vendor
    counts too much by its documentation, such as the first of its stations. With `is_opposite` a yes is our no.
    """

    names: tuple[str, ...]
    measure: str
    unit: Unit | None
    more: int = 0
    is_opposite: bool = False


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """A vendor's numbers: `ids` name a ticket's id, the first found counts; `changed` when the row was last changed.

    `proof`: one of these must be there, for the other names are anybody's; none asks for no proof.
    `is_headings`: its fields are headings of columns, in which unit and business hours may be written.
    """

    name: str
    label: str
    ids: tuple[str, ...]
    fields: tuple[VendorField, ...]
    changed: tuple[str, ...] = ()
    proof: tuple[str, ...] = ()
    is_headings: bool = False


@dataclass(frozen=True, kw_only=True)
class Found:
    """A column that holds a vendor's number."""

    column: str
    measure: str
    unit: Unit | None
    more: int = 0
    is_opposite: bool = False


@dataclass(frozen=True, kw_only=True)
class Recognised:
    """What a table's columns hold of a vendor's numbers."""

    vendor: Vendor
    id_column: str
    changed_column: str | None
    fields: tuple[Found, ...]


@dataclass(frozen=True)
class Heading:
    """What a heading says: the name alone, the unit when told, whether in business hours."""

    name: str
    unit: Unit | None
    is_business: bool

    @classmethod
    def read(cls, text: str) -> Heading:
        """Read a heading such as "First reply time - Business hours (min)"."""
        plain = normal(text)
        bare = _BUSINESS.sub(" ", plain)
        is_business = bare != plain
        words = _CALENDAR.sub(" ", bare).split()
        unit: Unit | None = None
        if len(words) > 1 and words[-1] in _UNIT_WORDS:
            unit = _UNIT_WORDS[words.pop()]
            if words[-1] == "in":
                words.pop()
        return cls(" ".join(words), unit, is_business)


def normal(name: str) -> str:
    """Return a name in lower case, every sign a space."""
    return " ".join(re.sub(r"[^0-9a-z]+", " ", name[:_LONGEST].lower()).split())


@cache
def known_vendors() -> dict[str, Vendor]:
    """Return every vendor whose numbers are known, by name."""
    from deskpulse.sources import vendors

    return collect(vendors, Vendor, plugins="deskpulse.vendors")


def recognise(columns: Iterable[str]) -> Recognised | None:
    """Return the vendor whose numbers these columns hold: of whom most are found; None when there are none."""
    listed = list(columns)
    found = [known for vendor in known_vendors().values() if (known := _of_vendor(vendor, listed))]
    # A vendor's own paths say more than headings that anybody may use.
    return max(found, key=lambda known: (len(known.fields), not known.vendor.is_headings), default=None)


def _of_vendor(vendor: Vendor, columns: list[str]) -> Recognised | None:
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(normal(column), column)
    id_column = next((by_name[normal(name)] for name in vendor.ids if normal(name) in by_name), None)
    fields = _headings(vendor, columns) if vendor.is_headings else _paths(vendor, by_name)
    if id_column is None or not fields or not (not vendor.proof or any(normal(p) in by_name for p in vendor.proof)):
        return None
    changed = next((by_name[normal(name)] for name in vendor.changed if normal(name) in by_name), None)
    return Recognised(vendor=vendor, id_column=id_column, changed_column=changed, fields=tuple(fields.values()))


def _paths(vendor: Vendor, by_name: Mapping[str, str]) -> dict[str, Found]:
    found: dict[str, Found] = {}
    for field in vendor.fields:
        for name in field.names:
            if field.measure not in found and (column := by_name.get(normal(name))) is not None:
                found[field.measure] = Found(
                    column=column,
                    measure=field.measure,
                    unit=field.unit,
                    more=field.more,
                    is_opposite=field.is_opposite,
                )
    return found


def _found(field: VendorField, column: str, measure: str, unit: Unit | None) -> Found:
    return Found(column=column, measure=measure, unit=unit, more=field.more, is_opposite=field.is_opposite)


def _headings(vendor: Vendor, columns: list[str]) -> dict[str, Found]:
    fields = {normal(name): field for field in vendor.fields for name in field.names}
    found: dict[str, Found] = {}
    for column in columns:
        heading = Heading.read(column)
        field = fields.get(heading.name) or fields.get(normal(column))
        if field is None:
            continue
        is_duration = field.unit is None
        measure = f"{field.measure}_business" if heading.is_business and is_duration else field.measure
        unit = heading.unit if is_duration else field.unit
        found.setdefault(measure, _found(field, column, measure, unit))
    return found
