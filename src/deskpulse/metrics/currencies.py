"""Amounts of several currencies as amounts of one: the workspace's own, by the rates of months that it gives.

Its own is the one that the setting `currency` names, else the one that most entries are in (the first by name, when
several are); an entry without a currency is in it. Without a rate for its month an amount of another one is not known
in it: no sum has a part of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from deskpulse.warehouse.engine import Reader

Tables = Callable[[str], Any]
CURRENCY = "own_currency"
"""The name that the setting is bound by."""
OWN_AMOUNT = "own_amount"
"""The column of an entry's amount in the workspace's own currency."""
OWN = (
    "coalesce(nullif($own_currency, ''), (SELECT currency FROM money WHERE currency IS NOT NULL GROUP BY currency "
    "ORDER BY count(*) DESC, currency LIMIT 1))"
)
"""SQL of the workspace's own currency."""
RATE = (
    "(SELECT arg_max(x.rate, x.ingested_at) FROM exchange_rates AS x WHERE x.currency = {0}.currency AND x.rate > 0 "
    "AND year(x.valid_on) = year({0}.booked_at) AND month(x.valid_on) = month({0}.booked_at))"
)


def check_amount(entry: str) -> str:
    """Return the SQL of an entry's amount in the workspace's own currency, for checks; null without a rate."""
    own = f"{entry}.currency IS NULL OR {entry}.currency = {OWN}"
    return f"{entry}.amount * CASE WHEN {own} THEN 1 ELSE {RATE.format(entry)} END"


def in_own_currency(rows: Any, tables: Tables) -> Any:
    """Return the entries with `own_amount` and `own_currency`."""
    import ibis

    from deskpulse.metrics.operations import Micros, MonthOfDay, bind, divide

    money, rates = tables("money"), tables("exchange_rates")
    money = money.filter(money.currency.notnull())
    listed = money.group_by(_name="currency").aggregate(_entries=money.count())
    first = listed.order_by(ibis.desc("_entries"), ibis.asc("_name")).limit(1)
    most = first.aggregate(_most=first["_name"].max())
    rows = rows.cross_join(most)
    day = divide(Micros(rows.booked_at).to_expr(), 86_400_000_000)
    rows = rows.mutate(
        own_currency=bind(CURRENCY, "string").nullif("").coalesce(rows["_most"]), _month=MonthOfDay(day).to_expr()
    )
    rates = rates.filter(rates.rate > 0)
    month = rates.valid_on.year().cast("int64") * 12 + rates.valid_on.month().cast("int64") - 1
    rates = rates.mutate(_for=month)
    # Of several sources' rates for one month the latest that came; engines differ in how they write an argmax.
    window = ibis.window(group_by=[rates.currency, rates["_for"]], order_by=[ibis.desc("ingested_at"), rates.rate_id])
    rates = rates.mutate(_place=ibis.row_number().over(window))
    known = rates.filter(rates["_place"] == 0).select("_for", _other="currency", _rate="rate")
    rows = rows.left_join(known, [rows.currency == known["_other"], rows["_month"] == known["_for"]])
    is_own = rows.currency.isnull() | (rows.currency == rows.own_currency)
    own = ibis.ifelse(is_own, rows.amount, rows.amount * rows["_rate"])
    return rows.mutate(own_amount=own).drop("_most", "_month", "_other", "_for", "_rate")


def amounts_in_own(reader: Reader, entries: pl.DataFrame, currency: str) -> pl.DataFrame:
    """Return entries (`currency, booked_at, amount` and more) with `amount` in the workspace's own; null without."""
    found = reader.one(f"SELECT {OWN}", {CURRENCY: currency})
    own = found[0] if found else None
    sql = "SELECT currency, valid_on, rate, ingested_at FROM exchange_rates WHERE rate > 0 ORDER BY ingested_at"
    rates = pl.DataFrame(
        reader.rows(sql), schema={"currency": pl.String, "valid_on": pl.Date, "rate": pl.Float64, "_at": None},
        orient="row",
    )  # fmt: skip
    month = pl.col("valid_on").dt.month_start()
    rates = rates.select("currency", "rate", _month=month).unique(["currency", "_month"], keep="last")
    entries = entries.with_columns(_month=pl.col("booked_at").dt.date().dt.month_start())
    joined = entries.join(rates, on=["currency", "_month"], how="left", maintain_order="left")
    is_own = pl.col("currency").is_null() | (pl.col("currency") == pl.lit(own, pl.String))
    return joined.with_columns(
        amount=pl.when(is_own.fill_null(True)).then("amount").otherwise(pl.col("amount") * pl.col("rate"))
    ).drop("rate", "_month")
