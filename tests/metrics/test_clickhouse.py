"""The catalogue on ClickHouse: every metric equals its check, and every question its answer on DuckDB."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from tests.metrics.world import OWNER, at, by_hand, put, random_world
from tests.warehouse.click import CLICKHOUSE, fresh_database

from deskpulse.core.settings import Settings
from deskpulse.metrics.dimensions import DIMENSIONS
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

    def __init__(self, url: str, settings: Settings) -> None:
        self.duck = DuckWarehouse(None, settings)
        self.click = ClickWarehouse(url, fresh_database(url), settings)
        self.on_duck, self.on_click = QueryEngine(self.duck, settings), QueryEngine(self.click, settings)
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
            is_right = n == 0 or bool(metric.parts) or metric.is_level
        else:
            is_right = (found.value, found.n) == (expected, n)
        if not is_right:
            wrong[name] = (found, expected, n)
    assert wrong == {}


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
