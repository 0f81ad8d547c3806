"""Money of several currencies is never added together: the workspace's rates convert it, or it is left out and told."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from tests.metrics.world import OWNER, at, engine_of, put

from deskpulse.core.settings import Settings
from deskpulse.metrics.currencies import amounts_in_own
from deskpulse.metrics.model import MetricQuery, QueryResult
from deskpulse.metrics.query import QueryEngine

ENTRIES = [("1", "revenue", 100.0, "EUR"), ("2", "revenue", 10_000.0, "JPY"), ("3", "revenue", 7.0, None),
           ("4", "cost", 50.0, "USD"), ("5", "cost", 1.0, "EUR")]  # fmt: skip
MONEY = [{"entry_id": i, "kind": kind, "amount": amount, "currency": currency, "team": "A",
          "booked_at": at("2026-01-31T23:30")} for i, kind, amount, currency in ENTRIES]  # fmt: skip


def rate(currency: str, day: date, value: float) -> dict[str, Any]:
    return {"rate_id": f"{currency}{day}", "currency": currency, "valid_on": day, "rate": value,
            "ingested_at": at("2026-01-01")}  # fmt: skip


def asked(engine: QueryEngine, *metrics: str, by: tuple[str, ...] = ()) -> QueryResult:
    return engine.query(OWNER, MetricQuery(metrics=metrics, start=at("2026-01-01"), end=at("2026-02-01"), by=by))


def values(result: QueryResult) -> dict[str, float | None]:
    return {name: value.value for name, value in result.totals.items()}


def test_an_amount_without_a_rate_is_in_no_sum_and_told(settings: Settings) -> None:
    _, engine = engine_of(settings, money=MONEY)
    found = asked(engine, "revenue", "costs", "return_on_support", "money_entries")
    assert values(found) == {"revenue": 107, "costs": 1, "return_on_support": 106, "money_entries": 5}
    said = " ".join(found.notes)
    assert "counted in EUR (most entries are in it)" in said
    assert "in no sum: 1 in JPY, 1 in USD" in said


def test_rates_of_the_month_convert(settings: Settings) -> None:
    others = [rate("USD", date(2026, 2, 1), 99.0), rate("USD", date(2025, 1, 9), 99.0)]
    _, engine = engine_of(settings, money=MONEY, exchange_rates=[rate("USD", date(2026, 1, 9), 0.9), *others])
    found = asked(engine, "costs", "cost_linked", by=("currency",))
    assert values(found) == {"costs": 46, "cost_linked": 46}
    cells = {row.by[0]: row.values["cost_linked"] for row in found.rows}
    assert (cells["USD"].value, cells["USD"].n, cells["EUR"].value) == (45, 1, 1)
    assert any("USD are converted" in note for note in found.notes)


def test_a_later_rate_of_the_same_month_counts_and_the_setting_names_the_currency(settings: Settings) -> None:
    warehouse, engine = engine_of(settings, money=MONEY, exchange_rates=[rate("USD", date(2026, 1, 9), 0.5)])
    corrected = rate("USD", date(2026, 1, 20), 0.9) | {"ingested_at": at("2026-01-02")}
    put(warehouse, exchange_rates=[corrected])
    assert values(asked(engine, "costs")) == {"costs": 46}
    dollars = QueryEngine(warehouse, settings.model_copy(update={"currency": "USD"}))
    found = asked(dollars, "costs", "revenue")
    assert values(found) == {"costs": 50, "revenue": 7}  # an entry without a currency is in the workspace's own
    assert any("counted in USD (the setting currency)" in note for note in found.notes)


@pytest.mark.parametrize("currency", ["", "USD"])
def test_what_is_known_of_customers_is_converted_alike(settings: Settings, currency: str) -> None:
    warehouse, _ = engine_of(settings, money=MONEY, exchange_rates=[rate("USD", date(2026, 1, 9), 0.9)])
    entries = pl.DataFrame(MONEY).select("entry_id", "currency", "amount", "booked_at")
    with warehouse.reader() as reader:
        found = amounts_in_own(reader, entries, currency)["amount"].to_list()
    assert found == ([100, None, 7, 45, 1] if currency == "" else [None, None, 7, 50, None])


def test_one_currency_needs_no_word(settings: Settings) -> None:
    _, engine = engine_of(settings, money=[row for row in MONEY if row["currency"] in ("EUR", None)])
    assert not [note for note in asked(engine, "revenue").notes if "counted in" in note]
