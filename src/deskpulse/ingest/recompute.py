"""Recomputes working time and service levels when hours or policies were edited: a job in chunks, with marks."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from typing import Any

import orjson
import polars as pl

from deskpulse.control.job_worker import JobWorker
from deskpulse.control.jobs import Job
from deskpulse.core.clock import now
from deskpulse.core.events import bus
from deskpulse.core.schedule_book import Book
from deskpulse.ingest.changes import differing
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.lifecycle import compute
from deskpulse.ingest.refresh import decided, stamped
from deskpulse.ingest.rules import Rules
from deskpulse.ingest.service_levels import SLA_COLUMNS, chosen_by, with_service_levels
from deskpulse.ingest.stored import by_values, history, typed
from deskpulse.ingest.working_time import TICKET_COLUMNS, brands_of, with_working_time
from deskpulse.warehouse import Reader, Transaction
from deskpulse.warehouse.schema import ENTITIES, REPLY_WAITS, SLA_EVENTS, SLA_TARGETS, TICKET_STAYS, TICKETS, Table

KIND = "working_time"
"""The kind of these jobs."""
_CURSOR = "working_time/"
_ATTEMPTS = 5


@dataclass(frozen=True, kw_only=True)
class Touched:
    """Whose working time an edit may change: tickets that these teams or brands ever had, or that go by `everybody`'s.

    `everything`: all tickets. `since` and `until`: of those, only what ended at or after the one and began before the
    other.
    """

    teams: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    everybody: bool = False
    everything: bool = False
    since: str | None = None
    until: str | None = None

    @property
    def is_nobody(self) -> bool:
        """Whether no ticket can be touched."""
        return not (self.teams or self.brands or self.everybody or self.everything)

    @classmethod
    def from_dict(cls, given: dict[str, Any]) -> Touched:
        """Read what a job keeps."""
        return cls(**{**given, "teams": tuple(given["teams"]), "brands": tuple(given["brands"])})


@dataclass(frozen=True, kw_only=True)
class _Reached:
    """How far a job is: the last ticket, how many it looked at, how many of them changed."""

    after: str = ""
    tickets: int = 0
    changed: int = 0


def queue(context: ImportContext, touched: Touched, why: str) -> Job | None:
    """Queue the recomputing of what an edit touched; None when that is nothing."""
    if touched.is_nobody:
        return None
    payload = {"touched": asdict(touched), "why": why}
    return context.control.jobs.create(context.workspace, KIND, payload, max_attempts=_ATTEMPTS)


def carry_out(context: ImportContext, job: Job, stop: threading.Event) -> None:
    """Do a job that was claimed, chunk by chunk; it ends done, cancelled, or with `stop` back in the queue.

    Each chunk's transaction keeps how far the job is: whatever stops this process, another goes on from there.
    """
    jobs, name = context.control.jobs, _CURSOR + job.job_id
    assert job.lease is not None  # noqa: S101  a job that was claimed has one
    held = (context.workspace, job.job_id, job.lease)
    stored = context.warehouse.cursor(name)
    reached = _Reached(**orjson.loads(stored)) if stored else _Reached()
    touched = Touched.from_dict(job.payload["touched"])

    first_after = reached.after

    def listed(transaction: Transaction) -> list[str]:
        # Among the writes: what was written by older hours is there, what comes later goes by the new ones.
        return touched_tickets(transaction, touched, context.rules.book or Book(), after=first_after)

    ids = context.warehouse.write(listed)
    size, total = context.settings.working_time_batch, reached.tickets + len(ids)
    for first in range(0, len(ids), size):
        told = f"{reached.tickets:,} of {total:,} tickets"
        if jobs.heartbeat(*held, fraction=reached.tickets / total, text=told):
            _forget(context, name)
            jobs.stop(*held)
            return
        if stop.is_set():
            jobs.release(*held)
            return
        before = reached
        reached = context.warehouse.write(partial(_chunk, context, ids[first : first + size], before, name))
        if changed := reached.changed - before.changed:
            tables = {"tickets": changed}
            bus.announce("tickets.changed", context.workspace, run_id=job.job_id, tickets=changed, tables=tables)
    _forget(context, name)
    jobs.finish(*held, {"tickets": reached.tickets, "changed": reached.changed})


def touched_tickets(reader: Reader, touched: Touched, book: Book, *, after: str = "") -> list[str]:
    """Return the ids of the touched tickets behind `after`, in order."""
    held = "SELECT ticket_id, team FROM tickets UNION SELECT ticket_id, team FROM ticket_stays"
    of_team = "list_contains($teams::VARCHAR[], h.team)"
    # Whoever has hours of its own goes by no brand's, and a brand that has some by nobody else's.
    by_brand = "NOT coalesce(list_contains($own_teams::VARCHAR[], h.team), false)"
    of_brand = "list_contains($brands::VARCHAR[], t.brand)"
    by_default = "NOT coalesce(list_contains($own_brands::VARCHAR[], t.brand), false)"
    which = f"{of_team} OR ({by_brand} AND ({of_brand} OR ($everybody AND {by_default})))"
    sql = f"SELECT DISTINCT t.ticket_id FROM ({held}) h JOIN tickets t USING (ticket_id) WHERE ({which})"
    values: dict[str, Any] = {
        "teams": list(touched.teams), "own_teams": [*book.teams, *touched.teams], "brands": list(touched.brands),
        "own_brands": [*book.brands, *touched.brands], "everybody": touched.everybody, "after": after,
    }  # fmt: skip
    if touched.everything:
        sql, values = "SELECT t.ticket_id FROM tickets t WHERE true", {"after": after}
    if touched.since:
        sql += (
            " AND greatest(t.created_at, t.first_replied_at, t.first_solved_at, t.solved_at, t.updated_at,"
            " (SELECT max(s.ended_at) FROM ticket_stays s WHERE s.ticket_id = t.ticket_id),"
            " (SELECT max(w.replied_at) FROM reply_waits w WHERE w.ticket_id = t.ticket_id)) >= $since"
        )
        values["since"] = datetime.fromisoformat(touched.since)
    if touched.until:
        sql += " AND (t.created_at IS NULL OR t.created_at < $until)"
        values["until"] = datetime.fromisoformat(touched.until)
    return [name for (name,) in reader.rows(f"{sql} AND t.ticket_id > $after ORDER BY 1", values)]


def recompute_tickets(transaction: Transaction, ticket_ids: list[str], rules: Rules) -> int:
    """Bring working time and service levels of these tickets up to date; return how many tickets that changed.

    Rows stay rows of the run that wrote them, so that it can still be undone.
    """
    ids = pl.Series("ticket_id", ticket_ids, pl.String)
    brands = brands_of(transaction, ids, pl.DataFrame({"ticket_id": []}), rules.book)
    facts = with_working_time(compute(history(transaction, ids, top_tiers=rules.top_tiers), rules), rules.book, brands)
    changed = [pl.Series("ticket_id", [], pl.String)]
    own, timed = (TICKET_COLUMNS, (TICKET_STAYS.name, REPLY_WAITS.name)) if rules.book is not None else ((), ())
    if rules.policies:
        moment = now()
        about = chosen_by(transaction, facts.tickets, pl.DataFrame({"ticket_id": []}, schema={"ticket_id": pl.String}))
        facts = with_service_levels(facts, rules.policies, rules.book, about, moment)
        own = (*own, *SLA_COLUMNS)
        for name in (SLA_TARGETS.name, SLA_EVENTS.name):
            changed.append(_rewrite(transaction, ENTITIES[name], facts.derived[name], ticket_ids, moment))
    for name, frame, columns in (
        (TICKETS.name, facts.tickets, own),
        *((name, facts.derived[name], ("business_seconds",)) for name in timed),
    ):
        table = ENTITIES[name]
        wanted = list(dict.fromkeys((*table.key, "ticket_id", *columns)))
        stored = by_values(transaction, name, "ticket_id", ticket_ids, wanted)
        stale = differing(table, typed(table, frame.select(wanted)), stored).filter(~pl.col("is_new"))
        if stale.height:
            changed.append(stale["ticket_id"])
            transaction.upsert(name, stale.select(*table.key, *columns).to_arrow())
    return pl.concat(changed).n_unique()


def _rewrite(
    transaction: Transaction, table: Table, rows: pl.DataFrame, ticket_ids: list[str], moment: datetime
) -> pl.Series:
    """Make `rows` all that our policies say of these tickets; return the tickets for which something changed.

    A row belongs to the run that last wrote its ticket.
    """
    key = table.key[0]
    stored = decided(by_values(transaction, table.name, "ticket_id", ticket_ids, rows.columns))
    gone = stored.join(rows, on=key, how="anti")
    if gone.height:
        transaction.remove(table.name, gone.select(key).to_arrow(), undo_run=None)
    runs = by_values(transaction, "tickets", "ticket_id", ticket_ids, ["ticket_id", "run_id"])
    stale = differing(table, typed(table, rows), stored).drop("is_new").join(runs, on="ticket_id", how="left")
    if stale.height:
        transaction.upsert(table.name, stamped(stale, key, moment).to_arrow())
    return pl.concat([gone["ticket_id"], stale["ticket_id"]])


def _chunk(context: ImportContext, ids: list[str], before: _Reached, name: str, transaction: Transaction) -> _Reached:
    rules = context.rules
    changed = recompute_tickets(transaction, ids, rules) if rules.book is not None or rules.policies else 0
    reached = _Reached(after=ids[-1], tickets=before.tickets + len(ids), changed=before.changed + changed)
    transaction.set_cursor(name, orjson.dumps(reached).decode())
    return reached


def _forget(context: ImportContext, name: str) -> None:
    context.warehouse.write(lambda t: t.execute("DELETE FROM cursors WHERE name = $name", {"name": name}))


def note_breaches(context: ImportContext) -> int:
    """Note the targets whose time ran out since they were last looked at; return how many tickets changed by that."""
    sql = "SELECT DISTINCT ticket_id FROM sla_targets WHERE state = 'active' AND due_at < $now ORDER BY 1 LIMIT $most"
    most, changed = context.settings.working_time_batch, 0
    while True:
        with context.warehouse.reader() as reader:
            ids = [name for (name,) in reader.rows(sql, {"now": now(), "most": most})]
        found = context.warehouse.write(partial(_again, context, ids)) if ids else 0
        if not found:
            return changed
        changed += found
        tables = {"tickets": found}
        bus.announce("tickets.changed", context.workspace, run_id=KIND, tickets=found, tables=tables)


def _again(context: ImportContext, ids: list[str], transaction: Transaction) -> int:
    return recompute_tickets(transaction, ids, context.rules)


def recompute_worker(context: ImportContext) -> JobWorker:
    """Return the thread that recomputes a workspace's tickets, and notes breaches while nothing else is to do."""
    return JobWorker(
        context.control.jobs, context.workspace, KIND, partial(carry_out, context),
        idle_seconds=context.settings.journal_idle_seconds, idle=partial(note_breaches, context),
    )  # fmt: skip
