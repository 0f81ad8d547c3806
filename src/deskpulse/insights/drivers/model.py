"""The words of this room: what two periods had, slice by slice, and what each slice did to the change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from deskpulse.metrics.cuts import Part
from deskpulse.metrics.scanned import Key

Kind = Literal["sum", "pooled"]
"""How slices make the whole: their values add up, or are means weighted by their n."""


@dataclass(frozen=True, kw_only=True)
class Cut:
    """The same whole in slices: by the dimensions `by`, for each key what it was before and after."""

    by: tuple[str, ...]
    cells: Mapping[Key, tuple[Part, Part]]


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What one slice did to the whole, in the metric's unit: `rate` because it changed, `mix` because its weight did.

    `weight` is the mean of its shares of the whole in both periods: what it would have done to an even change. `z` is
    the size of its own change in standard errors, None where that cannot be told.
    """

    key: Key
    before: Part
    after: Part
    rate: float
    mix: float
    weight: float
    z: float | None

    @property
    def size(self) -> float:
        """Return the whole effect."""
        return self.rate + self.mix


@dataclass(frozen=True, kw_only=True)
class Decomposition:
    """A cut's effects, the largest in the change's direction first; they and `rest` add up to the change.

    `rest` is what the slices do not hold: rows that stand in several slices, or in none.
    """

    by: tuple[str, ...]
    effects: tuple[Effect, ...]
    rest: float


@dataclass(frozen=True, kw_only=True)
class Cause:
    """The smallest set of slices that explains most of the change.

    `explained` is their share of it, `weight` their share of the whole: an even change would give both alike.
    """

    by: tuple[str, ...]
    effects: tuple[Effect, ...]
    explained: float
    weight: float
    gain: float
