"""How old the backlog is: at the end of each period, with reopenings, by age, and the tickets behind it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.metrics.world import OWNER, at, by_hand, engine_of, random_world

from deskpulse.core.settings import Settings
from deskpulse.metrics.distribution import DistributionQuery
from deskpulse.metrics.lookup import METRICS
from deskpulse.metrics.model import MetricQuery
from deskpulse.metrics.query import QueryEngine
from deskpulse.metrics.tickets import TicketQuery
from deskpulse.warehouse.duckdb import DuckWarehouse

World = tuple[DuckWarehouse, QueryEngine]
DAY = 86_400.0
NAMES = tuple(name for name in METRICS if name.startswith(("backlog_age", "backlog_by_age")))
DAY_1, DAY_5, DAY_12 = at("2026-03-02"), at("2026-03-06"), at("2026-03-13")


def ticket(name: str, created: str, solved: str | None = None, **more: Any) -> dict[str, Any]:
    return {"ticket_id": name, "team": "A", "created_at": at(created), "solved_at": at(solved) if solved else None,
            **more}  # fmt: skip


TICKETS = [
    ticket("old", "2026-02-01T00:00"), ticket("young", "2026-03-05T12:00"),
    ticket("border", "2026-03-04T00:00", "2026-03-06T00:00"), ticket("gone", "2026-03-03T00:00", "2026-03-05T00:00"),
    ticket("again", "2026-03-02T00:00", "2026-03-10T00:00"), ticket("spam", "2026-03-01", is_spam=True),
    ticket("backwards", "2026-03-05", "2026-03-01"), ticket("late", "2026-03-13T00:00"),
]  # fmt: skip
GAPS = [{"gap_id": "g", "ticket_id": "again", "gap_from_at": at("2026-03-03"), "gap_until_at": at("2026-03-05")}]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    settings = Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("data"), workers=1)
    warehouse, engine = engine_of(settings, tickets=TICKETS, ticket_gaps=GAPS)
    yield warehouse, engine
    warehouse.close()


def ages(world: World, end: datetime) -> dict[str, float]:
    """The tickets behind the mean age, with the ages that the list shows."""
    query = TicketQuery(metric="backlog_age_seconds_mean", start=DAY_1, end=end, columns=("ticket_id", "age_seconds"))
    listed = world[1].tickets(OWNER, query)
    return {row["ticket_id"]: row["age_seconds"] / DAY for row in listed.rows}


def test_ages_at_the_end_of_a_period_and_the_tickets_behind_them(world: World) -> None:
    result = world[1].query(OWNER, MetricQuery(metrics=NAMES, start=DAY_1, end=DAY_5))
    expected = {"old": 33.0, "young": 0.5, "border": 2.0, "again": 4.0}
    assert ages(world, DAY_5) == pytest.approx(expected)
    told = {name: value.value for name, value in result.totals.items()}
    assert told["backlog_age_seconds_mean"] == pytest.approx(sum(expected.values()) / 4 * DAY)
    assert told["backlog_age_seconds_median"] == pytest.approx(3 * DAY)
    assert told["backlog_by_age"] == 4
    # Meanwhile it was solved; after its last solution it is gone.
    assert "again" not in ages(world, at("2026-03-04"))
    assert set(ages(world, DAY_12)) == {"old", "young"}


def test_each_day_has_the_age_of_its_own_end(world: World) -> None:
    query = MetricQuery(metrics=("backlog_age_seconds_mean", "backlog_by_age", "backlog"), start=DAY_1, end=DAY_5,
                        grain="day")  # fmt: skip
    rows = world[1].query(OWNER, query).rows
    assert len(rows) == 4
    for i, row in enumerate(rows):
        end = DAY_1 + timedelta(days=i + 1)
        wanted = list(ages(world, end).values())
        assert row.values["backlog_age_seconds_mean"].value == pytest.approx(sum(wanted) / len(wanted) * DAY)
        assert row.values["backlog_by_age"].value == row.values["backlog"].value == len(wanted)


def test_the_backlog_in_buckets_of_age(world: World) -> None:
    query = MetricQuery(metrics=("backlog_by_age",), by=("backlog_age",), start=DAY_1, end=DAY_5)
    found = {row.by[0]: row.values["backlog_by_age"].value for row in world[1].query(OWNER, query).rows}
    assert {name: n for name, n in found.items() if n} == {"<1d": 1, "1-3d": 1, "3-7d": 1, "30d+": 1}
    edges = tuple(DAY * n for n in (1, 3, 7, 30))
    asked = DistributionQuery(of="backlog_age_seconds_median", start=DAY_1, end=DAY_5, edges=edges)
    lies = world[1].distribution(OWNER, asked)
    assert [b.n for b in lies.buckets] == [1, 1, 1, 0, 1]


def test_it_ends_with_the_data(world: World) -> None:
    told = ages(world, at("2026-06-01"))
    assert told == pytest.approx({"old": 40.0, "young": 7.5})


@pytest.mark.parametrize("name", NAMES)
def test_gaps_that_overlap_or_begin_before_the_ticket_do_no_harm(settings: Settings, name: str) -> None:
    made = random_world(11, 60)
    gaps = [
        {"gap_id": f"{g['gap_id']}-{i}", "ticket_id": g["ticket_id"],
         "gap_from_at": g["gap_from_at"] + timedelta(hours=5 * i - 30), "gap_until_at": g["gap_until_at"]
         + timedelta(hours=11 * i)}
        for g in made["ticket_gaps"] for i in (0, 1, 2, 9)
    ]  # fmt: skip
    warehouse, engine = engine_of(settings, **made | {"ticket_gaps": gaps})
    start = at("2026-01-05")
    for days in (3, 20, 55):
        end = start + timedelta(days=days)
        value = engine.query(OWNER, MetricQuery(metrics=(name,), start=start, end=end)).totals[name]
        assert (value.value, value.n) == by_hand(warehouse, METRICS[name], start, end)
    warehouse.close()
