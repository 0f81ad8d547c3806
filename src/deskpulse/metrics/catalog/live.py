"""What is going on at a moment: calls under way and waiting, and what agents are doing."""

from __future__ import annotations

from typing import Any

from deskpulse.metrics.facts import CALLS
from deskpulse.metrics.model import Metric
from deskpulse.metrics.work_facts import AGENT_STATES


def _has_course(c: Any) -> Any:
    """Keep calls whose end is known, and those that have none yet: an outcome without an end is an old record."""
    return c.ended_at.notnull() | (c.outcome.isnull() & c.talk_seconds.isnull())


_COURSE_SQL = (
    "NOT (ended_at IS NULL AND (outcome IS NOT NULL OR talk_seconds IS NOT NULL)) "
    "AND NOT EXISTS (SELECT 1 FROM tickets AS t WHERE t.ticket_id = c.ticket_id AND t.is_spam)"
)
_DRILL = ("call_id", "ticket_id", "queue", "direction", "customer", "team", "agent", "started_at", "answered_at",
          "ended_at")  # fmt: skip

CALLS_IN_PROGRESS = Metric(
    name="calls_in_progress",
    label="Calls now",
    about="Calls begun before the end of the period and not ended then, waiting ones included. A level: never added "
    "over periods.",
    formula="calls with started_at before the end and no ended_at by then; calls with an outcome but no end apart",
    fact=CALLS,
    unit="count",
    better="none",
    over_time="last",
    opens="started_at",
    closes="ended_at",
    where=_has_course,
    drill=_DRILL,
    tags=("live",),
    check_sql="SELECT count(*), count(*) FROM calls AS c WHERE started_at < $end "
    f"AND (ended_at IS NULL OR (ended_at >= $end AND ended_at > started_at)) AND {_COURSE_SQL}",
)

CALLS_WAITING = Metric(
    name="calls_waiting",
    label="Calls waiting",
    about="Inbound calls that came in before the end of the period and were neither answered nor over then. A level: "
    "never added over periods.",
    formula="calls with started_at before the end, and neither answered_at nor ended_at by then, outbound apart",
    fact=CALLS,
    unit="count",
    better="down",
    over_time="last",
    opens="started_at",
    closes=("answered_at", "ended_at"),
    where=lambda c: _has_course(c) & (c.direction.isnull() | (c.direction != "outbound")),
    drill=_DRILL,
    tags=("live",),
    check_sql="SELECT count(*), count(*) FROM calls AS c WHERE started_at < $end "
    "AND direction IS DISTINCT FROM 'outbound' "
    "AND (ended_at IS NULL OR (ended_at >= $end AND ended_at > started_at)) "
    "AND (answered_at IS NULL OR (answered_at >= $end AND answered_at > started_at)) "
    f"AND {_COURSE_SQL}",
)

AGENTS_IN_STATE = Metric(
    name="agents_in_state",
    label="Agents now",
    about="Agents' states under way at the end of the period; cut it by agent_state. A state without an end lasts as "
    "long as the data. A level: never added over periods.",
    formula="states with started_at before the end of the period and not ended then",
    fact=AGENT_STATES,
    unit="count",
    better="none",
    over_time="last",
    opens="started_at",
    closes="ended_at",
    tags=("live",),
    check_sql="SELECT count(*), count(*) FROM agent_states WHERE started_at < $end "
    "AND coalesce(ended_at, $as_of) >= $end AND coalesce(ended_at, $as_of) > started_at",
)
