"""Which way a series goes, in its own good direction, with how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from deskpulse.forecast.model import Floats

Label = Literal["improving", "declining", "rising", "falling", "stable", "unknown"]
LEAST = 8
Z95 = 1.959963984540054


@dataclass(frozen=True, kw_only=True)
class Trend:
    """`slope` a step with its 95 % interval [`low`, `high`], from `n` steps; null where fewer than eight are known."""

    label: Label
    slope: float | None
    low: float | None
    high: float | None
    n: int


def trend(values: Floats, season: int, better: str) -> Trend:
    """Return the trend of `values` (NaN: unknown), with the effects of the place in the season taken out.

    Least squares on time and places. The interval allows for errors that hang together: its width grows by
    √((1+r)/(1-r)), r the first autocorrelation of what is left. "improving" and "declining" go by `better` ("up",
    "down"); without a good direction the series is "rising" or "falling". "stable": the interval holds 0.
    """
    steps = np.flatnonzero(np.isfinite(values))
    known = values[steps]
    count = len(known)
    places = season if count >= 3 * season else 1
    if count < LEAST + places:
        return Trend(label="unknown", slope=None, low=None, high=None, n=count)
    design = np.column_stack([steps - steps.mean(), np.eye(places)[steps % places]])
    fitted, _, rank, _ = np.linalg.lstsq(design, known, rcond=None)
    left = known - design @ fitted
    slope = float(fitted[0])
    power = float((left**2).sum())
    memory = float(np.clip((left[1:] * left[:-1]).sum() / power, 0.0, 0.95)) if power > 0 else 0.0
    variance = power / max(count - int(rank), 1) * float(np.linalg.pinv(design.T @ design)[0, 0])
    half = Z95 * float(np.sqrt(variance * (1 + memory) / (1 - memory)))
    return Trend(label=_label(slope, half, better, float(np.abs(known).max())), slope=slope, low=slope - half,
                 high=slope + half, n=count)  # fmt: skip


def _label(slope: float, half: float, better: str, size: float) -> Label:
    if abs(slope) <= half or abs(slope) <= 1e-12 * size:
        return "stable"
    if better not in ("up", "down"):
        return "rising" if slope > 0 else "falling"
    return "improving" if (slope > 0) == (better == "up") else "declining"
