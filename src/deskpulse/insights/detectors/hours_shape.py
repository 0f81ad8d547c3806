"""The last eight hours ran as none did before."""

from __future__ import annotations

import numpy as np

from deskpulse.insights.model import Detector, Floats, Track
from deskpulse.insights.neighbours import course, nearest_course
from deskpulse.insights.running import robust_scale

HOURS, RANK, MEMORY, SCALE_MEMORY = 8, 5, 4000, 2000


def distance_of_hours(track: Track) -> Floats:
    """Return the distance of eight hourly means to the fifth most similar before; values folded by a moving scale."""
    middles, scales = robust_scale(track.values, SCALE_MEMORY)
    apart = (track.values - middles) / scales
    points = track.points_in(3600.0)
    courses = course(np.sign(apart) * np.log1p(np.abs(apart)), points, HOURS)
    return nearest_course(courses, points * HOURS, rank=RANK, memory=MEMORY)


HOURS_SHAPE = Detector(
    name="hours_shape", label="Unusual hours", strangeness=distance_of_hours,
    about="The course of the last eight hours (points, where they are longer) is unlike those before.",
)  # fmt: skip
