"""The choice of a method by backtest: the naive when nothing beats it, else the best, by how right they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from deskpulse.forecast.backtest import Outcome, Past, Windows, backtest, naive_scale, predict, scores
from deskpulse.forecast.catalogue import NAIVE
from deskpulse.forecast.model import Floats, Method, Series

ENSEMBLE = "ensemble"
MEMBERS = 4
MARGIN = 0.01
"""Another method must beat the naive by this share of its error to be chosen."""
POWER = 16
"""Members of an ensemble weigh by their error to the power of minus this: one that errs by 4 % more, half as much."""
LEAST_WEIGHT = 0.05
FADE = 0.8
"""What a window weighs in the choice, beside the one after it."""

Weights = Mapping[str, float]
"""What each chosen method weighs; they sum to 1."""


@dataclass(frozen=True, kw_only=True)
class Tried:
    """How a method did on the windows that the choice was made by."""

    method: str
    label: str
    wape: float | None
    mase: float | None
    bias: float | None
    error: float | None
    is_chosen: bool = False


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The chosen method; an ensemble is the mean of its `members`, the heaviest first. `tried`: best first.

    `at`: what would have been chosen at each reported origin, by the windows that had ended by then. `instead_of`:
    what was chosen first and given up.
    """

    name: str
    label: str
    members: tuple[Method, ...]
    weights: tuple[float, ...]
    tried: tuple[Tried, ...]
    at: Mapping[int, Weights] = field(default_factory=dict)
    methods: Mapping[str, Method] = field(default_factory=dict)
    instead_of: str = ""

    def given_up(self, method: Method) -> Choice:
        """Return `method` in the place of what was chosen, with what was tried."""
        rows = (replace(row, is_chosen=row.method == method.name) for row in self.tried)
        return replace(only(method), tried=tuple(sorted(rows, key=lambda row: not row.is_chosen)),
                       instead_of=self.label)  # fmt: skip

    def predict(self, series: Series, horizon: int) -> Floats:
        """Return the points of the chosen method, of shape (horizon,)."""
        found = [predict(m, series, horizon) for m in self.members]
        return np.asarray(np.average(found, axis=0, weights=self.weights))

    def backtest(self, past: Past, origins: Sequence[int], horizon: int) -> Outcome:
        """Return its backtest at `origins`: with what would have been chosen there, else what is chosen now."""
        now = {m.name: w for m, w in zip(self.members, self.weights, strict=True)}
        known = {**self.methods, **{m.name: m for m in self.members}}
        points = []
        for origin in origins:
            weights = self.at.get(origin, now)
            said = [past.said(known[name], [origin], horizon)[0] for name in weights]
            points.append(np.average(said, axis=0, weights=list(weights.values())))
        actual = [past.actual[o : o + horizon] for o in origins]
        shape = (len(origins), horizon)
        return Outcome(forecast=np.reshape(points, shape), actual=np.reshape(actual, shape), origins=tuple(origins))


def only(method: Method) -> Choice:
    """Return a method that was taken without a choice."""
    return Choice(name=method.name, label=method.label, members=(method,), weights=(1.0,), tried=())


def choose(methods: Sequence[Method], past: Past, windows: Windows, *, fallback: Method) -> Choice:
    """Return what did best on the latest windows, as many as `windows.choice`; `fallback` where there are none.

    The same choice is made at every reported window, by the windows that had ended before it, so that none has a say
    in what it is the test of. Errors are mean absolute ones; for low counts roots of mean squares, because zero has the
    least absolute error of any count that is mostly zero and is no forecast, but what loses to the naive by absolute
    errors, which are told, is out all the same. Later windows weigh more. Up to four that beat the naive are mixed.
    """
    if not windows.choice:
        return only(fallback)
    known = {m.name: m for m in methods}
    origins = (*windows.choice, *windows.report)
    done = {m.name: backtest(m, past, origins, windows.horizon) for m in methods}
    sizes = {name: _sizes(outcome, is_low=past.series.is_low) for name, outcome in done.items()}
    plain = {name: _sizes(outcome, is_low=False) for name, outcome in done.items()}

    def at(origin: int) -> tuple[Weights, list[int]]:
        ended = [n for n, o in enumerate(origins) if o + windows.horizon <= origin][-len(windows.choice) :]
        errors, absolute = ({name: _faded(rows[ended]) for name, rows in of.items()} for of in (sizes, plain))
        return _weights({n: error for n, error in errors.items() if n == NAIVE or _beats(absolute, n)}), ended

    chosen, ended = at(past.series.size)
    if not chosen:
        return only(fallback)
    before = {origin: weights for origin in windows.report if (weights := at(origin)[0])}
    tried = _tried(done, known, chosen, ended, scale=naive_scale(past.series.until(windows.report[0])),
                   is_low=past.series.is_low)  # fmt: skip
    members = tuple(known[name] for name in chosen)
    is_mixed = len(members) > 1
    return Choice(name=ENSEMBLE if is_mixed else members[0].name, members=members, weights=tuple(chosen.values()),
                  label="Mean of " + ", ".join(m.label for m in members) if is_mixed else members[0].label,
                  tried=tried, at=before, methods=known)  # fmt: skip


def _sizes(done: Outcome, *, is_low: bool) -> Floats:
    """Return the mean absolute error of each window, or the mean square; NaN where nothing is known."""
    errors = done.errors**2 if is_low else np.abs(done.errors)
    count = np.isfinite(errors).sum(axis=1)
    total = np.nansum(errors, axis=1)
    found = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return np.asarray(np.sqrt(found)) if is_low else found


def _faded(sizes: Floats) -> float | None:
    """Return the mean of windows' errors, each weighing less than the one after it."""
    weights = FADE ** np.arange(len(sizes))[::-1]
    known = np.isfinite(sizes)
    return float((sizes[known] * weights[known]).sum() / weights[known].sum()) if known.any() else None


def _beats(errors: Mapping[str, float | None], name: str) -> bool:
    """Return whether an error is below the naive's by the margin."""
    own, naive = errors[name], errors[NAIVE]
    return own is not None and naive is not None and own < naive * (1 - MARGIN)


def _weights(errors: Mapping[str, float | None]) -> Weights:
    """Return what is to be mixed: those that beat the naive, by their errors; empty where no error is known."""
    known = {name: error for name, error in errors.items() if error is not None}
    if NAIVE not in known:
        return {}
    better = sorted((n for n in known if _beats(known, n)), key=lambda n: (known[n], n))[:MEMBERS]
    if not better:
        return {NAIVE: 1.0}
    least = max(known[better[0]], 1e-12)
    raw = {n: (least / max(known[n], 1e-12)) ** POWER for n in better}
    kept = {n: weight for n, weight in raw.items() if weight >= LEAST_WEIGHT * sum(raw.values())}
    return {n: weight / sum(kept.values()) for n, weight in kept.items()}


def _tried(
    done: Mapping[str, Outcome], known: Mapping[str, Method], chosen: Weights, ended: Sequence[int], *, scale: float,
    is_low: bool,
) -> tuple[Tried, ...]:  # fmt: skip
    """Return how each method and the mix did on the windows `ended`, best first; who lost to the naive, behind it."""

    def on(outcome: Outcome) -> Outcome:
        rows = list(ended)
        return Outcome(forecast=outcome.forecast[rows], actual=outcome.actual[rows],
                       origins=tuple(outcome.origins[n] for n in rows))  # fmt: skip

    named = {name: on(outcome) for name, outcome in done.items()}
    if len(chosen) > 1:
        mixed = sum(weight * named[name].forecast for name, weight in chosen.items())
        first = named[next(iter(chosen))]
        named[ENSEMBLE] = Outcome(forecast=np.asarray(mixed), actual=first.actual, origins=first.origins)
    name = ENSEMBLE if len(chosen) > 1 else next(iter(chosen))
    rows = []
    for method, outcome in named.items():
        found = scores(outcome, scale)
        rows.append(Tried(method=method, label=known[method].label if method in known else "Mean of the best",
                          wape=found["wape"], mase=found["mase"], bias=found["bias"],
                          error=_faded(_sizes(outcome, is_low=is_low)), is_chosen=method == name))  # fmt: skip
    absolute = {method: _faded(_sizes(outcome, is_low=False)) for method, outcome in named.items()}
    bar = next((row.error for row in rows if row.method == NAIVE), None) or 0.0

    def place(row: Tried) -> tuple[bool, float, bool, float, str]:
        error = row.error or 0.0
        behind = error if _beats(absolute, row.method) else max(error, bar)
        return row.error is None, behind, row.method != NAIVE, error, row.method

    return tuple(sorted(rows, key=place))
