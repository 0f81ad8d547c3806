"""What a scorecard weighs, and how far from its target a value stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite, log2

from deskpulse.core.errors import InputError, UnknownNameError


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One criterion: a metric, its weight, and the distance from the target (`span`) that makes 0 or 100 points.

    A `span` of 0 is for times: half the target is 100 points, twice the target is 0. `column` tells the worst rows:
    the highest of a time, the lowest of all others.
    """

    name: str
    label: str
    metric: str
    weight: float
    span: float
    column: str

    @property
    def is_time(self) -> bool:
        """Return whether it is a time, of which less is better."""
        return not self.span

    @property
    def sign(self) -> int:
        """Return 1 where more is better, else -1."""
        return -1 if self.is_time else 1

    def points(self, value: float, target: float) -> float:
        """Return the points, 50 on the target; below 0 and above 100 they go on, for intervals."""
        if self.is_time:
            return 50 - 50 * log2(max(value, 1.0) / max(target, 1.0))
        return 50 + 50 * (value - target) / self.span


CRITERIA = {
    one.name: one
    for one in (
        Criterion(name="first_reply", label="First reply", metric="first_reply_time_seconds_mean", weight=2, span=0,
                  column="first_reply_seconds"),
        Criterion(name="resolution", label="Resolution", metric="full_resolution_time_seconds_mean", weight=2, span=0,
                  column="full_resolution_seconds"),
        Criterion(name="satisfaction", label="Satisfaction", metric="csat", weight=3, span=0.2, column="score"),
        Criterion(name="first_contact", label="First contact resolution", metric="first_contact_resolution_rate",
                  weight=2, span=0.2, column="is_first_contact_resolved"),
        Criterion(name="tone", label="Tone of the customers", metric="sentiment_mean", weight=1, span=0.4,
                  column="sentiment"),
        Criterion(name="quality", label="Quality reviews", metric="fair_quality_score_mean", weight=2, span=1.0,
                  column="score"),
    )
}  # fmt: skip


def weights(given: Iterable[str]) -> dict[str, float]:
    """Return the weights by criterion: the usual ones, but those that `given` says as "satisfaction=5"."""
    found = {name: one.weight for name, one in CRITERIA.items()} | read_pairs(given, "weight")
    if any(value < 0 for value in found.values()) or not any(found.values()):
        raise InputError("Weights are 0 or more, and one of them is more.", hint="Write satisfaction=3.")
    return found


def read_pairs(given: Iterable[str], what: str) -> dict[str, float]:
    """Return numbers by criterion from texts like "satisfaction=0.9"; InputError says how to write them."""
    found = {}
    for text in given:
        name, _, number = (part.strip() for part in str(text).partition("="))
        if name not in CRITERIA:
            raise UnknownNameError("criterion", name, set(CRITERIA))
        try:
            found[name] = float(number)
        except ValueError:
            found[name] = float("nan")
        if not isfinite(found[name]):
            raise InputError(f"The {what} of {name} is a number, not {number[:50]!r}.", hint=f"Write {name}=0.9.")
    return found
