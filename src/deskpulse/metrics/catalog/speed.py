"""How fast customers get an answer and a solution."""

from __future__ import annotations

from typing import Any

from deskpulse.metrics.facts import TICKETS, has_sound_times
from deskpulse.metrics.model import Expr, Metric

_DRILL = ("ticket_id", "subject", "priority", "channel", "team", "agent", "created_at")


def _within(time: str, seconds: str, quantile: float) -> str:
    return (
        f"SELECT quantile_cont({seconds}, {quantile}), count({seconds}) FROM tickets "
        "WHERE coalesce(is_spam, false) = false AND time_problem IS NULL "
        f"AND {time} BETWEEN $start AND $end AND {time} <> $end"
    )


def _known(seconds: str) -> Expr:
    def where(rows: Any) -> Any:
        return has_sound_times(rows) & rows[seconds].notnull()

    return where


FIRST_REPLY_TIME_MEDIAN = Metric(
    name="first_reply_time_seconds_median",
    label="First reply time (median)",
    about="Median time from a ticket's creation to its first public reply by a human agent, of first replies given "
    "in the period. Bots and automatic messages do not count as replies.",
    formula="median of first_reply_seconds, by first_replied_at",
    fact=TICKETS,
    time="first_replied_at",
    unit="seconds",
    better="down",
    where=_known("first_reply_seconds"),
    value=lambda t: t.first_reply_seconds.median(),
    drill=(*_DRILL, "first_replied_at", "first_reply_seconds"),
    check_sql=_within("first_replied_at", "first_reply_seconds", 0.5),
)

FIRST_REPLY_TIME_P90 = Metric(
    name="first_reply_time_seconds_p90",
    label="First reply time (90 %)",
    about="Nine in ten first replies given in the period came within this time of the ticket's creation.",
    formula="90th percentile (linear between neighbors) of first_reply_seconds, by first_replied_at",
    fact=TICKETS,
    time="first_replied_at",
    unit="seconds",
    better="down",
    where=_known("first_reply_seconds"),
    value=lambda t: t.first_reply_seconds.quantile(0.9),
    drill=(*_DRILL, "first_replied_at", "first_reply_seconds"),
    check_sql=_within("first_replied_at", "first_reply_seconds", 0.9),
)

FULL_RESOLUTION_TIME_MEDIAN = Metric(
    name="full_resolution_time_seconds_median",
    label="Full resolution time (median)",
    about="Median time from a ticket's creation to its latest solution, reopenings included, of tickets solved in "
    "the period.",
    formula="median of full_resolution_seconds, by solved_at",
    fact=TICKETS,
    time="solved_at",
    unit="seconds",
    better="down",
    where=_known("full_resolution_seconds"),
    value=lambda t: t.full_resolution_seconds.median(),
    drill=(*_DRILL, "solved_at", "full_resolution_seconds"),
    check_sql=_within("solved_at", "full_resolution_seconds", 0.5),
)

FULL_RESOLUTION_TIME_P90 = Metric(
    name="full_resolution_time_seconds_p90",
    label="Full resolution time (90 %)",
    about="Nine in ten tickets solved in the period were solved for good within this time of their creation.",
    formula="90th percentile (linear between neighbors) of full_resolution_seconds, by solved_at",
    fact=TICKETS,
    time="solved_at",
    unit="seconds",
    better="down",
    where=_known("full_resolution_seconds"),
    value=lambda t: t.full_resolution_seconds.quantile(0.9),
    drill=(*_DRILL, "solved_at", "full_resolution_seconds"),
    check_sql=_within("solved_at", "full_resolution_seconds", 0.9),
)
