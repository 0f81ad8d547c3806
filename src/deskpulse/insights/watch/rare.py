"""How rare a number is among those that its family had before, and how rare it has to be to be told."""

from __future__ import annotations

import numpy as np

from deskpulse.insights.watch.model import Family, Floats

HEARD_FROM = 1.0
"""The tail is measured beyond what comes once in ten."""
KNOWN = 200.0
"""So many numbers are taken as known at the start: those that chance alone gives."""
MOST_EXCESS = 2.5
"""What is rarer still says nothing of what is usual."""
LN10 = float(np.log(10.0))


class Tail:
    """The tail of one family's numbers, all its series together, from what came before; exponential beyond its start.

    Numbers are minus the decimal logarithms of a chance. Where the past had more or rarer ones than such a chance
    gives, they count for less; never for more.
    """

    def __init__(self) -> None:
        self._seen, self._beyond = KNOWN, KNOWN * 10**-HEARD_FROM
        self._excess = self._beyond / LN10

    def measured(self, numbers: Floats) -> Floats:
        """Return the numbers as rare as they are among those before; NaN stays."""
        share = max(self._beyond / self._seen, 10**-HEARD_FROM)
        slope = max(self._excess / self._beyond * LN10, 1.0)
        beyond = -np.log10(share) + (numbers - HEARD_FROM) / slope
        return np.where(numbers > HEARD_FROM, np.minimum(numbers, beyond), numbers)

    def take(self, numbers: Floats) -> None:
        """Take numbers in as seen."""
        known = numbers[np.isfinite(numbers)]
        beyond = known[known > HEARD_FROM] - HEARD_FROM
        self._seen += known.size
        self._beyond += beyond.size
        self._excess += float(np.minimum(beyond, MOST_EXCESS).sum())


def questions_a_week(family: Family, series: int) -> float:
    """Return how many separate questions a week are asked of so many series: windows that overlap are hardly two.

    Each is asked twice, for too much and for too little.
    """
    steps = 7 if family.grain == "day" else 168
    return 2.0 * series * sum(steps * 2.0 / (window + 1.0) for window in family.windows)


def needed(per_week: float, questions: float) -> float:
    """Return how rare a number has to be for `per_week` false alarms over so many questions a week."""
    return float(np.log10(max(questions, 1.0) / per_week))
