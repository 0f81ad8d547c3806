"""Following what was learned: how long alike ones took lately, and whether that tells more by now than the model.

A model knows nothing of a change after it was learned. Of all that has ended since, the model and the median of the
latest alike ones are compared at the moments they were asked; whichever erred less lately is believed (following the
leader among experts, Cesa-Bianchi and Lugosi 2006, chapter 3). Only ends before a moment count for it.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
KEPT, LEAST = 30, 5
"""The latest ended ones of a kind that count, and the fewest that tell anything."""
JUDGED, LEAST_JUDGED = 200, 30
"""The latest ended ones that model and median are compared on, and the fewest that such a comparison takes."""
LEAD = 0.9
"""The median is believed when it errs by so much less than the model: where both do as well it is chance who leads."""
SHARES = (0.1, 0.5, 0.9)


@dataclass(frozen=True, eq=False)
class Lately:
    """By moment: from where to where four of five of the latest alike ones fell, their median (NaN where too few had
    ended), and whether the median has erred less than the model lately. `kinds` are the latest such times by kind.
    """

    low: Floats
    middle: Floats
    high: Floats
    leads: NDArray[np.bool_]
    kinds: dict[str, tuple[float, float, float]]
    is_ahead: bool

    def instead(self, said: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats, Floats]:
        """Return what is said with its interval: the model's, or the latest alike ones' where these lead."""
        taken = self.leads & np.isfinite(self.middle)
        return (np.where(taken, self.middle, said), np.where(taken, self.low, low), np.where(taken, self.high, high))


def lately(kinds: Sequence[str], at: Floats, ended: Floats, said: Floats) -> Lately:
    """Follow moments (`at`) with their ends (infinite where it has not ended) and what a model `said` at each.

    All in one unit of time. What led at a moment rests on ends before it alone.
    """
    told = np.full((len(at), 3), np.nan)
    leads = np.zeros(len(at), bool)
    ends = np.argsort(ended, kind="stable")
    last: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=KEPT))
    errors: deque[tuple[float, float]] = deque(maxlen=JUDGED)
    place = 0

    def end(one: int) -> None:
        took = ended[one] - at[one]
        last[kinds[one]].append(took)
        if np.isfinite(told[one, 1]):
            errors.append((abs(said[one] - took), abs(told[one, 1] - took)))

    for moment in np.argsort(at, kind="stable"):
        while place < len(ends) and ended[ends[place]] < at[moment]:
            end(int(ends[place]))
            place += 1
        own = last[kinds[moment]]
        if len(own) >= LEAST:
            told[moment] = np.quantile(own, SHARES)
        leads[moment] = _is_ahead(errors)
    while place < len(ends) and np.isfinite(ended[ends[place]]):
        end(int(ends[place]))
        place += 1
    now = {kind: _three(own) for kind, own in last.items() if len(own) >= LEAST}
    return Lately(told[:, 0], told[:, 1], told[:, 2], leads, now, _is_ahead(errors))


def _three(took: Sequence[float]) -> tuple[float, float, float]:
    low, middle, high = (float(value) for value in np.quantile(took, SHARES))
    return low, middle, high


def _is_ahead(errors: Sequence[tuple[float, float]]) -> bool:
    if len(errors) < LEAST_JUDGED:
        return False
    model, median = np.mean(errors, axis=0)
    return bool(median < LEAD * model)
