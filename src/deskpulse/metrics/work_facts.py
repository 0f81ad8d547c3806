"""Facts of agents' working time: what they did, what was planned, and both together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from deskpulse.metrics.model import Fact

Tables = Callable[[str], Any]
_DIMENSIONS = ("team", "agent", "source", "weekday", "hour")
_STAY = (("who", "text"),)
_PLAN = (*_STAY, ("is_paid_time", "bool"), ("hourly_cost", "float"))
AT_WORK = ("available", "busy")
"""States in which an agent serves customers or waits for them."""


def _states(tables: Tables) -> Any:
    rows = tables("agent_states")
    return rows.mutate(who=rows.agent_id.coalesce(rows.agent))


def _plan(tables: Tables) -> Any:
    """Return the roster with who works, whether it is paid, and what an hour of it costs."""
    rows, agents = tables("roster"), tables("agents")
    costs = agents.select(_agent="agent_id", hourly_cost="hourly_cost")
    rows = rows.left_join(costs, rows.agent_id == costs["_agent"]).drop("_agent")
    # Most rosters do not say what is paid; a break mostly is not.
    is_paid = rows.is_paid.fill_null(rows.activity != "break")
    return rows.mutate(who=rows.agent_id.coalesce(rows.agent), is_paid_time=is_paid)


def _plan_so_far(tables: Tables) -> Any:
    """Return the plan up to the latest moment of the data: what is planned after it has cost nothing yet."""
    import ibis

    from deskpulse.metrics.operations import MOMENT, bind

    rows = _plan(tables)
    rows = rows.filter(rows.started_at < bind("as_of", MOMENT))
    return rows.mutate(ended_at=ibis.least(rows.ended_at, bind("as_of", MOMENT)))


def _kept_plan(tables: Tables) -> Any:
    """Return the plan so far of agents whose states are recorded, from the first record on."""
    import ibis

    rows, states = _plan_so_far(tables), _states(tables)
    rows = rows.semi_join(states, rows.who == states.who)
    first = states.aggregate(_first=states.started_at.min()).as_scalar()
    return rows.mutate(started_at=ibis.greatest(rows.started_at, first))


def _both(tables: Tables) -> Any:
    """Return each stretch in which an agent was in one state while one thing was planned."""
    import ibis

    from deskpulse.metrics.operations import MOMENT, bind

    plan, states = _kept_plan(tables), _states(tables)
    states = states.select(
        _who="who", state="state", _state_id="state_id", _from="started_at",
        _until=states.ended_at.fill_null(bind("as_of", MOMENT)),
    )  # fmt: skip
    together = [plan.who == states["_who"], plan.started_at < states["_until"], plan.ended_at > states["_from"]]
    rows = plan.inner_join(states, together)
    return rows.mutate(
        overlap_id=rows.shift_id + "/" + rows["_state_id"],
        started_at=ibis.greatest(rows.started_at, rows["_from"]),
        ended_at=ibis.least(rows.ended_at, rows["_until"]),
    ).drop("_who", "_state_id", "_from", "_until")


AGENT_STATES = Fact(
    name="agent_states",
    table="agent_states",
    grain="one row per stretch of an agent in one state",
    key="state_id",
    time="started_at",
    until="ended_at",
    ticket_key=None,
    dimensions=("agent_state", *_DIMENSIONS),
    drill=("state_id", "agent", "team", "state", "started_at", "ended_at", "within_seconds"),
    build=_states,
    added=_STAY,
)

ROSTER = Fact(
    name="roster",
    table="roster",
    grain="one row per planned stretch of an agent's shift",
    key="shift_id",
    time="started_at",
    until="ended_at",
    ticket_key=None,
    dimensions=("activity", *_DIMENSIONS),
    drill=("shift_id", "agent", "team", "activity", "is_paid", "started_at", "ended_at"),
    build=_plan,
    added=_PLAN,
)

WORKED_PLAN = Fact(
    name="worked_plan",
    table="roster",
    grain="one row per planned stretch up to the latest moment of the data",
    key="shift_id",
    time="started_at",
    until="ended_at",
    ticket_key=None,
    dimensions=ROSTER.dimensions,
    drill=(*ROSTER.drill, "hourly_cost", "within_seconds"),
    build=_plan_so_far,
    added=_PLAN,
)

KEPT_PLAN = Fact(
    name="kept_plan",
    table="roster",
    grain="one row per planned stretch, while the states of its agent are recorded",
    key="shift_id",
    time="started_at",
    until="ended_at",
    ticket_key=None,
    dimensions=ROSTER.dimensions,
    drill=(*ROSTER.drill, "within_seconds"),
    build=_kept_plan,
    added=_PLAN,
)

PLANNED_STATES = Fact(
    name="planned_states",
    table="roster",
    grain="one row per stretch of an agent in one state while one thing was planned",
    key="overlap_id",
    time="started_at",
    until="ended_at",
    ticket_key=None,
    dimensions=("activity", "agent_state", *_DIMENSIONS),
    drill=("agent", "team", "activity", "state", "started_at", "ended_at", "within_seconds"),
    build=_both,
    added=(*_PLAN, ("overlap_id", "text"), ("state", "text")),
)

WORK_FACTS = (AGENT_STATES, ROSTER, WORKED_PLAN, KEPT_PLAN, PLANNED_STATES)
