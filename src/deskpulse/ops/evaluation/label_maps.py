"""How the labels of known public data sets stand for ours."""

from __future__ import annotations

from collections.abc import Mapping

from deskpulse.core.errors import InputError

_GOEMOTIONS = """admiration amusement anger annoyance approval caring confusion curiosity desire disappointment
    disapproval disgust embarrassment excitement fear gratitude grief joy love nervousness optimism pride realization
    relief remorse sadness surprise neutral""".split()  # noqa: SIM905  a list of words reads better so
_EIGHT = {
    "happy": "admiration amusement excitement joy love optimism pride relief",
    "grateful": "gratitude",
    "angry": "anger disgust",
    "frustrated": "annoyance",
    "confused": "confusion curiosity",
    "worried": "fear nervousness",
    "disappointed": "disappointment sadness grief remorse",
    "neutral": "neutral",
}
"""Ours, and those of GoEmotions that it stands for. The others (approval, caring, desire, disapproval,
embarrassment, realization, surprise) are none of ours."""


def goemotions() -> dict[str, str]:
    """Return our emotion for each of GoEmotions, by its name and by its number."""
    ours = {theirs: name for name, several in _EIGHT.items() for theirs in several.split()}
    numbered = {str(number): ours[name] for number, name in enumerate(_GOEMOTIONS) if name in ours}
    return ours | numbered


def label_map(text: str) -> Mapping[str, str]:
    """Read "positive=4,negative=0" (ours=theirs; several by repeating or with |), or the name of a known data set.

    Returns our label by theirs. Raises InputError for anything else.
    """
    if text == "goemotions":
        return goemotions()
    found: dict[str, str] = {}
    for part in text.split(","):
        ours, sign, theirs = part.partition("=")
        if not sign or not ours.strip():
            raise InputError(
                f"{part!r} maps no label.", hint="Write --labels positive=4,negative=0, or --labels goemotions."
            )
        for one in theirs.split("|"):
            found[one.strip()] = ours.strip()
    return found
