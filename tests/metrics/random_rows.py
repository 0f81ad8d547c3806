"""Random rows of any table: every column varies over what decides about some metric, nulls included."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from deskpulse.warehouse.schema import TABLES, Column

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
UNFILLED = {"source", "external_id", "run_id", "ingested_at", "extra", "form"}
TEXTS: dict[str, tuple[Any, ...]] = {
    "agent": ("Ann", "Bo", "O'Neil", None),
    "team": ("Tier 1", "Tier 2", "other", None),
    "channel": ("email", "chat", "social", "social", "social", None),
    "author_kind": ("customer", "customer", "agent", "agent", "bot", "bot", "system", None),
    "direction": ("inbound", "inbound", "outbound", None),
    "outcome": ("completed", "completed", "transferred", "abandoned", "abandoned", "voicemail", "callback", "missed",
                None),
    "surveys.kind": ("csat", "nps", "nps", "ces", None),
    "money.kind": ("revenue", "cost", None),
    "money.currency": ("EUR", "EUR", "EUR", "USD", "USD", "JPY", None),
    "ticket_stays.status": ("new", "open", "pending", "on_hold", "solved", "closed", "odd status", None),
    "state": ("met", "met", "breached", "breached", "active", "paused", "cancelled", None),
    "sla_state": ("met", "met", "breached", "active", "paused", "cancelled", None),
    "sentiment_label": ("negative", "neutral", "positive", None),
    "metric": ("first_reply", "next_reply", "resolution", None),
    "customer_id": ("c1", "c2", "c3", "c4", "c5", "c6", "c7", None),
    "company_id": ("o1", "o2", None),
    "conversation_id": (*(f"v{i}" for i in range(60)), None),
    "time_problem": (None, None, None, "solved before created"),
    "tier": ("gold", "silver", None),
    "chosen": ("random", "random", "own", "long", None),
}  # fmt: skip
LISTS = (["#a", "#b"], ["#a"], [], None)
NUMBERS: dict[str, tuple[Any, ...]] = {
    "expected": (0.0, 1.0, 2.5, 4.0, 7.0, None),
    "actual": (-2.0, 0.0, 1.0, 2.0, 3.0, 5.0, 6.0, None),
    "low_80": (0.0, 1.0, 2.0, None),
    "high_80": (3.0, 4.0, 5.0, None),
    "low_95": (-2.0, 0.0, 1.0, None),
    "high_95": (5.0, 6.0, None),
    "wait_seconds": (0.0, 4.0, 5.0, 5.5, 19.0, 20.0, 20.5, 21.0, *(30.0 + 37.5 * i for i in range(24)), None, None),
    "target_seconds": (-60.0, 0.0, 0.5, 60.0, 3600.0, 900.0, None),
    "score": (*map(float, range(11)), 3.5, None),
    "scale_max": (5.0, 12.0, 10.0, 10.0, 10.0, 7.0, None),
    "csat_score": (0.0, 0.5, 1.0, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0, 8.0, -1.0, None),
    "first_csat_score": (0.0, 0.5, 1.0, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0, 8.0, -1.0, None),
    "likes": (0, 1, 3, None, None),
    "shares": (0, 1, 3, None, None),
    "replies": (0, 1, 3, None, None),
    "impressions": (-2, 0, 0, 1, 5, 40, None),
    "number": (0, 1, 1, 2, 2, 3, None),
}


def later(rng: random.Random, after: datetime, most_hours: float) -> datetime:
    """Return a later moment; half of them lie on whole hours, so that borders of periods are hit."""
    hours = rng.uniform(0, most_hours)
    return after + timedelta(hours=round(hours) if rng.random() < 0.5 else hours)


def rows_of(rng: random.Random, table: str, count: int, tickets: list[str]) -> list[dict[str, Any]]:
    """Return `count` rows of `table` that belong to some of `tickets`, or (one in ten) to none."""
    return [completed(rng, table, {TABLES[table].key[0]: f"{table}{i}"}, tickets) for i in range(count)]


def completed(rng: random.Random, table: str, given: Mapping[str, Any], tickets: list[str]) -> dict[str, Any]:
    """Return `given` with every column that it lacks, but for those that no metric reads."""
    row = dict(given)
    start = later(rng, BEGIN, 24 * 70)
    for column in TABLES[table].columns:
        if column.name not in row and column.name not in UNFILLED:
            row[column.name] = _value(rng, table, column, start, tickets)
    return row


def _value(rng: random.Random, table: str, column: Column, start: datetime, tickets: list[str]) -> Any:
    name = column.name
    if name == "ticket_id":
        return rng.choice(tickets) if tickets and (table == "ticket_stays" or rng.random() < 0.9) else None
    if name in NUMBERS:
        return rng.choice(NUMBERS[name])
    if column.kind == "text":
        return rng.choice(TEXTS.get(f"{table}.{name}", TEXTS.get(name, (f"{name} a", f"{name} b", None))))
    if column.kind == "texts":
        return rng.choice(LISTS)
    if column.kind == "time":
        is_first = name == TABLES[table].time
        return (later(rng, start, 0 if is_first else 24 * 12)) if is_first or rng.random() < 0.8 else None
    if name == "is_spam":
        return rng.choice((None, False, False, False, True))
    if name == "is_merged":
        return rng.choice((None, *(False,) * 10, True))
    if column.kind == "bool":
        return rng.choice((None, True, False))
    if rng.random() < 0.12:
        return None
    return rng.randint(0, 4) if column.kind == "int" else round(rng.uniform(-1, 900), rng.choice((0, 3)))


def on_borders(
    rng: random.Random, table: str, borders: list[datetime], tickets: list[str], copies: int
) -> list[dict[str, Any]]:
    """Return rows whose times lie, one column after the other, exactly on each border."""
    found = []
    times = [c.name for c in TABLES[table].columns if c.kind == "time" and c.name not in UNFILLED]
    for border in borders:
        for name in times:
            for i in range(copies):
                key = {TABLES[table].key[0]: f"{table}-{name}-{border:%m%d%H}-{i}"}
                found.append(completed(rng, table, {**key, name: border}, tickets))
    return found
