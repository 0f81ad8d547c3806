"""What lies there at the end of a period, how old it is, and in whose hands."""

from __future__ import annotations

from typing import Any

from deskpulse.metrics.backlog_facts import OPEN_TICKETS
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

_STANDING_AGES = (
    "SELECT CASE WHEN solved_at IS NULL AND $as_of < $end THEN epoch_us($as_of) ELSE epoch_us($end) END / 1e6 "
    "- epoch_us(created_at) / 1e6 AS x FROM tickets AS t WHERE (is_spam OR is_merged) IS NOT TRUE "
    "AND created_at < CASE WHEN solved_at IS NULL THEN least($end, $as_of) ELSE $end END "
    "AND (solved_at IS NULL OR (solved_at >= $end AND solved_at > created_at)) "
    "AND NOT EXISTS (SELECT 1 FROM ticket_gaps AS g WHERE g.ticket_id = t.ticket_id "
    "AND g.gap_from_at < $end AND g.gap_until_at >= $end)"
)
_AGE_SAID = (
    "of the tickets unsolved at the end of the period, from their creation to that end (to the end of the data, where "
    "that comes first); reopened ones from their creation, too. Cut it by backlog_age for the ages' buckets."
)


def _standing(rows: Any) -> Any:
    return rows.is_standing


def _aged(statistic: str, label: str, said: str, quantile: float | None) -> Metric:
    ranked = "SELECT x, row_number() OVER (ORDER BY x) - 1 AS i, count(*) OVER () AS c"
    given: dict[str, Any] = {
        "numerator": lambda t: t.age_seconds.sum(), "denominator": lambda t: t.count(),
        "check_sql": f"SELECT avg(x), count(*) FROM ({_STANDING_AGES})",
    } if quantile is None else {
        "value": lambda t: t.age_seconds.quantile(quantile),
        "check_sql": f"SELECT sum(x * greatest(0, 1 - abs(i - {quantile} * (c - 1)))), coalesce(max(c), 0) "
        f"FROM ({ranked} FROM ({_STANDING_AGES}))",
    }  # fmt: skip
    return Metric(
        name=f"backlog_age_seconds_{statistic}", label=f"Backlog age ({label})", about=f"{said} {_AGE_SAID}",
        formula=f"{said.lower()} of the end − created_at over tickets standing at the end", fact=OPEN_TICKETS,
        unit="seconds", better="down", where=_standing, drill=OPEN_TICKETS.drill, tags=("backlog_age_seconds",),
        **given,
    )  # fmt: skip


BACKLOG_AGE = (
    _aged("mean", "mean", "Mean age", None),
    _aged("median", "median", "Median age", 0.5),
    _aged("p90", "90 %", "Nine in ten are no older than this: age", 0.9),
    _aged("p95", "95 %", "Nineteen in twenty are no older than this: age", 0.95),
)

BACKLOG_BY_AGE = Metric(
    name="backlog_by_age",
    label="Backlog by age",
    about="Tickets unsolved at the end of the period (at the end of the data, where that comes first), to be cut by "
    "backlog_age: less than a day, 1 to 3, 3 to 7, 7 to 30 days, more.",
    formula="tickets standing at the end",
    fact=OPEN_TICKETS,
    unit="count",
    better="down",
    where=_standing,
    value=lambda t: t.count(),
    drill=OPEN_TICKETS.drill,
    check_sql=f"SELECT count(*), count(*) FROM ({_STANDING_AGES})",
)
