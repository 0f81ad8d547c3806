"""What a shape is: our columns, what is expected of their values, and the names that others give them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, get_args

from deskpulse.ingest.values.lines import entries
from deskpulse.ingest.values.words import VOCABULARIES
from deskpulse.warehouse.schema import TABLES, Kind

Expects = Literal[
    "key", "ref", "name", "email", "title", "prose", "label", "time", "number", "count", "duration", "bool", "list",
    "score", "quality", "status", "priority", "urgency", "channel", "author_kind", "direction", "outcome",
    "survey_kind", "link_kind", "sla_metric", "sla_kind", "agent_state", "activity", "money_kind",
    "review_choice",
]  # fmt: skip
"""key: an id that does not repeat; ref: an id that may; name: a person, team or company; label: few short words.
score: on whatever scale; quality: kept as 1 to 5."""


@dataclass(frozen=True)
class Target:
    """One of our columns as an import may fill it: "created_at", or "table.column" of another table.

    `synonyms` are normalised names that other systems give it, the most usual first.
    """

    name: str
    expects: Expects
    synonyms: tuple[str, ...]
    is_required: bool = False

    @property
    def vocabulary(self) -> str | None:
        """Return the name of the vocabulary that its values come from, if there is one."""
        return self.expects if self.expects in VOCABULARIES and self.expects != "bool" else None


@dataclass(frozen=True)
class Shape:
    """One way in which rows of files look: what a row is, the table it fills, and the columns it may have.

    `hints` are words of file names that speak for it; `proof` are the targets that tell it from other shapes:
    each group needs one of its targets, or the shape is not recognised. `beside` are targets that are no column of
    any table, but of use in making the rows (a list of the answers to a message).
    """

    name: str
    about: str
    table: str
    targets: tuple[Target, ...]
    hints: tuple[str, ...] = ()
    proof: tuple[tuple[str, ...], ...] = ()
    beside: tuple[str, ...] = ()

    @cached_property
    def by_name(self) -> dict[str, Target]:
        """Return the targets by name."""
        return {t.name: t for t in self.targets}

    @property
    def key(self) -> str:
        """Return the column of `table` that holds a row's id."""
        return TABLES[self.table].key[0]

    def kind(self, target: str) -> Kind:
        """Return the kind of column that `target` is in its table."""
        if target in self.beside:
            return _BESIDE.get(self.by_name[target].expects, "text")
        table, _, column = target.rpartition(".")
        return TABLES[table or self.table].column(column).kind


_BESIDE: dict[str, Kind] = {"list": "texts", "bool": "bool", "duration": "float", "time": "time"}


def shape(
    name: str, about: str, targets: str, *, table: str = "", hints: str = "", proof: str = "", beside: str = ""
) -> Shape:  # fmt: skip
    """Return a shape from lines "target expects synonym, synonym, …"; "!" behind the target: required."""
    own = []
    for line in entries(targets):
        target, expects, synonyms = line.split(maxsplit=2)
        if expects not in get_args(Expects):
            raise ValueError(f"{name}.{target}: {expects!r} is nothing to expect")
        names = tuple(dict.fromkeys(s.strip() for s in synonyms.split(",") if s.strip()))
        own.append(Target(target.rstrip("!"), expects, names, target.endswith("!")))  # type: ignore[arg-type]
    groups = tuple(tuple(group.split("|")) for group in proof.split())
    made = Shape(name, about, table or name, tuple(own), tuple(hints.split()), groups, tuple(beside.split()))
    for target_ in made.targets:
        made.kind(target_.name)
    return made


def with_targets(own: Shape, more: tuple[Target, ...]) -> Shape:
    """Return `own` with more targets behind its own."""
    return replace(own, targets=(*own.targets, *more))
