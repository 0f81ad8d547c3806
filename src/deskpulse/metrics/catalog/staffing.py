"""Agents' working time: what they did, how busy they were, and how well the plan was kept."""

from __future__ import annotations

from deskpulse.metrics.facts import TICKETS
from deskpulse.metrics.model import Direction, Expr, Fact, Metric
from deskpulse.metrics.work_facts import AGENT_STATES, AT_WORK, KEPT_PLAN, PLANNED_STATES, ROSTER

_STATES = (
    "(SELECT s.*, coalesce(s.agent_id, s.agent) AS who, coalesce(s.ended_at, $as_of) AS until_at "
    "FROM agent_states AS s)"
)
_KEPT = (
    "(SELECT r.*, coalesce(r.agent_id, r.agent) AS who, coalesce(r.is_paid, r.activity <> 'break') AS is_paid_time, "
    "greatest(r.started_at, (SELECT min(started_at) FROM agent_states)) AS from_at, "
    "least(coalesce(r.ended_at, $as_of), $as_of) AS until_at FROM roster AS r "
    "WHERE coalesce(r.agent_id, r.agent) IN (SELECT coalesce(agent_id, agent) FROM agent_states))"
)


def _check(rows: str, where: str, begin: str = "x.started_at", end: str = "x.until_at") -> str:
    """Return SQL of the seconds of `rows` AS x within the period, and of the number of rows that reach into it."""
    # Lengths are differences of whole microseconds, counted from the period's start.
    seconds = (
        f"(least(date_diff('microsecond', $start::TIMESTAMPTZ, {end}), date_diff('microsecond', $start, $end)) "
        f"- greatest(date_diff('microsecond', $start, {begin}), 0))"
    )
    return (
        f"SELECT coalesce(sum({seconds}), 0) / 1000000.0, count(*) FROM {rows} "
        f"WHERE {begin} < $end AND {end} > $start AND {end} > {begin} AND {where}"
    )


_PLANNED = (
    "(SELECT p.*, s.state, greatest(p.from_at, s.started_at) AS both_from, "
    "least(p.until_at, s.until_at) AS both_until "
    f"FROM {_KEPT} AS p JOIN {_STATES} AS s ON s.who = p.who AND s.until_at > s.started_at AND p.until_at > p.from_at)"
)


def _seconds(
    name: str,
    label: str,
    about: str,
    *,
    fact: Fact,
    where: Expr,
    check_sql: str,
    formula: str,
    better: Direction = "none",
) -> Metric:
    return Metric(
        name=name, label=label, about=about, fact=fact, unit="seconds", better=better, over_time="sum", where=where,
        value=lambda rows: rows.within_seconds.sum(), formula=formula, check_sql=check_sql, tags=("staffing",),
    )  # fmt: skip


SIGNED_IN_SECONDS = _seconds(
    "signed_in_seconds", "Signed-in time",
    "Time of the period that agents were signed in: in any state but offline. A state over midnight counts in both "
    "days, each its part.",
    fact=AGENT_STATES, where=lambda r: r.state != "offline",
    check_sql=_check(f"{_STATES} AS x", "x.state <> 'offline'"),
    formula="seconds within the period of states other than offline",
)  # fmt: skip

HANDLING_SECONDS = _seconds(
    "handling_seconds", "Handling time", "Time of the period that agents were busy with customers.",
    fact=AGENT_STATES, where=lambda r: r.state == "busy",
    check_sql=_check(f"{_STATES} AS x", "x.state IN ('busy')"),
    formula="seconds within the period of the state busy",
)  # fmt: skip

READY_SECONDS = _seconds(
    "ready_seconds", "Ready time", "Time of the period that agents served customers or waited for them.",
    fact=AGENT_STATES, where=lambda r: r.state.isin(AT_WORK),
    check_sql=_check(f"{_STATES} AS x", "x.state IN ('available', 'busy')"),
    formula="seconds within the period of the states available and busy",
)  # fmt: skip

AGENTS_ACTIVE = Metric(
    name="agents_active",
    label="Agents active",
    about="Different agents who were signed in within the period. Periods are not added: who works on two days is one "
    "agent.",
    formula="distinct agents with a state other than offline that touches the period",
    fact=AGENT_STATES,
    unit="count",
    better="none",
    where=lambda r: (r.state != "offline") & r.who.notnull(),
    value=lambda r: r.who.nunique(),
    tags=("staffing",),
    check_sql="SELECT count(*), coalesce(sum(c), 0) FROM (SELECT x.who, count(*) AS c "
    f"FROM {_STATES} AS x WHERE x.state NOT IN ('offline') AND x.who IS NOT NULL AND x.started_at < $end "
    "AND x.until_at > $start AND x.until_at > x.started_at GROUP BY 1)",
)

PLANNED_WORK_SECONDS = _seconds(
    "planned_work_seconds", "Planned work",
    "Time of the period for which the roster plans work with customers, up to the latest moment of the data, of agents "
    "whose states are recorded.",
    fact=KEPT_PLAN, where=lambda r: r.activity == "work",
    check_sql=_check(f"{_KEPT} AS x", "x.activity = 'work'", "x.from_at"),
    formula="seconds within the period of planned work",
)  # fmt: skip

ADHERING_SECONDS = _seconds(
    "adhering_seconds", "Planned work done",
    "Time of the period in which agents were available or busy while the roster planned work.",
    fact=PLANNED_STATES, where=lambda r: (r.activity == "work") & r.state.isin(AT_WORK),
    check_sql=_check(f"{_PLANNED} AS x", "x.activity = 'work' AND x.state IN ('available', 'busy')", "x.both_from",
           "x.both_until"),
    formula="seconds within the period of the states available and busy while work was planned", better="up",
)  # fmt: skip

PAID_SECONDS = _seconds(
    "paid_seconds", "Paid time",
    "Time of the period that the roster pays, up to the latest moment of the data, of agents whose states are "
    "recorded. Where the roster does not say what is paid, all is but breaks.",
    fact=KEPT_PLAN, where=lambda r: r.is_paid_time,
    check_sql=_check(f"{_KEPT} AS x", "x.is_paid_time", "x.from_at"),
    formula="seconds within the period of paid stretches of the roster",
)  # fmt: skip

PAID_READY_SECONDS = _seconds(
    "paid_ready_seconds", "Paid time for customers",
    "Paid time of the period in which agents were available or busy.",
    fact=PLANNED_STATES, where=lambda r: r.is_paid_time & r.state.isin(AT_WORK),
    check_sql=_check(f"{_PLANNED} AS x", "x.is_paid_time AND x.state IN ('available', 'busy')", "x.both_from",
                     "x.both_until"),
    formula="seconds within the period of the states available and busy in paid stretches of the roster", better="up",
)  # fmt: skip


def _share(
    name: str,
    label: str,
    about: str,
    *,
    part: Metric,
    whole: Metric,
    better: Direction,
    formula: str,
    rest: bool = False,
) -> Metric:
    share = "1 - a.v / nullif(b.v, 0)" if rest else "a.v / nullif(b.v, 0)"
    return Metric(
        name=name, label=label, about=about, fact=whole.fact, unit="ratio", better=better, formula=formula,
        parts=(part.name, whole.name), drill=whole.drill, tags=("staffing",),
        combine=lambda p: 1 - p[part.name] / p[whole.name] if rest else p[part.name] / p[whole.name],
        check_sql=f"SELECT {share}, b.n FROM ({part.check_sql}) AS a(v, n), ({whole.check_sql}) AS b(v, n)",
    )  # fmt: skip


AVAILABILITY = _share(
    "availability", "Availability", "Share of the signed-in time in which agents were there for customers: available "
    "or busy.", part=READY_SECONDS, whole=SIGNED_IN_SECONDS, better="up",
    formula="(available + busy) ÷ signed-in time",
)  # fmt: skip

OCCUPANCY = _share(
    "occupancy", "Occupancy", "Share of the time in which agents were there for customers that they were busy with "
    "one.", part=HANDLING_SECONDS, whole=READY_SECONDS, better="none", formula="busy ÷ (busy + available)",
)  # fmt: skip

UTILIZATION = _share(
    "utilization", "Utilization", "Time busy with customers for each second of paid time.",
    part=HANDLING_SECONDS, whole=PAID_SECONDS, better="none", formula="busy ÷ paid time",
)  # fmt: skip

ADHERENCE = _share(
    "adherence", "Adherence", "Share of the planned work in which the agent was available or busy.",
    part=ADHERING_SECONDS, whole=PLANNED_WORK_SECONDS, better="up",
    formula="(available or busy while work was planned) ÷ planned work",
)  # fmt: skip

SHRINKAGE = _share(
    "shrinkage", "Shrinkage", "Share of the paid time in which agents were not there for customers: training, "
    "meetings, leave, late arrivals.", part=PAID_READY_SECONDS, whole=PAID_SECONDS, better="down",
    formula="1 - (available or busy in paid time) ÷ paid time", rest=True,
)  # fmt: skip

STAFF_ON_ROSTER = Metric(
    name="staff_on_roster",
    label="Staff on roster",
    about="Stretches of planned work under way at the end of the period: the agents who should be working then.",
    formula="rows of the roster with activity work, started before the end of the period and not ended then",
    fact=ROSTER,
    unit="count",
    better="none",
    over_time="last",
    opens="started_at",
    closes="ended_at",
    where=lambda r: r.activity == "work",
    tags=("staffing",),
    check_sql="SELECT count(*), count(*) FROM roster WHERE activity IN ('work') AND started_at < $end "
    "AND coalesce(ended_at, $as_of) >= $end AND coalesce(ended_at, $as_of) > started_at",
)

TICKETS_PER_AGENT_HOUR = Metric(
    name="tickets_per_agent_hour",
    label="Tickets per agent hour",
    about="Tickets solved in the period for each hour that agents were signed in.",
    formula="tickets_solved ÷ signed_in_seconds × 3600",
    fact=TICKETS,
    time="solved_at",
    unit="score",
    better="up",
    parts=("signed_in_seconds", "tickets_solved"),
    combine=lambda p: p["tickets_solved"] / p["signed_in_seconds"] * 3600,
    tags=("staffing",),
    check_sql=f"SELECT b.n * 3600 / nullif(a.v, 0), b.n FROM ({SIGNED_IN_SECONDS.check_sql}) AS a(v, n), "
    "(SELECT count(*) AS n FROM tickets "
    "WHERE (is_spam OR is_merged) IS NOT TRUE AND solved_at >= $start AND solved_at < $end) AS b",
)
