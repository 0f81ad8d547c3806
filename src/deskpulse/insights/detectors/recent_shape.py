"""The last four hours ran as none did before."""

from __future__ import annotations

from deskpulse.insights.model import Detector, Floats, Track
from deskpulse.insights.neighbours import course, nearest_course
from deskpulse.insights.running import standardised

HALF_HOURS, MEMORY = 8, 20_000


def distance_of_half_hours(track: Track) -> Floats:
    """Return the distance of eight half-hourly means to the most similar before."""
    points = track.points_in(1800.0)
    courses = course(standardised(track.values, MEMORY), points, HALF_HOURS)
    return nearest_course(courses, max(points * HALF_HOURS, 5))


RECENT_SHAPE = Detector(
    name="recent_shape", label="Unusual course", strangeness=distance_of_half_hours,
    about="The course of the last four hours (eight points, where these are longer) has not been seen before.",
)  # fmt: skip
