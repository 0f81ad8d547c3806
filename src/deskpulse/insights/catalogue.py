"""All detectors, collected from `detectors/` and from plugins."""

from __future__ import annotations

from functools import cache

from deskpulse.core.errors import UnknownNameError
from deskpulse.core.registry import collect
from deskpulse.insights.model import Detector, JointDetector


@cache
def detectors() -> dict[str, Detector]:
    """Return every detector of a single series by name."""
    from deskpulse.insights import detectors as package

    return collect(package, Detector, plugins="deskpulse.detectors")


@cache
def joint_detectors() -> dict[str, JointDetector]:
    """Return every detector of several series together by name."""
    from deskpulse.insights import detectors as package

    return collect(package, JointDetector, plugins="deskpulse.joint_detectors")


def find_detector(name: str) -> Detector:
    """Return the detector `name`; UnknownNameError with the nearest names when there is none."""
    if name not in detectors():
        raise UnknownNameError("detector", name, set(detectors()))
    return detectors()[name]
