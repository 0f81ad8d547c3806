"""What support costs: agents' paid time, and what poor quality adds to it."""

from __future__ import annotations

from typing import Any

from deskpulse.metrics.currencies import check_amount
from deskpulse.metrics.facts import TICKETS
from deskpulse.metrics.model import Metric, Parts
from deskpulse.metrics.people_facts import LINKED_MONEY, REFUNDS
from deskpulse.metrics.work_facts import WORKED_PLAN

_SOLVED_ALL = (
    "(SELECT count(*) AS n FROM tickets "
    "WHERE (is_spam OR is_merged) IS NOT TRUE AND solved_at >= $start AND solved_at < $end) AS s"
)
_PAID = (
    "(SELECT a.hourly_cost, greatest(0, epoch(least(coalesce(r.ended_at, $as_of), $as_of, $end)) "
    "- epoch(greatest(r.started_at, $start))) AS seconds FROM roster AS r JOIN agents AS a ON a.agent_id = r.agent_id "
    "WHERE coalesce(r.is_paid, r.activity <> 'break') AND a.hourly_cost IS NOT NULL AND r.started_at < $as_of)"
)


def _billed(table: str, moment: str) -> str:
    """Return SQL for what rows of the period cost, those of spam tickets apart."""
    return (
        f"SELECT coalesce(sum(x.cost), 0) FROM {table} AS x LEFT JOIN tickets AS t ON t.ticket_id = x.ticket_id "
        f"WHERE t.is_spam IS NOT TRUE AND x.{moment} >= $start AND x.{moment} < $end"
    )


_WENT_WRONG = "(coalesce(reopen_count, 0) > 0 OR coalesce(is_escalated, false) OR coalesce(handoff_count, 0) > 0)"
_SOLVED = (
    "FROM tickets "
    "WHERE (is_spam OR is_merged) IS NOT TRUE AND handle_seconds IS NOT NULL AND solved_at BETWEEN $start AND $end "
    "AND solved_at <> $end"
)
_DRILL = ("ticket_id", "subject", "channel", "team", "agent", "solved_at", "handle_seconds", "reopen_count",
          "handoff_count", "is_escalated")  # fmt: skip


def _went_wrong(t: Any) -> Any:
    came_back, passed_on = (t.reopen_count >= 1).fill_null(False), (t.handoff_count >= 1).fill_null(False)
    return came_back | t.is_escalated.fill_null(False) | passed_on


STAFF_COST = Metric(
    name="staff_cost",
    label="Cost of working time",
    about="Paid time of the roster within the period, up to the latest moment of the data, at what an hour of each "
    "agent costs. Agents whose hour has no known cost are left out.",
    formula="sum of paid hours × hourly_cost of the agent",
    fact=WORKED_PLAN,
    unit="money",
    better="down",
    over_time="sum",
    where=lambda r: r.is_paid_time & r.hourly_cost.notnull(),
    value=lambda r: (r.within_seconds * r.hourly_cost / 3600).sum(),
    tags=("money", "staffing"),
    check_sql=f"SELECT coalesce(sum(seconds / 3600 * hourly_cost), 0), count(*) FROM {_PAID} WHERE seconds > 0",
)

STAFF_SECONDS = Metric(
    name="staff_cost_seconds",
    label="Working time with a cost",
    about="Paid time of the roster within the period, up to the latest moment of the data, of agents whose hour has a "
    "known cost.",
    formula="sum of paid seconds of agents with an hourly_cost",
    fact=WORKED_PLAN,
    unit="seconds",
    better="none",
    over_time="sum",
    where=lambda r: r.is_paid_time & r.hourly_cost.notnull(),
    value=lambda r: r.within_seconds.sum(),
    tags=("money", "staffing"),
    check_sql=f"SELECT coalesce(sum(seconds), 0), count(*) FROM {_PAID} WHERE seconds > 0",
)

COST_PER_CONTACT = Metric(
    name="cost_per_contact",
    label="Cost per contact",
    about="Cost of a ticket solved in the period: agents' paid time, and what calls and the assistant were billed.",
    formula="(staff_cost + call_cost + assistant_cost) ÷ tickets_solved",
    fact=TICKETS,
    time="solved_at",
    unit="money",
    better="down",
    parts=("staff_cost", "call_cost", "assistant_cost", "tickets_solved"),
    optional=("call_cost", "assistant_cost"),
    combine=lambda p: (p["staff_cost"] + p["call_cost"] + p["assistant_cost"]) / p["tickets_solved"],
    tags=("money",),
    check_sql=f"SELECT (a.v + c.v + b.v) / nullif(s.n, 0), s.n FROM ({STAFF_COST.check_sql}) AS a(v, n), "
    f"({_billed('calls', 'started_at')}) AS c(v), ({_billed('bot_turns', 'asked_at')}) AS b(v), {_SOLVED_ALL}",
)

REFUNDED = Metric(
    name="refunded",
    label="Refunded",
    about="Money of the period that went back to customers: costs whose reason is a refund, credit, chargeback, "
    "compensation or goodwill.",
    formula=f"sum of own_amount of cost entries with a reason of {', '.join(REFUNDS)}, by booked_at",
    fact=LINKED_MONEY,
    unit="money",
    better="down",
    over_time="sum",
    where=lambda m: (m.kind == "cost") & m.reason.lower().isin(REFUNDS) & m.own_amount.notnull(),
    value=lambda m: m.own_amount.sum(),
    tags=("money",),
    check_sql=f"SELECT coalesce(avg({check_amount('m')}) * count(*), 0), count(*) FROM money AS m "
    f"WHERE {check_amount('m')} IS NOT NULL "
    "AND m.booked_at BETWEEN $start AND $end AND m.booked_at <> $end AND m.kind IN ('cost') "
    f"AND regexp_full_match(lower(m.reason), '{'|'.join(REFUNDS)}') "
    "AND NOT EXISTS (SELECT 1 FROM tickets AS t WHERE t.ticket_id = m.ticket_id AND t.is_spam)",
)

TROUBLED_HANDLE = Metric(
    name="troubled_handle_seconds",
    label="Work on contacts that went wrong",
    about="Recorded work on tickets solved in the period that were reopened, escalated or passed from agent to agent.",
    formula="sum of handle_seconds of tickets with a reopening, an escalation or a handoff, by solved_at",
    fact=TICKETS,
    time="solved_at",
    unit="seconds",
    better="down",
    over_time="sum",
    where=lambda t: t.handle_seconds.notnull() & _went_wrong(t),
    value=lambda t: t.handle_seconds.sum(),
    drill=_DRILL,
    tags=("quality", "money"),
    check_sql=f"SELECT coalesce(avg(handle_seconds) * count(*), 0), count(*) {_SOLVED} AND {_WENT_WRONG}",
)

CLEAN_HANDLE = Metric(
    name="clean_handle_seconds_mean",
    label="Work on a smooth contact",
    about="Mean recorded work on tickets solved in the period without a reopening, an escalation or a handoff.",
    formula="sum of handle_seconds ÷ tickets with a known handle_seconds and none of the three, by solved_at",
    fact=TICKETS,
    time="solved_at",
    unit="seconds",
    better="down",
    where=lambda t: t.handle_seconds.notnull() & ~_went_wrong(t),
    numerator=lambda t: t.handle_seconds.sum(),
    denominator=lambda t: t.count(),
    drill=_DRILL,
    tags=("quality",),
    check_sql=f"SELECT avg(handle_seconds), count(handle_seconds) {_SOLVED} AND NOT {_WENT_WRONG}",
)

TROUBLED_CONTACTS = Metric(
    name="troubled_contacts",
    label="Contacts that went wrong",
    about="Tickets solved in the period, with recorded work, that were reopened, escalated or passed from agent to "
    "agent.",
    formula="count of tickets with a known handle_seconds and a reopening, an escalation or a handoff, by solved_at",
    fact=TICKETS,
    time="solved_at",
    unit="count",
    better="down",
    over_time="sum",
    where=lambda t: t.handle_seconds.notnull() & _went_wrong(t),
    value=lambda t: t.count(),
    drill=_DRILL,
    tags=("quality",),
    check_sql=f"SELECT count(*), count(handle_seconds) {_SOLVED} AND {_WENT_WRONG}",
)


def _cost(p: Parts) -> float:
    extra = max(0.0, p["troubled_handle_seconds"] - p["troubled_contacts"] * p["clean_handle_seconds_mean"])
    return extra * p["staff_cost"] / p["staff_cost_seconds"] + p["refunded"]


COST_OF_POOR_QUALITY = Metric(
    name="cost_of_poor_quality",
    label="Cost of poor quality",
    about="What contacts that went wrong cost in the period: the work on tickets that were reopened, escalated or "
    "passed "
    "on, beyond what a smooth ticket takes, at the mean cost of working time; and the money given back to customers.",
    formula="(troubled_handle_seconds - troubled_contacts × clean_handle_seconds_mean) × staff_cost ÷ "
    "staff_cost_seconds + refunded: the failure costs of Juran's Quality Control Handbook (1951), internal and "
    "external",
    fact=TICKETS,
    time="solved_at",
    unit="money",
    better="down",
    parts=("clean_handle_seconds_mean", "staff_cost", "staff_cost_seconds", "refunded", "troubled_handle_seconds",
           "troubled_contacts"),
    optional=("refunded",),
    combine=_cost,
    drill=_DRILL,
    tags=("quality", "money"),
    check_sql="SELECT CASE WHEN a.v < c.n * b.v THEN 0 ELSE a.v - c.n * b.v END * d.v / nullif(e.v, 0) + f.v, c.n "
    f"FROM ({TROUBLED_HANDLE.check_sql}) AS a(v, n), ({CLEAN_HANDLE.check_sql}) AS b(v, n), "
    f"({TROUBLED_CONTACTS.check_sql}) AS c(v, n), ({STAFF_COST.check_sql}) AS d(v, n), "
    f"({STAFF_SECONDS.check_sql}) AS e(v, n), ({REFUNDED.check_sql}) AS f(v, n)",
)  # fmt: skip
