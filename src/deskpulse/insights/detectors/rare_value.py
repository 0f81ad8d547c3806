"""No value like this one has been seen before."""

from __future__ import annotations

from deskpulse.insights.model import Detector, Floats, Track
from deskpulse.insights.neighbours import nearest_value

GAP = 5


def distance_to_known(track: Track) -> Floats:
    """Return the distance to the nearest value before; the latest ones, part of the same event, do not count."""
    return nearest_value(track.folded, GAP)


RARE_VALUE = Detector(
    name="rare_value", label="Never seen", strangeness=distance_to_known,
    about="No value before, however long ago, was near this one; between two usual levels as well as outside them.",
)  # fmt: skip
