"""What is pushed: durable in the journal when acknowledged, then written to the warehouse exactly once."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import polars as pl

from deskpulse.control.journal import Entry
from deskpulse.core.clock import now
from deskpulse.core.errors import DeskpulseError, InputError, LimitError
from deskpulse.core.events import Event, bus
from deskpulse.ingest.asking import ask
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.model import Mapping
from deskpulse.ingest.plan import save_mapping, saved_mapping
from deskpulse.ingest.shapes import shape_named
from deskpulse.ingest.suggest import suggest
from deskpulse.ingest.transform import Mapped, TransformState, apply
from deskpulse.ingest.transform.rows import REJECTED_SCHEMA
from deskpulse.ingest.write import Batch, write_batch
from deskpulse.sources.model import Chunk
from deskpulse.warehouse import Transaction

log = logging.getLogger(__name__)

CURSOR = "journal"
RUN = "journal"
"""The run that pushed rows are said to come from."""
IDLE_SECONDS = 5.0
MOST_WAIT_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """The acknowledgement of a push: its rows are durable."""

    entry_id: int
    rows: int
    is_repeat: bool

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-able form."""
        return {"entry_id": self.entry_id, "rows": self.rows, "is_repeat": self.is_repeat}


def push(
    context: ImportContext, source: str, shape: str, rows: list[dict[str, Any]], *, idempotency_key: str | None = None
) -> Receipt:
    """Take rows into the journal; they are committed when this returns."""
    shape_named(shape)
    most = context.settings.push_max_rows
    if len(rows) > most:
        raise LimitError(f"A push of {len(rows):,} rows is more than {most:,}.", setting="push_max_rows")
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise InputError("A push holds one or more rows, each an object.", hint='Send {"rows": [{…}]}.')
    content = orjson.dumps(rows, default=str, option=orjson.OPT_NON_STR_KEYS)
    entry = context.control.journal.append(context.workspace, source, shape, content, idempotency_key=idempotency_key)
    return Receipt(entry_id=entry.entry_id, rows=len(rows), is_repeat=entry.is_repeat)


def drain(context: ImportContext) -> int:
    """Write all that waits in the journal; return the number of entries written."""
    done = 0
    while entries := context.control.journal.batch(context.workspace, _offset(context), context.settings.journal_batch):
        _write(context, entries)
        context.control.journal.prune(context.workspace, entries[-1].entry_id)
        done += len(entries)
        bus.announce("tickets.changed", context.workspace, run_id=RUN)
    return done


def _offset(context: ImportContext) -> int:
    return int(context.warehouse.cursor(CURSOR) or 0)


def _write(context: ImportContext, entries: tuple[Entry, ...]) -> None:
    """Write a batch of entries and how far they reach in one transaction."""
    batches = []
    for entry in entries:
        mapped = _mapped(context, entry)
        understood = ask(context, mapped.tables).answer()
        batches.append(Batch(tables=mapped.tables, stubs=mapped.stubs, rejected=mapped.rejected, understood=understood))

    def work(transaction: Transaction) -> None:
        for batch in batches:
            write_batch(transaction, batch, run_id=RUN, cuts=context.cuts)
        transaction.set_cursor(CURSOR, str(entries[-1].entry_id))

    context.warehouse.write(work)


def _mapped(context: ImportContext, entry: Entry) -> Mapped:
    """Return an entry's rows in our words; one that cannot be mapped at all is set aside whole, with the reason."""
    part = f"push {entry.entry_id}"
    rows = orjson.loads(entry.rows or b"[]")
    try:
        frame = pl.DataFrame(_even(rows), infer_schema_length=None, strict=False)
        mapping = _mapping(context, entry, frame)
        chunk = Chunk(frame=frame, row_numbers=pl.Series(range(1, frame.height + 1), dtype=pl.Int64), position="")
        return apply(mapping, chunk, source=entry.source, part=part, run_id=RUN, settings=context.settings,
                     state=TransformState())  # fmt: skip
    except (DeskpulseError, pl.exceptions.PolarsError) as error:
        log.warning("push %s cannot be mapped: %s", entry.entry_id, error)
        return Mapped(tables={}, rejected=_set_aside(entry, rows, str(error)), rows=len(rows))


def _even(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Return rows as columns; a column of several types becomes text."""
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {}
    for name in names:
        values = [row.get(name) for row in rows]
        kinds = {type(v) for v in values if v is not None}
        columns[str(name)] = values if len(kinds) <= 1 else [_text(v) for v in values]
    return columns


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()


def _mapping(context: ImportContext, entry: Entry, frame: pl.DataFrame) -> Mapping:
    """Return the mapping saved for these columns, or a suggestion, which is then saved."""
    saved = saved_mapping(context, entry.source, frame.columns, entry.shape)
    if saved is not None:
        return saved
    zone = context.control.workspaces.get(context.workspace).timezone
    mapping = suggest(frame, part_name=entry.source, shape=entry.shape, timezone=zone)
    save_mapping(context, entry.source, frame.columns, mapping, entry.shape)
    return mapping


def _set_aside(entry: Entry, rows: list[Any], reason: str) -> pl.DataFrame:
    found = [
        {"rejected_id": f"{RUN}:{entry.entry_id}:{number}", "run_id": RUN, "source": entry.source,
         "part": f"push {entry.entry_id}", "row_number": number, "shape": entry.shape, "reason": reason,
         "column_name": None, "row_json": orjson.dumps(row).decode(), "status": "open", "rejected_at": now()}
        for number, row in enumerate(rows, 1)
    ]  # fmt: skip
    return pl.DataFrame(found, schema=REJECTED_SCHEMA)


class JournalWorker:
    """A thread that writes one workspace's journal to its warehouse: on every push, and now and then."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._wake, self._stop = threading.Event(), threading.Event()
        self._busy = threading.Lock()
        self._thread: threading.Thread | None = None
        self._forget = bus.listen("journal.appended", self._heard)
        self._problem = ""
        self._written_at: datetime | None = None

    def start(self) -> None:
        """Begin; does nothing when it runs already."""
        if self._thread is None:
            name = f"journal-{self._context.workspace}"
            self._thread = threading.Thread(target=self._work, name=name, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Finish what is under way and end."""
        self._forget()
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def drain_now(self) -> int:
        """Write what waits, in this thread; return the number of entries."""
        with self._busy:
            done = drain(self._context)
            self._written_at, self._problem = now(), ""
            return done

    def health(self) -> dict[str, Any]:
        """Return what waits, since when, when something was last written, and what is wrong."""
        waiting = self._context.control.journal.pending(self._context.workspace, _offset(self._context))
        return {
            "waiting": waiting.entries, "oldest_seconds": waiting.age_seconds, "problem": self._problem,
            "written_at": self._written_at.isoformat() if self._written_at else None,
        }  # fmt: skip

    def _heard(self, event: Event) -> None:
        if event.workspace == self._context.workspace:
            self._wake.set()

    def _work(self) -> None:
        wait = IDLE_SECONDS
        while not self._stop.is_set():
            self._wake.clear()
            try:
                self.drain_now()
                wait = IDLE_SECONDS
            except Exception as error:  # what stopped it may pass: told, and tried again later
                log.exception("the journal of %s cannot be written", self._context.workspace)
                self._problem = str(error)
                wait = min(wait * 2, MOST_WAIT_SECONDS)
            self._wake.wait(wait)
