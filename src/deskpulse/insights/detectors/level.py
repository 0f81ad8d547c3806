"""The value is farther from the usual level than almost all before."""

from __future__ import annotations

import numpy as np

from deskpulse.insights.model import Detector, Floats, Track


def distance_from_level(track: Track) -> Floats:
    """Return the distance from the level of the first points, as a logarithm: heavy tails become exponential ones."""
    return np.asarray(np.log1p(np.abs(track.centred)))


LEVEL = Detector(
    name="level", label="Far from its level", strangeness=distance_from_level,
    about="The value is farther from the usual level than it has been, whenever that was.",
)  # fmt: skip
