"""Metrics made of several aggregates, and rows that last: over midnight, by the hour, when the clock changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.metrics.world import OWNER, at, engine_of

from deskpulse.core.errors import ForbiddenError, InputError, LimitError
from deskpulse.core.settings import Settings
from deskpulse.metrics.drill import behind
from deskpulse.metrics.facts import TICKETS
from deskpulse.metrics.lookup import METRICS, dimensions_of
from deskpulse.metrics.model import Filter, Metric, MetricQuery, QueryResult
from deskpulse.metrics.query import QueryEngine
from deskpulse.metrics.tickets import TicketQuery
from deskpulse.warehouse.duckdb import DuckWarehouse

HOUR = 3600.0
BERLIN = "Europe/Berlin"


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(BERLIN))


def state(name: str, agent: str, what: str, start: datetime, end: datetime | None, team: str = "A") -> dict[str, Any]:
    return {"state_id": name, "agent_id": agent, "agent": agent, "team": team, "state": what,
            "started_at": start, "ended_at": end}  # fmt: skip


STATES = [
    state("night", "Ann", "busy", local("2026-03-27T22:00"), local("2026-03-28T02:00")),
    # The clock jumps from 2 to 3 on 29 March and back from 3 to 2 on 25 October.
    state("spring", "Ann", "busy", local("2026-03-29T01:30"), local("2026-03-29T03:30")),
    state("autumn", "Ann", "busy", local("2026-10-25T01:30"), local("2026-10-25T03:30")),
    state("wait", "Bo", "available", local("2026-03-27T23:30"), local("2026-03-28T00:45"), "B"),
    state("off", "Bo", "offline", local("2026-03-28T00:45"), local("2026-03-28T09:00"), "B"),
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QueryEngine]:
    """Agents' states around midnight and changes of the clock, and two tickets solved meanwhile."""
    settings = Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("data"), cache_entries=0)
    solved = [{"ticket_id": f"t{i}", "team": "A", "channel": "email", "created_at": at("2026-03-27T20:00"),
               "solved_at": at(f"2026-03-27T2{i}:30")} for i in (1, 2)]  # fmt: skip
    warehouse, engine = engine_of(settings, agent_states=STATES, tickets=solved)
    yield engine
    warehouse.close()


def ask(engine: QueryEngine, *metrics: str, start: str, end: str, **given: Any) -> QueryResult:
    query = MetricQuery(metrics=metrics, start=local(start), end=local(end), timezone=BERLIN, **given)
    return engine.query(OWNER, query)


def values(result: QueryResult, metric: str) -> dict[Any, float | None]:
    return {(*row.by, row.period) if result.query.grain else row.by: row.values[metric].value for row in result.rows}


def test_a_state_over_midnight_counts_in_both_days_and_once_in_the_whole(engine: QueryEngine) -> None:
    result = ask(engine, "handling_seconds", start="2026-03-27", end="2026-03-29", grain="day")
    assert values(result, "handling_seconds") == {("2026-03-27",): 2 * HOUR, ("2026-03-28",): 2 * HOUR}
    assert [row.values["handling_seconds"].n for row in result.rows] == [1, 1]
    total = result.totals["handling_seconds"]
    assert (total.value, total.n) == (4 * HOUR, 1)


def test_the_window_cuts_the_first_and_last_state(engine: QueryEngine) -> None:
    result = ask(engine, "handling_seconds", start="2026-03-27T23:15", end="2026-03-28T00:20", grain="hour")
    assert list(values(result, "handling_seconds").values()) == [45 * 60, 20 * 60]


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29", {"01": 0.5, "03": 0.5}), ("2026-10-25", {"01": 0.5, "02": 2.0, "03": 0.5})]
)
def test_hours_of_days_on_which_the_clock_changes(engine: QueryEngine, day: str, hours: dict[str, float]) -> None:
    following = (datetime.fromisoformat(day) + timedelta(days=1)).date().isoformat()
    result = ask(engine, "handling_seconds", start=day, end=following, by=("hour",))
    assert {row.by[0]: row.values["handling_seconds"].value for row in result.rows
            if row.values["handling_seconds"].value} == {k: v * HOUR for k, v in hours.items()}  # fmt: skip
    assert result.totals["handling_seconds"].value == sum(hours.values()) * HOUR
    # Two hours of the clock may be one stay: n counts it once in each.
    assert result.totals["handling_seconds"].n == 1
    by_period = ask(engine, "handling_seconds", start=day, end=following, grain="hour")
    assert sum(v or 0 for v in values(by_period, "handling_seconds").values()) == sum(hours.values()) * HOUR


def test_a_filter_by_weekday_keeps_the_part_that_lies_in_it(engine: QueryEngine) -> None:
    where = (Filter(dimension="weekday", values=("Saturday",)),)
    result = ask(engine, "handling_seconds", start="2026-03-27", end="2026-03-30", where=where)
    assert result.totals["handling_seconds"].value == 2 * HOUR
    page = engine.tickets(OWNER, behind(result, "handling_seconds"))
    assert [(r["state_id"], r["within_seconds"]) for r in page.rows] == [("night", 2 * HOUR)]
    assert page.rows[0]["started_at"] == local("2026-03-27T22:00")


def test_a_state_without_an_end_lasts_as_long_as_the_data(settings: Settings) -> None:
    going_on = [state("on", "Ann", "busy", at("2026-01-01T10:00"), None)]
    warehouse, engine = engine_of(
        settings, agent_states=going_on, tickets=[{"ticket_id": "t", "created_at": at("2026-01-01T12:30")}]
    )
    query = MetricQuery(metrics=("handling_seconds", "agents_active"), start=at("2026-01-01"), end=at("2026-01-03"))
    totals = engine.query(OWNER, query).totals
    assert (totals["handling_seconds"].value, totals["agents_active"].value) == (2.5 * HOUR, 1)
    warehouse.close()


def test_different_things_are_counted_once_in_any_period(engine: QueryEngine) -> None:
    result = ask(engine, "agents_active", start="2026-03-27", end="2026-03-29", grain="day", by=("team",))
    assert list(values(result, "agents_active").values()) == [1, 1, 1, 1]
    assert result.totals["agents_active"].value == 2
    nobody = ask(engine, "agents_active", start="2026-05-01", end="2026-05-02")
    assert (nobody.totals["agents_active"].value, nobody.totals["agents_active"].n) == (0, 0)


def test_a_derived_metric_divides_its_parts_in_every_cell(engine: QueryEngine) -> None:
    result = ask(engine, "occupancy", start="2026-03-27", end="2026-03-29", by=("team",), compare="previous")
    assert values(result, "occupancy") == {("A",): 1.0, ("B",): 0.0}
    ready = 4 * HOUR + 75 * 60
    assert result.totals["occupancy"].value == pytest.approx(4 * HOUR / ready)
    assert result.totals["occupancy"].n == 2
    assert (result.totals["occupancy"].compared, result.totals["occupancy"].compared_n) == (None, 0)
    for row in result.rows:
        assert engine.tickets(OWNER, behind(result, "occupancy", row)).total == row.values["occupancy"].n


def test_parts_of_several_facts_keep_to_the_same_cell(engine: QueryEngine) -> None:
    result = ask(engine, "tickets_per_agent_hour", start="2026-03-27", end="2026-03-29", grain="day", by=("team",))
    found = values(result, "tickets_per_agent_hour")
    # Both tickets were solved on the 27th in local time, by team A, in two hours signed in.
    assert found[("A", "2026-03-27")] == pytest.approx(2 / 2)
    assert found[("A", "2026-03-28")] == 0
    assert found[("B", "2026-03-27")] == 0
    page = engine.tickets(OWNER, TicketQuery(metric="tickets_per_agent_hour", start=local("2026-03-27"),
                                             end=local("2026-03-29")))  # fmt: skip
    assert page.total == result.totals["tickets_per_agent_hour"].n == 2


def test_the_largest_values_of_a_derived_metric_are_kept(engine: QueryEngine) -> None:
    result = ask(engine, "occupancy", start="2026-03-27", end="2026-03-29", by=("agent",), top=1)
    assert [(row.by, row.is_other, row.values["occupancy"].value) for row in result.rows] == [
        (("Ann",), False, 1.0), (("other",), True, 0.0),
    ]  # fmt: skip


def test_a_dimension_that_a_part_lacks_is_refused_with_the_reason(engine: QueryEngine) -> None:
    with pytest.raises(InputError, match=r"made of signed_in_seconds, which has none.*It has: team"):
        ask(engine, "tickets_per_agent_hour", start="2026-03-27", end="2026-03-29", by=("channel",))
    with pytest.raises(InputError, match="signed_in_seconds"):
        ask(engine, "tickets_per_agent_hour", start="2026-03-27", end="2026-03-29",
            where=(Filter(dimension="channel", values=("email",)),))  # fmt: skip
    assert "channel" not in dimensions_of(METRICS["tickets_per_agent_hour"])


def test_row_filters_hold_for_every_part(engine: QueryEngine) -> None:
    query = MetricQuery(metrics=("tickets_per_agent_hour",), start=local("2026-03-27"), end=local("2026-03-29"))
    limited = engine.query(replace(OWNER, row_filters=(("team", ("B",)),)), query)
    assert limited.totals["tickets_per_agent_hour"].value == 0
    with pytest.raises(ForbiddenError):
        engine.query(replace(OWNER, row_filters=(("channel", ("email",)),)), query)


def test_a_missing_part_is_null_and_an_optional_one_0_with_a_note(
    engine: QueryEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Metric(name="whole", label="Whole", about="A test.", fact=TICKETS, time="solved_at", unit="score",
                   better="up", check_sql="", parts=("planned_work_seconds", "tickets_solved"),
                   combine=lambda p: p["tickets_solved"] + p["planned_work_seconds"])  # fmt: skip
    monkeypatch.setitem(METRICS, "whole", whole)
    result = ask(engine, "whole", start="2026-03-27", end="2026-03-29")
    # Its n is the rows of the last part, which a drill into the cell lists.
    assert (result.totals["whole"].value, result.totals["whole"].n) == (None, 2)
    monkeypatch.setitem(METRICS, "whole", replace(whole, optional=("planned_work_seconds",)))
    result = ask(engine, "whole", start="2026-03-27", end="2026-03-29")
    assert (result.totals["whole"].value, result.totals["whole"].n) == (2, 2)
    assert any("planned_work_seconds" in note for note in result.notes)


NOT_SIGNED_IN = f"not what it counts: {METRICS['signed_in_seconds'].formula}"


def test_an_explanation_shows_the_parts_and_their_sql(engine: QueryEngine) -> None:
    query = MetricQuery(metrics=("availability",), start=local("2026-03-27"), end=local("2026-03-29"),
                        timezone=BERLIN, by=("weekday",), top=2)  # fmt: skip
    found = engine.explain(OWNER, query)
    assert [m["name"] for m in found["metrics"]] == ["availability", "ready_seconds", "signed_in_seconds"]
    assert all("agent_states" in s["sql"] for s in found["statements"])
    assert {"metric": "signed_in_seconds", "reason": NOT_SIGNED_IN, "rows": 1} in found["left_out"]


def test_too_many_hours_are_refused(engine: QueryEngine) -> None:
    with pytest.raises(LimitError) as error:
        ask(engine, "handling_seconds", start="2020-01-01", end="2026-03-29", by=("hour",))
    assert error.value.details["setting"] == "query_max_periods"


@pytest.mark.parametrize("given", [{"parts": ()}, {"combine": None}, {"value": lambda t: t.count()},
                                   {"optional": ("csat",)}, {"is_start": True}])  # fmt: skip
def test_a_declaration_that_cannot_be_computed_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="occupancy"):
        replace(METRICS["occupancy"], **given)


def test_a_level_at_the_start_leaves_out_what_changes_within(
    engine: QueryEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(engine._warehouse, DuckWarehouse)
    monkeypatch.setitem(METRICS, "backlog", replace(METRICS["backlog"], is_start=True))
    result = ask(engine, "backlog", start="2026-03-27T21:00", end="2026-03-28T01:00", grain="hour")
    # Created at 21:00 local, solved at 22:30 and 23:30.
    assert list(values(result, "backlog").values()) == [0, 2, 1, 0]
    assert (result.totals["backlog"].value, result.totals["backlog"].n) == (0, 0)


def test_what_a_question_does_not_read_is_not_bound(engine: QueryEngine) -> None:
    # New customers do not need to know who was lost, so the setting of that is in no SQL of theirs.
    assert ask(engine, "customers_new", start="2026-03-27", end="2026-03-29", by=("source",)).rows == ()
