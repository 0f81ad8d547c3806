"""Such a value has not been seen at this time of the day."""

from __future__ import annotations

import numpy as np

from deskpulse.insights.model import DAY_SECONDS, Detector, Floats, Track
from deskpulse.insights.neighbours import nearest_course
from deskpulse.insights.running import standardised

CLOCK_WEIGHT, GAP_SECONDS, MEMORY = 0.5, 7200.0, 20_000


def distance_on_the_clock(track: Track) -> Floats:
    """Return the distance to the nearest point before on a cylinder: the value along it, the day's time around."""
    angle = 2.0 * np.pi * (track.times % DAY_SECONDS) / DAY_SECONDS
    value = standardised(track.values, MEMORY)
    points = np.column_stack([value, CLOCK_WEIGHT * np.sin(angle), CLOCK_WEIGHT * np.cos(angle)])
    return nearest_course(points, track.points_in(GAP_SECONDS, least=5))


RARE_TIME = Detector(
    name="rare_time", label="Rare at this time", strangeness=distance_on_the_clock, weight=0.5, heard_from=4.0,
    about="Such a value has not been seen near this time of the day: activity at night, quiet at noon.",
)  # fmt: skip
