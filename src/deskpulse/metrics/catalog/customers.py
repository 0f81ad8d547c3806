"""Customers who come, stay and go, and what one is worth."""

from __future__ import annotations

from deskpulse.metrics.currencies import check_amount
from deskpulse.metrics.model import Metric, Parts
from deskpulse.metrics.people_facts import CUSTOMERS, LINKED_MONEY

_CHURN = ("churn_after_days",)
_LOST = (
    "(SELECT c.*, coalesce(c.churned_at, (SELECT x.gone FROM (SELECT max(m.booked_at) "
    "+ to_hours((24 * $churn_after_days)::INT) AS gone FROM money AS m WHERE m.customer_id = c.customer_id "
    "AND m.kind = 'revenue') AS x WHERE x.gone <= $as_of)) AS gone_at FROM customers AS c)"
)
_LOSING = (
    "Lost is who ended; of whom no end is known, who paid once and then nothing for the days that the setting names."
)


def _level(name: str, label: str, about: str, at: str, is_start: bool) -> Metric:
    return Metric(
        name=name, label=label, about=f"{about} {_LOSING}", fact=CUSTOMERS, unit="count", better="up",
        over_time="last", opens="created_at", closes="lost_at", is_start=is_start, settings=_CHURN, tags=("customers",),
        formula=f"customers created before the {'start' if is_start else 'end'} of the period and not lost before it",
        check_sql=f"SELECT count(*), count(*) FROM {_LOST} AS c WHERE created_at < {at} "
        f"AND (gone_at IS NULL OR (gone_at >= {at} AND gone_at > created_at))",
    )  # fmt: skip


CUSTOMERS_ACTIVE = _level(
    "customers_active", "Active customers", "Customers at the end of the period.", "$end", is_start=False
)
CUSTOMERS_AT_START = _level(
    "customers_at_start", "Customers at the start", "Customers at the start of the period.", "$start", is_start=True
)

CUSTOMERS_NEW = Metric(
    name="customers_new",
    label="New customers",
    about="Customers who came in the period.",
    formula="count of customers by created_at",
    fact=CUSTOMERS,
    unit="count",
    better="up",
    over_time="sum",
    value=lambda c: c.count(),
    tags=("customers",),
    check_sql="SELECT count(*), count(*) FROM customers WHERE created_at BETWEEN $start AND $end AND created_at <> "
    "$end",
)

CUSTOMERS_LOST = Metric(
    name="customers_lost",
    label="Lost customers",
    about=f"Customers lost in the period. {_LOSING}",
    formula="count of customers by churned_at, else by their last revenue and churn_after_days",
    fact=CUSTOMERS,
    time="lost_at",
    unit="count",
    better="down",
    over_time="sum",
    where=lambda c: c.lost_at > c.created_at,
    value=lambda c: c.count(),
    settings=_CHURN,
    tags=("customers",),
    check_sql=f"SELECT count(*), count(*) FROM {_LOST} AS c WHERE gone_at BETWEEN $start AND $end AND gone_at <> $end "
    "AND NOT gone_at <= created_at",
)

CHURN_RATE = Metric(
    name="churn_rate",
    label="Churn rate",
    about=f"Customers lost in the period for each customer at its start. {_LOSING}",
    formula="customers_lost ÷ customers_at_start",
    fact=CUSTOMERS,
    unit="ratio",
    better="down",
    parts=("customers_lost", "customers_at_start"),
    combine=lambda p: p["customers_lost"] / p["customers_at_start"],
    tags=("customers",),
    check_sql=f"SELECT a.v / nullif(b.v, 0), b.n FROM ({CUSTOMERS_LOST.check_sql}) AS a(v, n), "
    f"({CUSTOMERS_AT_START.check_sql}) AS b(v, n)",
)

CUSTOMER_MARGIN = Metric(
    name="customer_margin",
    label="Margin of customers",
    about="Revenue less costs of the period that are booked on a customer, such as payments and refunds.",
    formula="sum of own_amount, costs taken off, of entries with a customer, by booked_at",
    fact=LINKED_MONEY,
    unit="money",
    better="up",
    over_time="sum",
    where=lambda m: m.customer_id.notnull() & m.kind.isin(("revenue", "cost")) & m.own_amount.notnull(),
    value=lambda m: m.kind.cases(("revenue", m.own_amount), ("cost", -m.own_amount)).sum(),
    tags=("customers", "money"),
    check_sql=f"SELECT coalesce(sum({check_amount('m')}) FILTER (WHERE kind = 'revenue'), 0) "
    f"- coalesce(sum({check_amount('m')}) FILTER (WHERE kind = 'cost'), 0), count({check_amount('m')}) "
    "FROM money AS m WHERE customer_id <> '' "
    "AND kind IN ('cost', 'revenue') AND booked_at BETWEEN $start AND $end AND booked_at <> $end "
    "AND NOT EXISTS (SELECT 1 FROM tickets AS t WHERE t.ticket_id = m.ticket_id AND t.is_spam)",
)


def _lifetime(p: Parts) -> float:
    length = p.settings.lifetime_period_days
    margin = p["customer_margin"] / p["customers_at_start"] * length / p.days
    kept: float = max(0.0, 1 - p["customers_lost"] / p["customers_at_start"]) ** (length / p.days)
    discount: float = (1 + p.settings.lifetime_discount_rate) ** (length / 365) - 1
    # Without a discount the formula's limit is the plain margin for each customer lost.
    return margin / (1 - kept) if discount == 0 else margin * kept / (1 + discount - kept)


LIFETIME_VALUE = Metric(
    name="lifetime_value",
    label="Lifetime value",
    about="What a customer will bring from now on, at the period's margin and churn, later money discounted. Margin, "
    "retention and discount are taken for a period of the length that the setting names.",
    formula="m × r ÷ (1 + d - r), with m margin per customer, r share kept, d discount, each per lifetime_period_days; "
    "m ÷ (1 - r) when d is 0 (Gupta and Lehmann, Customers as Assets, 2003)",
    fact=CUSTOMERS,
    unit="money",
    better="up",
    parts=("customer_margin", "customers_lost", "customers_at_start"),
    combine=_lifetime,
    settings=("lifetime_period_days", "lifetime_discount_rate"),
    tags=("customers", "money"),
    check_sql="SELECT m * r / (1.1 ** (30 / 365.0) - r), n FROM (SELECT a.v / b.v * 30 / days AS m, "
    "greatest(0, 1 - c.v / b.v) ** (30 / days) AS r, b.n AS n "
    "FROM (SELECT date_diff('second', $start::TIMESTAMPTZ, $end::TIMESTAMPTZ) / 86400 AS days), "
    f"({CUSTOMER_MARGIN.check_sql}) AS a(v, n), "
    f"(SELECT nullif(v, 0) AS v, n FROM ({CUSTOMERS_AT_START.check_sql}) AS i(v, n)) AS b, "
    f"({CUSTOMERS_LOST.check_sql}) AS c(v, n))",
)
