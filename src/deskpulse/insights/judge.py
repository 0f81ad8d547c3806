"""What the detectors say together of each point: one score, and alarms with a rest after each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deskpulse.insights.catalogue import detectors, joint_detectors
from deskpulse.insights.model import Detector, Floats, Track
from deskpulse.insights.surprise import surprise

SCORE = 0.999
"""An alarm, unless another is asked for: what happens once in 1,000 points of a quiet series."""
REST_POINTS = 100
"""After an alarm, no further one for so many points, unless it is `WORSE` times as strong."""
WORSE = 3.0
HELD = 0.99
"""The most that a point's score is while its alarm is held back."""
HEARD, EACH = 1.4, 1.25
"""Strength x stands for a chance of 10^-(HEARD + EACH·x): measured on quiet series of six kinds (docs/anomalies.md)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Judgement:
    """What is said of each point of a track, all of shape (n,).

    `strength` is what the detectors say beyond what they are heard from, added up: decimal orders of magnitude.
    `score` is 1 less the chance of such a strength in a quiet series, 0 where no detector is heard; while an alarm
    rests it is `HELD` at most. `alarms` are the points that raise one. `voices` are each detector's part.
    """

    strength: Floats
    score: Floats
    alarms: NDArray[np.bool_]
    voices: Mapping[str, Floats]

    def agreed(self, place: int) -> list[str]:
        """Return the names of the detectors heard at a point, loudest first."""
        heard = {name: float(voice[place]) for name, voice in self.voices.items() if voice[place] > 0}
        return sorted(heard, key=lambda name: -heard[name])


def judge(track: Track, *, score: float = SCORE, using: Sequence[Detector] | None = None) -> Judgement:
    """Judge every point of `track` by what came before it; `score` or more is an alarm."""
    voices = {
        d.name: d.weight * np.maximum(surprise(d.strangeness(track)) - d.heard_from, 0.0)
        for d in (detectors().values() if using is None else using)
    }
    strength = np.sum(list(voices.values()), axis=0) if voices else np.zeros(track.size)
    told = score_of(strength)
    alarms = with_rest(strength, told >= score)
    held = (told >= score) & ~alarms
    return Judgement(
        strength=strength, score=np.where(held, min(HELD, 0.99 * score), told), alarms=alarms, voices=voices
    )


def score_of(strength: Floats) -> Floats:
    """Return 1 less the chance of a strength in a quiet series; 0 at strength 0."""
    return np.where(strength > 0, 1.0 - 10.0 ** -(HEARD + EACH * np.minimum(strength, 100.0)), 0.0)


def with_rest(strength: Floats, loud: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which of the `loud` points raise an alarm, shape (n,): the first, and then those after a rest or worse."""
    alarms = np.zeros(len(loud), dtype=bool)
    last, top = -REST_POINTS, 0.0
    for place in np.flatnonzero(loud).tolist():
        if place - last >= REST_POINTS or strength[place] > WORSE * top:
            alarms[place] = True
            last, top = place, float(strength[place])
    return alarms


def judge_together(values: Floats, *, score: float = SCORE, detector: str = "isolation_forest") -> Judgement:
    """Judge every row of several series, shape (n, series), by the rows before it; alarms as for a single one."""
    found = joint_detectors()[detector]
    rarity = surprise(found.strangeness(values))
    strength = np.maximum((rarity - HEARD) / EACH, 0.0)
    told = score_of(strength)
    alarms = with_rest(strength, told >= score)
    held = (told >= score) & ~alarms
    return Judgement(strength=strength, score=np.where(held, min(HELD, 0.99 * score), told), alarms=alarms,
                     voices={found.name: strength})  # fmt: skip
