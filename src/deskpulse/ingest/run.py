"""Runs an import: reads, maps, enriches and writes, each on the next chunk while the others are on theirs."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from deskpulse.core.errors import ConflictError, DeskpulseError, LimitError, MappingError
from deskpulse.core.events import bus
from deskpulse.core.ids import new_id
from deskpulse.ingest.asking import Asked, ask
from deskpulse.ingest.awaited import awaits_tickets, bring_in, hold, tickets_last
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.earlier import planned_parts, told_of_updated
from deskpulse.ingest.mark import Mark, beginning, store_mapping, stored_mapping
from deskpulse.ingest.model import ImportOptions, ImportResult, ProgressListener
from deskpulse.ingest.plan import PlannedPart, save_mapping
from deskpulse.ingest.reading import MappedChunk, mapped_chunks
from deskpulse.ingest.recompute import Touched, queue
from deskpulse.ingest.reenrich import queue_everything
from deskpulse.ingest.relabel import apply_corrections
from deskpulse.ingest.reviews.applied import apply_reviews
from deskpulse.ingest.totals import Meter, Totals
from deskpulse.ingest.understood import stored_state
from deskpulse.ingest.write import Batch, Written, write_batch
from deskpulse.ingest.write_queue import WriteQueue
from deskpulse.sources.files import open_path
from deskpulse.sources.model import Opened
from deskpulse.warehouse import Transaction

__all__ = ["run_import", "undo"]


def run_import(
    context: ImportContext,
    what: Path | str | Opened,
    options: ImportOptions | None = None,
    *,
    progress: ProgressListener | None = None,
    cancel: threading.Event | None = None,
    stop: threading.Event | None = None,
    run_id: str | None = None,
    resume: bool = False,
) -> ImportResult:
    """Import a file, folder or archive, or something opened already, and return what that did.

    Each chunk is one transaction that also keeps how far the import is. `cancel`, or a cancel request on the run, stops
    between chunks: what is committed stays and `resume` goes on from there, as it does after a crash or a
    failure; then `run_id` names the run, and its own path and options are taken again. `stop` is for the end of the
    process: what a cancelled import would still bring in order is left to the next one that opens the workspace.

    Raises what makes the import impossible before any row is written: UnreadableFileError, MappingError (no part
    can be mapped). Later failures are told in the result's `status` and `error`.
    """
    path = None if isinstance(what, Opened) else Path(what)
    options = options or ImportOptions()
    if resume and run_id is not None:
        options = ImportOptions.from_dict(context.control.runs.get(context.workspace, run_id).options)
    opened = what if isinstance(what, Opened) else open_path(what, context.settings)
    source, parts, notes = _planned(context, opened, path, options)
    run_id = run_id or new_id("run")
    options = replace(options, source=source)
    if resume:
        parts = [_as_begun(context, run_id, p) for p in parts]
    mark = _begin(context, run_id, label=opened.label, path=path, options=options, parts=parts, resume=resume)
    run = _Run(
        context, run_id, options=options, parts=parts, mark=mark, progress=progress,
        cancel=cancel or threading.Event(), stop=stop,
    )  # fmt: skip
    return run.carry_out(notes)


@dataclass(frozen=True, kw_only=True)
class Progressed:
    """One chunk that was committed."""

    mark: Mark
    part: str
    written: Written


def _planned(
    context: ImportContext, opened: Opened, path: Path | None, options: ImportOptions
) -> tuple[str, list[PlannedPart], list[str]]:
    """Return the source, the parts that can be read, and notes; MappingError when no part can."""
    source, parts, told = planned_parts(context, opened, path, options)
    readable = [p for p in parts if p.mapping is not None or p.part.entity is not None]
    problems = [p.problem for p in parts if p.problem]
    if problems and not readable:
        hint = "Name the shape and the columns, or preview the file to map it."
        raise MappingError(" ".join(problems[:3]), hint=hint)
    return source, tickets_last(readable), [*opened.notes, *told, *(f"Left out: {one}" for one in problems)]


def _as_begun(context: ImportContext, run_id: str, planned: PlannedPart) -> PlannedPart:
    """Return the part read as the run began to read it."""
    mapping = stored_mapping(context.warehouse, run_id, planned.part.name)
    return planned if mapping is None else replace(planned, mapping=mapping, problem="")


def _begin(
    context: ImportContext,
    run_id: str,
    *,
    label: str,
    path: Path | None,
    options: ImportOptions,
    parts: list[PlannedPart],
    resume: bool,
) -> Mark:
    """Enter the run in the control database, or take it up again; return where to begin."""
    fresh = Mark(
        rows=context.settings.import_batch_rows,
        sizes=[p.part.size for p in parts],
        beginnings=[beginning(p) for p in parts],
    )
    if not resume:
        context.control.runs.create(
            context.workspace, run_id, source=options.source or "", label=label,
            path=None if path is None else str(path.absolute()), options=options.as_dict(),
        )  # fmt: skip
        return fresh
    mark = Mark.load(context.warehouse, run_id)
    if mark is not None:
        mark.refuse_changed(parts)
    context.control.runs.resume(context.workspace, run_id)
    return mark or fresh


_TOGETHER = {"ticket_events": 4, "messages": 2}
"""How many batches' rows of a history are written at once: they touch few tickets, and every batch that touches a
ticket computes all its facts anew."""


class _Run:
    """One import under way."""

    def __init__(
        self,
        context: ImportContext,
        run_id: str,
        *,
        options: ImportOptions,
        parts: list[PlannedPart],
        mark: Mark,
        progress: ProgressListener | None,
        cancel: threading.Event,
        stop: threading.Event | None,
    ) -> None:
        self.context = context
        self.run_id = run_id
        self.source = options.source or ""
        self.options = options
        self.parts = parts
        self.mark = mark
        self.listener = progress
        self.cancel = cancel
        self.stop = stop
        self.meter = Meter(run_id, mark.sizes)
        self.meter.resumed(mark.totals, mark.part, mark.done)

    def carry_out(self, notes: list[str]) -> ImportResult:
        """Read and write all parts; tell the control database and the listeners how it ended."""
        result = ImportResult(run_id=self.run_id, source=self.source, notes=notes)
        try:
            try:
                is_whole = self._all_parts()
            finally:
                self.mark.totals.written.update(bring_in(self.context, self.run_id, self.stop))
            if is_whole:
                self._save_mappings()
            else:
                result.status = "cancelled"
        except DeskpulseError as error:
            result.status, result.error, result.error_code = "failed", str(error), error.code
        except BaseException as error:
            result.status, result.error = "failed", f"{type(error).__name__}: {error}"
            raise
        finally:
            self._finish(result)
        return result

    def _all_parts(self) -> bool:
        """Read and write what is not written yet; return False when that was cancelled."""
        first, position = self.mark.part, self.mark.position
        with WriteQueue[Progressed](2, self._report) as queue:
            for index, planned in enumerate(self.parts[first:], start=first):
                rows = self.mark.rows * _TOGETHER.get(planned.table, 1)
                chunks = mapped_chunks(
                    planned, source=self.source, run_id=self.run_id, settings=self.context.settings, rows=rows,
                    position=position if index == first else None,
                )  # fmt: skip
                for chunk in chunks:
                    if self.cancel.is_set():
                        queue.drop()
                        return False
                    asked = ask(self.context, chunk.mapped.tables) if self.options.enrich else Asked()
                    queue.put(partial(self._write, index, chunk, asked))
        return True

    def _write(self, index: int, chunk: MappedChunk, asked: Asked) -> Progressed:
        """Write a chunk, its rejected rows and how far the run is, all in one transaction."""
        planned, mapped = self.parts[index], chunk.mapped
        is_ahead = awaits_tickets(self.parts, index)
        totals = Totals.from_dict(self.mark.totals.as_dict())
        totals.add_read(mapped.rows, mapped.rejected, mapped.notes)
        self._refuse_too_many(totals.rejected)
        batch = Batch(tables=mapped.tables, stubs=mapped.stubs, rejected=mapped.rejected, understood=asked.answer())

        def work(transaction: Transaction) -> tuple[Mark, Written]:
            done = write_batch(
                transaction, batch, run_id=self.run_id, rules=self.context.rules, awaits_tickets=is_ahead
            )
            if done.held.height:
                hold(transaction, self.run_id, f"{index}:{chunk.position}", done.held)
            totals.add_written(done, planned.table)
            mark = replace(self.mark, part=index, position=chunk.position, done=chunk.done, totals=totals)
            mark.store(transaction, self.run_id)
            if index != self.mark.part or self.mark.position is None:
                store_mapping(transaction, self.run_id, planned)
            return mark, done

        self.mark, done = self.context.warehouse.write(work)
        return Progressed(mark=self.mark, part=planned.part.name, written=done)

    def _refuse_too_many(self, rejected: int) -> None:
        most = self.context.settings.import_max_rejected
        if rejected > most:
            raise LimitError(
                f"More than {most:,} rows could not be taken; the import stopped.", setting="import_max_rejected",
                hint="Look at the rejected rows: the mapping may be wrong. If not, raise import_max_rejected.",
            )  # fmt: skip

    def _report(self, step: Progressed) -> None:
        """Tell everybody how far the import is; learn whether somebody asked it to stop."""
        mark = step.mark
        progress = self.meter.progress(mark.totals, mark.part, step.part, mark.done)
        if self.context.control.runs.progress(self.context.workspace, self.run_id, asdict(progress)):
            self.cancel.set()
        if step.written.tickets or step.written.written:
            announce_change(self.context, self.run_id, step.written)
        if self.listener is not None:
            self.listener(progress)

    def _save_mappings(self) -> None:
        for planned in self.parts:
            if self.options.save_mapping and planned.mapping is not None and planned.sample is not None:
                columns = planned.sample.frame.columns
                save_mapping(self.context, self.source, columns, planned.mapping)

    def _finish(self, result: ImportResult) -> None:
        result.seconds = self.meter.seconds()
        result.mappings = {p.part.name: p.mapping for p in self.parts if p.mapping is not None}
        result.notes += [note for p in self.parts if p.mapping is not None for note in p.mapping.notes]
        self.mark.totals.fill(result)
        result.notes += told_of_updated(self.context, self.mark.totals.updated)
        workspace = self.context.workspace
        self.context.control.runs.finish(
            workspace, self.run_id, result.status, result=result.as_dict(), error=result.error
        )
        bus.announce("run.finished", workspace, run_id=self.run_id, status=result.status)


def announce_change(context: ImportContext, run_id: str, written: Written) -> None:
    """Tell listeners that tickets, or rows of other tables, are not what they were."""
    bus.announce("tickets.changed", context.workspace, run_id=run_id, tickets=written.tickets, tables=written.written)


def undo(context: ImportContext, run_id: str) -> dict[str, int]:
    """Take back all that a run wrote; return rows taken back by table.

    NotFoundError: no such run. ConflictError: it is running, or a later run changed some of its rows (named).
    """
    run = context.control.runs.get(context.workspace, run_id)
    if run.status in ("running", "undone"):
        raise ConflictError(
            f"Run {run_id} is {run.status}.", hint="Cancel it first." if run.status == "running" else ""
        )
    taken = context.warehouse.undo_run(run_id)
    edits = (context.control.schedules.changed_at, context.control.policies.changed_at)
    edited = [moment for changed_at in edits if (moment := changed_at(context.workspace)) is not None]
    if edited and max(edited) > run.created_at:
        # What the run replaced was computed by the hours and promises of before.
        queue(context, Touched(everything=True), f"{run_id} was undone")
    # What the run replaced had the labels of before: people's words go before those too.
    apply_corrections(context, again=True)
    # A run that renamed an agent is brought back with the reviews as they were then.
    apply_reviews(context, again=True)
    _, understood_at = stored_state(context.warehouse)
    if understood_at is not None and datetime.fromisoformat(understood_at) > run.created_at:
        # What it replaced was read by the steps and models of before.
        queue_everything(context, f"{run_id} was undone")
    # A crash between the two leaves a run that can be undone again: nothing is left to take back then.
    context.control.runs.finish(context.workspace, run_id, "undone")
    bus.announce("tickets.changed", context.workspace, run_id=run_id, tickets=taken.get("tickets", 0), tables=taken)
    bus.announce("run.finished", context.workspace, run_id=run_id, status="undone")
    return taken
