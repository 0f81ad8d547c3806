"""Filters give the rows that plain Python gives, on every kind of column, however they are joined."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.metrics.conftest import World
from tests.metrics.world import OWNER, at

from deskpulse.core.errors import InputError, LimitError, UnknownNameError
from deskpulse.metrics.filters import filter_text
from deskpulse.metrics.model import Clause, Filter, MetricQuery, Where
from deskpulse.metrics.tickets import TicketQuery
from deskpulse.warehouse.schema import TABLES

Row = dict[str, Any]
QUERY = MetricQuery(metrics=("tickets_created",), start=at("2026-01-01"), end=at("2026-06-01"))


@pytest.fixture(scope="module")
def rows(world: World) -> list[Row]:
    """Every ticket that counts, as Python has it."""
    names = TABLES["tickets"].column_names
    with world[0].reader() as reader:
        found = [dict(zip(names, row, strict=True)) for row in reader.rows(f"SELECT {', '.join(names)} FROM tickets")]
    return [row for row in found if not row["is_spam"] and not row["is_merged"]]


def counted(world: World, *where: Where | str, timezone: str = "UTC") -> set[str]:
    """Return the ids that a list with these filters has; the number agrees with the metric."""
    query = MetricQuery(**{**QUERY.__dict__, "where": where, "timezone": timezone})
    listed = world[1].tickets(
        OWNER, TicketQuery(start=QUERY.start, end=QUERY.end, where=where, timezone=timezone, limit=1000)
    )
    assert world[1].query(OWNER, query).totals["tickets_created"].n == listed.total == len(listed.rows)
    return {row["ticket_id"] for row in listed.rows}


def known(row: Row, column: str) -> Any:
    return None if column.endswith("_seconds") and row["time_problem"] else row[column]


def compared(column: str, test: Callable[[Any], bool]) -> Callable[[Row], bool]:
    return lambda row: known(row, column) is not None and test(known(row, column))


CASES: list[tuple[str, Callable[[Row], bool]]] = [
    ("message_count <= 2", compared("message_count", lambda v: v <= 2)),
    ("message_count = 2", compared("message_count", lambda v: v == 2)),
    ("message_count != 2", lambda row: row["message_count"] != 2),
    ("message_count in [1, 8]", compared("message_count", lambda v: v in (1, 8))),
    ("sentiment between -0.4 and 0.3", compared("sentiment", lambda v: -0.4 <= v <= 0.3)),
    ("sentiment < 0", compared("sentiment", lambda v: v < 0)),
    ("not sentiment < 0", lambda row: row["sentiment"] is None or row["sentiment"] >= 0),
    ("sentiment is null", lambda row: row["sentiment"] is None),
    ("first_reply_seconds > 4h", compared("first_reply_seconds", lambda v: v > 14_400)),
    ("first_reply_seconds is null", lambda row: known(row, "first_reply_seconds") is None),
    ("full_resolution_seconds between 1d and 1w", compared("full_resolution_seconds", lambda v: 86400 <= v <= 604800)),
    ("priority >= high", lambda row: row["priority"] in ("high", "urgent")),
    ("priority < normal", lambda row: row["priority"] == "low"),
    ("priority between low and normal", lambda row: row["priority"] in ("low", "normal")),
    ("is_one_touch = true", lambda row: row["is_one_touch"] is True),
    ("is_escalated != true", lambda row: row["is_escalated"] is not True),
    ("team contains TIER", lambda row: row["team"] in ("Tier 1", "Tier 2")),
    ("team starts with tier", lambda row: row["team"] in ("Tier 1", "Tier 2")),
    ("team not contains 1", lambda row: row["team"] != "Tier 1"),
    ('agent = "O\'Neil"', lambda row: row["agent"] == "O'Neil"),
    ("tag = vip", lambda row: "vip" in (row["tags"] or [])),
    ("not tag = vip", lambda row: "vip" not in (row["tags"] or [])),
    ("tag other than [vip, late]", lambda row: bool(set(row["tags"] or []) - {"vip", "late"})),
    ("team other than [other]", lambda row: row["team"] in ("Tier 1", "Tier 2")),
    ("weekday >= Saturday", lambda row: row["created_at"].weekday() >= 5),
    ("hour between 09 and 16", lambda row: 9 <= row["created_at"].hour <= 16),
    ("created_at >= 2026-02-01", lambda row: row["created_at"] >= at("2026-02-01")),
    ("created_at <= 2026-02-01", lambda row: row["created_at"] < at("2026-02-02")),
    ("created_at > 2026-02-01T10:00", lambda row: row["created_at"] > at("2026-02-01T10:00")),
    ("created_at = 2026-02-01", lambda row: at("2026-02-01") <= row["created_at"] < at("2026-02-02")),
    ("created_at != 2026-02-01", lambda row: not at("2026-02-01") <= row["created_at"] < at("2026-02-02")),
    ("solved_at between 2026-02-01 and 2026-02-07",
     compared("solved_at", lambda v: at("2026-02-01") <= v < at("2026-02-08"))),
    ("solved_at is not null", lambda row: row["solved_at"] is not None),
    ('team = "Tier 1" and (channel in [email, chat] or message_count <= 2) and not tag = vip',
     lambda row: row["team"] == "Tier 1" and "vip" not in (row["tags"] or [])
     and (row["channel"] in ("email", "chat") or (row["message_count"] is not None and row["message_count"] <= 2))),
    ("channel=email or channel=chat and team is null",
     lambda row: row["channel"] == "email" or (row["channel"] == "chat" and row["team"] is None)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "meets"), CASES, ids=[text for text, _ in CASES])
def test_a_filter_keeps_the_rows_that_python_keeps(
    world: World, rows: list[Row], text: str, meets: Callable[[Row], bool]
) -> None:
    expected = {row["ticket_id"] for row in rows if meets(row)}
    assert 0 < len(expected) < len(rows)
    assert counted(world, text) == expected


def test_random_joins_of_conditions(world: World, rows: list[Row]) -> None:
    rng = random.Random(5)

    def grown(depth: int) -> tuple[str, Callable[[Row], bool]]:
        if depth == 0 or rng.random() < 0.3:
            return rng.choice(CASES)
        kind = rng.choice(["and", "or", "not"])
        text, meets = grown(depth - 1)
        if kind == "not":
            return f"not ({text})", lambda row: not meets(row)
        other, other_meets = grown(depth - 1)
        if kind == "and":
            return f"({text}) and ({other})", lambda row: meets(row) and other_meets(row)
        return f"({text}) or ({other})", lambda row: meets(row) or other_meets(row)

    for _ in range(25):
        text, meets = grown(3)
        assert counted(world, text) == {row["ticket_id"] for row in rows if meets(row)}, text


def test_days_in_a_filter_are_those_of_the_query(world: World, rows: list[Row]) -> None:
    low, high = datetime(2026, 1, 31, 13, tzinfo=UTC), datetime(2026, 2, 1, 13, tzinfo=UTC)  # Kiritimati is UTC+14
    low, high = low.replace(hour=10), high.replace(hour=10)
    found = counted(world, "created_at = 2026-02-01", timezone="Pacific/Kiritimati")
    assert found == {row["ticket_id"] for row in rows if low <= row["created_at"] < high} != set()


def test_a_filter_works_on_columns_of_the_ticket_behind_a_survey(world: World) -> None:
    query = MetricQuery(**{**QUERY.__dict__, "metrics": ("csat",), "where": ("message_count >= 2 and score >= 3",)})
    with world[0].reader() as reader:
        expected = reader.one(
            "SELECT count(*) FROM surveys AS s JOIN tickets AS t USING (ticket_id) WHERE s.kind = 'csat' "
            "AND s.score >= 3 AND t.message_count >= 2 AND NOT coalesce(t.is_spam, false) "
            "AND s.responded_at >= '2026-01-01 00:00+00' AND s.responded_at < '2026-06-01 00:00+00'"
        )
    assert expected is not None
    assert world[1].query(OWNER, query).totals["csat"].n == expected[0] > 0


def test_a_filter_as_objects_and_as_text_is_one(world: World) -> None:
    tree = Clause(kind="or", items=(Filter(dimension="team", values=("Tier 1",)),
                                    Filter(dimension="message_count", operator="le", values=("2",))))  # fmt: skip
    assert counted(world, tree) == counted(world, filter_text(tree))


@pytest.mark.parametrize(("text", "kind", "told"), [
    ("chanel = email", UnknownNameError, "'channel'"),
    ("first_reply_second > 3", UnknownNameError, "'first_reply_seconds'"),
    ("channel > email", InputError, "no order"),
    ("message_count <= two", InputError, "is a number"),
    ("message_count <= nan", InputError, "is a number"),
    ("first_reply_seconds > 3 parsecs", InputError, "90s, 15m, 4h, 2d"),
    ("message_count contains 2", InputError, "no single text"),
    ("tag contains vip", InputError, "no single text"),
    ("is_escalated > false", InputError, "true or false"),
    ("is_escalated = yes", InputError, "true, false"),
    ("priority > urgent", InputError, "low, normal, high, urgent"),
    ("priority >= critical", InputError, "low, normal, high, urgent"),
    ("created_at >= yesterday", InputError, "no date"),
    ("subject = x", UnknownNameError, "no dimension or column"),
    ("team in [" + ",".join(f"t{i}" for i in range(3000)) + "]", None, ""),
    ("team in [" + ",".join(f"t{i}" for i in range(10_001)) + "]", LimitError, "filter_max"),
    ("message_count = 1; DROP TABLE tickets", InputError, "double quotes"),
])  # fmt: skip
def test_what_cannot_be_asked_is_refused_with_the_nearest_choice(
    world: World, text: str, kind: type[Exception] | None, told: str
) -> None:
    query = MetricQuery(**{**QUERY.__dict__, "where": (text,)})
    if kind is None:
        assert world[1].query(OWNER, query).totals["tickets_created"].n == 0
        return
    with pytest.raises((InputError, LimitError)) as refused:
        world[1].query(OWNER, query)
    assert isinstance(refused.value, kind)
    assert told in str(refused.value)
