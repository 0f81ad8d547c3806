"""What is predicted of people: customers who may leave, and what the next month of agents is likely to be."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from deskpulse.core.errors import ConflictError, InputError
from deskpulse.insights.predictions.agents import agents_at_work, seen_of
from deskpulse.insights.predictions.answers import answers
from deskpulse.insights.predictions.customers import features, lost
from deskpulse.insights.predictions.opened import HINT, Active, Opened, limit_of
from deskpulse.metrics.cache import Cache
from deskpulse.metrics.plan import refuse_unseen

Json = dict[str, Any]
CHURN = "customer_churn"
ORDERS = ("risk", "money")
_TOLD = ("tickets_30", "tickets_90", "open_tickets", "last_contact_days", "sentiment_90", "rating_180", "escalated_90",
         "revenue_365")  # fmt: skip
_KEPT: Cache[tuple[pl.DataFrame, int, list[Json]]] = Cache(4)
"""Customers as they are known now, for as long as nothing comes: pages and recommendations ask again and again."""
FAIR = (
    "Expected from each one's own months and their team's: what is likely, not what somebody is worth. Kinds of tickets"
    " are not taken into account here; scorecards compare on the same kinds.",
)


def told_customers(opened: Opened, given: Json) -> Json:
    """Return customers by how probable it is that they leave, or by the yearly revenue that is at stake."""
    refuse_unseen(opened.principal, "customer")
    opened.refuse_some()
    by = str(given.get("by") or "risk")
    if by not in ORDERS:
        raise InputError(f"Customers are not ranked by {by[:50]!r}.", hint="Write by=risk or by=money.")
    limit = limit_of(given.get("limit"), opened.settings.page_max_rows)
    one = next((a for a in opened.active("customer") if a.prediction.name == CHURN), None)
    if one is None:
        for simple in opened.simple("customer"):
            rate = simple.version.features["plain"]["rate"]
            raise ConflictError(
                f"No model tells which customers leave better than the base rate: {rate:.2%} within"
                f" {simple.prediction.horizon_days:.0f} days.", hint="Learn anew when more has happened."
            )  # fmt: skip
        raise ConflictError("It is not predicted yet which customers leave.", hint=HINT)
    now = opened.now()
    assert now is not None  # noqa: S101  it was learned from data
    key = (opened.settings.data_dir, opened.principal.workspace, opened.host.numbers(opened.principal).version,
           one.version.version, now, opened.settings.predict_max_customers)  # fmt: skip
    kept = _KEPT.get(key)
    if kept is None:
        known, total = _customers_now(opened, now)
        kept = known, total, answers(one, known, with_reasons=False)
        _KEPT.put(key, kept)
    known, total, told = kept
    rows = [
        {**{name: row[name] for name in ("customer_id", *_TOLD)}, "prediction": answer,
         "at_stake": round(answer["value"] * row["revenue_365"], 2) if row["revenue_365"] else None}
        for row, answer in zip(known.iter_rows(named=True), told, strict=True)
    ]  # fmt: skip
    rows.sort(key=lambda row: (-(row["prediction"]["value"] if by == "risk" else row["at_stake"] or 0.0),
                               row["customer_id"]))  # fmt: skip
    shown = _named(opened, one, known, rows[:limit])
    most = opened.settings.predict_max_customers
    notes = [f"Only the {most:,} of {total:,} customers who wrote last were looked at (predict_max_customers)."]
    return {
        "by": by, "as_of": now.isoformat(), "total": total, "asked": len(rows), "rows": shown,
        "basis": one.version.features["plain"]["basis"], "horizon_days": one.prediction.horizon_days,
        "expected": round(sum(row["prediction"]["value"] for row in rows), 2),
        "at_stake": round(sum(row["at_stake"] or 0.0 for row in rows), 2), "notes": notes if total > most else [],
    }  # fmt: skip


def _customers_now(opened: Opened, now: datetime) -> tuple[pl.DataFrame, int]:
    """Return customers who are there, the latest contacts first, as they are known now; and how many there are."""
    became = opened.past.customers_became()
    there, _ = lost(became.filter(pl.col("created_at") < now))
    there = there.filter(pl.col("lost_at").is_null() | (pl.col("lost_at") > now))
    ranked = there.sort("last_contact_at", "customer_id", descending=[True, False], nulls_last=True)
    asked = ranked.head(opened.settings.predict_max_customers).select("customer_id")
    known = opened.past.customers_known(asked.with_columns(known_at=pl.lit(now)))
    seen = features(known, became).with_columns(known["revenue_365"].cast(pl.Float64))
    return seen, there.height


def _named(opened: Opened, one: Active, known: pl.DataFrame, rows: list[Json]) -> list[Json]:
    """Return rows with who they are about, and the reasons of each."""
    ids = [row["customer_id"] for row in rows]
    who = {row["customer_id"]: row for row in opened.past.customers_now(ids).iter_rows(named=True)}
    listed = pl.DataFrame({"customer_id": ids}, schema={"customer_id": pl.String})
    frame = listed.join(known, on="customer_id", how="left", maintain_order="left")
    told = answers(one, frame, with_reasons=True) if rows else []
    return [{**who[row["customer_id"]], **row, "prediction": answer} for row, answer in zip(rows, told, strict=True)]


def told_agents(opened: Opened, given: Json) -> Json:
    """Return what is expected of agents in the next 30 days, by name: nobody is ranked."""
    refuse_unseen(opened.principal, "agent")
    opened.refuse_some()
    limit = limit_of(given.get("limit") or 500, opened.settings.page_max_rows)
    active = opened.active("agent")
    if not active:
        raise ConflictError("Nothing is expected of agents yet.", hint=HINT)
    now = opened.now()
    assert now is not None  # noqa: S101  it was learned from data
    work = opened.past.agent_work()
    told: dict[str, Json] = {}
    for one in active:
        asked = agents_at_work(work, one.prediction, now)
        if given.get("agent"):
            asked = asked.filter(pl.col("agent") == str(given["agent"]))
        if asked.is_empty():
            continue
        frame = seen_of(work, asked.select("agent", "known_at"), one.prediction)
        for row, answer in zip(frame.iter_rows(named=True), answers(one, frame, with_reasons=True), strict=True):
            found = told.setdefault(row["agent"], {"agent": row["agent"], "team": row["team"], "predictions": []})
            found["predictions"].append(answer)
    rows = [told[name] for name in sorted(told)]
    return {"as_of": now.isoformat(), "asked": len(rows), "rows": rows[:limit], "notes": list(FAIR)}
