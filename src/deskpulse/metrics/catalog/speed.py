"""How fast customers get an answer and a solution, and where the time goes."""

from __future__ import annotations

from deskpulse.metrics.declare import statistics, summed, times
from deskpulse.metrics.facts import REPLY_WAITS, STAYS

_DRILL = ("ticket_id", "subject", "priority", "channel", "team", "agent", "created_at")

FIRST_REPLY_TIME = times(
    "first_reply_time", "First reply time",
    "time from a ticket's creation to its first public reply by a human agent, of first replies given in the period; "
    "bots and automatic messages do not count as replies",
    "first_reply_seconds", time="first_replied_at", drill=_DRILL,
)  # fmt: skip

NEXT_REPLY_TIME = times(
    "next_reply_time", "Next reply time",
    "time that customers waited for an answer after the first one, of answers given in the period",
    "seconds", fact=REPLY_WAITS, where=lambda w: w.number >= 2, check_where="r.number > 1",
)  # fmt: skip

FIRST_RESOLUTION_TIME = times(
    "first_resolution_time", "First resolution time",
    "time from a ticket's creation to its first solution, of tickets first solved in the period",
    "first_resolution_seconds", time="first_solved_at", drill=_DRILL,
)  # fmt: skip

FULL_RESOLUTION_TIME = times(
    "full_resolution_time", "Full resolution time",
    "time from a ticket's creation to its latest solution, reopenings included, of tickets solved in the period",
    "full_resolution_seconds", time="solved_at", drill=_DRILL,
)  # fmt: skip

REQUESTER_WAIT_TIME = times(
    "requester_wait_time", "Requester wait",
    "time that the customer waited (new, open and on hold) until the solution, of tickets solved in the period",
    "requester_wait_seconds", time="solved_at", drill=_DRILL,
)  # fmt: skip

AGENT_WAIT_TIME = times(
    "agent_wait_time", "Agent wait",
    "time that the agent waited for the customer (pending) until the solution, of tickets solved in the period",
    "agent_wait_seconds", time="solved_at", drill=_DRILL, better="none",
)  # fmt: skip

ON_HOLD_TIME = times(
    "on_hold_time", "On-hold time", "time on hold until the solution, of tickets solved in the period",
    "on_hold_seconds", time="solved_at", drill=_DRILL,
)  # fmt: skip

HANDLE_TIME = times(
    "handle_time", "Handle time", "time that agents worked on a ticket, as recorded, of tickets solved in the period",
    "handle_seconds", time="solved_at", drill=_DRILL, business=False,
)  # fmt: skip

UNASSIGNED_TIME = times(
    "unassigned_time", "Unassigned time", "time unsolved without an agent, of tickets opened in the period",
    "unassigned_seconds", drill=_DRILL, business=False,
)  # fmt: skip

REOPENED_AFTER = times(
    "reopened_after", "Reopened after",
    "time from the first solution to the first reopening, of tickets first solved in the period",
    "reopened_after_seconds", time="first_solved_at", drill=_DRILL, business=False, of=("mean", "median"),
    better="none",
)  # fmt: skip

STAY_TIME = times(
    "stay_time", "Time in one status and hand",
    "time that tickets stayed in one status with one agent and team, of stays that ended in the period; cut it by "
    "status, agent or team as they were then",
    "seconds", fact=STAYS, time="ended_at", better="none",
)  # fmt: skip

STAY_TIME_TOTAL = tuple(
    summed(
        f"stay_time_{kind}seconds_total", f"Time in statuses{label} (total)",
        f"Time that tickets spent{words}, of stays that ended in the period; cut it by status, agent or team as they "
        "were then.",
        f"{kind}seconds", unit="seconds", fact=STAYS, time="ended_at",
    )
    for kind, label, words in (("", "", ""), ("business_", ", working time", " in working hours"))
)  # fmt: skip

CUSTOMERS_FIRST_WAIT = statistics(
    "first_wait_seconds", "First wait",
    "time that customers waited for the first answer, of first answers given in the period; the agent and team are "
    "those who answered", "seconds", fact=REPLY_WAITS, where=lambda w: w.number == 1, check_where="r.number IN (1)",
    of=("median", "p90"),
)  # fmt: skip
