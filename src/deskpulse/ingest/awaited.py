"""Imports that bring tickets with their histories: histories come first, so that each ticket is computed once.

What is known of a ticket follows from its whole history. What a history says of tickets that have no row yet is held
until the run has read its tickets; the tickets that never come get their rows then, however the run ends.
"""

from __future__ import annotations

import base64
import io
import threading
from collections import Counter
from collections.abc import Sequence
from functools import partial

import polars as pl

from deskpulse.core.errors import NotFoundError
from deskpulse.core.events import bus
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.plan import PlannedPart
from deskpulse.ingest.write import HISTORY_TABLES, Batch, Written, write_batch
from deskpulse.warehouse import Transaction
from deskpulse.warehouse.schema import TICKETS

_CURSOR = "/awaited/"


def tickets_last(parts: Sequence[PlannedPart]) -> list[PlannedPart]:
    """Return the parts as they are to be read: as they came, but tickets behind everything else."""
    return sorted(parts, key=lambda part: part.table == TICKETS.name)


def awaits_tickets(parts: Sequence[PlannedPart], index: int) -> bool:
    """Whether a part's rows belong to tickets that a later part may bring."""
    return parts[index].table in HISTORY_TABLES and any(part.table == TICKETS.name for part in parts[index + 1 :])


def hold(transaction: Transaction, run_id: str, name: str, stubs: pl.DataFrame) -> None:
    """Keep what the chunk `name` of the run said of tickets without a row, in the transaction that writes it."""
    written = io.BytesIO()
    stubs.write_ipc(written, compression="zstd")
    transaction.set_cursor(f"{run_id}{_CURSOR}{name}", base64.b64encode(written.getvalue()).decode())


def bring_in(context: ImportContext, run_id: str, stop: threading.Event | None = None) -> Counter[str]:
    """Write what the run holds, so that all tickets whose histories it wrote have a row; return rows added by table.

    With `stop` it ends after the batch at hand; `bring_in_left` does the others.
    """
    added: Counter[str] = Counter()
    for name in _held(context, run_id + _CURSOR):
        if stop and stop.is_set():
            break
        done = context.warehouse.write(partial(_bring_in, context, run_id, name))
        added.update(done.written)
        if done.tickets:
            bus.announce("tickets.changed", context.workspace, run_id=run_id, tickets=done.tickets, tables=done.written)
    return added


def bring_in_left(context: ImportContext) -> Counter[str]:
    """Do so for the runs that ended without it, because their process did; return rows added by table."""
    runs = sorted({name.partition(_CURSOR)[0] for name in _held(context, "")})
    return sum((bring_in(context, run_id) for run_id in runs if not _is_running(context, run_id)), Counter())


def _held(context: ImportContext, beginning: str) -> list[str]:
    """Return the names of the cursors that hold something, oldest first."""
    sql = (
        "SELECT name FROM cursors WHERE starts_with(name, $beginning) AND contains(name, $ours)"
        " ORDER BY updated_at, name"
    )
    with context.warehouse.reader() as reader:
        return [name for (name,) in reader.rows(sql, {"beginning": beginning, "ours": _CURSOR})]


def _is_running(context: ImportContext, run_id: str) -> bool:
    try:
        return context.control.runs.get(context.workspace, run_id).status == "running"
    except NotFoundError:  # the control database is another than the one it was written beside
        return False


def _bring_in(context: ImportContext, run_id: str, name: str, transaction: Transaction) -> Written:
    found = transaction.one("SELECT position FROM cursors WHERE name = $name", {"name": name})
    if found is None:
        return Written()
    stubs = pl.read_ipc(base64.b64decode(found[0]))
    done = write_batch(transaction, Batch(tables={}, stubs={TICKETS.name: stubs}), run_id=run_id, rules=context.rules)
    transaction.execute("DELETE FROM cursors WHERE name = $name", {"name": name})
    return done
