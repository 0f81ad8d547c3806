"""When teams of the sample world are at work: moves what they do into their hours."""

from __future__ import annotations

import numpy as np

from deskpulse.demo.arrays import MINUTE, Bools, Ints, skewed
from deskpulse.demo.calendar import REGIONS, local, minutes
from deskpulse.demo.cast import NIGHT, TEAMS, opening_waits

_HOLIDAYS = {region.timezone: [m * 100 + d for m, d in region.holidays] for region in REGIONS}


def is_open(team: Ints, moments: Ints) -> Bools:
    """Return which teams are at work at which moments."""
    return np.asarray(staffed(team, moments, np.random.default_rng(0)) == moments, dtype=np.bool_)


def staffed(team: Ints, moments: Ints, random: np.random.Generator) -> Ints:
    """Return `moments`, those at which the team is away moved to shortly after its next opening."""
    moved = moments.copy()
    table = opening_waits()
    for number, declared in enumerate(TEAMS):
        rows = np.flatnonzero(team == number)
        if not rows.size:
            continue
        at = moved[rows]
        for _ in range(3):
            clock = local(at, declared.timezone)
            at = at + minutes(table[number][clock.minute])
            if number == NIGHT:
                break
            clock = local(at, declared.timezone)
            rests = np.isin(clock.day, _HOLIDAYS[declared.timezone])
            if not rests.any():
                break
            at = np.where(rests, at + minutes(1440 - clock.minute % 1440), at)
        late = at > moments[rows]
        moved[rows] = np.where(late, at + (skewed(random, rows.size, 12.0, 0.8) * MINUTE).astype(np.int64), at)
    return moved
