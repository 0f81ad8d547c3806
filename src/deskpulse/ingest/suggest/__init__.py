"""Suggest how a file's columns become ours: the shape, the columns, how they are read, and why."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from deskpulse.core.errors import InputError, MappingError, UnknownNameError
from deskpulse.core.periods import zone
from deskpulse.ingest.flatten import flatten
from deskpulse.ingest.model import ColumnMapping, Mapping
from deskpulse.ingest.shapes import Shape, shape_named, shapes
from deskpulse.ingest.suggest.columns import column_mapping
from deskpulse.ingest.suggest.dates import date_order, named_zone
from deskpulse.ingest.suggest.join import join_columns, with_days
from deskpulse.ingest.suggest.notes import constants, notes_on
from deskpulse.ingest.suggest.profile import Profile, profile_of
from deskpulse.ingest.suggest.recognise import Candidate, candidate, compared
from deskpulse.ingest.transform.rows import JOINED_BY

__all__ = ["suggest"]


def suggest(
    sample: pl.DataFrame,
    *,
    part_name: str,
    shape: str | None = None,
    overrides: dict[str, str] | None = None,
    timezone: str = "UTC",
) -> Mapping:
    """Return a mapping for rows like those of `sample` (its first 1,000 rows are looked at).

    `shape` is recognised when it is not said. `overrides` maps our column names to the file's: they stand as said,
    an empty one leaves our column out, and "=word" sets every row to that word. `timezone` (IANA) is that of times
    without a zone. MappingError when no shape fits; UnknownNameError for names that do not exist.
    """
    zone(timezone)
    frame = flatten(sample)
    named = [name for name in frame.columns if name]  # a column without a name stays in `extra`
    if not named:
        raise MappingError(f"{part_name} has no columns.", hint="Give a file whose first row names its columns.")
    profiles = with_days({name: profile_of(frame[name]) for name in named})
    said = overrides or {}
    chosen = _chosen(profiles, part_name, shape, said)
    chosen, profiles = join_columns(chosen, profiles, {t for n in said if (t := _target_of(chosen.shape, n))})
    names = tuple(frame.columns)
    return _mapping(chosen, profiles, said, timezone=timezone, names=names, part_name=part_name)


def _chosen(profiles: dict[str, Profile], part_name: str, shape: str | None, said: dict[str, str]) -> Candidate:
    if shape is not None:
        only = shape_named(shape)
        made = candidate(only, profiles, _columns_said(only, said, profiles, part_name))
        if not made.columns:
            raise MappingError(
                f"No column of {part_name} looks like one of the shape {shape!r}.",
                hint=f"Its columns: {_some(list(profiles))}. Say which is which, such as {_example(only, profiles)}.",
            )
        return made
    fitting = [s for s in shapes().values() if all(_target_of(s, name) for name in said)]
    if not fitting:
        everywhere = {t for s in shapes().values() for t in s.by_name}
        unknown = next((n for n in said if not any(_target_of(s, n) for s in shapes().values())), next(iter(said)))
        raise UnknownNameError("column of ours", unknown, everywhere)
    made_all = [candidate(s, profiles, _columns_said(s, said, profiles, part_name)) for s in fitting]
    ranked = compared(made_all, profiles, part_name)
    if not ranked:
        raise MappingError(
            f"The columns of {part_name} look like none of the shapes we know.",
            hint=f"Its columns: {_some(list(profiles))}. Name the shape ({', '.join(sorted(shapes()))}) and, if need "
            "be, which column is which.",
        )
    return ranked[0]


def _target_of(shape: Shape, name: str) -> str | None:
    """Return the target that a person means by `name`: it itself, or the only one "table.name"."""
    if name in shape.by_name:
        return name
    dotted = [t for t in shape.by_name if t.rpartition(".")[2] == name and "." in t]
    return dotted[0] if len(dotted) == 1 else None


def _columns_said(shape: Shape, said: dict[str, str], profiles: dict[str, Profile], part_name: str) -> dict[str, str]:
    """Return the overrides by target, with the names of columns as the file has them; constants are left out."""
    found = {}
    lowered = {name.lower(): name for name in reversed(profiles)}
    for name, column in said.items():
        target = _target_of(shape, name)
        if target is None:
            raise UnknownNameError(f"column of {shape.name}", name, set(shape.by_name))
        if column and not column.startswith("=") and column not in profiles and column.lower() not in lowered:
            raise UnknownNameError(f"column in {part_name}", column, list(profiles))
        is_column = column and not column.startswith("=")
        found[target] = (column if column in profiles else lowered[column.lower()]) if is_column else ""
    twice = [c for c in found.values() if c and list(found.values()).count(c) > 1]
    if twice:
        raise InputError(
            f"The column {twice[0]!r} was given to two of ours.", hint="Give each column to one of ours only."
        )
    return found


def _mapping(
    chosen: Candidate,
    profiles: dict[str, Profile],
    said: dict[str, str],
    *,
    timezone: str,
    names: tuple[str, ...],
    part_name: str,
) -> Mapping:
    shape = chosen.shape
    times = {t: profiles[c] for t, c in chosen.columns.items() if shape.by_name[t].expects == "time"}
    named, told_of_zone = named_zone(times, timezone)
    order = date_order(times, named)
    notes: list[str] = [n for n in (order.note, told_of_zone) if n]
    if chosen.rival:
        notes.append(
            f"The rows are taken for {shape.name}; they could be {chosen.rival} too. If they are, say so:"
            f" --shape {chosen.rival}."
        )
    columns: list[ColumnMapping] = []
    status = next((profiles[c] for t, c in chosen.columns.items() if shape.by_name[t].expects == "status"), None)
    for target in shape.targets:
        column = chosen.columns.get(target.name)
        if column is None:
            continue
        made, told = column_mapping(
            target, profiles[column], time_parse=order.parse, reason=chosen.reasons[target.name, column],
            confidence=chosen.confidence[target.name, column],
            is_rising=status is not None and status.numbers > 0.98,
        )  # fmt: skip
        columns.append(made)
        notes += told
    fixed = {t: c[1:] for n, c in said.items() if c.startswith("=") and (t := _target_of(shape, n))}
    columns += [ColumnMapping(target=t, column="", values={"": v}, reason="as you said") for t, v in fixed.items()]
    left_out = {t for n, c in said.items() if not c and (t := _target_of(shape, n))}
    columns += [c for c in constants(shape, columns, profiles, part_name) if c.target not in left_out]
    mapped = {part for c in columns if c.column for part in (c.column, *c.column.split(JOINED_BY))}
    made_mapping = Mapping(
        shape=shape.name, columns=tuple(columns), timezone=named,
        unmapped=tuple(n for n in names if n not in mapped), reason=shape.about,
    )  # fmt: skip
    return replace(made_mapping, notes=tuple(dict.fromkeys([*notes, *notes_on(made_mapping, profiles)])))


def _some(names: list[str]) -> str:
    return ", ".join(n[:40] for n in names[:12]) + (" …" if len(names) > 12 else "")


def _example(shape: Shape, profiles: dict[str, Profile]) -> str:
    return f"{shape.key}={next(iter(profiles))!r}"
