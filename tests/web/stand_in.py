"""A small application object for tests: real numbers from real warehouses, imports left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from deskpulse.core.errors import NotFoundError
from deskpulse.core.principal import Principal, local_owner
from deskpulse.core.settings import Settings
from deskpulse.metrics.model import MetricQuery, QueryResult
from deskpulse.metrics.query import QueryEngine
from deskpulse.metrics.tickets import TicketPage, TicketQuery
from deskpulse.ops.sample_workspace import fill
from deskpulse.warehouse import open_warehouse
from deskpulse.warehouse.engine import Transaction, Warehouse

END = datetime(2026, 7, 1, 10, tzinfo=UTC)
HOSTILE = "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>{{ 7 * 7 }}"


@dataclass
class StandIn:
    """The workspaces "default" (`count` sample tickets), "hostile" (one ticket of hostile texts) and "empty"."""

    settings: Settings
    count: int
    path: Path | None = None
    engines: dict[str, QueryEngine] = field(default_factory=dict)
    warehouses: dict[str, Warehouse] = field(default_factory=dict)

    def __post_init__(self) -> None:
        is_new = self.path is None or not self.path.exists()
        self._open("default", self.path)
        if is_new and self.count:
            fill(self.warehouses["default"], self.count, end=END, say=lambda _: None)
        self._open("empty", None)
        self._open("hostile", None)
        self.warehouses["hostile"].write(_append_hostile)

    def _open(self, name: str, path: Path | None) -> None:
        self.warehouses[name] = open_warehouse(path, self.settings)
        self.engines[name] = QueryEngine(self.warehouses[name], self.settings)

    def principal(self, workspace: str | None = None) -> Principal:
        if workspace is not None and workspace not in self.engines:
            raise NotFoundError(f"There is no workspace {workspace!r}.")
        return local_owner(workspace or "default")

    def workspaces(self) -> list[dict[str, Any]]:
        names = {"default": "Acme Support", "empty": "New team", "hostile": HOSTILE}
        return [{"slug": s, "name": n, "timezone": "Europe/Berlin", "kind": "normal"} for s, n in names.items()]

    def describe_workspace(self, principal: Principal) -> dict[str, Any]:
        with self.warehouses[principal.workspace].reader(timeout_seconds=20) as reader:
            row = reader.one("SELECT count(*), min(created_at), max(created_at) FROM tickets")
        assert row is not None
        first, last = (m.isoformat() if m else None for m in row[1:])
        about = next(w for w in self.workspaces() if w["slug"] == principal.workspace)
        return {**about, "tickets": row[0], "first_at": first, "last_at": last}

    def query_many(self, principal: Principal, queries: list[MetricQuery]) -> list[QueryResult]:
        return self.engines[principal.workspace].query_many(principal, queries)

    def tickets(self, principal: Principal, query: TicketQuery) -> TicketPage:
        return self.engines[principal.workspace].tickets(principal, query)

    def ticket(self, principal: Principal, ticket_id: str) -> dict[str, Any]:
        return self.engines[principal.workspace].ticket(principal, ticket_id)

    def dimension_values(self, principal: Principal, dimension: str, limit: int = 100) -> list[dict[str, Any]]:
        begin = datetime(2020, 1, 1, tzinfo=UTC)
        query = MetricQuery(metrics=("tickets_created",), start=begin, end=END, by=(dimension,))
        rows = self.engines[principal.workspace].query(principal, query).rows
        found = [{"value": row.by[0], "count": row.values["tickets_created"].value or 0} for row in rows]
        return sorted(found, key=lambda item: -item["count"])[:limit]


def _append_hostile(transaction: Transaction) -> None:
    moment = datetime(2026, 6, 30, 9, 30, tzinfo=UTC)
    words = ("subject", "description", "channel", "category", "team", "agent", "customer", "priority", "status")
    ticket: dict[str, Callable[[], Any] | Any] = dict.fromkeys(words, HOSTILE)
    ticket |= {"ticket_id": "h-1", "created_at": moment, "updated_at": moment, "tags": [HOSTILE]}
    transaction.append("tickets", pa.Table.from_pylist([ticket]))
    message = {"message_id": "m-1", "ticket_id": "h-1", "sent_at": moment, "author_kind": "customer",
               "author": HOSTILE, "is_public": True, "body": HOSTILE}  # fmt: skip
    transaction.append("messages", pa.Table.from_pylist([message]))
    event = {"event_id": "e-1", "ticket_id": "h-1", "happened_at": moment, "field": "status", "old_value": HOSTILE,
             "new_value": HOSTILE, "actor": HOSTILE, "actor_kind": "agent"}  # fmt: skip
    transaction.append("ticket_events", pa.Table.from_pylist([event]))
