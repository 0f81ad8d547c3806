"""The sample world's schedules are the hours that its people keep, and its tickets have working times."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from deskpulse.core.business_time import Schedule, open_time
from deskpulse.core.settings import Settings
from deskpulse.demo.cast import TEAMS
from deskpulse.demo.hours import working_hours
from deskpulse.demo.shifts import is_open
from deskpulse.desk import Desk

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def test_schedules_are_the_hours_that_people_keep() -> None:
    hours = working_hours(2026)
    assert list(hours) == [team.name for team in TEAMS]
    assert len({h.timezone for h in hours.values()}) == 3
    start = datetime(2025, 3, 1, tzinfo=UTC)
    minutes = np.random.default_rng(5).integers(0, 500 * 1440, 4_000)
    moments = ((start - EPOCH) // timedelta(microseconds=1) + minutes * 60_000_000).astype(np.int64)
    for number, team in enumerate(TEAMS):
        kept = Schedule(name=team.name, versions=(hours[team.name],))
        calendar = open_time(kept, start, start + timedelta(days=501))
        said = calendar.seconds(moments, moments + 60_000_000) > 0
        at_work = is_open(np.full(moments.size, number, dtype=np.int64), moments)
        assert (said == at_work).all(), team.name
        assert 0.1 < said.mean() < 0.6


def test_loading_the_world_makes_its_schedules_once(settings: Settings) -> None:
    with Desk(settings) as desk:
        for _ in range(2):
            run_id = desk.load_demo(tickets=150, quiet=True)
            demo = desk.principal("demo")
            while desk.run(demo, run_id)["status"] == "running":
                time.sleep(0.02)
        made = desk.schedules(demo).list()
        assert {s["version"] for s in made["schedules"]} == {1}
        assert {a["target"]: a["schedule"] for a in made["assignments"]} == {t.name: t.name for t in TEAMS}
        with desk.warehouse(demo).reader() as reader:
            found = reader.arrow("SELECT * FROM tickets WHERE team IS NOT NULL AND time_problem IS NULL")
    tickets = pl.DataFrame(found)
    assert tickets.height > 100
    assert (tickets["schedule"] == tickets["team"]).all()
    for name in ("first_reply", "full_resolution"):
        calendar, worked = tickets[f"{name}_seconds"], tickets[f"{name}_business_seconds"]
        assert (worked.is_null() == calendar.is_null()).all()
        assert ((worked >= 0) & (worked <= calendar)).all()
        assert 0 < worked.sum() < calendar.sum()
