"""Several seasons taken apart (MSTL, Bandara and others 2021), what is left smoothed exponentially."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from deskpulse.forecast.model import Floats, Method, Series
from deskpulse.forecast.smoothing import of_one_length, smoothed_ahead

CYCLES, STEPS = 6, 400
LEAST = 3
WINDOW, WIDER = 11, 4
"""Cycles that a season's effect is smoothed over, and how many more for each longer season: the usual ones of MSTL."""
SKIPPED = 10
"""Local regression is done at every tenth of its window and drawn straight between, as R's stl does."""


def fits(series: Series, horizon: int) -> bool:
    """Hold where three cycles of a season are there."""
    return any(series.size >= LEAST * s for s in series.seasons)


def mstl(series: Series, horizon: int) -> Floats:
    """Return the points for the latest cycles: six of the longest season, or 400 steps."""
    return mstl_together([series], horizon)[0]


def mstl_together(pasts: Sequence[Series], horizon: int) -> list[Floats]:
    """Do so for many pasts of one series."""
    shortest = min(past.size for past in pasts)
    seasons = [s for s in pasts[0].seasons if shortest >= LEAST * s]
    return of_one_length(pasts, max(CYCLES * seasons[-1], STEPS), lambda rows: _points(rows, seasons, horizon))


def _points(rows: Floats, seasons: Sequence[int], horizon: int) -> Floats:
    apart = [_apart(row, seasons) for row in rows]
    points = smoothed_ahead(np.array([left for left, _ in apart]), 1, horizon)
    for place, season in enumerate(seasons):
        points += np.array([np.resize(effects[place, -season:], horizon) for _, effects in apart])
    return points


def _apart(values: Floats, seasons: Sequence[int]) -> tuple[Floats, Floats]:
    """Return what is left of `values` without its seasons, and the seasons' effects, of shape (seasons, n)."""
    from statsmodels.tsa.seasonal import STL

    effects, left = np.zeros((len(seasons), len(values))), values
    for _ in range(2 if len(seasons) > 1 else 1):
        for place, season in enumerate(seasons):
            window = WINDOW + WIDER * place
            trend, low = _odd(1.5 * season / (1 - 1.5 / window)), _odd(season + 1)
            left = left + effects[place]
            found = STL(left, period=season, seasonal=window, trend=trend, low_pass=low, seasonal_deg=0,
                        seasonal_jump=max(1, window // SKIPPED), trend_jump=max(1, trend // SKIPPED),
                        low_pass_jump=max(1, low // SKIPPED)).fit()  # fmt: skip
            effects[place] = found.seasonal
            left = left - effects[place]
    return left, effects


def _odd(length: float) -> int:
    whole = int(np.ceil(length))
    return whole + 1 - whole % 2


MSTL = Method(
    name="mstl", label="Seasonal decomposition (MSTL)", forecast=mstl, together=mstl_together, fits=fits, is_slow=True,
    about="Every season is taken out by local regression; what is left is smoothed, and the seasons put back.",
)  # fmt: skip
