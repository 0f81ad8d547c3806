"""Workspaces that the pages are tested on: sample tickets, none, and one ticket of hostile texts."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from deskpulse.core.settings import Settings
from deskpulse.desk import Desk
from deskpulse.ops.sample_workspace import fill
from deskpulse.warehouse.engine import Transaction

END = datetime(2026, 7, 1, 10, tzinfo=UTC)
HOSTILE = "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>{{ 7 * 7 }}"


def open_desk(folder: Path, tickets: int) -> Desk:
    """Return a desk with the workspaces "default" (`tickets` sample tickets), "hostile", "empty" and "live"."""
    desk = Desk(Settings(_env_file=None, data_dir=folder, timezone="Europe/Berlin", workers=1, forecast_slow_points=1))
    principal = desk.principal()
    if tickets and not desk.data_span(principal)["tickets"]:
        fill(desk.warehouse(principal), tickets, end=END, say=lambda _: None)
    if len(desk.workspaces()) == 1:
        desk.create_workspace("empty", "New team")
        desk.create_workspace("live", "Growing team")
        fill(desk.warehouse(desk.principal("live")), 60, end=END, say=lambda _: None)
        desk.create_workspace("hostile", HOSTILE)
        desk.warehouse(desk.principal("hostile")).write(_append_hostile)
    return desk


def _append_hostile(transaction: Transaction) -> None:
    moment = datetime(2026, 6, 30, 9, 30, tzinfo=UTC)
    words = ("subject", "description", "channel", "category", "team", "agent", "customer", "priority", "status")
    ticket: dict[str, object] = dict.fromkeys(words, HOSTILE)
    ticket |= {"ticket_id": "h-1", "created_at": moment, "updated_at": moment, "tags": [HOSTILE]}
    transaction.append("tickets", pa.Table.from_pylist([ticket]))
    message = {"message_id": "m-1", "ticket_id": "h-1", "sent_at": moment, "author_kind": "customer",
               "author": HOSTILE, "is_public": True, "body": HOSTILE}  # fmt: skip
    transaction.append("messages", pa.Table.from_pylist([message]))
    event = {"event_id": "e-1", "ticket_id": "h-1", "happened_at": moment, "field": "status", "old_value": HOSTILE,
             "new_value": HOSTILE, "actor": HOSTILE, "actor_kind": "agent"}  # fmt: skip
    transaction.append("ticket_events", pa.Table.from_pylist([event]))
