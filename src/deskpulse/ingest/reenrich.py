"""Reads all texts anew when steps, categories or models changed: a job in chunks, with marks, between imports."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import orjson
import polars as pl

from deskpulse.control.job_worker import JobWorker
from deskpulse.control.jobs import Job
from deskpulse.core.clock import now
from deskpulse.core.events import bus
from deskpulse.core.turns import turns
from deskpulse.ingest.asking import answers_to, joined_text, read_again
from deskpulse.ingest.changes import differing
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.given import UNDERSTOOD, given_by_source
from deskpulse.ingest.relabel import relabel_tickets
from deskpulse.ingest.stored import by_values, typed
from deskpulse.ingest.understanding import TEXTS
from deskpulse.ingest.understood import KIND, State, due_steps, note_state, state_now, still_away, stored_state
from deskpulse.warehouse import Transaction
from deskpulse.warehouse.schema import ENTITIES, TICKET_BASIS, TICKETS, Table

_CURSOR = "enrich/"
_ATTEMPTS = 5
_CATEGORY = ("category", "subcategory", "category_confidence", "category_by")
_BY_PEOPLE = ("source", "person")
_LISTS = {
    "tickets": "SELECT ticket_id FROM tickets WHERE ticket_id > $after ORDER BY 1",
    "messages": "SELECT message_id FROM messages m ANTI JOIN tickets t USING (ticket_id) WHERE message_id > $after"
    " ORDER BY 1",
    "surveys": "SELECT survey_id FROM surveys s ANTI JOIN tickets t USING (ticket_id) WHERE survey_id > $after"
    " ORDER BY 1",
}
"""What is read anew: tickets with all that belongs to them, then messages and surveys of no ticket that is there."""


@dataclass(frozen=True, kw_only=True)
class _Reached:
    """How far a job is: what it brings all texts to, the part at hand, the last id of it, and what it did."""

    state: State
    steps: list[str]
    began: str = ""
    part: str = "tickets"
    after: str = ""
    texts: int = 0
    tickets: int = 0
    changed: int = 0


@dataclass(kw_only=True)
class _Read:
    """Texts that were read, and what is said of them, by table: a row of one belongs to a row of the other."""

    rows: dict[str, pl.DataFrame] = field(default_factory=dict)
    said: dict[str, pl.DataFrame] = field(default_factory=dict)


def queue_reenrichment(context: ImportContext, why: str) -> Job | None:
    """Queue the reading anew of what is due; None when nothing is. One that waits already is enough."""
    jobs, due = context.control.jobs, due_steps(context)
    if not due:
        return None
    waiting = jobs.list(context.workspace, kind=KIND, status="queued", limit=1).items
    payload = {"steps": due, "why": why}
    return waiting[0] if waiting else jobs.create(context.workspace, KIND, payload, max_attempts=_ATTEMPTS)


def look_for_changes(context: ImportContext) -> None:
    """Queue the reading anew of texts that an earlier version understood otherwise; a new warehouse begins as it is."""
    if stored_state(context.warehouse)[0] is None:
        # Rows of before this was noted may have been read by anything.
        state = {} if context.warehouse.counts()["tickets"] else state_now(context)
        context.warehouse.write(lambda transaction: note_state(transaction, state))
    if due_steps(context):
        queue_reenrichment(context, "this version reads texts otherwise")


def queue_everything(context: ImportContext, why: str) -> Job | None:
    """Queue the reading anew of all texts with all steps."""
    context.warehouse.write(lambda transaction: note_state(transaction, {}))
    return queue_reenrichment(context, why)


def reenrich_worker(context: ImportContext) -> JobWorker:
    """Return the thread that reads a workspace's texts anew."""
    return JobWorker(
        context.control.jobs, context.workspace, KIND, partial(carry_out, context),
        idle_seconds=context.settings.journal_idle_seconds,
    )  # fmt: skip


def carry_out(context: ImportContext, job: Job, stop: threading.Event) -> None:
    """Do a job that was claimed, chunk by chunk; it ends done, cancelled, or with `stop` back in the queue.

    Each chunk's transaction keeps how far the job is: whatever stops this process, another goes on from there. Texts
    that change meanwhile are left to whoever changed them. What changes meanwhile in steps or models makes another job.
    """
    jobs, name = context.control.jobs, _CURSOR + job.job_id
    held = (context.workspace, job.job_id, job.lease or "")
    stored = context.warehouse.cursor(name)
    reached = (
        _Reached(**orjson.loads(stored))
        if stored
        else _Reached(state=state_now(context), steps=due_steps(context), began=now().isoformat())
    )
    size, parts = context.settings.reenrich_batch_tickets, list(_LISTS)
    for part in parts[parts.index(reached.part) :]:
        if part != reached.part:
            reached = replace(reached, part=part, after="")
        with context.warehouse.reader() as reader:
            ids = [one for (one,) in reader.rows(_LISTS[part], {"after": reached.after})] if reached.steps else []
        total = reached.tickets + len(ids)
        for first in range(0, len(ids), size):
            told = f"{reached.tickets:,} of {total:,} tickets" if part == "tickets" else f"{part} without a ticket"
            fraction = 0.98 * reached.tickets / total if part == "tickets" else 0.99
            if jobs.heartbeat(*held, fraction=fraction, text=told):
                _forget(context, name)
                jobs.stop(*held)
                return
            if stop.is_set():
                jobs.release(*held)
                return
            turns.take(context.settings.background_quiet_seconds, stop)
            reached = _chunk(context, job, ids[first : first + size], reached)

    def finish(transaction: Transaction) -> None:
        note_state(transaction, reached.state | still_away(transaction, reached.began))
        transaction.execute("DELETE FROM cursors WHERE name = $name", {"name": name})

    context.warehouse.write(finish)
    jobs.finish(*held, {"tickets": reached.tickets, "texts": reached.texts, "changed": reached.changed,
                        "steps": reached.steps})  # fmt: skip
    queue_reenrichment(context, "something changed while texts were read")


def _chunk(context: ImportContext, job: Job, ids: list[str], before: _Reached) -> _Reached:
    """Read the texts of some ids anew, outside the write, and write what is said of them."""
    read = _read(context, before.part, ids, before.steps)

    def work(transaction: Transaction) -> tuple[_Reached, int]:
        for table, rows in read.rows.items():
            _write(transaction, table, rows, read.said[table])
        changed = relabel_tickets(transaction, ids, context.rules) if before.part == "tickets" else 0
        reached = replace(
            before, after=ids[-1], texts=before.texts + sum(rows.height for rows in read.rows.values()),
            tickets=before.tickets + (len(ids) if before.part == "tickets" else 0), changed=before.changed + changed,
        )  # fmt: skip
        transaction.set_cursor(_CURSOR + job.job_id, orjson.dumps(reached).decode())
        return reached, changed

    reached, changed = context.warehouse.write(work)
    if changed:
        tables = {"tickets": changed}
        bus.announce("tickets.changed", context.workspace, run_id=job.job_id, tickets=changed, tables=tables)
    return reached


def _read(context: ImportContext, part: str, ids: list[str], steps: Sequence[str]) -> _Read:
    """Return the texts of tickets with what belongs to them, or of some rows of `part`, and what is said of them."""
    read = _Read()
    with context.warehouse.reader() as reader:
        for table in ("tickets", "messages", "surveys") if part == "tickets" else (part,):
            by = "ticket_id" if part == "tickets" else ENTITIES[part].key[0]
            rows = read_again(reader, table, by, ids)
            if rows.height:
                read.rows[table] = rows
    asked = {table: answers_to(context, table, rows, steps) for table, rows in read.rows.items()}
    read.said = {table: answer() for table, answer in asked.items()}
    return read


def _write(transaction: Transaction, table: str, rows: pl.DataFrame, said: pl.DataFrame) -> None:
    """Write what is said of texts that are still the same, where that differs; a source's and people's words stay."""
    key = ENTITIES[table].key[0]
    columns = [name for name in said.columns if name in (*UNDERSTOOD, "category_by")]
    stored = by_values(transaction, table, key, rows[key], [key, *TEXTS[table]])
    same = stored.with_columns(stored_text=joined_text(table)).select(key, "stored_text")
    fresh = pl.concat([rows.select(key, "source", "text"), said.select(columns)], how="horizontal").join(same, on=key)
    fresh = fresh.filter(pl.col("text") == pl.col("stored_text")).drop("text", "stored_text")
    kept = given_by_source(transaction, table)
    if table != "tickets":
        _write_columns(transaction, ENTITIES[table], fresh, columns, kept)
        return
    # What history may overrule stands apart; the copies of the ticket's own texts stand in its row.
    _write_columns(transaction, TICKETS, fresh, [c for c in columns if c not in TICKET_BASIS.column_names], kept)
    if "category" in columns:
        by_taxonomy = pl.when(pl.col("category").is_not_null()).then(pl.lit("taxonomy"))
        by = pl.coalesce("category_by", by_taxonomy) if "category_by" in columns else by_taxonomy
        fresh = fresh.with_columns(category_by=by)
        columns = list(dict.fromkeys((*columns, *_CATEGORY)))
    basis = [c for c in columns if c in TICKET_BASIS.column_names]
    _write_columns(transaction, TICKET_BASIS, fresh, basis, kept)


def _write_columns(
    transaction: Transaction, table: Table, fresh: pl.DataFrame, columns: list[str], kept: dict[str, list[str]]
) -> None:
    """Write some columns of the rows that are there, where they differ; `kept`: of which sources they stay."""
    if not columns:
        return
    key = table.key[0]
    stored = by_values(transaction, table.name, key, fresh[key], [key, *columns])
    both = fresh.join(stored.rename({name: f"stored:{name}" for name in columns}), on=key)
    for name in set(columns) & set(kept):
        is_given = pl.col("source").is_in(kept[name]) & pl.col(f"stored:{name}").is_not_null()
        both = both.with_columns(pl.when(is_given).then(f"stored:{name}").otherwise(name).alias(name))
    if "category_by" in columns:
        decided = pl.col("stored:category_by").is_in(_BY_PEOPLE).fill_null(False)
        both = both.with_columns(pl.when(decided).then(f"stored:{n}").otherwise(n).alias(n) for n in _CATEGORY)
    rows = typed(table, both.select(key, *columns))
    stale = differing(table, rows, stored).filter(~pl.col("is_new")).drop("is_new")
    if stale.height:
        transaction.upsert(table.name, stale.to_arrow())


def _forget(context: ImportContext, name: str) -> None:
    context.warehouse.write(lambda t: t.execute("DELETE FROM cursors WHERE name = $name", {"name": name}))
