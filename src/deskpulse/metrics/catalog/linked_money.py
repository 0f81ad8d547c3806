"""What support earns and costs, as booked: money linked to tickets, agents and teams, and the rest apart."""

from __future__ import annotations

from deskpulse.metrics.currencies import check_amount
from deskpulse.metrics.facts import TICKETS
from deskpulse.metrics.model import Direction, Expr, Metric
from deskpulse.metrics.people_facts import LINKED_MONEY

_IS_LINKED = "coalesce(m.ticket_id, m.agent_id, m.agent, m.team) IS NOT NULL"
_BOOKED = (
    f"FROM money AS m WHERE {check_amount('m')} IS NOT NULL AND m.booked_at BETWEEN $start AND $end "
    "AND m.booked_at <> $end "
    "AND NOT EXISTS (SELECT 1 FROM tickets AS t WHERE t.ticket_id = m.ticket_id AND t.is_spam)"
)


def _booked(
    name: str, label: str, about: str, *, where: Expr, check: str, formula: str, better: Direction
) -> Metric:  # fmt: skip
    return Metric(
        name=name, label=label, about=about, fact=LINKED_MONEY, unit="money", better=better, over_time="sum",
        where=lambda m: where(m) & m.own_amount.notnull(), value=lambda m: m.own_amount.sum(), tags=("money",),
        formula=f"sum of own_amount of {formula}, by booked_at",
        check_sql=f"SELECT coalesce(avg({check_amount('m')}) * count(*), 0), count(*) {_BOOKED} AND {check}",
    )  # fmt: skip


REVENUE_LINKED = _booked(
    "revenue_linked", "Revenue through support", "Revenue of the period that is booked on a ticket, an agent or a "
    "team.",
    where=lambda m: (m.kind == "revenue") & m.is_linked, check=f"m.kind IN ('revenue') AND {_IS_LINKED}",
    formula="revenue entries with a ticket, agent or team", better="up",
)  # fmt: skip

COST_LINKED = _booked(
    "cost_linked", "Cost of support, booked", "Costs of the period that are booked on a ticket, an agent or a team: "
    "salaries, refunds.", where=lambda m: (m.kind == "cost") & m.is_linked,
    check=f"m.kind IN ('cost') AND {_IS_LINKED}",
    formula="cost entries with a ticket, agent or team", better="down",
)  # fmt: skip

REVENUE_UNLINKED = _booked(
    "revenue_unlinked", "Revenue not through support", "Revenue of the period that names no ticket, agent or team; "
    "it is "
    "in no number of support, and never spread over teams.",
    where=lambda m: (m.kind == "revenue") & ~m.is_linked, check=f"m.kind IN ('revenue') AND NOT ({_IS_LINKED})",
    formula="revenue entries without a ticket, agent and team", better="none",
)  # fmt: skip

COST_UNLINKED = _booked(
    "cost_unlinked", "Costs not linked", "Costs of the period that name no ticket, agent or team; they are in no "
    "number "
    "of support, and never spread over teams.",
    where=lambda m: (m.kind == "cost") & ~m.is_linked, check=f"m.kind IN ('cost') AND NOT ({_IS_LINKED})",
    formula="cost entries without a ticket, agent and team", better="none",
)  # fmt: skip

CONTACT_REVENUE = _booked(
    "contact_revenue", "Revenue of contacts", "Revenue of the period that is booked on a ticket.",
    where=lambda m: (m.kind == "revenue") & m.ticket_id.notnull(),
    check="m.kind IN ('revenue') AND length(m.ticket_id) > 0",
    formula="revenue entries with a ticket", better="up",
)  # fmt: skip

AGENTS_WITH_MONEY = Metric(
    name="agents_with_money",
    label="Agents with money",
    about="Different agents on whom money of the period is booked, themselves or through a ticket.",
    formula="distinct agents of linked entries, by booked_at",
    fact=LINKED_MONEY,
    unit="count",
    better="none",
    where=lambda m: m.agent.notnull(),
    value=lambda m: m.agent.nunique(),
    tags=("money",),
    check_sql="SELECT count(*), coalesce(sum(c), 0) FROM (SELECT coalesce(m.agent, (SELECT u.agent FROM tickets AS u "
    "WHERE u.ticket_id = m.ticket_id)) AS who, count(*) AS c "
    f"{_BOOKED.replace(check_amount('m'), 'm.booked_at')} GROUP BY 1) WHERE who IS NOT NULL",
)

_BOTH = f"({REVENUE_LINKED.check_sql}) AS a(v, n), ({COST_LINKED.check_sql}) AS b(v, n)"

MARGIN_LINKED = Metric(
    name="margin_linked",
    label="Margin of support",
    about="Revenue less costs of the period, both as booked on tickets, agents and teams.",
    formula="revenue_linked - cost_linked",
    fact=LINKED_MONEY,
    unit="money",
    better="up",
    over_time="sum",
    parts=("revenue_linked", "cost_linked"),
    combine=lambda p: p["revenue_linked"] - p["cost_linked"],
    tags=("money",),
    check_sql=f"SELECT a.v - b.v, b.n FROM {_BOTH}",
)

MARGIN_PER_AGENT = Metric(
    name="margin_per_agent",
    label="Margin per agent",
    about="Revenue less costs of the period, as booked on tickets, agents and teams, for each agent with any of it.",
    formula="(revenue_linked - cost_linked) ÷ agents_with_money",
    fact=LINKED_MONEY,
    unit="money",
    better="up",
    parts=("revenue_linked", "cost_linked", "agents_with_money"),
    combine=lambda p: (p["revenue_linked"] - p["cost_linked"]) / p["agents_with_money"],
    tags=("money",),
    check_sql=f"SELECT (a.v - b.v) / nullif(c.v, 0), c.n FROM {_BOTH}, ({AGENTS_WITH_MONEY.check_sql}) AS c(v, n)",
)

RETURN_ON_SUPPORT = Metric(
    name="return_on_support",
    label="Return on support",
    about="What support earned over what it cost, for each unit of cost: 0 is even. Linked money only.",
    formula="(revenue_linked - cost_linked) ÷ cost_linked",
    fact=LINKED_MONEY,
    unit="score",
    better="up",
    parts=("revenue_linked", "cost_linked"),
    combine=lambda p: (p["revenue_linked"] - p["cost_linked"]) / p["cost_linked"],
    tags=("money",),
    check_sql=f"SELECT a.v / nullif(b.v, 0) - 1, b.n FROM {_BOTH}",
)

_SOLVED = (
    "(SELECT count(*) AS n FROM tickets "
    "WHERE (is_spam OR is_merged) IS NOT TRUE AND solved_at >= $start AND solved_at < $end) AS s"
)
REVENUE_PER_CONTACT = Metric(
    name="revenue_per_contact",
    label="Revenue per contact",
    about="Revenue booked on tickets for each ticket solved in the period.",
    formula="contact_revenue ÷ tickets_solved",
    fact=TICKETS,
    time="solved_at",
    unit="money",
    better="up",
    parts=("contact_revenue", "tickets_solved"),
    combine=lambda p: p["contact_revenue"] / p["tickets_solved"],
    tags=("money",),
    check_sql=f"SELECT a.v / nullif(s.n, 0), s.n FROM ({CONTACT_REVENUE.check_sql}) AS a(v, n), {_SOLVED}",
)
