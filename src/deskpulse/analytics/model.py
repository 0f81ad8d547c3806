"""The words of this room: a composition is a declaration, a list of sections that ask the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from deskpulse.core.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

    from deskpulse.analytics.asking import Asking

Plain = dict[str, Any]
ASKED = ("(asked)",)
"""Stands for the dimension that the request names by `by`, or else the composition's own."""


@dataclass(frozen=True, kw_only=True)
class Option:
    """Something that one composition can be asked beside what all can; `setting` names the setting it defaults to."""

    name: str
    about: str
    kind: Literal["text", "whole"] = "text"
    default: str | int | None = None
    setting: str = ""
    least: int = 1
    choices: tuple[str, ...] = ()
    example: str | int | None = None

    def read(self, given: Any) -> str | int | None:
        """Return `given` as this option's kind; InputError when it is not one."""
        if given is None or given == "":
            return None
        if self.kind == "whole":
            try:
                number = int(given)
            except (TypeError, ValueError):
                raise InputError(f"{self.name} is a whole number, not {given!r}.", hint=self.about) from None
            if number < self.least:
                raise InputError(f"{self.name} is at least {self.least}, not {number}.", hint=self.about)
            return number
        text = str(given)
        if self.choices and text not in self.choices:
            raise InputError(f"{self.name} cannot be {text!r}.", hint=f"It is one of: {', '.join(self.choices)}.")
        return text


class Section(Protocol):
    """A part of a composition: what it asks, and how it tells the answer."""

    @property
    def name(self) -> str:
        """Its name in the answer."""
        ...

    @property
    def label(self) -> str:
        """Its title."""
        ...

    @property
    def about(self) -> str:
        """One sentence: what it tells."""
        ...

    def questions(self) -> str:
        """Return what it asks, for the page about compositions."""
        ...

    def answer(self, asking: Asking) -> Plain:
        """Ask, and return at least `rows`, `totals`, `metrics`, `left_out` and `reason`."""
        ...


@dataclass(frozen=True, kw_only=True)
class Composition:
    """Questions that belong together, under one name and address.

    `path` is its address below `/api/v1`. `by` is the dimension that sections are cut by when the request names none;
    () means that it cannot choose. `is_now`: it tells the latest moment of the data, and takes no period.
    """

    name: str
    label: str
    about: str
    sections: tuple[Section, ...]
    by: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    is_now: bool = False
    example: tuple[tuple[str, str], ...] = ()

    @property
    def path(self) -> str:
        """Return its address below `/api/v1`."""
        return f"/metrics/{self.name}" if self.is_now else f"/analytics/{self.name}"


@dataclass(frozen=True, kw_only=True)
class Composed:
    """A composition's answer: `sections` in order, each with rows and totals of values, every value with its n."""

    composition: Composition
    head: Mapping[str, Any]
    sections: tuple[Plain, ...]
    definitions: Mapping[str, Plain]

    def as_dict(self) -> Plain:
        """Return it in plain values."""
        return {
            "name": self.composition.name, "label": self.composition.label, **self.head,
            "sections": list(self.sections), "definitions": dict(self.definitions),
        }  # fmt: skip

    def to_arrow(self) -> pa.Table:
        """Return one row a value: section, of (its dimensions), period, metric, value, n, compared and link."""
        import pyarrow as pa

        cells = [cell for section in self.sections for cell in _cells(section)]
        return pa.Table.from_pylist(cells, schema=pa.schema([
            ("section", pa.string()), ("of", pa.string()), ("period", pa.string()), ("metric", pa.string()),
            ("value", pa.float64()), ("n", pa.int64()), ("compared", pa.float64()), ("rank", pa.int64()),
            ("link", pa.string()),
        ]))  # fmt: skip


def _cells(section: Plain) -> list[Plain]:
    found = []
    for row in (*section["rows"], section["totals"]):
        of = "; ".join(f"{name}={row[name]}" for name in section.get("by", ()) if name in row)
        found += [
            {"section": section["name"], "of": "other" if row.get("is_other") else of, "period": row.get("period"),
             "metric": name, "value": cell["value"], "n": cell["n"], "compared": cell.get("compared"),
             "rank": row.get("rank"), "link": cell.get("link")}
            for name, cell in row.items() if isinstance(cell, dict) and "value" in cell
        ]  # fmt: skip
    return found
