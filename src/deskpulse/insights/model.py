"""The words of this room: a track, and a detector that says how strange each of its points is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WARM_UP = 100
"""So many first points are only looked at: they set the step and the scale, and none of them is judged."""
DAY_SECONDS = 86_400.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Track:
    """A series as a detector gets it, oldest first: `values` and `times` of shape (n,), times in seconds of local time.

    Nothing is missing in `values`. What is derived from the first `WARM_UP` points stays as it is for the whole track,
    so a point's judgement never depends on what comes after it.
    """

    values: Floats
    times: Floats

    @property
    def size(self) -> int:
        """The number of points."""
        return len(self.values)

    @cached_property
    def step(self) -> float:
        """The usual seconds from point to point."""
        steps = np.diff(self.times[:WARM_UP])
        usual = float(np.median(steps[steps > 0])) if (steps > 0).any() else DAY_SECONDS
        return max(usual, 1.0)

    def points_in(self, seconds: float, least: int = 1) -> int:
        """Return how many points a span holds, `least` or more."""
        return max(least, round(seconds / self.step))

    @cached_property
    def centred(self) -> Floats:
        """The values less the median of the first points, in their standard deviations. Shape (n,)."""
        if not self.size:
            return self.values
        first = self.values[:WARM_UP]
        middle = float(np.median(first))
        spread = float(first.std()) or 0.1 * abs(float(first.mean())) or 1.0
        return (self.values - middle) / spread

    @cached_property
    def folded(self) -> Floats:
        """`centred` with its sign, but growing as a logarithm beyond three deviations. Shape (n,)."""
        third = self.centred / 3.0
        return np.sign(third) * np.log1p(np.abs(third))


@dataclass(frozen=True, kw_only=True)
class Detector:
    """One way to see that something is odd, declared in a file of `detectors/`.

    `strangeness` takes a track and returns how strange each point is, shape (n,), in any unit: the larger the
    stranger, each point judged by itself and what came before; NaN for the first points while it cannot tell. What is
    rare in these numbers is then measured on the track itself (`surprise`), as minus the decimal logarithm of the
    chance. A detector is heard for what is beyond `heard_from` (1.5: once in 32 points), with `weight`.
    """

    name: str
    label: str
    about: str
    strangeness: Callable[[Track], Floats]
    weight: float = 1.0
    heard_from: float = 1.5


@dataclass(frozen=True, kw_only=True)
class JointDetector:
    """One way to see that several series together are odd. `strangeness` takes values of shape (n, series)."""

    name: str
    label: str
    about: str
    strangeness: Callable[[Floats], Floats]
