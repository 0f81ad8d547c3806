"""A merged ticket is not counted beside the one that stands for it; what customers did on it still is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.metrics.world import OWNER, at, by_hand, engine_of, random_world

from deskpulse.core.settings import Settings
from deskpulse.metrics.facts import FACTS
from deskpulse.metrics.lookup import METRICS
from deskpulse.metrics.model import MetricQuery

START, END = at("2026-01-01"), at("2026-06-01")
OF_TICKETS = [m.name for m in METRICS.values() if not m.parts and (m.fact.table == "tickets" or m.fact.is_course)]
COURSE = {fact.table for fact in FACTS.values() if fact.is_course}


def totals(settings: Settings, names: list[str], world: dict[str, Any]) -> dict[str, tuple[float | None, int]]:
    warehouse, engine = engine_of(settings, **world)
    found = engine.query(OWNER, MetricQuery(metrics=tuple(names), start=START, end=END)).totals
    warehouse.close()
    return {name: (found[name].value, found[name].n) for name in names}


def unmerged(world: dict[str, Any]) -> dict[str, Any]:
    return world | {"tickets": [row | {"is_merged": None} for row in world["tickets"]]}


def test_every_metric_of_tickets_is_as_if_merged_ones_were_not_there(settings: Settings) -> None:
    roomy = settings.model_copy(update={"query_max_metrics": 10_000})
    world = unmerged(random_world(7, 120))
    merged = {row["ticket_id"] for row in world["tickets"][::3]}
    marked = [row | {"is_merged": row["ticket_id"] in merged} for row in world["tickets"]]
    without = {
        name: [row for row in rows if row["ticket_id"] not in merged] if name in COURSE | {"tickets"} else rows
        for name, rows in world.items()
    }
    told, wanted = totals(roomy, OF_TICKETS, world | {"tickets": marked}), totals(roomy, OF_TICKETS, without)
    assert {name: n for name, (_, n) in told.items()} == {name: n for name, (_, n) in wanted.items()}
    for name in OF_TICKETS:
        assert told[name][0] == pytest.approx(wanted[name][0]), name
    plain = totals(roomy, ["tickets_created"], world)
    assert plain["tickets_created"][1] > told["tickets_created"][1] > 0


def test_messages_on_a_merged_ticket_count(settings: Settings) -> None:
    world = unmerged(random_world(3, 30))
    marked = [row | {"is_merged": True} for row in world["tickets"]]
    names = ["messages_received", "tickets_created"]
    told = totals(settings, names, world | {"tickets": marked})
    assert told["messages_received"] == totals(settings, names, world)["messages_received"]
    assert told["tickets_created"][1] == 0


def test_a_follow_up_and_a_soon_next_ticket_are_repeats(settings: Settings) -> None:
    days = settings.contact_again_days

    def ticket(name: str, after: float, customer: str | None = "ann", **more: Any) -> dict[str, Any]:
        return {"ticket_id": name, "created_at": START + timedelta(days=after), "customer_id": customer, **more}

    rows = [
        ticket("first", 1), ticket("soon", 1 + days), ticket("late", 3 + 2 * days, is_follow_up=False),
        ticket("linked", 9 + 4 * days, is_follow_up=True), ticket("spam", 60, "bob", is_spam=True),
        ticket("alone", 61, "bob"), ticket("nobody", 61, None), ticket("unknown", 61, None, is_follow_up=True),
    ]  # fmt: skip
    warehouse, engine = engine_of(settings, tickets=rows)
    query = MetricQuery(metrics=("repeat_contact_rate",), start=START, end=END)
    value = engine.query(OWNER, query).totals["repeat_contact_rate"]
    assert (value.value, value.n) == (pytest.approx(3 / 6), 6)
    assert by_hand(warehouse, METRICS["repeat_contact_rate"], START, END) == (pytest.approx(3 / 6), 6)
    warehouse.close()
