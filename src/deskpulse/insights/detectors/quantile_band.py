"""The value left the band of the last points."""

from __future__ import annotations

import numpy as np

from deskpulse.insights.model import DAY_SECONDS, Detector, Floats, Track

LOW, HIGH, DAYS, LEAST, BLOCK = 0.01, 0.99, 14, 50, 10


def outside_band(track: Track) -> Floats:
    """Return how far a value is outside the middle 98 % of the two weeks before, in widths of that band; 0 inside."""
    memory = track.points_in(DAYS * DAY_SECONDS, least=LEAST)
    found = np.full(track.size, np.nan)
    for start in range(LEAST, track.size, BLOCK):
        low, high = np.quantile(track.folded[max(0, start - memory) : start], (LOW, HIGH))
        values = track.folded[start : start + BLOCK]
        found[start : start + BLOCK] = np.maximum(np.maximum(values - high, low - values), 0.0) / max(high - low, 1e-6)
    return found


QUANTILE_BAND = Detector(
    name="quantile_band", label="Outside its band", strangeness=outside_band, weight=0.5, heard_from=4.0,
    about="The value is outside the middle 98 % of the two weeks before.",
)  # fmt: skip
