"""What lies there at the end of a period, how old it is, and in whose hands."""

from __future__ import annotations

from typing import Any

from deskpulse.metrics.facts import STAYS, TICKETS
from deskpulse.metrics.model import Metric

BACKLOG = Metric(
    name="backlog",
    label="Backlog",
    about="Tickets unsolved at the end of the period: opened before it, and not (or not yet) solved then. "
    "Stretches between a solution and a reopening do not count. A level: never added over periods.",
    formula="tickets with created_at before the end and no solution standing at the end",
    fact=TICKETS,
    unit="count",
    better="down",
    over_time="last",
    opens="created_at",
    closes="solved_at",
    drill=("ticket_id", "subject", "status", "priority", "channel", "team", "agent", "customer", "created_at"),
    check_sql="SELECT count(*), count(*) FROM tickets AS t "
    "WHERE (is_spam OR is_merged) IS NOT TRUE AND created_at < $end "
    "AND (solved_at IS NULL OR (solved_at >= $end AND solved_at > created_at)) "
    "AND NOT EXISTS (SELECT 1 FROM ticket_gaps AS g WHERE g.ticket_id = t.ticket_id "
    "AND g.gap_from_at < $end AND g.gap_until_at >= $end)",
)

UNTOUCHED_TICKETS = Metric(
    name="untouched_tickets",
    label="Untouched",
    about="Tickets unsolved at the end of the period that no human agent had answered by then. A level: never added "
    "over periods.",
    formula="tickets with created_at before the end, and neither a first reply nor a standing solution at the end",
    fact=TICKETS,
    unit="count",
    better="down",
    over_time="last",
    opens="created_at",
    closes=("first_replied_at", "solved_at"),
    drill=("ticket_id", "subject", "status", "priority", "channel", "team", "agent", "customer", "created_at",
           "first_replied_at"),
    check_sql="SELECT count(*), count(*) FROM tickets AS t "
    "WHERE (is_spam OR is_merged) IS NOT TRUE AND created_at < $end "
    "AND (solved_at IS NULL OR (solved_at >= $end AND solved_at > created_at)) "
    "AND (first_replied_at IS NULL OR (first_replied_at >= $end AND first_replied_at > created_at)) "
    "AND NOT EXISTS (SELECT 1 FROM ticket_gaps AS g WHERE g.ticket_id = t.ticket_id "
    "AND g.gap_from_at < $end AND g.gap_until_at >= $end)",
)  # fmt: skip


def _unsolved(s: Any) -> Any:
    return s.status.isnull() | ((s.status != "solved") & (s.status != "closed"))


_UNSOLVED_SQL = "coalesce(status, 'new') NOT IN ('solved', 'closed')"
_STANDING_SQL = (
    "SELECT count(*), count(*) FROM ticket_stays AS s WHERE started_at < $end "
    "AND (ended_at IS NULL OR (ended_at >= $end AND ended_at > started_at)) "
    "AND NOT EXISTS (SELECT 1 FROM tickets AS t WHERE t.ticket_id = s.ticket_id AND (t.is_spam OR t.is_merged))"
)

BACKLOG_AS_THEN = Metric(
    name="backlog_as_then",
    label="Backlog as then",
    about="Tickets unsolved at the end of the period, under the agent, team and status that they had then. A level: "
    "never added over periods.",
    formula="stays begun before the end and not ended then, in a status other than solved and closed",
    fact=STAYS,
    unit="count",
    better="down",
    over_time="last",
    opens="started_at",
    closes="ended_at",
    where=_unsolved,
    check_sql=f"{_STANDING_SQL} AND {_UNSOLVED_SQL}",
)

UNASSIGNED_TICKETS = Metric(
    name="unassigned_tickets",
    label="Unassigned",
    about="Tickets unsolved at the end of the period that no agent had then. A level: never added over periods.",
    formula="stays without an agent begun before the end and not ended then, in a status other than solved and closed",
    fact=STAYS,
    unit="count",
    better="down",
    over_time="last",
    opens="started_at",
    closes="ended_at",
    where=lambda s: s.agent.isnull() & _unsolved(s),
    check_sql=f"{_STANDING_SQL} AND {_UNSOLVED_SQL} AND agent IS NULL",
)
