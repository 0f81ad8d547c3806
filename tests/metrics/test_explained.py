"""Each reason for which a row has no say, by eye; and the working hours that timed those that have."""

from __future__ import annotations

from typing import Any

import pytest
from tests.metrics.world import OWNER, at, engine_of

from deskpulse.core.settings import Settings
from deskpulse.metrics.model import MetricQuery

TICKETS: list[dict[str, Any]] = [
    {"ticket_id": "spam", "is_spam": True},
    {"ticket_id": "merged", "is_merged": True},
    {"ticket_id": "odd", "time_problem": "solved before created"},
    {"ticket_id": "silent"},
    {"ticket_id": "timeless", "first_reply_seconds": 60.0},
    {"ticket_id": "timed", "first_reply_seconds": 60.0, "first_reply_business_seconds": 30.0, "schedule": "day",
     "schedule_version": 2},
    {"ticket_id": "solved", "solved_at": at("2026-03-05")},
    {"ticket_id": "back", "first_solved_at": at("2026-03-05"), "reopened_at": at("2026-05-02")},
]  # fmt: skip
GAPS = [{"gap_id": "g", "ticket_id": "back", "gap_from_at": at("2026-03-05"), "gap_until_at": at("2026-05-02")}]


def explained(settings: Settings, metric: str) -> tuple[dict[str, int], dict[str, Any]]:
    tickets = [{"created_at": at("2026-03-02"), "first_replied_at": at("2026-03-03"), **row} for row in TICKETS]
    _, engine = engine_of(settings, tickets=tickets, ticket_gaps=GAPS)
    query = MetricQuery(metrics=(metric,), start=at("2026-03-01"), end=at("2026-04-01"))
    found = engine.explain(OWNER, query)
    return {row["reason"]: row["rows"] for row in found["left_out"]}, found


def test_why_rows_have_no_working_time_and_whose_hours_timed_the_others(settings: Settings) -> None:
    reasons, found = explained(settings, "first_reply_time_business_seconds_median")
    assert reasons == {
        "spam, or deleted in the source": 1, "merged into another ticket": 1, "impossible times": 1,
        "its first_reply_seconds is not known": 3, "no working hours hold for it": 1,
    }  # fmt: skip
    assert found["looked_at"] == {"first_reply_time_business_seconds_median": 8}
    assert found["schedules"] == [
        {"metric": "first_reply_time_business_seconds_median", "schedule": "day", "version": 2, "rows": 1}
    ]


def test_why_tickets_are_not_in_the_backlog(settings: Settings) -> None:
    reasons, found = explained(settings, "backlog")
    assert reasons == {
        "spam, or deleted in the source": 1, "merged into another ticket": 1,
        "it had ended by then (solved_at)": 1, "it was solved then, and reopened later": 1,
    }  # fmt: skip
    assert found["totals"]["backlog"]["n"] == 4


@pytest.mark.parametrize(("metric", "why"), [
    ("csat", "there is no data of surveys"),
    ("cost_per_contact", "staff_cost is not known, as there is no data of roster"),
    ("reopen_rate", "no row of tickets in the period has a say in it"),
    ("tickets_created", "the data of tickets begins at 2026-03-02 00:00 UTC, after the period"),
])  # fmt: skip
def test_an_unknown_number_says_why(settings: Settings, metric: str, why: str) -> None:
    _, engine = engine_of(settings, tickets=[{"ticket_id": "a", "created_at": at("2026-03-02")}])
    start, end = ("2019-01-01", "2019-02-01") if metric == "tickets_created" else ("2026-03-01", "2026-04-01")
    found = engine.query(OWNER, MetricQuery(metrics=(metric,), start=at(start), end=at(end)))
    assert found.totals[metric].value is None
    assert any(note.startswith(f"{metric} is unknown: {why}") for note in found.notes), found.notes


def test_working_time_without_hours_says_so(settings: Settings) -> None:
    row = {"ticket_id": "a", "created_at": at("2026-03-02"), "first_replied_at": at("2026-03-03"),
           "first_reply_seconds": 86_400.0}  # fmt: skip
    _, engine = engine_of(settings, tickets=[row])
    name = "first_reply_time_business_seconds_median"
    found = engine.query(OWNER, MetricQuery(metrics=(name,), start=at("2026-03-01"), end=at("2026-04-01")))
    assert f"{name} is unknown: no working hours hold for its rows (deskpulse schedules sets them)." in found.notes
