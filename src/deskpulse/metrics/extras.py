"""Extras computed beside the measured values: they need whole columns of an answer, or its spread."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import fsum

from deskpulse.core.errors import InputError
from deskpulse.metrics import statistics
from deskpulse.metrics.model import Metric, Row, Value
from deskpulse.metrics.plan import Plan
from deskpulse.metrics.scanned import OTHER, Key, Measured
from deskpulse.metrics.shows import Show
from deskpulse.metrics.spread import HIGH, LOW, SQUARES, kind_of_metric
from deskpulse.metrics.statistics import Sample

Extra = float | bool | None
Place = tuple[Key | None, int | None]  # a group and period; None for the total, None for the whole period


@dataclass(frozen=True)
class Sides:
    """What an answer is extended from: the spreads of both sides, the totals by period, the targets, how sure to be."""

    now: Measured | None
    before: Measured | None
    by_period: Measured | None
    targets: Mapping[str, float]
    confidence: float


class Extended:
    """The rows and totals of an answer with what `plan.shows` asks for."""

    def __init__(self, plan: Plan, rows: tuple[Row, ...], totals: Mapping[str, Value], sides: Sides) -> None:
        self._plan, self._sides = plan, sides
        labels: dict[str | None, int] = {}
        self._cells: dict[tuple[Place, str], Value] = {}
        self._extras: dict[tuple[Place, str], dict[str, Extra]] = {}
        self._places: list[Place] = []
        for row in rows:
            place = ((OTHER,) if row.is_other else row.by, labels.setdefault(row.period, len(labels)))
            self._places.append(place)
            for name, value in row.values.items():
                self._cells[place, name] = value
        for name, value in totals.items():
            self._cells[(None, None), name] = value
        self._rows, self._totals = rows, totals
        self._periods = max(1, len(labels))
        self.notes: list[str] = []

    def extend(self) -> tuple[tuple[Row, ...], dict[str, Value]]:
        """Return the rows and totals with their extras."""
        for metric in self._plan.metrics:
            if self._plan.query.compare == "target":
                self._set_targets(metric)
            elif self._plan.query.compare == "peers":
                self._set_peers(metric)
            for show in self._plan.shows:
                self._show(show, metric)
        rows = tuple(
            replace(row, values={name: self._value(place, name) for name in row.values})
            for row, place in zip(self._rows, self._places, strict=True)
        )
        return rows, {name: self._value((None, None), name) for name in self._totals}

    def _value(self, place: Place, name: str) -> Value:
        return self._cells[place, name]._replace(extras=self._extras.get((place, name)))

    def _put(self, place: Place, metric: Metric, **extras: Extra) -> None:
        self._extras.setdefault((place, metric.name), {}).update(extras)

    def _show(self, show: Show, metric: Metric) -> None:
        if show.name == "percent_of_total":
            self._percent(metric)
        elif show.name in ("running_total", "moving_average"):
            self._along(show, metric)
        elif show.name in ("change", "percent_change"):
            self._changes(show, metric)
        elif show.name == "interval":
            for place in (*self._places, (None, None)):
                found = statistics.interval(self._sample(place, metric, self._sides.now), self._sides.confidence)
                self._put(place, metric, low=found[0] if found else None, high=found[1] if found else None)
        else:
            self._tests(metric)

    def _percent(self, metric: Metric) -> None:
        for place in self._places:
            whole = self._cells[(None, None), metric.name].value
            if self._sides.by_period is not None and self._plan.query.grain is not None:
                cell = self._sides.by_period.groups.get((), {}).get(place[1] or 0, {}).get(metric.name)
                whole = cell.value if cell else None
            value = self._cells[place, metric.name].value
            self._put(place, metric, percent_of_total=value / whole if value is not None and whole else None)

    def _along(self, show: Show, metric: Metric) -> None:
        total: float | None = None
        for place in self._places:
            key, i = place
            value = self._cells[place, metric.name].value
            if show.name == "running_total":
                total = value if not i else total if value is None else (total or 0.0) + value
                self._put(place, metric, running_total=total)
                continue
            window = [
                self._cells[(key, j), metric.name] for j in range((i or 0) - show.periods + 1, (i or 0) + 1) if j >= 0
            ]
            known = [v for v in window if v.value is not None]
            average = None
            if len(window) == show.periods and metric.numerator is not None:
                rows = sum(v.n for v in known)
                average = sum((v.value or 0) * v.n for v in known) / rows if rows else None
            elif len(known) == show.periods:
                average = sum(v.value or 0 for v in known) / len(known)
            self._put(place, metric, moving_average=average)

    def _changes(self, show: Show, metric: Metric) -> None:
        is_series = self._plan.query.compare is None
        for place in (*self._places, *(() if is_series else ((None, None),))):
            now = self._cells[place, metric.name]
            before = now.compared
            if is_series:
                before = self._cells[(place[0], place[1] - 1), metric.name].value if place[1] else None
            change = None if now.value is None or before is None else now.value - before
            if show.name == "change":
                self._put(place, metric, change=change)
            else:
                self._put(place, metric, percent_change=change / abs(before) if change is not None and before else None)

    # ── comparisons that need no other period ─────────────────────────────────────────────────────

    def _set_targets(self, metric: Metric) -> None:
        target = self._sides.targets.get(metric.name)
        if target is None:
            raise InputError(
                f"{metric.name} has no target in this workspace.",
                hint=f"Set one (deskpulse targets set {metric.name} VALUE), or compare with previous.",
            )
        for place in (*self._places, (None, None)):
            self._cells[place, metric.name] = self._cells[place, metric.name]._replace(compared=target)

    def _set_peers(self, metric: Metric) -> None:
        """Compare each value of the first dimension with the others, the rest of the key and the period alike."""
        best = 1 if metric.better == "down" else -1
        for places in self._peers():
            cells = {place: self._cells[place, metric.name] for place in places}
            known = sorted(best * v.value for v in cells.values() if v.value is not None)
            whole = _pooled([self._sample(place, metric, None) for place in places])
            for place, own in cells.items():
                others = whole.without(self._sample(place, metric, None))
                mean = others.pooled if metric.numerator is not None else others.mean
                self._cells[place, metric.name] = own._replace(compared=mean, compared_n=others.rows)
                rank = bisect_left(known, best * own.value) + 1 if own.value is not None else None
                self._put(place, metric, rank=rank, peers=others.count)

    def _peers(self) -> list[list[Place]]:
        """Return the places that are peers: those that differ in the first dimension only."""
        found: dict[tuple[Key, int | None], list[Place]] = {}
        for key, i in self._places:
            if key and key[0] is not None and OTHER not in key:
                found.setdefault((key[1:], i), []).append((key, i))
        return list(found.values())

    # ── tests ─────────────────────────────────────────────────────────────────────────────────────

    def _tests(self, metric: Metric) -> None:
        method = statistics.METHODS[kind_of_metric(metric)]
        if not method:
            self.notes.append(f"{metric.name} is no sample of rows: whether its differences are chance is not told.")
        places = [*self._places, (None, None)]
        if self._plan.query.compare == "peers":
            found = self._against_peers(metric)
        elif self._plan.query.compare == "target":
            found = {place: self._against_target(place, metric) for place in places}
        else:
            found = {place: self._against_other(place, metric) for place in places}
        told = [place for place in self._places if found.get(place) is not None]
        adjusted = dict(zip(told, statistics.holm([found[p] or 0.0 for p in told]), strict=True))
        alpha = 1 - self._sides.confidence
        for place, p in found.items():
            corrected = adjusted.get(place, p)
            is_clear = None if corrected is None else corrected < alpha
            self._put(place, metric, p=p, p_adjusted=corrected, is_significant=is_clear)
        if method:
            more = f"; p values of {len(told)} comparisons corrected by Holm's method" if len(told) > 1 else ""
            self.notes.append(f"{metric.name}: {method} at {self._sides.confidence:.0%}{more}.")

    def _against_target(self, place: Place, metric: Metric) -> float | None:
        sample = self._sample(place, metric, self._sides.now)
        return statistics.p_value_of_target(sample, self._sides.targets[metric.name], self._sides.confidence)

    def _against_other(self, place: Place, metric: Metric) -> float | None:
        cell = self._cells[place, metric.name]
        now = self._sample(place, metric, self._sides.now)
        before = self._sample(place, metric, self._sides.before, Value(value=cell.compared, n=cell.compared_n or 0))
        return statistics.p_value(now, before, self._sides.confidence)

    def _against_peers(self, metric: Metric) -> dict[Place, float | None]:
        """Return the p value of each value against the rest of its peers, pooled."""
        found: dict[Place, float | None] = {}
        for places in self._peers():
            samples = {place: self._sample(place, metric, self._sides.now) for place in places}
            whole = _pooled(list(samples.values()))
            for place, own in samples.items():
                rest = whole.without(own)
                if own.kind == "quantile" and rest.count == 1:  # quantiles cannot be pooled, but one is compared
                    other = next(s for p, s in samples.items() if p != place and s.value is not None)
                    found[place] = statistics.p_value(own, other, self._sides.confidence)
                    continue
                if own.kind == "quantile" or not rest.count:
                    found[place] = None
                    continue
                is_mean = own.kind in ("share", "mean")
                other = Sample(own.kind, rest.pooled if is_mean else rest.total, rest.rows, rest.squares,
                               exposure=float(rest.count))  # fmt: skip
                found[place] = statistics.p_value(replace(own, exposure=1.0), other, self._sides.confidence)
        return found

    def _sample(self, place: Place, metric: Metric, side: Measured | None, value: Value | None = None) -> Sample:
        cell = value or self._cells[place, metric.name]
        key, i = place
        found = side.totals if side and key is None else {}
        exposure = 1.0
        if side is not None:
            if key is not None:
                found = side.groups.get(key, {}).get(i or 0, {})
            start, end = (
                side.over.bounds(i) if i is not None and i < side.over.count else (side.over.start, side.over.end)
            )
            exposure = max(1.0, (end - start).total_seconds())

        def beside(suffix: str) -> float | None:
            behind = found.get(metric.name + suffix)
            return behind.value if behind else None

        return Sample(kind_of_metric(metric), cell.value, cell.n, beside(SQUARES), beside(LOW), beside(HIGH), exposure)


@dataclass(frozen=True)
class _Pool:
    """Samples added up: those that have a value, their rows, values, values by rows, and squares."""

    count: int
    rows: int
    total: float
    weighted: float
    squares: float

    @property
    def mean(self) -> float | None:
        return self.total / self.count if self.count else None

    @property
    def pooled(self) -> float | None:
        return self.weighted / self.rows if self.rows else None

    def without(self, one: Sample) -> _Pool:
        if one.value is None:
            return self
        own = _pooled([one])
        return _Pool(self.count - 1, self.rows - own.rows, self.total - own.total, self.weighted - own.weighted,
                     self.squares - own.squares)  # fmt: skip


def _pooled(samples: list[Sample]) -> _Pool:
    known = [s for s in samples if s.value is not None]
    return _Pool(len(known), sum(s.n for s in known), fsum(s.value or 0.0 for s in known),
                 fsum((s.value or 0.0) * s.n for s in known), fsum(s.squares or 0.0 for s in known))  # fmt: skip


def needs_spread(plan: Plan) -> bool:
    """Return whether an extra needs more than the values."""
    return any(show.name in ("interval", "significance") for show in plan.shows)


def is_extended(plan: Plan) -> bool:
    """Return whether the answer has more than measured values."""
    return bool(plan.shows) or plan.query.compare in ("target", "peers")
