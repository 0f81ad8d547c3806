"""What happened to customers after their tickets, and to tickets before they were escalated: facts of single questions.

They are in no catalogue: `journeys` counts them.
"""

from __future__ import annotations

from typing import Any

from deskpulse.metrics.facts import DAY, TICKETS
from deskpulse.metrics.model import Fact
from deskpulse.metrics.people_facts import CUSTOMERS

BACK_DAYS, LEFT_DAYS = 30, 60
"""Days within which a customer comes back about the same, or is lost after a ticket."""


def _kept(tables: Any) -> Any:
    rows = tables("tickets")
    return rows.filter(~(rows.is_spam | rows.is_merged).fill_null(False))


def _followed(rows: Any, days: int) -> Any:
    """Return whether the data reaches `days` beyond a ticket: else what came after it is not known."""
    from deskpulse.metrics.operations import MOMENT, Micros, bind

    return Micros(rows.created_at).to_expr() + days * DAY <= Micros(bind("as_of", MOMENT)).to_expr()


def _returns(tables: Any) -> Any:
    """Return tickets of known customers and categories, with the days until the same customer's next one of it."""
    import ibis

    from deskpulse.metrics.operations import Micros

    rows = _kept(tables)
    rows = rows.filter(rows.customer_id.notnull(), rows.category.notnull())
    window = ibis.window(group_by=[rows.customer_id, rows.category], order_by=[rows.created_at, rows.ticket_id])
    rows = rows.mutate(_next=rows.created_at.lead().over(window))
    days = (Micros(rows["_next"]).to_expr() - Micros(rows.created_at).to_expr()).cast("float64") / DAY
    rows = rows.mutate(back_days=days, is_followed=_followed(rows, BACK_DAYS))
    return rows.mutate(is_back=(rows.back_days <= BACK_DAYS).fill_null(False)).drop("_next")


def _leaving(tables: Any) -> Any:
    """Return tickets of known customers, with whether the customer was lost in the days after."""
    from deskpulse.metrics.operations import Micros

    assert CUSTOMERS.build is not None  # noqa: S101  the fact says when customers were lost
    customers = CUSTOMERS.build(tables)
    lost = customers.select(_who="customer_id", _lost="lost_at")
    rows = _kept(tables)
    rows = rows.inner_join(lost, rows.customer_id == lost["_who"])
    after = Micros(rows["_lost"]).to_expr() - Micros(rows.created_at).to_expr()
    is_left = ((after > 0) & (after <= LEFT_DAYS * DAY)).fill_null(False)
    was_there = (after > 0).fill_null(True)
    return rows.mutate(is_left=is_left, is_followed=_followed(rows, LEFT_DAYS) & was_there).drop("_who", "_lost")


def _steps(tables: Any) -> Any:
    """Return tickets with what had happened before they were escalated; to others, whatever ever happened.

    `is_timed`: it is known when it was escalated, or it never was.
    """
    rows, events = _kept(tables), tables("ticket_events")
    no = events.new_value.fill_null("true").lower().isin(("false", "no", "0"))
    rises = events.filter(events.field == "escalated", ~no)
    first = rises.group_by(_id="ticket_id").aggregate(escalated_at=rises.happened_at.min())
    rows = rows.left_join(first, rows.ticket_id == first["_id"]).drop("_id")
    ends = rows.select(_of="ticket_id", _end="escalated_at")

    def before(table: Any, at: str) -> Any:
        joined = table.inner_join(ends, table.ticket_id == ends["_of"])
        return joined.filter(joined["_end"].isnull() | (joined[at] < joined["_end"]))

    stays, gaps, said = (before(tables(name), at) for name, at in (
        ("ticket_stays", "started_at"), ("ticket_gaps", "gap_until_at"), ("messages", "sent_at")))  # fmt: skip
    said = said.filter(said.author_kind == "customer")
    for name, counts in (
        ("agents_before", stays.group_by(_id="ticket_id").aggregate(n=stays.agent.nunique())),
        ("teams_before", stays.group_by(_id="ticket_id").aggregate(n=stays.team.nunique())),
        ("reopened_before", gaps.group_by(_id="ticket_id").aggregate(n=gaps.count())),
        ("messages_before", said.group_by(_id="ticket_id").aggregate(n=said.count())),
    ):
        rows = rows.left_join(counts, rows.ticket_id == counts["_id"]).drop("_id").rename({name: "n"})
    is_timed = rows.escalated_at.notnull() | ~rows.is_escalated.fill_null(False)
    return rows.mutate(is_timed=is_timed, has_risen=rows.escalated_at.notnull())


def _fact(name: str, build: Any, added: tuple[tuple[str, str], ...]) -> Fact:
    return Fact(name=name, table="tickets", grain="one row per ticket", key="ticket_id", time="created_at",
                dimensions=TICKETS.dimensions, drill=TICKETS.drill, build=build, added=added)  # fmt: skip


RETURNS = _fact("returns", _returns, (("back_days", "float"), ("is_followed", "bool"), ("is_back", "bool")))
LEAVING = _fact("leaving", _leaving, (("is_left", "bool"), ("is_followed", "bool")))
STEPS = _fact("steps", _steps, (
    ("escalated_at", "time"), ("agents_before", "int"), ("teams_before", "int"), ("reopened_before", "int"),
    ("messages_before", "int"), ("is_timed", "bool"), ("has_risen", "bool")))  # fmt: skip
