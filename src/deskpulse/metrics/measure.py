"""Run a plan's scans over windows of time and gather the cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from deskpulse.core.settings import Settings
from deskpulse.metrics.model import Dimension, Metric
from deskpulse.metrics.plan import Plan, Scan
from deskpulse.metrics.rollups.choose import Choice, choose
from deskpulse.metrics.rollups.cost import rollup_ms, rows_ms
from deskpulse.metrics.rollups.read import Asked, RollupReader
from deskpulse.metrics.rollups.stored import EMPTY, Catalogue
from deskpulse.metrics.scanned import OTHER, Cell, Measured, Scanned, Window, refuse_rows, stored_key
from deskpulse.warehouse.engine import Reader

Keep = tuple[str | None, ...] | None
_CLEARLY = 0.9  # an estimate that is only a little lower decides for the rows, which are exact
Found = list[tuple[int, Measured]]
"""Cells of some windows, each with its window's number."""


def measure(
    reader: Reader, plan: Plan, over: Window, settings: Settings, keep: Keep = None, *, rollups: Catalogue = EMPTY
) -> Measured:
    """Return the plan's cells over the window; `keep` folds all other values of the one dimension into OTHER.

    Where one of the `rollups` answers, it does; the rows answer the rest.
    """
    (found,) = measure_all(reader, plan, [over], settings, keep, rollups=rollups)
    return found


def measure_all(
    reader: Reader, plan: Plan, windows: Sequence[Window], settings: Settings, keep: Keep = None,
    *, rollups: Catalogue = EMPTY,
) -> list[Measured]:  # fmt: skip
    """Return what `measure` does, of each window."""
    works = measurements(plan, windows, settings, keep, rollups=rollups)
    return together(windows, [work(reader) for work in works])


def measurements(
    plan: Plan, windows: Sequence[Window], settings: Settings, keep: Keep = None, *, rollups: Catalogue = EMPTY
) -> list[Callable[[Reader], Found]]:
    """Return the parts of what `measure_all` does, that may be done side by side."""
    works: list[Callable[[Reader], Found]] = []
    asks = _Asks(plan, settings, keep)
    for scan in plan.scans:
        answers = asks.answers(rollups, scan, windows)
        for numbers in _shared(answers):
            alike = [(i, windows[i], answer) for i in numbers if (answer := answers[i])]
            works.append(partial(asks.from_rollup, scan=scan, over=alike))
        for i, (over, answer) in enumerate(zip(windows, answers, strict=True)):
            left = scan if answer is None else answer.left(scan)
            if left.metrics:
                works.append(partial(asks.from_rows, scan=left, number=i, over=over, rollups=rollups))
    return works


def together(windows: Sequence[Window], found: Iterable[Found]) -> list[Measured]:
    """Return all parts of each window as one."""
    wholes = [Measured(over) for over in windows]
    for number, part in (one for parts in found for one in parts):
        whole = wholes[number]
        whole.totals |= part.totals
        whole.rolled_up |= part.rolled_up
        if not whole.groups:
            whole.groups = part.groups
            continue
        for key, periods in part.groups.items():
            known = whole.groups.setdefault(key, periods)
            if known is periods:
                continue
            for i, cells in periods.items():
                if known.setdefault(i, cells) is not cells:
                    known[i].update(cells)
    return wholes


@dataclass(frozen=True)
class _Answer:
    """The cut that answers for a scan over a window; `whole` answers for the total where cells do not add up to it."""

    choice: Choice
    whole: Choice | None

    def left(self, scan: Scan) -> Scan:
        """Return what is left of the scan for the rows."""
        return replace(scan, metrics=tuple(m for m in scan.metrics if m not in self.choice.metrics))

    def goes_with(self, other: _Answer) -> bool:
        """Return whether one statement answers both."""
        one, two = self.choice, other.choice
        alike = (one.kept.cube is two.kept.cube, one.cut == two.cut, one.metrics == two.metrics,
                 one.sketched == two.sketched, (self.whole is None) == (other.whole is None))  # fmt: skip
        return all(alike) and (one.until <= two.first or two.until <= one.first)


def _shared(answers: Sequence[_Answer | None]) -> list[list[int]]:
    """Return the numbers of the windows that have an answer, those that one statement answers together."""
    found: list[list[int]] = []
    for i, answer in enumerate(answers):
        if answer is None:
            continue
        for numbers in found:
            if all((known := answers[n]) is not None and known.goes_with(answer) for n in numbers):
                numbers.append(i)
                break
        else:
            found.append([i])
    return found


@dataclass(frozen=True)
class _Asks:
    """How a plan is asked: of rollups or of rows."""

    plan: Plan
    settings: Settings
    keep: Keep

    def answers(self, rollups: Catalogue, scan: Scan, windows: Sequence[Window]) -> list[_Answer | None]:
        """Return for each window what of the rollups answers for it: none, where the rows cost less."""
        found = [self._answer(rollups, scan, over) if rollups.kept else None for over in windows]
        given = [answer for answer in found if answer is not None]
        # Nothing is cheaper from a rollup than from rows that must be read for other metrics anyway.
        if not given or (self.settings.rollup_wide_rows and not self._pays(rollups, scan, given, found)):
            return [None] * len(found)
        return found

    def _pays(self, rollups: Catalogue, scan: Scan, given: Sequence[_Answer], found: Sequence[_Answer | None]) -> bool:
        percentiles = given[0].choice.kept.cube.percentiles
        tickets, conditions = rollups.tickets, len(self.plan.filters)

        def from_rows(choices: Sequence[Choice], metrics: Sequence[Metric]) -> float:
            count = sum(m.name in percentiles for m in metrics)
            return rows_ms(choices, len(metrics), count, tickets=tickets, conditions=conditions)

        spent = 0.0
        for numbers in _shared(found):
            parts = [answer for n in numbers if (answer := found[n]) is not None]
            spent += rollup_ms([p.choice for p in parts], [p.whole for p in parts if p.whole is not None])
            spent += from_rows([p.choice for p in parts], parts[0].left(scan).metrics)
        return spent < _CLEARLY * from_rows([answer.choice for answer in given], scan.metrics)

    def _answer(self, rollups: Catalogue, scan: Scan, over: Window) -> _Answer | None:
        """Return what of the rollups may answer for some metrics of the scan."""
        plan, least = self.plan, self.settings.rollup_wide_rows
        folds = self.keep is not None
        choice = choose(rollups, plan, scan.metrics, over, by=plan.by, folds=folds, least_rows=least)
        if choice is None:
            return None
        if not any(d.kind == "list" for d in plan.by):
            return _Answer(choice, None)
        whole = self._whole(rollups, choice.metrics, over)
        return None if whole is None else _Answer(choice, whole)

    def from_rollup(self, reader: Reader, *, scan: Scan, over: Sequence[tuple[int, Window, _Answer]]) -> Found:
        """Return the cells of windows that one cut answers."""
        plan, most = self.plan, self.settings.query_max_rows
        keep = self.keep and tuple(v if v is None else stored_key(plan.by, v) for v in self.keep)
        zone = plan.query.timezone
        asked = Asked(plan.by, plan.filters, zone, tuple(w.periods for _, w, _ in over), keep, OTHER, most)
        choices = [answer.choice for _, _, answer in over]
        cells = RollupReader(reader, choices, asked, scan.metrics).read()
        wholes = [answer.whole for _, _, answer in over if answer.whole is not None]
        if wholes:
            alone = Asked((), plan.filters, zone, (None,) * len(over), None, OTHER, most)
            totals = RollupReader(reader, wholes, alone, scan.metrics).read()
            cells = [(rows, total) for (rows, _), (_, total) in zip(cells, totals, strict=True)]
        found: Found = []
        for (number, window, answer), (rows, total) in zip(over, cells, strict=True):
            if len(rows) > most:
                refuse_rows(most)
            part, metrics = Measured(window), answer.choice.metrics
            self._scanned(reader, replace(scan, metrics=metrics), window).fill(rows, total, part)
            part.rolled_up = {m.name: m in answer.choice.sketched for m in metrics}
            found.append((number, part))
        return found

    def from_rows(self, reader: Reader, *, scan: Scan, number: int, over: Window, rollups: Catalogue) -> Found:
        """Return the cells of one window as the rows have them; the totals of percentiles from a rollup, if one can.

        They would need a pass over all rows of their own, and the whole is nearly always kept.
        """
        part = Measured(over)
        scanned = self._scanned(reader, scan, over)
        whole = None if scanned.adds or not rollups.kept else self._whole(rollups, scan.metrics, over)
        scanned.read(part, has_totals=whole is not None)
        if whole is not None:
            alone = Asked((), self.plan.filters, self.plan.query.timezone, (None,), None, OTHER, 1)
            ((_, total),) = RollupReader(reader, [whole], alone, scan.metrics).read()
            scanned.fill([], total, part)
            part.rolled_up = {m.name: m in whole.sketched for m in scan.metrics}
        return [(number, part)]

    def _whole(self, rollups: Catalogue, metrics: tuple[Metric, ...], over: Window) -> Choice | None:
        """Return what answers for the total of all `metrics` over a window; None when nothing does."""
        alone, least = Window(over.start, over.end), self.settings.rollup_wide_rows
        whole = choose(rollups, self.plan, metrics, alone, by=(), folds=False, least_rows=least)
        return whole if whole is not None and whole.metrics == metrics else None

    def _scanned(self, reader: Reader, scan: Scan, over: Window) -> Scanned:
        return Scanned(reader, self.plan, scan, over=over, settings=self.settings, keep=self.keep)


def rank(
    reader: Reader, plan: Plan, over: Window, settings: Settings, *, rollups: Catalogue = EMPTY
) -> tuple[str | None, ...]:
    """Return the values of the one dimension with the largest first metric over the window, at most `top`.

    The first metric is no derived one; see `ranking`.
    """
    first, whole = plan.metrics[0], Window(over.start, over.end)
    scan = Scan(first.fact, first.moment, (first,))
    asks = _Asks(plan, settings, None)
    (answer,) = asks.answers(rollups, scan, [whole])
    if answer is None:
        return Scanned(reader, plan, scan, over=whole, settings=settings).largest(plan.query.top or 1)
    ((_, found),) = asks.from_rollup(reader, scan=scan, over=[(0, whole, answer)])
    cells = {key[0]: periods[0][first.name] for key, periods in found.groups.items()}
    return _largest(plan.by[0], cells, plan.query.top)


def _largest(dimension: Dimension, cells: dict[str | None, Cell], most: int | None) -> tuple[str | None, ...]:
    """Return the values with the largest cells, as the SQL ranks them: no value last, then by the stored key."""

    def place(value: str | None) -> tuple[bool, float, bool, int, str]:
        found = cells[value].value
        at = dimension.order.index(value) if dimension.is_closed and value is not None else 0
        return (found is None, -(found or 0.0), value is None, at, value or "")

    return tuple(sorted(cells, key=place)[: most or 1])
