"""When agents of the sample world should work and what they did: the roster and the states of the last half year."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from deskpulse.demo import cast
from deskpulse.demo.arrays import HOUR, MINUTE, TIME, dice, micros
from deskpulse.demo.block import World
from deskpulse.demo.calendar import REGIONS

DAYS = 182
"""How far back shifts are kept; help desks keep no longer."""
AHEAD = 14
"""Days for which the roster is planned."""
_HOLIDAYS = {region.timezone: set(region.holidays) for region in REGIONS}
SHIFT = 8 * HOUR


def days(world: World, ahead: int = 0) -> list[date]:
    """Return the days that have shifts, oldest first."""
    last = world.line.end.date()
    return [last + timedelta(days=n) for n in range(-DAYS, ahead)]


def _shifts(world: World, day: date) -> list[tuple[int, int]]:
    """Return agent and first moment of each shift of a day: five of seven days, early and late by turns."""
    found = []
    crew = world.crew
    for agent in range(len(crew.ids)):
        team = cast.TEAMS[int(crew.team[agent])]
        off = (day.toordinal() + agent) % 7 in (5, 6) if team.days == 7 else day.weekday() >= team.days or (
            team.days == 6 and day.weekday() == (5 if agent % 2 else agent % 5))  # fmt: skip
        holiday = (day.month, day.day) in _HOLIDAYS[team.timezone] and team.days < 7
        late = (day.isocalendar().week + agent) % 2
        begin = team.opens + (max(team.closes - team.opens - 8, 0) if late else 0)
        start = datetime.combine(day, time(begin % 24), ZoneInfo(team.timezone)).astimezone(UTC)
        at = micros(start)
        if not off and not holiday and crew.joined[agent] <= at < crew.left[agent]:
            found.append((agent, at))
    return found


def roster(world: World, day: date) -> pl.DataFrame:
    """Return the rows of `roster` of a day: work, a break, and once a week a meeting or training; or leave."""
    away = cast.half_away(world.line, world.seed)
    rows = []
    for agent, start in _shifts(world, day):
        if away is not None and agent in away[0] and micros(away[1]) <= start < micros(away[2]):
            rows.append((agent, "leave", start, start + SHIFT))
            continue
        noon = start + 4 * HOUR
        rows += [(agent, "work", start, noon), (agent, "break", noon, noon + 30 * MINUTE)]
        special = (day.toordinal() + 3 * agent) % 10
        if special in (0, 5):
            then = noon + 90 * MINUTE
            rows += [(agent, "meeting" if special else "training", noon + 30 * MINUTE, then)]
            rows += [(agent, "work", then, start + SHIFT)]
        else:
            rows += [(agent, "work", noon + 30 * MINUTE, start + SHIFT)]
    frame = _frame(world, rows, "activity", "shift_id", day)
    return frame.with_columns(is_paid=pl.col("activity") != "break")


def states(world: World, day: date) -> pl.DataFrame:
    """Return the rows of `agent_states` of a day: what agents did in the shifts they kept."""
    away = cast.half_away(world.line, world.seed)
    random = dice(world.seed, 111, day.toordinal())
    rows = []
    for agent, start in _shifts(world, day):
        if away is not None and agent in away[0] and micros(away[1]) <= start < micros(away[2]):
            continue
        at = start + int(random.normal(2, 4)) * MINUTE
        end = start + SHIFT + int(random.normal(1, 5)) * MINUTE
        noon = start + 4 * HOUR + int(random.normal(3, 8)) * MINUTE
        plan = (("available", 0.45), ("busy", 1.0))
        for until in (noon, end):
            for state, share in plan:
                split = at + int((until - at) * min(share * float(random.uniform(0.8, 1.15)), 1.0))
                stop = until if share == 1.0 else split
                rows.append((agent, state, at, stop))
                at = stop
            if until == noon:
                back = noon + int(random.integers(27, 38)) * MINUTE
                rows.append((agent, "training" if (day.toordinal() + agent) % 23 == 0 else "away", noon, back))
                at = back
    frame = _frame(world, rows, "state", "state_id", day)
    return frame.filter(pl.col("ended_at") <= world.line.end)


def _frame(world: World, rows: list[tuple[int, str, int, int]], what: str, key: str, day: date) -> pl.DataFrame:
    crew = world.crew
    agent = np.array([r[0] for r in rows], dtype=np.int64)
    return pl.DataFrame(
        {
            key: [f"{day.isoformat()}-{n + 1}" for n in range(len(rows))],
            "agent_id": [crew.ids[a] for a in agent], "agent": [crew.names[a] for a in agent],
            "team": [cast.TEAMS[int(crew.team[a])].name for a in agent], what: [r[1] for r in rows],
            "started_at": [r[2] for r in rows], "ended_at": [r[3] for r in rows],
        },
        schema={
            key: pl.String, "agent_id": pl.String, "agent": pl.String, "team": pl.String, what: pl.String,
            "started_at": pl.Int64, "ended_at": pl.Int64,
        },
    ).with_columns(pl.col("started_at", "ended_at").cast(TIME))  # fmt: skip
