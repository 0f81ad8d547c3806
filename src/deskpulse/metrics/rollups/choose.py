"""Whether a rollup answers a question: which cut, by hour or by day; else the rows do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from deskpulse.metrics.clock import HOUR, INTRADAY, micros, zone_steps
from deskpulse.metrics.conditions import Group, leaves
from deskpulse.metrics.model import Dimension, Filter, Metric
from deskpulse.metrics.rollups.cubes import Cut, cube_name
from deskpulse.metrics.rollups.stored import Catalogue, Kept

if TYPE_CHECKING:
    from deskpulse.metrics.plan import Plan
    from deskpulse.metrics.scanned import Window

_MOST_STALE = 0.2  # of a period's days: with more of them stale, the rows are as fast
_TOLD_BY_KEYS = ("in", "not_in", "is_null", "not_null")


@dataclass(frozen=True)
class Choice:
    """A cut that answers for metrics of one scan over one window; `sketched` are those whose values are estimates."""

    kept: Kept
    cut: Cut
    metrics: tuple[Metric, ...]
    sketched: tuple[Metric, ...]
    first: int  # hours since 1970: the cells of [first, until) are the window's
    until: int
    stale: tuple[int, ...]


def choose(
    catalogue: Catalogue, plan: Plan, metrics: tuple[Metric, ...], over: Window, *, by: tuple[Dimension, ...],
    folds: bool, least_rows: int,
) -> Choice | None:  # fmt: skip
    """Return the cut that answers for some of the `metrics` of a scan cut by `by`, or None.

    `folds`: what is not kept of the one dimension is one group. `least_rows`: with fewer rows in
    the period, these answer as fast.
    """
    kept = catalogue.kept.get(cube_name(metrics[0]))
    cut = _cut(plan, by, folds=folds)
    if kept is None or cut is None:
        return None
    slot = kept.decided.slots.get(cut)
    is_decided = slot is not None or cut in kept.decided.ratios
    if plan.query.grain is not None and INTRADAY.get(plan.query.grain, HOUR) < HOUR:
        return None  # they hold whole hours
    if (slot is None and is_decided) or not _lies_on_hours(plan.query.timezone, over):
        return None
    first, until = micros(over.start) // HOUR, micros(over.end) // HOUR
    is_clock = any(d.kind == "clock" for d in (*by, *(d for d, _ in leaves(plan.filters))))
    on_days = not is_clock and plan.query.grain != "hour" and _lies_on_days(kept, over)
    if slot == "day" and not on_days:
        return None
    low = 0 if kept.cube.is_level else first
    if least_rows and kept.width.rows_within(None if kept.cube.is_level else first, until) < least_rows:
        return None
    if not is_decided:
        catalogue.wants(kept, cut)
        return None
    stale = kept.stale_hours(low, until)
    if len(stale) > max(24.0, _MOST_STALE * (until - first)):
        return None
    answered = tuple(m for m in metrics if m.name in kept.cube.answers)
    sketches = on_days and cut in kept.decided.sketched
    sketched = tuple(m for m in answered if kept.cube.answers[m.name].sketch is not None)
    parts = {name for m in plan.metrics for name in m.parts}  # what is made of an estimate has no stated error
    exact = tuple(m for m in sketched if not sketches or m not in plan.metrics or m.name in parts)
    answered, sketched = (tuple(m for m in ms if m not in exact) for ms in (answered, sketched))
    return Choice(kept, cut, answered, sketched, first, until, tuple(stale)) if answered else None


def _cut(plan: Plan, by: tuple[Dimension, ...], *, folds: bool) -> Cut | None:
    """Return the cut whose keys hold all that is cut and filtered by; None when keys cannot tell."""
    if folds and any(d.kind == "list" for d in by):
        return None
    single = [item for item in plan.filters if not isinstance(item, Group)]
    for dimension, item in leaves(plan.filters):
        if item.operator not in _TOLD_BY_KEYS:
            return None
        # A row with two of the wanted values stands in two cells.
        if dimension.kind == "list" and not (_is_single(item) and (dimension, item) in single and dimension not in by):
            return None
    names = {d.name for d in (*by, *(d for d, _ in leaves(plan.filters))) if d.kind != "clock"}
    return tuple(sorted(names)) if len(names) > 1 else tuple(names)


def _is_single(item: Filter) -> bool:
    return (item.operator == "in" and len(item.values) == 1) or item.operator == "is_null"


def _lies_on_hours(zone: str, over: Window) -> bool:
    if micros(over.start) % HOUR or micros(over.end) % HOUR:
        return False
    steps = zone_steps(zone, over.start, over.end)
    return all(by % HOUR == 0 for by in steps.by) and all(at % HOUR == 0 for at in steps.at[1:])


def _lies_on_days(kept: Kept, over: Window) -> bool:
    bounds: Iterable[datetime] = (over.start, over.end)
    if over.periods is not None:
        bounds = (over.start, *over.periods.bounds[1:-1], over.end)
    return kept.days.are_starts([micros(b) // HOUR for b in bounds])
