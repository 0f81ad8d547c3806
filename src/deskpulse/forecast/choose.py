"""The choice of a method by backtest: the naive when nothing beats it, the mean of the best when that is better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from deskpulse.forecast.backtest import Outcome, Past, Windows, backtest, naive_scale, predict, scores
from deskpulse.forecast.catalogue import NAIVE
from deskpulse.forecast.model import Floats, Method, Series

ENSEMBLE = "ensemble"
MEMBERS = 3
MARGIN = 0.01
"""Another method must beat the naive by this share of its error to be chosen."""


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
    """The chosen method: `members` are more than one for an ensemble, which is their mean. `tried`: best first."""

    name: str
    label: str
    members: tuple[Method, ...]
    tried: tuple[Tried, ...]

    def predict(self, series: Series, horizon: int) -> Floats:
        """Return the points of the chosen method, of shape (horizon,)."""
        return np.asarray(np.mean([predict(m, series, horizon) for m in self.members], axis=0))

    def backtest(self, past: Past, origins: Sequence[int], horizon: int) -> Outcome:
        """Return its backtest at `origins`."""
        return _mean_of([backtest(m, past, origins, horizon) for m in self.members])


def choose(methods: Sequence[Method], past: Past, windows: Windows, *, fallback: Method) -> Choice:
    """Return the method with the least error on `windows.choice`; `fallback` where there is none of them.

    The error is the mean absolute one; for low counts the root of the mean square, because zero has the least absolute
    error of any count that is mostly zero and is no forecast. An ensemble of up to three that beat the naive is tried
    as one more method.
    """
    if not windows.choice:
        return Choice(name=fallback.name, label=fallback.label, members=(fallback,), tried=())
    measure, scale = ("rmse" if past.series.is_low else "mae"), naive_scale(past.series.until(windows.report[0]))
    done = {m.name: backtest(m, past, windows.choice, windows.horizon) for m in methods}
    known = {m.name: m for m in methods}
    found = {name: scores(result, scale) for name, result in done.items()}
    errors = {name: e for name, score in found.items() if (e := score[measure]) is not None}
    if not errors:
        return Choice(name=fallback.name, label=fallback.label, members=(fallback,), tried=())
    bar = errors[NAIVE] * (1 - MARGIN)
    better = sorted((name for name, e in errors.items() if e < bar), key=lambda name: (errors[name], name))[:MEMBERS]
    members: tuple[Method, ...] = (known[better[0] if better else NAIVE],)
    name, label = members[0].name, members[0].label
    if len(better) > 1:
        found[ENSEMBLE] = scores(_mean_of([done[b] for b in better]), scale)
        error = found[ENSEMBLE][measure]
        if error is not None:
            errors[ENSEMBLE] = error
            if error <= errors[better[0]]:
                members = tuple(known[b] for b in better)
                name, label = ENSEMBLE, "Mean of " + ", ".join(m.label for m in members)
    tried = [
        Tried(method=n, label=known[n].label if n in known else "Mean of the best", wape=s["wape"], mase=s["mase"],
              bias=s["bias"], error=s[measure], is_chosen=n == name)
        for n, s in found.items()
    ]  # fmt: skip
    return Choice(name=name, label=label, members=members,
                  tried=tuple(sorted(tried, key=lambda t: (t.error is None, t.error, t.method))))  # fmt: skip


def _mean_of(results: Sequence[Outcome]) -> Outcome:
    forecast = np.asarray(np.mean([r.forecast for r in results], axis=0))
    return Outcome(forecast=forecast, actual=results[0].actual, origins=results[0].origins)
