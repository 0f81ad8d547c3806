"""Segments (filters with names) and targets that a workspace saved, as questions use them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from deskpulse.core.errors import InputError, UnknownNameError
from deskpulse.metrics.filters import Bounds, leaves_of, parse_where
from deskpulse.metrics.model import Clause, Filter, Where

SEGMENT = "segment"
PREFIX = "segment:"


@dataclass(frozen=True)
class Saved:
    """What the workspace saved, read when a question names it: filters by segment, targets by metric."""

    segments: Callable[[], Mapping[str, str]] = dict
    targets: Callable[[], Mapping[str, float]] = dict


NOTHING_SAVED = Saved()


def read_where(where: tuple[Where | str, ...], saved: Saved, bounds: Bounds) -> tuple[Where, ...]:
    """Return the conditions of `where`, texts read and segments put in place of their names."""
    read = parse_where(where, bounds)
    if not any(leaf.dimension == SEGMENT for item in read for leaf in leaves_of(item)):
        return read
    return parse_where(tuple(_expanded(item, saved.segments(), bounds, ()) for item in read), bounds)


def segment_filter(name: str, saved: Saved, bounds: Bounds) -> Where:
    """Return what the segment called `name` stands for; UnknownNameError suggests the nearest."""
    return _segment(name, saved.segments(), bounds, ())


def _segment(name: str, known: Mapping[str, str], bounds: Bounds, within: tuple[str, ...]) -> Where:
    if name not in known:
        raise UnknownNameError("segment", name, set(known))
    if name in within:
        raise InputError(
            f"The segment {name!r} is defined by itself: {' → '.join((*within, name))}.",
            hint="Change one of these segments so that it does not name the others.",
        )
    found = tuple(_expanded(item, known, bounds, (*within, name)) for item in parse_where([known[name]], bounds))
    return found[0] if len(found) == 1 else Clause(kind="and", items=found)


def _expanded(item: Where, known: Mapping[str, str], bounds: Bounds, within: tuple[str, ...]) -> Where:
    if isinstance(item, Clause):
        return replace(item, items=tuple(_expanded(part, known, bounds, within) for part in item.items))
    if item.dimension != SEGMENT:
        return item
    if item.operator not in ("in", "not_in"):
        raise InputError("A segment is met or not.", hint='Write segment = "its name", or segment != "its name".')
    parts = tuple(_segment(name, known, bounds, within) for name in item.values)
    found = parts[0] if len(parts) == 1 else Clause(kind="or", items=parts)
    return found if item.operator == "in" else Clause(kind="not", items=(found,))


def as_filter(dimension: str, value: str | None) -> Filter | None:
    """Return the filter of a cell cut by the dimension `segment:NAME`, or None for another dimension."""
    if not dimension.startswith(PREFIX):
        return None
    operator = "in" if value == "true" else "not_in"
    return Filter(dimension=SEGMENT, operator=operator, values=(dimension.removeprefix(PREFIX),))  # type: ignore[arg-type]
