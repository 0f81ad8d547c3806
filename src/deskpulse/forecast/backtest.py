"""Rolling origins: what a method would have said, and how far off it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deskpulse.forecast.clean import cleaned
from deskpulse.forecast.model import Floats, Method, Series, bounded, fitting_season
from deskpulse.forecast.special import Effects, Special, learned

CLOSED_CYCLES = 8
"""Seasons that a place must have been at zero for its forecast to be zero."""


@dataclass(frozen=True, kw_only=True)
class Windows:
    """Where backtests begin: positions at which the future is cut off. The two sets share no tested step.

    Methods are chosen on `choice`, earlier ones; the error that is told is measured on `report`, later ones.
    """

    choice: tuple[int, ...]
    report: tuple[int, ...]
    horizon: int


def plan_windows(size: int, horizon: int, *, step: int, windows: int, choice: int, least: int) -> Windows:
    """Return the latest `windows` origins, `step` apart, and up to `choice` before them, all with `least` steps before.

    Where history is short there are fewer; at least one of each as long as there is room for both, else none to choose.
    """
    origins = list(range(size - horizon, least - 1, -step))
    for kept in range(min(windows, len(origins)), 0, -1):
        report = origins[:kept]
        earlier = list(range(report[-1] - horizon, least - 1, -step))[:choice]
        if earlier or kept == 1:
            return Windows(choice=tuple(reversed(earlier)), report=tuple(reversed(report)), horizon=horizon)
    return Windows(choice=(), report=(), horizon=horizon)


@dataclass(frozen=True, kw_only=True, eq=False)
class Outcome:
    """Forecasts and what came, each of shape (windows, horizon); steps without a known value are NaN in `actual`."""

    forecast: Floats
    actual: Floats
    origins: tuple[int, ...]

    @property
    def errors(self) -> Floats:
        """Forecast minus actual."""
        return self.forecast - self.actual


@dataclass(frozen=True, kw_only=True, eq=False)
class Past:
    """A series as it is cleaned now, its `raw` values (NaN: unknown), steps `marked` as outages, and `special` ones."""

    series: Series
    raw: Floats
    marked: NDArray[np.bool_] | None = None
    special: Special | None = None
    _seen: dict[int, Series] = field(default_factory=dict)
    _said: dict[tuple[str, int, int], Floats] = field(default_factory=dict)

    def seen(self, origin: int) -> Series:
        """Return the series as it would have been cleaned when `origin` steps had passed."""
        if origin not in self._seen:
            marked = None if self.marked is None else self.marked[:origin]
            effects = self.effects(origin)
            known = self.raw[:origin] if effects is None else effects.removed(self.raw[:origin])
            clean = cleaned(known, self.season, self.series.kind, marked)
            self._seen[origin] = replace(self.series, values=clean.values)
        return self._seen[origin]

    def effects(self, origin: int) -> Effects | None:
        """Return what special steps were known to do when `origin` steps had passed."""
        if self.special is None:
            return None
        return learned(self.special, self._unmarked(origin), self.season, self.series.kind)

    @property
    def actual(self) -> Floats:
        """What forecasts are scored by: the raw values, without those that are marked as outages."""
        return self._unmarked(len(self.raw))

    def _unmarked(self, end: int) -> Floats:
        known = self.raw[:end]
        return known if self.marked is None else np.where(self.marked[:end], np.nan, known)

    def said(self, method: Method, origins: Sequence[int], horizon: int) -> list[Floats]:
        """Return what `method` would have said at each origin; nothing is worked out twice."""
        new = [o for o in origins if (method.name, o, horizon) not in self._said]
        if new:
            found = [self.finished(points, o) for o, points in
                     zip(new, _points(method, [self.seen(o) for o in new], horizon), strict=True)]  # fmt: skip
            self._said.update({(method.name, o, horizon): points for o, points in zip(new, found, strict=True)})
        return [self._said[method.name, o, horizon] for o in origins]

    def finished(self, points: Floats, origin: int) -> Floats:
        """Return `points` with what the special steps among them do, within what the kind can be."""
        effects = self.effects(origin)
        return points if effects is None else bounded(effects.put_back(points, origin), self.series.kind)

    @property
    def season(self) -> int:
        """The season by whose places steps are cleaned."""
        return fitting_season(self.series, 4)


def predict(method: Method, series: Series, horizon: int) -> Floats:
    """Return the method's points within what the kind can be, zero where the series always was."""
    return _points(method, [series], horizon)[0]


def _points(method: Method, pasts: Sequence[Series], horizon: int) -> list[Floats]:
    if method.together is None:
        found: Sequence[Floats] = [method.forecast(past, horizon) for past in pasts]
    else:
        found = method.together(pasts, horizon)
    return [
        closed(past, bounded(np.asarray(points, dtype=np.float64), past.kind))
        for past, points in zip(pasts, found, strict=True)
    ]


def closed(series: Series, points: Floats) -> Floats:
    """Return `points`, zero at the places of the season where eight seasons or more never had anything (closed hours).

    Low counts are left alone: with them nothing may be chance.
    """
    season = max(series.seasons, default=1)
    cycles = series.size // season
    if season == 1 or cycles < CLOSED_CYCLES or series.kind not in ("count", "amount") or series.is_low:
        return points
    seen = series.values[-cycles * season :].reshape(cycles, season).max(axis=0) > 0
    return np.where(np.resize(seen, len(points)), points, 0.0)


def backtest(method: Method, past: Past, origins: Sequence[int], horizon: int) -> Outcome:
    """Return what `method` says at each origin, fitted to what was known and cleaned by then, beside what came."""
    forecasts = past.said(method, origins, horizon)
    actual = [past.actual[o : o + horizon] for o in origins]
    shape = (len(origins), horizon)
    return Outcome(forecast=np.reshape(forecasts, shape), actual=np.reshape(actual, shape), origins=tuple(origins))


def naive_scale(series: Series) -> float:
    """Return the mean absolute difference to one season before: what MASE divides by (Hyndman and Koehler 2006)."""
    season = fitting_season(series, 2)
    if series.size <= season:
        return 0.0
    return float(np.abs(series.values[season:] - series.values[:-season]).mean())


def scores(done: Outcome, scale: float) -> dict[str, float | None]:
    """Return mae, rmse, mase, wape (Σ|error| / Σ|actual|) and bias (Σ error / Σ|actual|); null where senseless."""
    known = np.isfinite(done.actual)
    if not known.any():
        return dict.fromkeys(("mae", "rmse", "mase", "wape", "bias"))
    errors, actual = done.errors[known], np.abs(done.actual[known])
    mae, total = float(np.abs(errors).mean()), float(actual.sum())
    return {
        "mae": mae,
        "rmse": float(np.sqrt((errors**2).mean())),
        "mase": mae / scale if scale > 0 else None,
        "wape": float(np.abs(errors).sum()) / total if total > 0 else None,
        "bias": float(errors.sum()) / total if total > 0 else None,
    }


def summed(done: Outcome, size: int) -> float | None:
    """Return the WAPE of sums over runs of `size` steps (a day of intervals); null without a whole run."""
    runs = done.forecast.shape[1] // size
    if not runs or not len(done.forecast):
        return None

    def sums(values: Floats) -> Any:
        return values[:, : runs * size].reshape(len(values), runs, size).sum(axis=2)

    forecast, actual = sums(done.forecast), sums(done.actual)
    known = np.isfinite(actual)
    total = float(np.abs(actual[known]).sum())
    return float(np.abs(forecast - actual)[known].sum()) / total if total > 0 else None
