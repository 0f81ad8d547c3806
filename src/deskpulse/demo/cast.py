"""Who answers in the sample world: teams, agents, bots and brands. All of them are made up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np
import polars as pl

from deskpulse.demo.arrays import NEVER, TIME, Floats, Ints, dice, micros
from deskpulse.demo.calendar import waits
from deskpulse.demo.incidents import Timeline

FIRST = (
    "Aiko", "Amara", "Bao", "Carmen", "Dimitri", "Elif", "Farid", "Greta", "Hana", "Ivo", "Jonas", "Kamala", "Lars",
    "Mateo", "Nadia", "Oskar", "Priya", "Quentin", "Rosa", "Sefa", "Tariq", "Ulla", "Vera", "Wanda", "Yara", "Zeno",
    "Noor", "Pelle", "Ines", "Tomas", "Chidi", "Fatou", "Lena", "Marek", "Olu", "Suki", "Thandi", "Viktor", "Yusuf",
)  # fmt: skip
LAST = (
    "Abara", "Brandt", "Castel", "Dahl", "Eriksen", "Falk", "Garnier", "Holm", "Ibarra", "Jansen", "Kowal", "Lindt",
    "Moreau", "Nakata", "Okoye", "Petrov", "Quist", "Rinaldi", "Sato", "Tanaka", "Ueda", "Vidal", "Weiss", "Ximenez",
    "Yilmaz", "Zoric", "Amadi", "Bjork", "Cheng", "Duarte", "Esposito", "Farkas", "Gallo", "Haddad", "Ivanov", "Joshi",
)  # fmt: skip
BRANDS = ("Lumora", "Lumora Pro")


@dataclass(frozen=True)
class Team:
    """A team: where it works, from which local hour to which on how many days from Monday on, and how it answers.

    `pace` multiplies reply times; `joins` is how many of its agents came during the eighteen months.
    """

    name: str
    timezone: str
    opens: int
    closes: int
    days: int
    pace: float
    size: int
    joins: int = 1


TEAMS = (
    Team("First line Europe", "Europe/Berlin", 7, 20, 6, 1.0, 10, 2),
    Team("First line Americas", "America/New_York", 7, 20, 6, 1.0, 8, 2),
    Team("First line Asia", "Asia/Singapore", 8, 19, 6, 1.0, 4),
    Team("Billing", "Europe/Berlin", 8, 18, 5, 1.2, 5),
    Team("Technical", "America/New_York", 6, 20, 5, 1.4, 6),
    Team("Logistics", "Europe/Berlin", 8, 18, 6, 1.1, 5),
    Team("Night desk", "Europe/Berlin", 20, 31, 7, 0.9, 3, 0),
)
TEAM_NUMBERS = {team.name: number for number, team in enumerate(TEAMS)}
FIRST_LINES = np.array([0, 1, 2], dtype=np.int64)
"""The first line of each region of `calendar.REGIONS`."""
NIGHT = TEAM_NUMBERS["Night desk"]
LOGISTICS = TEAM_NUMBERS["Logistics"]
BOTS = (("b1", "Lumi"), ("b2", "Router"))
DELETED = "a99"
"""An agent who carries tickets, but whose row is gone."""


@dataclass(frozen=True)
class Agents:
    """The agents as arrays, in the order of the teams; times are microseconds.

    `pace` multiplies reply times, `warmth` moves satisfaction.
    """

    ids: list[str]
    names: list[str]
    team: Ints
    pace: Floats
    warmth: Floats
    hourly_cost: Floats
    joined: Ints
    left: Ints
    leaver: int

    def of_team(self, team: int) -> Ints:
        """Return the positions of a team's agents."""
        return np.flatnonzero(self.team == team)

    def assigned(self, team: Ints, moments: Ints, random: np.random.Generator) -> Ints:
        """Return an agent of each team who works there at each moment; some take more than others."""
        chosen = np.zeros(team.size, dtype=np.int64)
        for number in range(len(TEAMS)):
            rows = np.flatnonzero(team == number)
            members = self.of_team(number)
            weight = 1.0 / self.pace[members]
            total = np.cumsum(weight / weight.sum())
            at = members[np.searchsorted(total, random.random(rows.size), side="right").clip(max=members.size - 1)]
            for _ in range(members.size):
                away = (moments[rows] < self.joined[at]) | (moments[rows] >= self.left[at])
                at = np.where(away, members[(at - members[0] + 1) % members.size], at)
            chosen[rows] = at
        return chosen

    def other(self, agent: Ints, moments: Ints) -> Ints:
        """Return a colleague of each agent, of the same team, who works there at that moment."""
        found = agent.copy()
        for number in range(len(TEAMS)):
            rows = np.flatnonzero(self.team[agent] == number)
            members = self.of_team(number)
            at = agent[rows]
            for _ in range(members.size + 1):
                away = (moments[rows] < self.joined[at]) | (moments[rows] >= self.left[at]) | (at == agent[rows])
                at = np.where(away, members[(at - members[0] + 1) % members.size], at)
            found[rows] = at
        return found


@lru_cache(maxsize=4)
def agents(line: Timeline, seed: int) -> Agents:
    """Return the agents of a world; the leaver is the third of the first line in Europe."""
    random = dice(seed, 21)
    team = np.repeat(np.arange(len(TEAMS)), [t.size for t in TEAMS]).astype(np.int64)
    count = team.size
    order = random.permutation(len(FIRST) * len(LAST))[:count]
    names = [f"{FIRST[n % len(FIRST)]} {LAST[n // len(FIRST)]}" for n in order]
    first_day, span = micros(line.start), micros(line.end) - micros(line.start)
    joined = first_day - (random.random(count) * 1.5 * span).astype(np.int64) - span // 20
    for number, declared in enumerate(TEAMS):
        latest = np.flatnonzero(team == number)[-declared.joins or count :]
        joined[latest] = first_day + (random.uniform(0.25, 0.7, latest.size) * span).astype(np.int64)
    left = np.full(count, NEVER, dtype=np.int64)
    leaver = 2
    if line.left is not None:
        left[leaver] = micros(line.left)
    return Agents(
        ids=[f"a{n + 1}" for n in range(count)], names=names, team=team,
        pace=np.exp(random.normal(0, 0.22, count)), warmth=random.normal(0, 0.3, count),
        hourly_cost=random.integers(24, 46, count).astype(np.float64), joined=joined, left=left, leaver=leaver,
    )  # fmt: skip


@lru_cache(maxsize=1)
def opening_waits() -> Ints:
    """Return minutes until opening by team and minute of the week."""
    return np.stack([waits(t.timezone, t.opens, t.closes, t.days) for t in TEAMS])


def agent_frame(line: Timeline, seed: int) -> pl.DataFrame:
    """Return the rows of `agents`: people and bots, leavers included."""
    crew = agents(line, seed)
    created = datetime(2019, 3, 1, tzinfo=line.start.tzinfo)
    rows = [
        {
            "agent_id": identity, "name": name, "email": f"{name.lower().replace(' ', '.')}@lumora.example",
            "team_id": f"t{crew.team[n] + 1}", "team": TEAMS[crew.team[n]].name,
            "role": "lead" if n in _leads(crew) else "agent", "is_bot": False,
            "timezone": TEAMS[crew.team[n]].timezone, "hourly_cost": float(crew.hourly_cost[n]),
            "joined_at": int(crew.joined[n]), "left_at": int(crew.left[n]) if crew.left[n] < NEVER else None,
        }
        for n, (identity, name) in enumerate(zip(crew.ids, crew.names, strict=True))
    ] + [
        {"agent_id": identity, "name": name, "role": "bot", "is_bot": True, "timezone": "UTC",
         "joined_at": micros(created)}
        for identity, name in BOTS
    ]  # fmt: skip
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(pl.col("joined_at", "left_at").cast(TIME))


def _leads(crew: Agents) -> set[int]:
    return {int(crew.of_team(number)[0]) for number in range(len(TEAMS))}


def team_frame() -> pl.DataFrame:
    """Return the rows of `teams`."""
    return pl.DataFrame(
        {
            "team_id": [f"t{n + 1}" for n in range(len(TEAMS))],
            "name": [t.name for t in TEAMS],
            "timezone": [t.timezone for t in TEAMS],
        }
    )


def brand_frame() -> pl.DataFrame:
    """Return the rows of `brands`."""
    return pl.DataFrame({"brand_id": ["lumora", "lumora-pro"], "name": list(BRANDS)})


def half_away(line: Timeline, seed: int) -> tuple[Ints, datetime, datetime] | None:
    """Return the agents of the slow team who are on leave, from when until when; None in a quiet world."""
    if line.slow is None:
        return None
    crew = agents(line, seed)
    return crew.of_team(LOGISTICS)[1::2], line.slow, line.slow + timedelta(days=42)
