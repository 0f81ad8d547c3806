"""What is pushed: durable in the journal when acknowledged, then in the warehouse exactly once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from deskpulse.control.journal import Entry
from deskpulse.core.clock import now
from deskpulse.core.errors import (
    BusyError,
    ConflictError,
    InputError,
    LimitError,
    NotFoundError,
    StorageError,
    WorkerError,
)
from deskpulse.core.ids import slug
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.frames import readable
from deskpulse.ingest.pushed import PushedBatch, gather, set_aside
from deskpulse.ingest.run import announce_change
from deskpulse.ingest.shapes import shapes
from deskpulse.ingest.write import Written, write_batch
from deskpulse.warehouse import Transaction
from deskpulse.warehouse.schema import ENTITIES

log = logging.getLogger(__name__)

CURSOR = "journal"
"""The warehouse cursor that says up to which entry the journal is written."""
_PASSING = (StorageError, BusyError, LimitError, WorkerError)
"""What may be over on the next try, and is not the fault of what was pushed."""


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """The acknowledgement of a push: its rows are on disk. `is_repeat`: they were before, under this key."""

    entry_id: int
    rows: int
    is_repeat: bool

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-able form."""
        return {"entry_id": self.entry_id, "rows": self.rows, "is_repeat": self.is_repeat}


def push(
    context: ImportContext,
    source: str,
    shape: str,
    rows: Sequence[dict[str, Any]],
    *,
    idempotency_key: str | None = None,
) -> Receipt:
    """Take rows into the journal; they are committed when this returns.

    `shape` is a shape or a table; a second push of `source` with the same `idempotency_key` adds nothing. InputError:
    no rows, or rows that are no objects. LimitError: more than push_max_rows or push_max_bytes.
    """
    if shape not in shapes() and shape not in ENTITIES:
        raise InputError(f"There is no shape named {shape!r}.", hint=f"Known: {', '.join(sorted(shapes()))}.")
    most = context.settings.push_max_rows
    if len(rows) > most:
        raise LimitError(f"A push of {len(rows):,} rows is more than {most:,}.", setting="push_max_rows")
    if not rows or not all(isinstance(row, dict) and row for row in rows):
        raise InputError("A push holds one or more rows, each an object with fields.", hint='Send {"rows": [{…}]}.')
    try:
        content = orjson.dumps([readable(row) for row in rows])
    except TypeError as error:
        raise InputError(
            f"The rows cannot be kept: {error}.", hint="Send text as UTF-8, numbers of 64 bits."
        ) from error
    entry = context.control.journal.append(
        context.workspace, slug(source), shape, content, idempotency_key=idempotency_key
    )
    return Receipt(entry_id=entry.entry_id, rows=len(rows), is_repeat=entry.is_repeat)


def drain(context: ImportContext) -> int:
    """Write all that waits in the journal; return how many entries that were.

    Rows and how far the journal is written go into one transaction: whatever stops this, no row is lost or doubled.
    A row that cannot be taken is set aside with the reason and holds up nothing.
    """
    done = 0
    while entries := context.control.journal.batch(context.workspace, offset(context), context.settings.journal_batch):
        _write(context, entries)
        context.control.journal.prune(context.workspace, entries[-1].entry_id)
        done += len(entries)
    return done


def offset(context: ImportContext) -> int:
    """Return the last entry that the warehouse has."""
    return int(context.warehouse.cursor(CURSOR) or 0)


def _write(context: ImportContext, entries: Sequence[Entry]) -> None:
    """Write entries in one transaction; when one of them makes that impossible, each in its own, and it set aside."""
    try:
        _commit(context, entries, gather(context, entries, _run_of))
    except _PASSING:
        raise
    except Exception as error:
        if len(entries) > 1:
            for entry in entries:
                _write(context, [entry])
            return
        (entry,) = entries
        log.exception("push %s of %s cannot be written", entry.entry_id, entry.source)
        _commit(context, entries, [set_aside(entry, _run_of(context, entry.source), str(error) or repr(error))])


def _commit(context: ImportContext, entries: Sequence[Entry], batches: Sequence[PushedBatch]) -> None:
    understood = [batch.asked.answer() for batch in batches]

    def work(transaction: Transaction) -> list[tuple[str, Written]]:
        done = []
        for batch, said in zip(batches, understood, strict=True):
            batch.rows.understood = said
            done.append((batch.run_id, write_batch(transaction, batch.rows, run_id=batch.run_id, rules=context.rules)))
        transaction.set_cursor(CURSOR, str(entries[-1].entry_id))
        return done

    for run_id, written in context.warehouse.write(work):
        if written.written or written.tickets:
            announce_change(context, run_id, written)


def _run_of(context: ImportContext, source: str) -> str:
    """Return the run that what `source` pushes today belongs to, so that a day's pushes can be undone."""
    day, runs = now().date(), context.control.runs
    for number in range(1, 1_000):
        run_id = f"push_{day:%Y%m%d}_{source}" + (f"_{number}" if number > 1 else "")
        try:
            if runs.get(context.workspace, run_id).status != "undone":
                return run_id
        except NotFoundError:
            label = f"Pushed on {day.isoformat()}"
            runs.create(context.workspace, run_id, source=source, label=label, kind="push")
            runs.finish(context.workspace, run_id, "done")
            return run_id
    raise ConflictError(f"The pushes of {source} were undone too often today.", hint="Go on tomorrow.")
