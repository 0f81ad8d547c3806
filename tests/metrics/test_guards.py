"""What people type never becomes SQL, and row filters hold on every path."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.metrics.world import OWNER, at, engine_of

from deskpulse.core.errors import ForbiddenError, NotFoundError, UnknownNameError
from deskpulse.core.settings import Settings
from deskpulse.metrics.dimensions import DIMENSIONS
from deskpulse.metrics.facts import TICKETS
from deskpulse.metrics.lookup import METRICS, base_metrics, dimensions_of
from deskpulse.metrics.model import Filter, MetricQuery, QueryResult
from deskpulse.metrics.query import QueryEngine
from deskpulse.metrics.tickets import TicketQuery
from deskpulse.ops.replay import NotingWarehouse
from deskpulse.warehouse.duckdb import DuckWarehouse


def numbers(result: QueryResult) -> dict[Any, float]:
    """Every cell's and total's value (NaN: no data) and n."""
    cells = {(row.by, row.period, row.is_other): row.values for row in result.rows} | {"totals": result.totals}
    found = {(key, name): value for key, values in cells.items() for name, value in values.items()}
    return {(key, "n"): value.n for key, value in found.items()} | {
        key: math.nan if value.value is None else value.value for key, value in found.items()
    }


def nearly(result: QueryResult) -> Any:
    """A sum depends on the order its parts are added in."""
    return pytest.approx(numbers(result), rel=1e-9, nan_ok=True)


World = tuple[DuckWarehouse, QueryEngine]
BEGIN, END = at("2026-01-01"), at("2026-04-01")
HOSTILE = ("' OR '1'='1", "x'; DROP TABLE tickets; --", '"; SELECT 1', "$f0", "$from_moment", "%", "_", "\\", "*/ /*",
           "other", "\x00other", "NULL", "{}", "naïve 🚀", "a,b", "Tier 1\n")  # fmt: skip
hostile = st.sampled_from(HOSTILE) | st.text(min_size=1, max_size=20).filter(lambda t: "\x00" not in t)


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[NotingWarehouse, QueryEngine]]:
    """A warehouse with one ticket for each hostile channel, team and tag."""
    # one thread: statements are noted in the order they are written
    given_settings = Settings(
        _env_file=None, data_dir=tmp_path_factory.mktemp("data"), cache_entries=0, query_threads=1
    )
    tickets = [
        {"ticket_id": f"t{i}", "created_at": at("2026-02-01"), "channel": text, "team": text, "tags": [text]}
        for i, text in enumerate(t for t in HOSTILE if "\x00" not in t)
    ]
    warehouse, _ = engine_of(given_settings, tickets=tickets)
    noting = NotingWarehouse(warehouse)
    engine = QueryEngine(noting, given_settings)  # type: ignore[arg-type]
    engine.data_span(OWNER)  # read once a version: from now on no question reads it
    yield noting, engine
    warehouse.close()


@settings(max_examples=20, deadline=None)
@given(st.lists(hostile, min_size=1, max_size=70, unique=True), st.sampled_from(["in", "not_in"]),
       st.sampled_from(["channel", "team", "tag"]), hostile)  # fmt: skip
def test_no_value_becomes_part_of_the_sql(
    odd: tuple[NotingWarehouse, QueryEngine], values: list[str], operator: Any, dimension: str, text: str
) -> None:
    """Hostile values run the very same SQL as harmless ones: nothing of them is in it."""
    noting, engine = odd

    def run(values: list[str], text: str) -> None:
        where = (Filter(dimension=dimension, operator=operator, values=tuple(values)),)
        limited = replace(OWNER, row_filters=(("team", tuple(values)),))
        query = MetricQuery(
            metrics=("tickets_created", "csat"), start=BEGIN, end=END, where=where, by=("channel",), top=2
        )
        engine.query(limited, query)
        engine.tickets(limited, TicketQuery(where=where, text=text))
        engine.tickets(limited, TicketQuery(metric="backlog", start=BEGIN, end=END, where=where))
        engine.dimension_values(limited, "category")
        with pytest.raises(NotFoundError):
            engine.ticket(limited, f"no {text}")

    tame = [f"v{i}" for i in range(len(values))]
    # An empty answer looks up which values there are: nothing of those that were asked for is in that either.
    seen = replace(OWNER, row_filters=(("team", tuple(tame)),))
    known = {s.sql for s in noting.noted(lambda: engine.dimension_values(seen, dimension))}
    hostile_sql = [s.sql for s in noting.noted(lambda: run(values, text)) if s.sql not in known]
    tame_sql = [s.sql for s in noting.noted(lambda: run(tame, "v")) if s.sql not in known]
    assert len(hostile_sql) > 5
    assert hostile_sql == tame_sql


@pytest.mark.parametrize("text", [t for t in HOSTILE if "\x00" not in t])
@pytest.mark.parametrize("dimension", ["channel", "team", "tag"])
def test_a_hostile_value_is_found_as_what_it_is(
    odd: tuple[NotingWarehouse, QueryEngine], text: str, dimension: str
) -> None:
    _, engine = odd
    query = MetricQuery(
        metrics=("tickets_created",), start=BEGIN, end=END, by=(dimension,),
        where=(Filter(dimension=dimension, values=(text,)),),
    )  # fmt: skip
    (row,) = engine.query(OWNER, query).rows
    assert (row.by, row.is_other, row.values["tickets_created"].n) == ((text,), False, 1)


@pytest.mark.parametrize("name", ["tickets; DROP TABLE tickets", "channel' OR '1'='1", "ticket_id", "", "__class__"])
def test_a_name_that_is_in_no_catalogue_is_refused(odd: tuple[NotingWarehouse, QueryEngine], name: str) -> None:
    noting, engine = odd
    query = MetricQuery(metrics=("tickets_created",), start=BEGIN, end=END)
    for asked in (
        replace(query, metrics=(name,)),
        replace(query, by=(name,)),
        replace(query, where=(Filter(dimension=name, values=("x",)),)),
    ):
        with pytest.raises(UnknownNameError):
            engine.query(OWNER, asked)
    with pytest.raises(UnknownNameError):
        engine.dimension_values(OWNER, name)
    assert noting.noted(lambda: engine.query(OWNER, query))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(list(METRICS)), st.sampled_from(TICKETS.dimensions),
       st.lists(st.sampled_from(["Tier 1", "Tier 2", "other"]), max_size=2, unique=True),
       st.sampled_from([None, "month"]), st.sampled_from([None, 2]))  # fmt: skip
def test_nothing_reaches_beyond_row_filters(
    world: World, metric: str, dimension: str, allowed: list[str], grain: Any, top: int | None
) -> None:
    """A limited principal sees what an unlimited one sees with the same filters, and adding filters adds no rows."""
    _, engine = world
    if dimension not in dimensions_of(METRICS[metric]):
        return
    limited = replace(OWNER, row_filters=(("team", tuple(allowed)),))
    query = MetricQuery(metrics=(metric,), start=BEGIN, end=END, by=(dimension,), grain=grain, top=top)
    if any("team" not in part.fact.dimensions for part in base_metrics([METRICS[metric]])):
        with pytest.raises(ForbiddenError):
            engine.query(limited, query)
        return
    result = engine.query(limited, query)
    everything = engine.query(
        limited, replace(query, where=(Filter(dimension="team", operator="not_in", values=("x",)),))
    )
    assert numbers(everything) == nearly(result)
    if not allowed:
        assert all(not v.n for row in result.rows for v in row.values.values())
        return
    same = engine.query(OWNER, replace(query, where=(Filter(dimension="team", values=tuple(allowed)),)))
    assert numbers(result) == nearly(same)
    listed = engine.tickets(limited, TicketQuery(metric=metric, start=BEGIN, end=END, columns=("team",), limit=500))
    assert {row["team"] for row in listed.rows} <= set(allowed)


def test_lists_values_and_single_tickets_keep_to_the_row_filters(world: World) -> None:
    warehouse, engine = world
    limited = replace(OWNER, row_filters=(("team", ("Tier 1",)), ("tag", ("vip",))))
    listed = engine.tickets(limited, TicketQuery(columns=("ticket_id", "team", "tags"), limit=500))
    assert listed.total == len(listed.rows) > 0
    assert all(row["team"] == "Tier 1" and "vip" in row["tags"] for row in listed.rows)
    assert engine.dimension_values(limited, "team") == [{"value": "Tier 1", "tickets": listed.total}]
    assert engine.data_span(limited)["tickets"] == listed.total
    seen = {row["ticket_id"] for row in listed.rows}
    with warehouse.reader() as reader:
        spam = {t for (t,) in reader.rows("SELECT ticket_id FROM tickets WHERE is_spam OR is_merged")}
        known = [t for (t,) in reader.rows("SELECT ticket_id FROM tickets")]
    for name in known[:60]:
        if name in seen:
            assert engine.ticket(limited, name)["ticket_id"] == name
        elif name not in spam:
            with pytest.raises(NotFoundError):
                engine.ticket(limited, name)
    explained = engine.explain(limited, MetricQuery(metrics=("tickets_created",), start=BEGIN, end=END))
    assert "team = Tier 1" in explained["filters"]


def test_a_row_filter_that_a_fact_cannot_keep_forbids_the_question(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from deskpulse.metrics.facts import SURVEYS

    narrow = replace(METRICS["csat"], fact=replace(SURVEYS, dimensions=("channel",)))
    monkeypatch.setitem(METRICS, "csat", narrow)
    limited = replace(OWNER, row_filters=(("team", ("Tier 1",)),))
    with pytest.raises(ForbiddenError):
        world[1].query(limited, MetricQuery(metrics=("csat",), start=BEGIN, end=END))


def test_a_row_filter_with_no_allowed_value_shows_nothing(world: World) -> None:
    _, engine = world
    nobody = replace(OWNER, row_filters=(("team", ()),))
    assert engine.tickets(nobody, TicketQuery()).total == 0
    assert engine.data_span(nobody)["tickets"] == 0
    assert engine.dimension_values(nobody, "channel") == []


def test_the_extent_of_every_fact_and_the_values_of_every_dimension_can_be_read(world: World) -> None:
    _, engine = world
    for fact in {metric.fact.name: metric.fact for metric in METRICS.values() if not metric.parts}.values():
        found = engine.fact_span(OWNER, fact)
        assert (found["own_last_at"] is not None) == (found["rows"] > 0), fact.name
    for name in DIMENSIONS:
        assert isinstance(engine.dimension_values(OWNER, name, 3), list), name
