"""What became of customers, and what was known of each at moments of the past.

Rows about a customer tell how things are now. Here only what has a moment counts, before the cut-off: tickets as
`metrics.as_known` knew them, ratings, payments. Plan, tier and company are left out: nobody kept what they were then.
"""

from __future__ import annotations

import polars as pl

from deskpulse.core.errors import InputError
from deskpulse.metrics.as_known import as_known
from deskpulse.metrics.currencies import amounts_in_own
from deskpulse.metrics.people_facts import REFUNDS
from deskpulse.warehouse import Reader

MOMENTS = {"customer_id": pl.String(), "known_at": pl.Datetime("us", "UTC")}
"""Columns of the question: customers and the moments at which to know them."""
RECENT_DAYS, MONTH_DAYS, RATED_DAYS, YEAR_DAYS = 90, 30, 180, 365
MOST_TICKETS = 20
"""Latest tickets of a customer within `RECENT_DAYS` that are looked into; all are counted."""
NEGATIVE = -0.2
"""Sentiment below which what a customer said last counts as negative."""
LOW_SCORE = 4
_SOLVED = ("solved", "closed")
_CONTACTS = (
    "SELECT customer_id, ticket_id, created_at FROM tickets WHERE customer_id IS NOT NULL AND created_at IS NOT NULL"
)
_PAYMENTS = """
SELECT customer_id, booked_at, amount, currency, kind, lower(reason) AS reason FROM money
WHERE customer_id IS NOT NULL AND booked_at IS NOT NULL AND amount IS NOT NULL AND kind IN ('revenue', 'cost')
"""
_RATINGS = """
SELECT coalesce(s.customer_id, t.customer_id) AS customer_id, s.kind, s.responded_at, s.score, s.survey_id
FROM surveys AS s LEFT JOIN tickets AS t ON t.ticket_id = s.ticket_id
WHERE s.kind IN ('csat', 'nps') AND s.score IS NOT NULL AND s.responded_at IS NOT NULL
"""
_CUSTOMERS = """
SELECT c.customer_id, c.created_at, c.churned_at AS own_end_at, o.churned_at AS company_end_at
FROM customers AS c LEFT JOIN companies AS o ON o.company_id = c.company_id
"""


def customers_became(reader: Reader, churn_after_days: int) -> pl.DataFrame:
    """Return one row per customer: when it came, and when it was lost, null where it was not.

    `churned_at` is the end as it is recorded, of the customer or its company. `lapsed_at` is when `churn_after_days`
    had first passed since a payment without another; `regular_at` is the second payment. What comes after a moment
    changes none of these that lies before it. `last_contact_at` is the latest of
    all contacts: it is for now alone.
    """
    known = _frame(reader, _CUSTOMERS)
    known = known.with_columns(churned_at=pl.min_horizontal("own_end_at", "company_end_at"))
    known = known.drop("own_end_at", "company_end_at")
    first = (
        _frame(reader, _CONTACTS)
        .group_by("customer_id")
        .agg(first_contact_at=pl.col("created_at").min(), last_contact_at=pl.col("created_at").max())
    )
    paid = _payments(reader).filter("is_revenue").sort("customer_id", "booked_at")
    until = pl.col("booked_at") + pl.duration(days=churn_after_days)
    after = pl.col("booked_at").shift(-1).over("customer_id")
    lapses = paid.with_columns(until=until, after=after)
    lapsed = pl.col("after").is_null() | (pl.col("after") > pl.col("until"))
    payers = lapses.group_by("customer_id", maintain_order=True).agg(
        regular_at=pl.col("booked_at").get(1, null_on_oob=True), lapsed_at=pl.col("until").filter(lapsed).first(),
        first_paid_at=pl.col("booked_at").first(),
    )  # fmt: skip
    found = known.join(first, on="customer_id", how="full", coalesce=True).join(payers, on="customer_id", how="left")
    return (
        found.with_columns(created_at=pl.coalesce("created_at", pl.min_horizontal("first_contact_at", "first_paid_at")))
        .filter(pl.col("created_at").is_not_null())
        .drop("first_paid_at")
        .sort("created_at", "customer_id")
    )


def customers_now(reader: Reader, customer_ids: list[str]) -> pl.DataFrame:
    """Return customers as they are now, for people to read: name, company, plan, tier; in the order of the ids."""
    asked = pl.DataFrame({"customer_id": customer_ids}, schema={"customer_id": pl.String})
    rows = _frame(reader, "SELECT customer_id, name, company, plan, tier FROM customers")
    said = _frame(reader, "SELECT customer_id, customer, created_at FROM tickets WHERE customer IS NOT NULL")
    said = said.join(asked, on="customer_id", how="semi").sort("created_at")
    written = said.group_by("customer_id").agg(customer=pl.col("customer").last())
    found = asked.join(rows, on="customer_id", how="left", maintain_order="left")
    found = found.join(written, on="customer_id", how="left", maintain_order="left")
    return found.with_columns(customer=pl.coalesce("customer", "name")).drop("name")


def customers_known(reader: Reader, moments: pl.DataFrame, currency: str = "") -> pl.DataFrame:
    """Return one row per row of `moments` (as `MOMENTS`), in order, with what was known of the customer then.

    What happened at or after `known_at` does not count. Days are days before it; counts and money are those of the
    days in their name; what could not be known is null. Money is in `currency`
    as `metrics.currencies` says, what cannot be told in it left out. Raises InputError where `moments` lacks a column.
    """
    if missing := [name for name in MOMENTS if name not in moments.columns]:
        raise InputError(f"Moments lack the column {missing[0]}.", hint="Give customer_id and known_at for each row.")
    asked = moments.select(pl.col(name).cast(kind) for name, kind in MOMENTS.items()).with_row_index("row")
    contacts = _before(asked, _frame(reader, _CONTACTS), "created_at")
    found = asked
    for part in (
        _contacts(contacts), _talk(reader, contacts),
        _ratings(_before(asked, _frame(reader, _RATINGS), "responded_at")),
        _money(_before(asked, _in_own(reader, _payments(reader), currency), "booked_at")),
    ):  # fmt: skip
        found = found.join(part, on="row", how="left", maintain_order="left")
    counts = ("tickets_30", "tickets_90", "tickets_before", "open_tickets", "escalated_90", "reopened_90",
              "low_ratings_180")  # fmt: skip
    return found.with_columns(pl.col(counts).fill_null(0)).drop("row")


def _contacts(contacts: pl.DataFrame) -> pl.DataFrame:
    ago = pl.col("days_ago")
    return contacts.group_by("row").agg(
        tickets_30=(ago <= MONTH_DAYS).sum(), tickets_90=(ago <= RECENT_DAYS).sum(),
        tickets_before=(ago > RECENT_DAYS).sum(), last_contact_days=ago.min(), first_contact_days=ago.max(),
    )  # fmt: skip


def _talk(reader: Reader, contacts: pl.DataFrame) -> pl.DataFrame:
    """Return how the latest tickets went, as far as it was known at each moment."""
    recent = contacts.filter(pl.col("days_ago") <= RECENT_DAYS).sort("row", "days_ago", "ticket_id")
    recent = recent.filter(pl.int_range(pl.len()).over("row") < MOST_TICKETS)
    known = as_known(reader, recent.select("ticket_id", "known_at").unique(maintain_order=True))
    told = recent.select("row", "ticket_id", "known_at").join(known, on=["ticket_id", "known_at"])
    is_open = ~pl.col("status").is_in(_SOLVED).fill_null(False)
    said = pl.coalesce("sentiment_last", "sentiment")
    return told.group_by("row").agg(
        open_tickets=is_open.sum(), longest_open_seconds=pl.col("age_seconds").filter(is_open).max(),
        waiting_seconds=pl.col("waiting_seconds").filter(is_open).max(),
        slowest_reply_seconds=pl.col("first_reply_seconds").max(),
        longest_wait_seconds=pl.col("requester_wait_seconds").max(),
        sentiment_90=said.mean(), worst_sentiment_90=said.min(), negative_90=(said < NEGATIVE).mean(),
        escalated_90=pl.col("is_escalated").fill_null(False).sum(), reopened_90=pl.col("reopen_count").sum(),
        handoffs_90=pl.col("handoff_count").mean(),
    )  # fmt: skip


def _ratings(ratings: pl.DataFrame) -> pl.DataFrame:
    late = ratings.filter(pl.col("days_ago") <= RATED_DAYS).sort("row", "responded_at", "survey_id")
    is_csat, score = pl.col("kind") == "csat", pl.col("score")
    return late.group_by("row").agg(
        rating_180=score.filter(is_csat).mean(), low_ratings_180=(is_csat & (score < LOW_SCORE)).sum(),
        recommends_180=score.filter(~is_csat).last(),
    )  # fmt: skip


def _money(payments: pl.DataFrame) -> pl.DataFrame:
    ago, amount, is_revenue = pl.col("days_ago"), pl.col("amount"), pl.col("is_revenue")
    is_late = ago <= RECENT_DAYS
    return payments.group_by("row").agg(
        revenue_90=amount.filter(is_revenue & is_late).sum(),
        revenue_before_90=amount.filter(is_revenue & ~is_late & (ago <= 2 * RECENT_DAYS)).sum(),
        refunds_90=amount.filter(~is_revenue & is_late).sum(), payments=is_revenue.sum(),
        last_paid_days=ago.filter(is_revenue).min(),
        revenue_365=amount.filter(is_revenue & (ago <= YEAR_DAYS)).sum(),
    )  # fmt: skip


def _payments(reader: Reader) -> pl.DataFrame:
    """Return revenue of customers and what was paid back to them."""
    found = _frame(reader, _PAYMENTS).with_columns(is_revenue=pl.col("kind") == "revenue")
    return found.filter(pl.col("is_revenue") | pl.col("reason").is_in(REFUNDS)).drop("kind", "reason")


def _in_own(reader: Reader, payments: pl.DataFrame, currency: str) -> pl.DataFrame:
    return amounts_in_own(reader, payments, currency).drop("currency")


def _before(asked: pl.DataFrame, rows: pl.DataFrame, time: str) -> pl.DataFrame:
    """Return the rows that had happened by each moment, with how many days before it."""
    found = asked.join(rows, on="customer_id", how="inner").filter(pl.col(time) < pl.col("known_at"))
    return found.with_columns(days_ago=(pl.col("known_at") - pl.col(time)).dt.total_microseconds() / 86_400e6)


def _frame(reader: Reader, sql: str) -> pl.DataFrame:
    found = pl.from_arrow(reader.arrow(sql, {}))
    assert isinstance(found, pl.DataFrame)  # noqa: S101  narrows the type
    times = [name for name in found.columns if name.endswith("_at")]
    return found.with_columns(pl.col(times).cast(pl.Datetime("us", "UTC")))
