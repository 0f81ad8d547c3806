"""Small warehouses for tests: rows in a few words, in memory."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

import pyarrow as pa
import pytest
from tests.metrics.random_rows import completed, rows_of
from tests.metrics.work_world import people_rows, work_rows

from deskpulse.core.principal import Principal, local_owner
from deskpulse.core.settings import Settings
from deskpulse.metrics.model import Metric
from deskpulse.metrics.parameters import parameters
from deskpulse.metrics.query import QueryEngine
from deskpulse.metrics.span import read_span
from deskpulse.warehouse.duckdb import DuckReader, DuckWarehouse
from deskpulse.warehouse.schema import TABLES

OWNER: Principal = local_owner("test")
PARAMETERS = parameters(Settings(_env_file=None))


def at(text: str) -> datetime:
    """Return the moment that an ISO text names, UTC when it says no zone."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def arrow(table: str, given: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Return `given` as rows of `table`; columns that a row lacks are null."""
    return pa.Table.from_pylist(list(given), schema=TABLES[table].arrow_schema())


def put(warehouse: DuckWarehouse, **tables: list[dict[str, Any]]) -> None:
    """Write rows, by table, in one transaction."""
    warehouse.write(lambda t: [t.upsert(name, arrow(name, rows)) for name, rows in tables.items() if rows])


def engine_of(settings: Settings, **tables: list[dict[str, Any]]) -> tuple[DuckWarehouse, QueryEngine]:
    """Return a new warehouse in memory with these rows, and an engine on it."""
    warehouse = DuckWarehouse(None, settings)
    put(warehouse, **tables)
    return warehouse, QueryEngine(warehouse, settings)


def by_hand(warehouse: DuckWarehouse, metric: Metric, start: datetime, end: datetime) -> tuple[Any, int]:
    """Return what the metric's check says of [start, end): a value (equal to its kin but for rounding) and n."""
    with warehouse.reader() as reader:
        given = {"start": start, "end": end, "as_of": _watermark(warehouse, reader), **PARAMETERS}
        row = reader.one(metric.check_sql, {k: v for k, v in given.items() if f"${k}" in metric.check_sql})
    assert row is not None
    value, n = row
    return (None if value is None else pytest.approx(float(value), rel=1e-9, abs=1e-12)), int(n)


_watermarks: WeakKeyDictionary[DuckWarehouse, tuple[int, datetime | None]] = WeakKeyDictionary()


def _watermark(warehouse: DuckWarehouse, reader: DuckReader) -> datetime | None:
    """Return how far the data reaches, read once a version: it takes three times as long as a check."""
    version, found = _watermarks.get(warehouse, (None, None))
    if version != reader.version:
        found = read_span(reader).watermark
        _watermarks[warehouse] = (reader.version, found)
    return found


MANY = {"messages": 3.0, "calls": 2.0, "surveys": 1.5, "reviews": 0.5, "ticket_stays": 1.5, "reply_waits": 1.5,
        "sla_targets": 1.5, "bot_turns": 1.0, "money": 0.6,
        "forecast_points": 1.0}  # fmt: skip
"""Rows for each ticket of a random world."""


def random_world(seed: int, tickets: int) -> dict[str, list[dict[str, Any]]]:
    """Return a world in which every column that a metric reads varies, nulls and mistakes included."""
    world = _tickets_and_surveys(seed, tickets)
    rng = random.Random(seed + 1)
    names = [ticket["ticket_id"] for ticket in world["tickets"]]
    world["tickets"] = [completed(rng, "tickets", ticket, []) for ticket in world["tickets"]]
    for table, each in MANY.items():
        world[table] = [*world.get(table, []), *rows_of(rng, table, round(tickets * each), names)]
    known = {customer["customer_id"] for customer in world["customers"]}
    world["customers"] += [completed(rng, "customers", {"customer_id": f"c{i}"}, []) for i in range(1, 7)
                           if f"c{i}" not in known]  # fmt: skip
    world["exchange_rates"] = exchange_rates()
    world["companies"] = [completed(rng, "companies", {"company_id": f"o{i}"}, []) for i in (1, 2)]
    return world


def exchange_rates() -> list[dict[str, Any]]:
    """Return rates of dollars, one of them corrected by another source, and one of yen that is none."""
    told = [("USD", 1, 0.9, 1), ("USD", 2, 0.8, 1), ("USD", 2, 0.75, 2), ("JPY", 1, 0.0, 1)]
    return [
        {"rate_id": f"{source}:{currency}:{month}", "currency": currency, "valid_on": date(2026, month, 7),
         "rate": rate, "ingested_at": at(f"2026-01-0{source}")}
        for currency, month, rate, source in told
    ]  # fmt: skip


def _tickets_and_surveys(seed: int, tickets: int) -> dict[str, list[dict[str, Any]]]:
    rng = random.Random(seed)
    begin = at("2026-01-01")
    world: dict[str, list[dict[str, Any]]] = {"tickets": [], "surveys": [], "ticket_gaps": []}
    for i in range(tickets):
        world["tickets"].append(ticket := _ticket(rng, begin, f"t{i}"))
        if rng.random() < 0.6:
            world["surveys"].append(_survey(rng, ticket, f"s{i}"))
        if ticket["solved_at"] and (ticket["reopen_count"] or 0) > 0:
            low, high = sorted((ticket["first_solved_at"], ticket["solved_at"]))
            if high > low:
                until = low + (high - low) * rng.random()
                world["ticket_gaps"].append(
                    {"gap_id": f"g{i}", "ticket_id": f"t{i}", "gap_from_at": low, "gap_until_at": until}
                )
    people = people_rows(rng, begin, tickets // 4)
    return world | work_rows(rng, begin, max(3, tickets // 8)) | people


def _ticket(rng: random.Random, begin: datetime, name: str) -> dict[str, Any]:
    # Half of the moments lie on whole hours, so that borders of periods are hit.
    def later(after: datetime, most_hours: float) -> datetime:
        hours = rng.uniform(0, most_hours)
        return after + timedelta(hours=round(hours) if rng.random() < 0.5 else hours)

    created = later(begin, 24 * 70)
    replied = later(created, 30) if rng.random() < 0.8 else None
    first_solved = later(created, 24 * 9) if rng.random() < 0.75 else None
    reopens = rng.choice([None, 0, 0, 0, 1, 2]) if first_solved else rng.choice([None, 0])
    solved = first_solved
    if first_solved and reopens:
        solved = later(first_solved, 24 * 6) if rng.random() < 0.7 else None
    has_problem = rng.random() < 0.08
    if has_problem and solved:
        solved = created - timedelta(hours=rng.randint(1, 90))
    return {
        "ticket_id": name,
        "subject": rng.choice(["Refund?", "50% off_ever", "Login; DROP", "It's broken", None]),
        "description": rng.choice(["cannot log in", "100% wrong", "a_b", "", None]),
        "channel": rng.choice(["email", "chat", "phone", None]),
        "priority": rng.choice(["low", "normal", "high", "urgent", None]),
        "status": rng.choice(["open", "pending", "solved", "odd status"]),
        "team": rng.choice(["Tier 1", "Tier 2", "other", None]),
        "agent": rng.choice(["Ann", "Bo", "O'Neil", None]),
        "customer": rng.choice(["c1@example.com", "c2@example.com", None]),
        "tags": rng.choice([["vip", "refund"], ["vip"], ["refund", "refund"], ["late", "vip", "refund"], [], None]),
        "created_at": created,
        "first_replied_at": replied,
        "first_solved_at": first_solved,
        "solved_at": solved,
        "reopened_at": first_solved if reopens else None,
        "first_reply_seconds": _seconds(created, replied) if rng.random() < 0.95 else None,
        "first_resolution_seconds": _seconds(created, first_solved),
        "full_resolution_seconds": _seconds(created, solved) if rng.random() < 0.95 else None,
        "updated_at": later(created, 24 * 10),
        "closed_at": later(solved, 90) if solved and rng.random() < 0.6 else None,
        "customer_message_count": rng.choice([None, 0, 1, 4]),
        "note_count": rng.choice([None, 0, 2]),
        "handoff_count": rng.choice([None, 0, 1, 2]),
        "is_escalated": rng.choice([None, True, False]),
        "subjectivity": rng.choice([None, 0.1, 0.9]),
        "message_count": rng.choice([None, 0, 1, 2, 3, 8]),
        "agent_reply_count": rng.choice([None, 0, 1, 2]),
        "reopen_count": reopens,
        "is_one_touch": rng.choice([None, True, False]),
        "is_spam": rng.choice([None, False, False, False, True]),
        "time_problem": "solved before created" if has_problem else None,
        "sentiment": rng.choice([None, -1.0, -0.4, 0.0, 0.3, 0.9]),
        "customer_id": rng.choice([f"c{rng.randrange(100)}", None]),
        "handle_seconds": rng.choice([None, 60.0, 300.0, 1500.0]),
        "is_bot_resolved": rng.choice([None, True, False, False]),
        "language": rng.choice(["en", "de", None]),
        # Drawn by the id, so that other columns stay as they were drawn.
        "escalation": random.Random(name).choice([["legal"], ["manager", "cancel"], [], [], None]),
        "emotion_intensity": random.Random(name).choice([None, 0.0, 0.4, 0.9]),
    }


def _survey(rng: random.Random, ticket: Mapping[str, Any], name: str) -> dict[str, Any]:
    scale = rng.choice([5.0, 5.0, None, 10.0, 7.0, 1.0])
    top = int(scale or 5)
    offered = (ticket["solved_at"] or ticket["created_at"]) + timedelta(hours=1)
    return {
        "survey_id": name,
        "ticket_id": rng.choice([ticket["ticket_id"]] * 9 + [None]),
        "kind": rng.choice(["csat", "csat", "csat", "csat", "nps", "ces", None]),
        "offered_at": offered,
        "responded_at": offered + timedelta(hours=rng.randint(0, 72)) if rng.random() < 0.85 else None,
        "score": rng.choice([None, float(rng.randint(0, top)), top * 0.7, float(top * 4 // 5)]),
        "scale_max": scale,
        "channel": ticket["channel"],
        "team": rng.choice(["Tier 1", "Tier 2", None]),
        "agent": ticket["agent"],
    }


def _seconds(begin: datetime, end: datetime | None) -> float | None:
    return None if end is None else (end - begin).total_seconds()
