"""The value is not what this hour of the day usually brings."""

from __future__ import annotations

import numpy as np

from deskpulse.insights.model import DAY_SECONDS, Detector, Floats, Track

FOLD = 0.25
"""How much of a day's median for an hour moves what is expected of that hour."""
LEVEL = 0.05


def seasonal_residual(track: Track) -> Floats:
    """Return the distance from what the hour of the day brought on the days before; from a moving level on the first.

    Each day's median of an hour is folded into the hour's profile when the hour is over.
    """
    profile: dict[int, float] = {}
    residual = np.zeros(track.size)
    level, hour, seen = float(track.centred[0]) if track.size else 0.0, -1, list[float]()
    hours = (track.times % DAY_SECONDS // 3600.0).astype(int).tolist()
    for place, (now, value) in enumerate(zip(hours, track.centred.tolist(), strict=True)):
        if now != hour and seen:
            middle = float(np.median(seen))
            profile[hour] = profile.get(hour, middle) + FOLD * (middle - profile.get(hour, middle))
            seen = []
        hour = now
        residual[place] = value - profile.get(hour, level)
        seen.append(value)
        level += LEVEL * (value - level)
    return np.abs(residual)


SEASON = Detector(
    name="season", label="Unlike this hour", strangeness=seasonal_residual, weight=0.5, heard_from=4.0,
    about="The value is far from what this hour of the day brought on the days before.",
)  # fmt: skip
