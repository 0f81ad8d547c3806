"""The catalogue on ClickHouse: every metric equals its check, and every question its answer on DuckDB."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.metrics.world import OWNER, at, by_hand, put, random_world
from tests.warehouse.click import CLICKHOUSE, fresh_database

from deskpulse.core.settings import Settings
from deskpulse.metrics.cohort import CohortQuery
from deskpulse.metrics.customers_known import customers_known
from deskpulse.metrics.dimensions import DIMENSIONS
from deskpulse.metrics.distribution import DistributionQuery
from deskpulse.metrics.facts import FACTS
from deskpulse.metrics.lookup import METRICS, dimensions_of
from deskpulse.metrics.model import Grain, MetricQuery, QueryResult
from deskpulse.metrics.query import QueryEngine
from deskpulse.metrics.tickets import TicketQuery
from deskpulse.warehouse.clickhouse import ClickWarehouse
from deskpulse.warehouse.duckdb import DuckWarehouse

pytestmark = CLICKHOUSE
START, END = at("2026-01-03"), at("2026-03-02T07:00")


class Both:
    """One world on both engines."""

    def __init__(self, url: str, given: Settings) -> None:
        self.duck = DuckWarehouse(None, given)
        self.click = ClickWarehouse(url, fresh_database(url), given)
        self.on_duck, self.on_click = QueryEngine(self.duck, given), QueryEngine(self.click, given)
        self.world: tuple[int, int] | None = None

    def become(self, seed: int, tickets: int) -> None:
        if self.world == (seed, tickets):
            return
        self.world = (seed, tickets)
        for warehouse in (self.duck, self.click):
            warehouse.write(lambda t: [t.execute(f"DELETE FROM {name}") for name in random_world(0, 0)])
            put(warehouse, **random_world(seed, tickets))

    def ask(self, query: MetricQuery) -> tuple[Any, Any]:
        """Return what both say, ready to compare."""
        return tuple(_plain(engine.query(OWNER, query)) for engine in (self.on_duck, self.on_click))  # type: ignore[return-value]


def _plain(result: QueryResult) -> Any:
    def value(cell: Any) -> Any:
        number = cell.value
        return (pytest.approx(number, rel=1e-9, abs=1e-9) if isinstance(number, float) else number), cell.n

    totals = {name: value(cell) for name, cell in result.totals.items()}
    return totals, [(row.period, row.by, {n: value(c) for n, c in row.values.items()}) for row in result.rows]


@pytest.fixture(scope="module")
def both(click_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("data")
    both = Both(click_url, Settings(_env_file=None, data_dir=folder, query_max_metrics=10_000, clickhouse_fsync=False))
    yield both
    both.duck.close()
    both.click.close()


def cuts() -> list[tuple[str, str]]:
    """Return for each kind of dimension the first of its kind, of each list of texts all."""
    found: dict[Any, tuple[str, str]] = {}
    for fact in FACTS.values():
        for name in fact.dimensions:
            kind = DIMENSIONS[name].kind
            own = name if kind in ("list", "clock") else (kind, bool(DIMENSIONS[name].table))
            found.setdefault(own, (fact.name, name))
    return list(found.values())


def names_of(fact: str, dimension: str) -> tuple[str, ...]:
    """Return the metrics of a fact that have a dimension."""
    mine = [m for m in METRICS.values() if m.fact.name == fact and not m.parts and not m.is_level]
    return tuple(m.name for m in mine if dimension in dimensions_of(m))[:8]


@pytest.mark.parametrize("world", [(3, 60), (4, 0)])
def test_every_metric_equals_its_check(both: Both, world: tuple[int, int]) -> None:
    """The check is asked of DuckDB: another engine, and another way to the number."""
    both.become(*world)
    totals = both.on_click.query(OWNER, MetricQuery(metrics=tuple(METRICS), start=START, end=END)).totals
    wrong = {}
    for name, metric in METRICS.items():
        expected, n = by_hand(both.duck, metric, START, END)
        found = totals[name]
        if found.value is None:
            is_right = found.n == n and (n == 0 or bool(metric.parts) or metric.is_level)
        else:
            is_right = (found.value, found.n) == (expected, n)
        if not is_right:
            wrong[name] = (found, expected, n)
    assert wrong == {}


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10_000), tickets=st.integers(0, 25), days=st.tuples(st.integers(0, 40), st.integers(1, 40)),
    metrics=st.lists(st.sampled_from(list(METRICS)), min_size=15, max_size=15, unique=True),
)  # fmt: skip
def test_on_any_small_world_metrics_are_those_of_duckdb(
    both: Both, seed: int, tickets: int, days: tuple[int, int], metrics: list[str]
) -> None:
    both.become(seed, tickets)
    start = at("2026-01-01") + timedelta(days=days[0])
    duck, click = both.ask(MetricQuery(metrics=tuple(metrics), start=start, end=start + timedelta(days=days[1])))
    assert click == duck


def plain(found: dict[str, Any]) -> dict[str, Any]:
    """Return an answer as JSON without what differs from run to run, numbers to be compared nearly."""

    def near(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: near(v) for name, v in value.items() if name not in _PASSING}
        if isinstance(value, list | tuple):
            return [near(v) for v in value]
        return pytest.approx(value, rel=1e-9, abs=1e-9) if isinstance(value, float) else value

    return dict(near(found))


_PASSING = ("seconds", "is_cached", "version", "statements")


@pytest.mark.parametrize("kind", ["distribution", "of_metric", "heatmap", "cohort", "explain", "beside", "against"])
def test_every_kind_of_question_has_the_answer_that_duckdb_gives(both: Both, kind: str) -> None:
    both.become(3, 60)
    period: dict[str, Any] = {"start": START, "end": END, "timezone": "Europe/Berlin"}

    def ask(engine: QueryEngine) -> dict[str, Any]:
        if kind == "distribution":
            return engine.distribution(OWNER, DistributionQuery(of="first_reply_seconds", **period)).as_dict()
        if kind == "of_metric":
            return engine.distribution(OWNER, DistributionQuery(of="csat_score_mean", **period)).as_dict()
        if kind == "heatmap":
            return engine.heatmap(OWNER, MetricQuery(metrics=("tickets_created",), **period)).as_dict()
        if kind == "cohort":
            return engine.cohorts(OWNER, CohortQuery(metric="csat", grain="week", **period)).as_dict()
        if kind == "explain":
            return engine.explain(OWNER, MetricQuery(metrics=EXPLAINED, **period))
        if kind == "beside":
            shows = ("change", "interval", "significance", "percent_of_total")
            query = MetricQuery(metrics=("tickets_created",), by=("channel",), compare="previous", show=shows, **period)
            return engine.query(OWNER, query).as_dict()
        query = MetricQuery(metrics=("csat", "tickets_created"), by=("team",), compare="peers", top=2, **period)
        return engine.query(OWNER, query).as_dict()

    assert plain(ask(both.on_click)) == plain(ask(both.on_duck))


@pytest.mark.parametrize("currency", ["", "USD"])
def test_payments_are_converted_as_on_duckdb(both: Both, currency: str) -> None:
    both.become(3, 60)

    def known(warehouse: DuckWarehouse | ClickWarehouse) -> list[dict[str, Any]]:
        moments = pl.DataFrame({"customer_id": [f"c{i}" for i in range(8)]}).with_columns(known_at=pl.lit(END))
        with warehouse.reader() as reader:
            return customers_known(reader, moments, currency).to_dicts()

    assert plain({"rows": known(both.click)}) == plain({"rows": known(both.duck)})


EXPLAINED = ("backlog", "first_reply_time_business_seconds_median", "revenue_linked", "churn_rate", "handling_seconds",
             "sla_met_rate", "unassigned_tickets", "cost_of_poor_quality")  # fmt: skip


@pytest.mark.parametrize(("fact", "dimension"), cuts())
@pytest.mark.parametrize("more", [{"grain": "day", "timezone": "Europe/Berlin"}, {"top": 1, "grain": "month"}])
def test_a_question_has_the_answer_that_duckdb_gives(
    both: Both, fact: str, dimension: str, more: dict[str, Any]
) -> None:
    if "top" in more and DIMENSIONS[dimension].kind in ("clock", "bucket"):
        more = {"timezone": "Asia/Kathmandu", "grain": "week"}
    both.become(3, 60)
    query = MetricQuery(metrics=names_of(fact, dimension), start=START, end=END, by=(dimension,), **more)
    duck, click = both.ask(query)
    assert click == duck
    assert duck[1]


@pytest.mark.parametrize(("grain", "zone", "shift"), [
    ("15min", "Europe/Berlin", 0), ("30min", "UTC", 0), ("30min", "Asia/Kathmandu", 45 * 60),
])  # fmt: skip
def test_parts_of_hours_are_those_of_plain_sql(both: Both, grain: Grain, zone: str, shift: int) -> None:
    both.become(3, 60)
    query = MetricQuery(metrics=("tickets_created", "calls_offered"), start=START, end=END, grain=grain, timezone=zone)
    duck, click = both.ask(query)
    assert click == duck
    seconds = 60 * int(grain[:2])
    for name, rows in (
        ("tickets_created", "created_at AS moment FROM tickets WHERE NOT coalesce(is_spam OR is_merged, false)"),
        ("calls_offered", "started_at AS moment FROM calls AS c WHERE direction IS DISTINCT FROM 'outbound' "
         "AND NOT EXISTS (FROM tickets AS t WHERE t.ticket_id = c.ticket_id AND t.is_spam)"),
    ):  # fmt: skip
        with both.duck.reader() as reader:
            counted = reader.rows(
                f"SELECT (floor((epoch(moment) + {shift}) / {seconds}) * {seconds} - {shift})::BIGINT, count(*) "
                f"FROM (SELECT {rows}) WHERE moment BETWEEN $start AND $end GROUP BY ALL", {"start": START, "end": END},
            )  # fmt: skip
        found = {int(datetime.fromisoformat(period).timestamp()): value[name][0] for period, _, value in duck[1]}
        expected = dict(counted)
        assert [found[slot] for slot in sorted(found)] == [expected.get(slot, 0) for slot in sorted(found)]
        assert set(expected) <= set(found)
        # Where the local half hour begins a quarter after, START and END cut one.
        assert len(found) == len(duck[1]) == (END - START).total_seconds() / seconds + bool(shift)
        assert counted


@pytest.mark.parametrize(
    "where",
    [
        'tag = "vip" or tag is null',
        'not (tag = "refund") and priority in [high, urgent]',
        'agent contains "o\'n" or team starts with "TIER"',
        "first_reply_seconds > 3600 and csat_score <= 3",
    ],
)
def test_filters_find_the_same_tickets(both: Both, where: str) -> None:
    both.become(3, 60)
    query = TicketQuery(start=START, end=END, where=(where,), limit=1000)
    pages = [engine.tickets(OWNER, query) for engine in (both.on_duck, both.on_click)]
    assert pages[0].rows == pages[1].rows
    assert pages[0].total == pages[1].total > 0
