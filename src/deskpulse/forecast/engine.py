"""A series in, what to expect out: chosen by backtest, with a band, what it rests on, and how wrong it has been."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from deskpulse.core.errors import InputError, LimitError
from deskpulse.core.settings import Settings
from deskpulse.forecast.backtest import (
    Outcome,
    Past,
    Windows,
    backtest,
    naive_scale,
    plan_windows,
    predict,
    scores,
    summed,
)
from deskpulse.forecast.catalogue import AVERAGE, NAIVE, candidates, find_method
from deskpulse.forecast.choose import Choice, choose
from deskpulse.forecast.clean import Cleaned, cleaned
from deskpulse.forecast.conformal import LEVELS, Calibration, calibrate, covered
from deskpulse.forecast.model import Floats, Series, fitting_season
from deskpulse.forecast.results import Accuracy, Expected, Task
from deskpulse.forecast.special import learned
from deskpulse.forecast.words import told

LEAST_POINTS = 2


def expect(task: Task, settings: Settings) -> Expected:
    """Forecast: choose a method on earlier windows, measure it on later ones, calibrate its band, and say how.

    InputError: the task makes no sense (no horizon, negative counts). LimitError: longer than the settings allow.
    """
    values = _checked(task, settings)
    usable = np.isfinite(values) if task.marked is None else np.isfinite(values) & ~task.marked
    known = int(usable.sum())
    if known < LEAST_POINTS:
        return _nothing(task, known)
    # The matrices are small: threads would wait for one another and hold cores that others need.
    with threadpool_limits(limits=1):
        return _expected(task, values, settings)


def _expected(task: Task, values: Floats, settings: Settings) -> Expected:
    first = int(np.flatnonzero(np.isfinite(values))[0])
    values, marked = values[first:], None if task.marked is None else task.marked[first:]
    features = None if task.features is None else task.features[first:]
    special = None if task.special is None else task.special.since(first)
    season = max((s for s in task.seasons if s * 4 <= len(values)), default=1)
    effects = None if special is None else learned(special, values, season, task.kind)
    clean = cleaned(values if effects is None else effects.removed(values), season, task.kind, marked)
    if np.ptp(clean.values) == 0:
        return _constant(task, clean, first)
    series = Series(values=clean.values, seasons=task.seasons, kind=task.kind, features=features,
                    is_dated=task.is_dated)  # fmt: skip
    past = Past(series=series, raw=values, marked=marked, special=special)
    windows = _windows(task, series, settings)
    chosen, reported, naive = _settled(_chosen(task, past, windows, settings), past, windows)
    earlier = chosen.backtest(past, _calibrating(chosen, series, windows, task, settings), windows.horizon)
    block = series.seasons[0] if len(series.seasons) > 1 else 1
    calibrations = [calibrate(_together(earlier, reported, by=o), series.kind, block=block) for o in windows.report]
    scale = naive_scale(series.until(windows.report[0])) if windows.report else 0.0
    band = calibrate(_together(earlier, reported), series.kind, block=block)
    points = past.finished(chosen.predict(series, task.horizon), series.size)
    return Expected(
        method=chosen.name, label=chosen.label, points=points,
        bands=None if band is None else {level: band.band(points, level) for level in LEVELS},
        accuracy=_accuracy(reported, scale, task, calibrations), naive=_accuracy(naive, scale, task, []),
        tried=chosen.tried, notes=told(task, past, clean, windows, chosen, points=points, has_band=band is not None),
        filled=tuple(int(p) + first for p in clean.filled), replaced=tuple(int(p) + first for p in clean.replaced),
        members=tuple(m.name for m in chosen.members),
        naive_points=past.finished(predict(find_method(NAIVE), series, task.horizon), series.size),
    )  # fmt: skip


def _chosen(task: Task, past: Past, windows: Windows, settings: Settings) -> Choice:
    series = past.series
    fallback = find_method(NAIVE if fitting_season(series, 1) > 1 else AVERAGE)
    usable = series.until(windows.choice[0]) if windows.choice else series
    tries_slow = series.size <= settings.forecast_slow_points
    methods = candidates(usable, windows.horizon, asked=task.methods, tries_slow=tries_slow)
    return choose(methods, past, windows, fallback=fallback)


def _settled(chosen: Choice, past: Past, windows: Windows) -> tuple[Choice, Outcome, Outcome]:
    """Return what is to be forecast by, its outcome on the reported windows, and the naive's.

    Low counts are chosen by squared errors and told by absolute ones, which may say another thing: what the told
    error shows to be behind the naive is given up for it.
    """
    naive = find_method(NAIVE)
    reported = chosen.backtest(past, windows.report, windows.horizon)
    simple = backtest(naive, past, windows.report, windows.horizon)
    own, other = (scores(done, 1.0)["mae"] for done in (reported, simple))
    if past.series.is_low and chosen.tried and own is not None and other is not None and own > other:
        return chosen.given_up(naive), simple, simple
    return chosen, reported, simple


def _checked(task: Task, settings: Settings) -> Floats:
    values = np.asarray(task.values, dtype=np.float64)
    if task.horizon < 1:
        raise InputError(f"A forecast of {task.horizon} steps holds nothing.", hint="Give a horizon of 1 or more.")
    if task.horizon > settings.forecast_max_horizon:
        raise LimitError(f"A horizon of {task.horizon:,} steps is longer than {settings.forecast_max_horizon:,}.",
                         setting="forecast_max_horizon")  # fmt: skip
    if len(values) > settings.forecast_max_points:
        raise LimitError(f"A series of {len(values):,} steps is longer than {settings.forecast_max_points:,}.",
                         setting="forecast_max_points")  # fmt: skip
    if np.isinf(values).any():
        raise InputError("The series holds an infinite value.", hint="Remove it or leave it empty.")
    if task.kind in ("count", "amount") and bool((values < 0).any()):
        where = int(np.flatnonzero(values < 0)[0])
        raise InputError(
            f"The series holds {int((values < 0).sum()):,} negative values (the first, {values[where]:g}, at step "
            f"{where + 1:,}), and a {task.kind} is never negative.",
            hint="Correct them, or forecast it as a plain number.",
        )
    if any(s < 2 for s in task.seasons) or list(task.seasons) != sorted(set(task.seasons)):
        raise InputError(f"Seasons {list(task.seasons)} are not growing numbers of 2 or more.", hint="Shortest first.")
    return values


def _windows(task: Task, series: Series, settings: Settings) -> Windows:
    """Return the backtest's windows, over a shorter horizon where history has no room for the one asked for."""
    wanted = task.windows or settings.forecast_windows
    season = fitting_season(series, 3)
    least = max(2 * season, 4, min(series.size // 3, 4 * season))
    horizon = min(task.horizon, max((series.size - least) // 2, 1))
    step = _step(task, series, horizon)
    least = min(least, max(series.size - horizon, 1))
    return plan_windows(series.size, horizon, step=step, windows=wanted, choice=settings.forecast_choice_windows,
                        least=least)  # fmt: skip


def _calibrating(chosen: Choice, series: Series, windows: Windows, task: Task, settings: Settings) -> list[int]:
    """Return origins before the reported windows: more of them than the choice took, if the method is quick."""
    origins = list(windows.choice)
    if origins and not any(m.is_slow for m in chosen.members):
        step, least = _step(task, series, windows.horizon), 4 * fitting_season(series, 4)
        while len(origins) < settings.forecast_calibration_windows and origins[0] - step >= least:
            origins.insert(0, origins[0] - step)
    return origins


def _step(task: Task, series: Series, horizon: int) -> int:
    return task.step or min(horizon, series.seasons[0] if series.seasons else horizon)


def _together(earlier: Outcome, reported: Outcome, by: int | None = None) -> Outcome:
    """Return both, of all windows or of those that had ended `by` an origin."""
    origins = (*earlier.origins, *reported.origins)
    horizon = reported.forecast.shape[1]
    kept = [n for n, o in enumerate(origins) if by is None or o + horizon <= by]
    forecast = np.concatenate([earlier.forecast, reported.forecast])
    actual = np.concatenate([earlier.actual, reported.actual])
    return Outcome(forecast=forecast[kept], actual=actual[kept], origins=tuple(origins[n] for n in kept))


def _accuracy(done: Outcome, scale: float, task: Task, calibrations: Sequence[Calibration | None]) -> Accuracy:
    if not done.origins:
        return Accuracy()
    found = scores(done, scale)
    known = list(calibrations)
    return Accuracy(
        mase=found["mase"], wape=found["wape"], bias=found["bias"],
        coverage_80=covered(done, known, 0.8), coverage_95=covered(done, known, 0.95),
        wape_sum=summed(done, task.sum_size) if task.sum_size else None,
        windows=len(done.origins), horizon=done.forecast.shape[1],
    )  # fmt: skip


def _nothing(task: Task, known: int) -> Expected:
    note = f"{known} known {'value is' if known == 1 else 'values are'} no series: nothing is forecast."
    return Expected(method="none", label="No forecast", points=np.full(task.horizon, np.nan), bands=None,
                    accuracy=Accuracy(), naive=Accuracy(), tried=(), notes=(note,))  # fmt: skip


def _constant(task: Task, clean: Cleaned, first: int) -> Expected:
    value = float(clean.values[-1]) + 0.0  # no minus zero
    odd = len(clean.replaced)
    but = f" but {odd:,} that {'was' if odd == 1 else 'were'} marked or no part of the pattern" if odd else ""
    note = f"Every known value{but} is {value:g}: it is expected to stay so. Nothing tells how far it may move."
    return Expected(method=NAIVE, label=find_method(NAIVE).label, points=np.full(task.horizon, value), bands=None,
                    accuracy=Accuracy(), naive=Accuracy(), tried=(), notes=(note,), members=(NAIVE,),
                    filled=tuple(int(p) + first for p in clean.filled),
                    replaced=tuple(int(p) + first for p in clean.replaced))  # fmt: skip
