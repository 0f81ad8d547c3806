"""Asking: what is refused, what fills the gaps, what is compared with what, and what stays fresh."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from tests.metrics.world import OWNER, at, engine_of, put

from deskpulse.core.errors import ForbiddenError, InputError, LimitError, UnknownNameError
from deskpulse.core.settings import Settings
from deskpulse.metrics.compare import compared_period
from deskpulse.metrics.model import Filter, MetricQuery, QueryResult
from deskpulse.metrics.query import QueryEngine
from deskpulse.warehouse.duckdb import DuckWarehouse

World = tuple[DuckWarehouse, QueryEngine]
Ask = Callable[..., QueryResult]


def ticket(name: str, created: str, **more: Any) -> dict[str, Any]:
    return {"ticket_id": name, "created_at": at(created), "channel": "email", **more}


@pytest.fixture
def small(settings: Settings) -> Iterator[World]:
    """Five tickets in March 2026; the data ends on the 20th."""
    warehouse, engine = engine_of(
        settings,
        tickets=[
            ticket("a", "2026-03-02T10:00", channel="email", priority="low", solved_at=at("2026-03-04T10:00"),
                   full_resolution_seconds=172_800.0),
            ticket("b", "2026-03-02T23:30", channel="chat", priority="urgent"),
            ticket("c", "2026-03-10T12:00", channel="chat", priority="high", tags=["vip", "late"]),
            ticket("d", "2026-03-20T12:00", channel=None, priority="odd"),
            ticket("e", "2026-03-20T09:00", channel="other", priority=None, tags=["vip"]),
            ticket("s", "2026-03-11T12:00", is_spam=True),
        ],
        surveys=[{"survey_id": "1", "ticket_id": "a", "kind": "csat", "score": 5.0, "scale_max": 5.0,
                  "responded_at": at("2026-03-05"), "channel": "email"}],
    )  # fmt: skip
    yield warehouse, engine
    warehouse.close()


@pytest.fixture
def ask(small: World) -> Ask:
    def run(*metrics: str, start: str = "2026-03-01", end: str = "2026-04-01", **given: Any) -> QueryResult:
        query = MetricQuery(metrics=metrics or ("tickets_created",), start=at(start), end=at(end), **given)
        return small[1].query(OWNER, query)

    return run


def cells(result: QueryResult, metric: str = "tickets_created") -> dict[Any, float | None]:
    key = (lambda r: r.period) if result.query.grain and not result.query.by else (lambda r: r.by[0])
    return {key(row): row.values[metric].value for row in result.rows}


@pytest.mark.parametrize(("given", "told"), [
    ({"metrics": ("ticket_created",)}, "tickets_created"),
    ({"metrics": ()}, "names no metric"),
    ({"metrics": ("csat", "csat")}, "twice"),
    ({"by": ("chanel",)}, "channel"),
    ({"by": ("channel", "channel")}, "different dimensions"),
    ({"start": at("2026-05-01")}, "before it starts"),
    ({"start": at("2026-04-01")}, "before it starts"),
    ({"start": datetime(2026, 1, 1)}, "no time zone"),  # noqa: DTZ001
    ({"timezone": "Mars/Olympus"}, "IANA"),
    ({"grain": "minute"}, "hour, day"),
    ({"week_start": 7}, "Monday"),
    ({"compare": "decade"}, "peers, previous"),
    ({"top": 3}, "exactly one dimension"),
    ({"top": 0, "by": ("channel",)}, "1 or more"),
    ({"where": (Filter(dimension="channel", operator="like", values=("x",)),)}, "not_null"),  # type: ignore[arg-type]
    ({"where": (Filter(dimension="channel"),)}, "takes values"),
    ({"where": (Filter(dimension="channel", operator="is_null", values=("x",)),)}, "no values"),
    ({"where": (Filter(dimension="weekday", values=("Mon",)),)}, "Monday"),
    ({"metrics": ("backlog",), "by": ("hour",)}, "level"),
    ({"start": at("1800-01-01")}, "1900"),
])  # fmt: skip
def test_a_question_that_makes_no_sense_is_refused_with_a_hint(small: World, given: dict[str, Any], told: str) -> None:
    base: dict[str, Any] = {"metrics": ("tickets_created",), "start": at("2026-03-01"), "end": at("2026-04-01")}
    with pytest.raises(InputError) as refused:
        small[1].query(OWNER, MetricQuery(**base | given))
    assert told in str(refused.value)
    assert refused.value.hint


@pytest.mark.parametrize(("metric", "dimension", "hint"), [
    ("csat", "queue", r"It has: team, channel, .* and \d+ more\. queue cuts calls_\w+, "),
    ("assistant_turns", "queue", r"It has: .*\. queue cuts "),
])  # fmt: skip
def test_a_dimension_of_others_is_refused_with_what_there_is_instead(
    ask: Ask, metric: str, dimension: str, hint: str
) -> None:
    with pytest.raises(InputError) as refused:
        ask(metric, by=(dimension,))
    assert re.search(hint, refused.value.hint), refused.value.hint
    assert len(refused.value.hint) < 300


def test_an_unknown_name_suggests_the_nearest(ask: Ask) -> None:
    with pytest.raises(UnknownNameError) as refused:
        ask("csatt")
    assert "csat" in refused.value.details["nearest"]


def test_gaps_are_filled_with_zero_within_the_data_and_with_nothing_outside(ask: Ask) -> None:
    result = ask("tickets_created", "csat", start="2026-02-27", end="2026-03-23", grain="day")
    counts = cells(result)
    assert len(counts) == 24
    assert counts["2026-02-27"] is None  # before the data
    assert counts["2026-03-01"] is None
    assert counts["2026-03-02"] == 2
    assert counts["2026-03-03"] == 0
    assert counts["2026-03-11"] == 0  # spam alone
    assert counts["2026-03-20"] == 2
    assert counts["2026-03-21"] is None  # after the data
    assert {v for day, v in cells(result, "csat").items() if day != "2026-03-05"} == {None}
    assert result.as_of == at("2026-03-20T12:00")
    assert any("data ends" in note for note in result.notes)


def test_gaps_are_filled_for_every_group(ask: Ask) -> None:
    result = ask(by=("channel",), grain="week", start="2026-03-02", end="2026-03-23")
    assert [(row.by[0], row.period, row.values["tickets_created"].value) for row in result.rows] == [
        ("chat", "2026-03-02", 1), ("chat", "2026-03-09", 1), ("chat", "2026-03-16", 0),
        ("email", "2026-03-02", 1), ("email", "2026-03-09", 0), ("email", "2026-03-16", 0),
        ("other", "2026-03-02", 0), ("other", "2026-03-09", 0), ("other", "2026-03-16", 1),
        (None, "2026-03-02", 0), (None, "2026-03-09", 0), (None, "2026-03-16", 1),
    ]  # fmt: skip


def test_a_day_is_the_day_of_the_zone_asked_for(ask: Ask) -> None:
    assert cells(ask(grain="day", end="2026-03-05"))["2026-03-02"] == 2
    berlin = cells(ask(grain="day", end="2026-03-05", timezone="Europe/Berlin"))
    assert (berlin["2026-03-02"], berlin["2026-03-03"]) == (1, 1)  # 23:30 UTC is half past midnight there


def test_natural_order_comes_first_then_what_is_not_in_it_then_nothing(ask: Ask) -> None:
    assert [row.by[0] for row in ask(by=("priority",)).rows] == ["urgent", "high", "low", "odd", None]


def test_without_an_order_the_most_rows_come_first(ask: Ask) -> None:
    assert [row.by[0] for row in ask(by=("channel",)).rows] == ["chat", "email", "other", None]


def test_weekdays_begin_with_the_week(ask: Ask) -> None:
    assert [row.by[0] for row in ask(by=("weekday",), week_start=6).rows][:2] == ["Sunday", "Monday"]


def test_weekday_by_hour_is_a_whole_grid(ask: Ask) -> None:
    result = ask(by=("weekday", "hour"), timezone="Asia/Kolkata")
    assert len(result.rows) == 7 * 24
    found = {row.by: row.values["tickets_created"].value for row in result.rows}
    assert found["Tuesday", "05"] == 1  # Monday 23:30 UTC
    assert sum(v or 0 for v in found.values()) == 5


def test_buckets_are_complete_and_in_order(ask: Ask) -> None:
    found = cells(ask("tickets_solved", by=("full_resolution_bucket",)), "tickets_solved")
    assert list(found) == ["<1h", "1-2h", "2-4h", "4-8h", "8-24h", "1-3d", "3-7d", "7d+"]
    assert found["1-3d"] == 1
    assert sum(v or 0 for v in found.values()) == 1


def test_top_keeps_the_largest_and_computes_the_rest_from_rows(ask: Ask) -> None:
    result = ask("tickets_created", by=("channel",), top=1)
    assert [(r.by[0], r.is_other, r.values["tickets_created"].value) for r in result.rows] == [
        ("chat", False, 2), (None, False, 1), ("other", True, 2),
    ]  # fmt: skip
    assert result.as_dict()["rows"][2]["is_other"] is True


def test_a_top_of_more_values_than_an_answer_may_have(small: World, settings: Settings) -> None:
    tight = settings.model_copy(update={"query_max_rows": 3})
    query = MetricQuery(metrics=("tickets_created",), start=at("2026-03-01"), end=at("2026-04-01"), by=("channel",))
    rows = QueryEngine(small[0], tight).query(OWNER, replace(query, top=1)).rows
    assert [(r.by[0], r.is_other) for r in rows] == [("chat", False), (None, False), ("other", True)]


def test_a_top_is_by_the_ratio_not_by_its_numerator(settings: Settings) -> None:
    scores = [("a", 5.0), ("a", 5.0), ("a", 1.0), ("b", 5.0), ("c", 1.0)]
    surveys = [
        {"survey_id": str(i), "kind": "csat", "score": score, "channel": channel, "responded_at": at("2026-03-05")}
        for i, (channel, score) in enumerate(scores)
    ]
    warehouse, engine = engine_of(settings, surveys=surveys)
    query = MetricQuery(metrics=("csat",), start=at("2026-03-01"), end=at("2026-04-01"), by=("channel",), top=1)
    (first, rest) = engine.query(OWNER, query).rows
    assert (first.by, first.values["csat"].value) == (("b",), 1.0)
    assert (rest.is_other, rest.values["csat"].value, rest.values["csat"].n) == (True, 0.5, 4)
    warehouse.close()


def test_a_value_called_other_is_not_the_rest(ask: Ask) -> None:
    result = ask("tickets_created", by=("channel",), top=3)
    assert [(r.by[0], r.is_other) for r in result.rows] == [
        ("chat", False), ("email", False), ("other", False), (None, False),
    ]  # fmt: skip


def test_a_ticket_counts_once_in_the_rest_of_tags(ask: Ask) -> None:
    result = ask(by=("tag",), top=1)
    found = {(r.by[0], r.is_other): r.values["tickets_created"].value for r in result.rows}
    # Tickets without any tag take none of the places.
    assert found == {("vip", False): 2, (None, False): 3, ("other", True): 1}
    assert result.totals["tickets_created"].value == 5


def test_tags_say_that_a_ticket_counts_under_each(ask: Ask) -> None:
    result = ask(by=("tag",))
    assert cells(result) == {"vip": 2, "late": 1, None: 3}
    assert result.totals["tickets_created"].value == 5
    assert any("several" in note for note in result.notes)


def test_backlog_is_the_level_at_the_end_and_ends_with_the_data(ask: Ask) -> None:
    result = ask("backlog", grain="day", start="2026-03-01", end="2026-03-23")
    levels = cells(result, "backlog")
    assert levels["2026-03-01"] is None
    assert levels["2026-03-02"] == 2
    assert levels["2026-03-03"] == 2
    assert levels["2026-03-04"] == 1
    assert levels["2026-03-10"] == 2
    assert levels["2026-03-20"] == 4
    assert levels["2026-03-21"] is None
    assert result.totals["backlog"].value == 4


def test_the_previous_period_stands_beside(ask: Ask) -> None:
    result = ask("tickets_created", "csat", start="2026-03-09", end="2026-03-16", grain="day", compare="previous")
    assert result.compared_period == (at("2026-03-02"), at("2026-03-09"))
    assert [row.values["tickets_created"].compared for row in result.rows] == [2, 0, 0, 0, 0, 0, 0]
    total = result.totals["csat"]
    assert (total.value, total.compared, total.compared_n) == (None, 1.0, 1)


@pytest.mark.parametrize(("where", "told"), [
    ((Filter(dimension="channel", values=("emial",)),), ["Nothing has the channel 'emial'. Did you mean 'email'?"]),
    ((Filter(dimension="channel", values=("CHAT", "zzzz")),),
     ["Nothing has the channel 'CHAT'. Did you mean 'chat'?", "Nothing has the channel 'zzzz'."]),
    (("not (tag in [vip, chat]) and tag = vpi",), ["Nothing has the tag 'chat'.",
                                                   "Nothing has the tag 'vpi'. Did you mean 'vip'?"]),
    ((Filter(dimension="channel", values=("other",)), Filter(dimension="tag", values=("late",))), []),
])  # fmt: skip
def test_an_empty_answer_names_the_values_that_nothing_has(ask: Ask, where: Any, told: list[str]) -> None:
    assert [note for note in ask(where=where).notes if note.startswith("Nothing has")] == told


def test_an_answer_that_is_not_empty_is_not_doubted(ask: Ask) -> None:
    found = ask(where=(Filter(dimension="channel", values=("chat", "emial")),))
    assert found.totals["tickets_created"].value == 2
    assert not [note for note in found.notes if note.startswith("Nothing has")]


def test_groups_of_the_period_before_are_not_lost(ask: Ask) -> None:
    result = ask(start="2026-03-09", end="2026-03-16", by=("channel",), compare="previous")
    found = {row.by[0]: (v := row.values["tickets_created"]) and (v.value, v.compared) for row in result.rows}
    assert found == {"chat": (1, 1), "email": (0, 1)}


@pytest.mark.parametrize(("start", "end", "compare", "grain", "expected"), [
    ("2026-03-01", "2026-04-01", "previous", None, ("2026-02-01", "2026-03-01")),
    ("2026-01-01", "2026-04-01", "previous", None, ("2025-10-01", "2026-01-01")),
    ("2026-01-01", "2027-01-01", "previous", None, ("2025-01-01", "2026-01-01")),
    ("2026-03-09", "2026-03-16", "previous", None, ("2026-03-02", "2026-03-09")),
    ("2026-09-01", "2026-10-01", "previous", "week", ("2026-07-28", "2026-08-27")),
    ("2026-03-09", "2026-03-23", "previous", "week", ("2026-02-23", "2026-03-09")),
    ("2026-08-24", "2026-11-22", "previous", "month", ("2026-05-24", "2026-08-22")),
    ("2026-01-01", "2026-04-01", "previous", "month", ("2025-10-01", "2026-01-01")),
    ("2026-01-15", "2026-04-10", "previous", "quarter", ("2025-10-15", "2026-01-10")),
    ("2024-02-29", "2024-03-01", "year", None, ("2023-02-28", "2023-03-01")),
    ("2024-02-01", "2024-03-01", "year", None, ("2023-02-01", "2023-03-01")),
    ("2024-02-01", "2024-02-29", "year", None, ("2023-02-01", "2023-03-01")),
    ("2025-02-01", "2025-03-01", "year", None, ("2024-02-01", "2024-02-29")),
    ("2026-03-02", "2026-03-16", "year", "week", ("2025-03-03", "2025-03-17")),
    ("2026-03-02", "2026-03-16", "year", "day", ("2025-03-02", "2025-03-16")),
])  # fmt: skip
def test_what_is_compared_with_what(
    start: str, end: str, compare: Any, grain: Any, expected: tuple[str, str]
) -> None:  # fmt: skip
    query = MetricQuery(metrics=("csat",), start=at(start), end=at(end), compare=compare, grain=grain)
    assert compared_period(query) == (at(expected[0]), at(expected[1]))


def test_days_before_a_clock_change_are_whole_days() -> None:
    query = MetricQuery(metrics=("csat",), start=at("2026-03-28T23:00"), end=at("2026-04-04T22:00"),
                        timezone="Europe/Berlin", compare="previous")  # fmt: skip
    assert compared_period(query) == (at("2026-03-21T23:00"), at("2026-03-28T23:00"))


def test_part_of_a_day_is_compared_with_as_long_a_time() -> None:
    query = MetricQuery(metrics=("csat",), start=at("2026-03-02T10:00"), end=at("2026-03-02T16:00"), compare="previous")
    assert compared_period(query) == (at("2026-03-02T04:00"), at("2026-03-02T10:00"))
    earlier = compared_period(replace(query, compare="year"))
    assert earlier == (at("2025-03-02T10:00"), at("2025-03-02T16:00"))


def test_a_longer_period_beside_a_shorter_has_nothing_to_compare_at_its_end(ask: Ask) -> None:
    result = ask(start="2026-03-01", end="2026-04-01", grain="day", compare="previous")
    assert [row.values["tickets_created"].compared_n for row in result.rows][-3:] == [None, None, None]


def test_too_many_rows_are_refused_not_cut(small: World, settings: Settings) -> None:
    tight = settings.model_copy(update={"query_max_rows": 3})
    query = MetricQuery(metrics=("tickets_created",), start=at("2026-03-01"), end=at("2026-04-01"), by=("channel",))
    with pytest.raises(LimitError) as refused:
        QueryEngine(small[0], tight).query(OWNER, query)
    assert refused.value.details["setting"] == "query_max_rows"
    assert len(QueryEngine(small[0], settings).query(OWNER, query).rows) == 4
    with pytest.raises(LimitError):
        QueryEngine(small[0], tight).query(OWNER, replace(query, by=(), grain="day"))


def test_too_many_metrics_and_periods_are_refused(small: World, settings: Settings) -> None:
    tight = settings.model_copy(update={"query_max_metrics": 1, "query_max_periods": 10})
    engine = QueryEngine(small[0], tight)
    query = MetricQuery(metrics=("tickets_created",), start=at("2026-03-01"), end=at("2026-04-01"))
    with pytest.raises(LimitError, match="metrics"):
        engine.query(OWNER, replace(query, metrics=("tickets_created", "csat")))
    with pytest.raises(LimitError, match="periods"):
        engine.query(OWNER, replace(query, grain="day"))


def test_the_same_question_is_answered_from_memory_until_something_is_written(small: World) -> None:
    warehouse, engine = small
    query = MetricQuery(metrics=("tickets_created",), start=at("2026-03-01"), end=at("2026-04-01"))
    first = engine.query(OWNER, query)
    again = engine.query(OWNER, query)
    assert (first.is_cached, again.is_cached) == (False, True)
    assert again.totals == first.totals
    put(warehouse, tickets=[ticket("new", "2026-03-15")])
    fresh = engine.query(OWNER, query)
    assert fresh.is_cached is False
    assert fresh.version > first.version
    assert (first.totals["tickets_created"].value, fresh.totals["tickets_created"].value) == (5, 6)


def test_memory_is_not_shared_between_principals(small: World) -> None:
    _, engine = small
    query = MetricQuery(metrics=("tickets_created",), start=at("2026-03-01"), end=at("2026-04-01"))
    assert engine.query(OWNER, query).totals["tickets_created"].value == 5
    limited = replace(OWNER, row_filters=(("channel", ("chat",)),))
    assert engine.query(limited, query).totals["tickets_created"].value == 2
    assert engine.query(OWNER, query).totals["tickets_created"].value == 5


def test_the_cache_can_be_turned_off(small: World, settings: Settings) -> None:
    engine = QueryEngine(small[0], settings.model_copy(update={"cache_entries": 0}))
    query = MetricQuery(metrics=("csat",), start=at("2026-03-01"), end=at("2026-04-01"))
    assert [engine.query(OWNER, query).is_cached for _ in range(2)] == [False, False]


def test_an_empty_warehouse_has_no_numbers_and_says_so(settings: Settings) -> None:
    warehouse, engine = engine_of(settings)
    query = MetricQuery(
        metrics=("tickets_created", "backlog", "csat"), start=at("2026-03-01"), end=at("2026-03-03"), grain="day"
    )
    result = engine.query(OWNER, query)
    assert {v.value for row in result.rows for v in row.values.values()} == {None}
    assert result.as_of is None
    assert result.notes == ("There is no data yet.",)
    assert engine.data_span(OWNER) == {"first_at": None, "last_at": None, "tickets": 0}
    assert engine.dimension_values(OWNER, "channel") == []
    warehouse.close()


def test_values_to_choose_from(small: World, settings: Settings) -> None:
    _, engine = small
    assert engine.dimension_values(OWNER, "channel") == [
        {"value": "chat", "tickets": 2}, {"value": "email", "tickets": 1}, {"value": "other", "tickets": 1},
        {"value": None, "tickets": 1},
    ]  # fmt: skip
    assert engine.dimension_values(OWNER, "channel", 1) == [{"value": "chat", "tickets": 2}]
    assert engine.dimension_values(OWNER, "tag")[0] == {"value": None, "tickets": 3}
    assert engine.dimension_values(OWNER, "weekday")[0] == {"value": "Monday", "tickets": None}
    with pytest.raises(LimitError):
        engine.dimension_values(OWNER, "channel", settings.page_max_rows + 1)
    with pytest.raises(UnknownNameError):
        engine.dimension_values(OWNER, "chanel")
    with pytest.raises(ForbiddenError):
        engine.dimension_values(replace(OWNER, sees_personal_data=False), "customer")


def test_the_extent_of_the_data(small: World) -> None:
    _, engine = small
    assert engine.data_span(OWNER) == {
        "first_at": at("2026-03-02T10:00"), "last_at": at("2026-03-20T12:00"), "tickets": 5,
    }  # fmt: skip
    limited = replace(OWNER, row_filters=(("channel", ("email",)),))
    assert engine.data_span(limited) == {
        "first_at": at("2026-03-02T10:00"), "last_at": at("2026-03-04T10:00"), "tickets": 1,
    }  # fmt: skip


def test_an_explanation_holds_the_definition_the_sql_and_what_was_left_out(small: World) -> None:
    _, engine = small
    query = MetricQuery(
        metrics=("tickets_created", "csat"), start=at("2026-03-01"), end=at("2026-04-01"), by=("channel",),
        where=(Filter(dimension="channel", values=("email", "chat")),), compare="previous",
    )  # fmt: skip
    found = engine.explain(OWNER, query)
    assert [m["name"] for m in found["metrics"]] == ["tickets_created", "csat"]
    assert all("SELECT" in s["sql"] and s["parameters"] for s in found["statements"])
    assert len(found["statements"]) == 4
    out = "spam, or deleted in the source"
    assert found["left_out"] == [{"metric": "tickets_created", "reason": out, "rows": 1}]
    assert found["looked_at"]["tickets_created"] == found["totals"]["tickets_created"]["n"] + 1
    assert found["filters"] == ["channel in [email, chat]"]


def test_an_answer_as_a_table_and_as_a_dictionary(ask: Ask) -> None:
    result = ask("tickets_created", "csat", by=("channel",), grain="month", compare="previous")
    table = result.to_arrow()
    assert table.column_names == ["channel", "period", "tickets_created", "tickets_created_n",
                                  "tickets_created_compared", "csat", "csat_n", "csat_compared"]  # fmt: skip
    assert table.num_rows == len(result.rows) == len(result.as_dict()["rows"])


def test_many_questions_at_once(small: World) -> None:
    query = MetricQuery(metrics=("tickets_created",), start=at("2026-03-01"), end=at("2026-04-01"))
    both = small[1].query_many(OWNER, [query, replace(query, metrics=("csat",))])
    assert [list(result.totals) for result in both] == [["tickets_created"], ["csat"]]
