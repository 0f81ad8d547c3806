"""The last hours lie above or below the same hours of the days before."""

from __future__ import annotations

import numpy as np

from deskpulse.insights.model import DAY_SECONDS, Detector, Floats, Track
from deskpulse.insights.running import robust_scale, trailing_mean

HOURS, DAYS = 6, 14


def shift_to_days_before(track: Track) -> Floats:
    """Return the distance of the mean of six hours to the median of the same hours of up to 14 days before."""
    day = track.points_in(DAY_SECONDS)
    points = track.points_in(HOURS * 3600.0, least=2)
    means = trailing_mean(track.centred, points)
    before = np.full((DAYS, track.size), np.nan)
    for back in range(1, min(DAYS, (track.size - 1) // day) + 1):
        before[back - 1, back * day :] = means[: track.size - back * day]
    apart = np.zeros(track.size)
    apart[day:] = means[day:] - np.nanmedian(before[:, day:], axis=0)
    _, scales = robust_scale(apart, DAYS * day)
    found = np.abs(apart) / scales
    found[: day + points] = np.nan
    return found


HALF_DAY = Detector(
    name="half_day", label="Unlike the days before", strangeness=shift_to_days_before, weight=0.5, heard_from=4.0,
    about="Six hours together are above or below the same hours of the two weeks before.",
)  # fmt: skip
