"""Distributions, heatmaps and cohorts against pandas; each cell leads to as many tickets as it counts."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.metrics.conftest import World
from tests.metrics.world import OWNER, at, engine_of

from deskpulse.core.errors import InputError, UnknownNameError
from deskpulse.core.settings import Settings
from deskpulse.metrics.cohort import CohortQuery
from deskpulse.metrics.distribution import DistributionQuery
from deskpulse.metrics.model import MetricQuery

SPAN: dict[str, Any] = {"start": at("2026-01-05"), "end": at("2026-03-02")}
MEDIAN = "first_reply_time_seconds_median"


def tickets(world: World) -> pd.DataFrame:
    with world[0].reader() as reader:
        return reader.arrow("SELECT * FROM tickets WHERE NOT coalesce(is_spam OR is_merged, false)").to_pandas()


@pytest.mark.parametrize("of", ["first_reply_seconds", MEDIAN, "message_count", "sentiment", "sentiment_mean"])
def test_a_distribution_is_that_of_the_rows(world: World, of: str) -> None:
    found = world[1].distribution(OWNER, DistributionQuery(of=of, where=("channel is not null",), **SPAN))
    rows = tickets(world)
    rows = rows[rows["channel"].notna()]
    moment = "first_replied_at" if of == MEDIAN else "created_at"
    rows = rows[(rows[moment] >= SPAN["start"]) & (rows[moment] < SPAN["end"])]
    sound = rows[rows["time_problem"].isna()] if found.column.endswith("_seconds") else rows
    values = sound[found.column].dropna().astype(float)
    assert (found.n, found.without_value) == (len(values), len(rows) - len(values))
    assert (found.smallest, found.largest) == (values.min(), values.max())
    assert found.mean == pytest.approx(values.mean())
    for p, value in found.percentiles.items():
        assert value == pytest.approx(np.percentile(values, p))
    assert 2 <= len(found.buckets) <= 12
    assert sum(b.n for b in found.buckets) == found.n
    assert sum(b.share for b in found.buckets) == pytest.approx(1)
    for i, bucket in enumerate(found.buckets):
        low = -np.inf if bucket.low is None else bucket.low
        high = np.inf if bucket.high is None else bucket.high
        assert bucket.n == ((values >= low) & (values < high)).sum()
        assert world[1].tickets(OWNER, found.behind(i)).total == bucket.n
    assert found.to_arrow().num_rows == len(found.as_dict()["buckets"])


def test_edges_are_those_given_and_else_ones_that_people_know(world: World) -> None:
    given = DistributionQuery(of="first_reply_seconds", edges=(3600.0, 7200.0), **SPAN)
    assert [b.label for b in world[1].distribution(OWNER, given).buckets] == ["< 1 h", "1 h – 2 h", "≥ 2 h"]
    auto = world[1].distribution(OWNER, replace(given, edges=()))
    assert "2 h – 4 h" in [b.label for b in auto.buckets]
    counts = world[1].distribution(OWNER, DistributionQuery(of="message_count", **SPAN))
    assert [b.label for b in counts.buckets][:3] == ["< 1", "1 – 2", "2 – 3"]
    nothing = DistributionQuery(of="message_count", start=at("2020-01-01"), end=at("2020-02-01"))
    empty = world[1].distribution(OWNER, nothing)
    assert (empty.n, empty.buckets, empty.mean) == (0, (), None)


@pytest.mark.parametrize(("more", "kind", "told"), [
    ({"of": "csat"}, InputError, "like csat_score_mean, "),
    ({"of": "backlog"}, InputError, "like backlog_age_seconds_p90, "),
    ({"of": "channel"}, UnknownNameError, ""),
    ({"of": "first_reply_second"}, UnknownNameError, "first_reply_seconds"),
    ({"of": "message_count", "buckets": 1}, InputError, "2 to 50"),
    ({"of": "message_count", "edges": (2.0, 1.0)}, InputError, "growing"),
    ({"of": "message_count", "edges": (float("nan"),)}, InputError, "growing"),
    ({"of": "message_count", "timezone": "Mars/Base"}, InputError, "Mars"),
    ({"of": "message_count", "start": SPAN["end"], "end": SPAN["start"]}, InputError, "before it starts"),
])  # fmt: skip
def test_what_has_no_distribution(world: World, more: dict[str, Any], kind: type[Exception], told: str) -> None:
    with pytest.raises(InputError) as refused:
        world[1].distribution(OWNER, DistributionQuery(**SPAN | more))
    assert isinstance(refused.value, kind)
    assert told in str(refused.value)


def test_a_heatmap_is_by_local_weekday_and_hour(world: World) -> None:
    query = MetricQuery(metrics=("tickets_created",), timezone="America/New_York", **SPAN)
    found = world[1].heatmap(OWNER, query)
    rows = tickets(world)
    rows = rows[(rows["created_at"] >= SPAN["start"]) & (rows["created_at"] < SPAN["end"])]
    local = rows["created_at"].dt.tz_convert("America/New_York")
    counts = pd.crosstab(local.dt.day_name(), local.dt.hour)
    assert (found.weekdays[0], found.hours[9], len(found.cells), len(found.cells[0])) == ("Monday", "09", 7, 24)
    for day, row in zip(found.weekdays, found.cells, strict=True):
        for hour, cell in zip(found.hours, row, strict=True):
            assert cell.value == counts.get(int(hour), pd.Series(dtype=int)).get(day, 0)
    assert found.as_dict()["total"]["n"] == len(rows)
    rates = world[1].heatmap(OWNER, replace(query, metrics=("csat",)))
    assert all((c.value is None) == (c.n == 0) for row in rates.cells for c in row)
    with pytest.raises(InputError, match="Of tickets_created there is one"):
        world[1].heatmap(OWNER, replace(query, metrics=("backlog",)))
    with pytest.raises(InputError, match="one metric"):
        world[1].heatmap(OWNER, replace(query, metrics=("csat", "backlog")))


@pytest.fixture(scope="module")
def customers(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Customers who come back now and then, some of whose tickets are spam."""
    rng = random.Random(4)
    rows = [
        {"ticket_id": f"t{i}", "customer_id": rng.choice([None, *(f"c{n}" for n in range(120))]),
         "created_at": at("2025-11-01") + timedelta(hours=rng.uniform(0, 24 * 240) ** 1.0),
         "channel": rng.choice(["email", "chat"]), "is_spam": rng.random() < 0.1,
         "sentiment": rng.choice([None, -0.5, 0.5])}
        for i in range(260)
    ]  # fmt: skip
    return engine_of(Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("cohorts")), tickets=rows)


@pytest.mark.parametrize(("metric", "where"), [("tickets_created", ()), ("sentiment_mean", ("channel = email",))])
def test_cohorts_are_those_that_pandas_finds(customers: World, metric: str, where: tuple[str, ...]) -> None:
    start, end = at("2026-01-01"), at("2026-06-01")
    found = customers[1].cohorts(OWNER, CohortQuery(start=start, end=end, metric=metric, where=where))
    rows = tickets(customers)
    rows = rows[rows["customer_id"].notna()]
    first = rows.groupby("customer_id")["created_at"].transform("min")
    rows = rows.assign(cohort=first.dt.strftime("%Y-%m-01"), period=rows["created_at"].dt.strftime("%Y-%m-01"))
    inside = rows[(first >= start) & (first < end) & (rows["created_at"] < end)]
    assert [row.cohort for row in found.rows] == [f"2026-0{m}-01" for m in range(1, 6)]
    assert sum(row.customers for row in found.rows) == inside["customer_id"].nunique() > 5
    done = inside[inside["channel"] == "email"] if where else inside
    for row in found.rows:
        assert row.customers == inside[inside["cohort"] == row.cohort]["customer_id"].nunique()
        for cell in row.cells:
            mine = done[(done["cohort"] == row.cohort) & (done["period"] == cell.period)]
            assert cell.active == mine["customer_id"].nunique()
            assert cell.retention == (cell.active / row.customers if row.customers else None)
            if metric == "tickets_created":
                assert cell.n == len(mine)
            else:
                mean = mine["sentiment"].dropna()
                assert (cell.n, cell.value) == (len(mean), pytest.approx(mean.mean()) if len(mean) else None)
            assert customers[1].tickets(OWNER, found.behind(row.cohort, cell.since)).total == cell.n
    assert found.rows[0].cells[0].since == 0
    assert found.to_arrow().num_rows == sum(len(row.cells) for row in found.rows) == 15


def test_new_customers_by_a_filter_on_their_first_contact(customers: World) -> None:
    rows = tickets(customers)
    first = rows.groupby("customer_id")["created_at"].transform("min")
    query = MetricQuery(metrics=("tickets_created",), start=at("2025-11-01"), end=at("2026-08-01"),
                        where=("first_contact_at >= 2026-02-01",))  # fmt: skip
    assert customers[1].query(OWNER, query).totals["tickets_created"].n == (first >= at("2026-02-01")).sum() > 0


@pytest.mark.parametrize(("more", "told"), [({"metric": "backlog"}, "tickets_closed, "), ({"grain": "hour"}, "month")])
def test_what_has_no_cohorts(customers: World, more: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        customers[1].cohorts(OWNER, CohortQuery(**{"start": at("2026-01-01"), "end": at("2026-06-01")} | more))
    found = customers[1].cohorts(OWNER, CohortQuery(start=at("2026-01-01"), end=at("2026-06-01")))
    with pytest.raises(InputError, match="cohorts are"):
        found.behind("2020-01-01", 0)
