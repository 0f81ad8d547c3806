"""Rows that could not be taken: listed, exported, dismissed, or mended and taken in again."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from time import monotonic
from typing import Any

import orjson
import polars as pl

from deskpulse.core.errors import InputError, LimitError, NotFoundError
from deskpulse.core.spreadsheets import neutral
from deskpulse.enrich.personal import masked_copy
from deskpulse.ingest.asking import ask
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.frames import dict_frame
from deskpulse.ingest.mark import stored_mapping
from deskpulse.ingest.model import ImportResult
from deskpulse.ingest.model import Mapping as ColumnsMapping
from deskpulse.ingest.pushed import push_mapping
from deskpulse.ingest.run import announce_change
from deskpulse.ingest.set_aside import (
    HEAD,
    OPEN,
    PUSHED,
    RejectedFilter,
    RejectedRow,
    all_rows,
    count_rows,
    cursor_of,
    page_of_rows,
)
from deskpulse.ingest.shapes import shapes
from deskpulse.ingest.suggest import suggest
from deskpulse.ingest.totals import Totals
from deskpulse.ingest.transform import Mapped, apply, apply_entity
from deskpulse.ingest.write import Batch, Written, write_batch
from deskpulse.sources.model import Chunk
from deskpulse.warehouse import Transaction


def list_rejected(
    context: ImportContext,
    *,
    run_id: str | None = None,
    reason: str | None = None,
    cursor: str | None = None,
    limit: int = 100,
    status: str = OPEN,
) -> dict[str, Any]:
    """Return `{rows, total, next_cursor}`: `limit` rows behind `cursor`, the newest run first, then by part and row.

    `status` is open, fixed or dismissed; `reason` the whole text of a reason.
    """
    most = context.settings.page_max_rows
    if limit > most:
        raise LimitError(f"A page of {limit} rows is more than {most}.", setting="page_max_rows")
    which = RejectedFilter(run_id=run_id, reason=reason, status=status)
    with context.warehouse.reader() as reader:
        total = count_rows(reader, which)
        rows = page_of_rows(reader, which, limit + 1, cursor)
    following = cursor_of(rows[limit - 1]) if len(rows) > limit else None
    return {"rows": [seen(row, context).as_dict() for row in rows[:limit]], "total": total, "next_cursor": following}


def count_reasons(context: ImportContext, *, run_id: str | None = None) -> dict[str, int]:
    """Return how many open rejected rows there are by reason, the most frequent first."""
    condition, values = RejectedFilter(run_id=run_id).sql()
    sql = f"SELECT reason, count(*) FROM rejected_rows WHERE {condition} GROUP BY reason ORDER BY 2 DESC, 1"
    with context.warehouse.reader() as reader:
        return dict(reader.rows(sql, values))


def export_csv(context: ImportContext, *, run_id: str | None = None) -> bytes:
    """Return all open rejected rows (of a run) as CSV: why they were rejected, then their own cells, column by column.

    Cells that a spreadsheet would run as formulas begin with a '.
    """
    which = RejectedFilter(run_id=run_id)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    with context.warehouse.reader() as reader:
        names: dict[str, None] = {}
        for row in all_rows(reader, which):
            names.update(dict.fromkeys(shown(seen(row, context))))
        writer.writerow([*HEAD, *map(neutral, names)])
        for row in all_rows(reader, which):
            row = seen(row, context)  # noqa: PLW2901
            cells = shown(row)
            values = [*(getattr(row, name) for name in HEAD), *(cells.get(name) for name in names)]
            writer.writerow([neutral(v) if isinstance(v, str) else v for v in values])
    return out.getvalue().encode("utf-8", "replace")


def seen(row: RejectedRow, context: ImportContext) -> RejectedRow:
    """Return a row as who asks may see it: who sees masked texts sees no cells, which may hold anybody's data."""
    if context.principal.sees_personal_data:
        return row
    return replace(row, reason=masked_copy(row.reason), row_json="{}")


def shown(row: RejectedRow) -> dict[str, Any]:
    """Return the row's cells as an exported list has them; of one without cells, its text as `row`."""
    cells = row.cells
    if cells is None:
        return {"row": row.row_json}
    return {n: orjson.dumps(v).decode() if isinstance(v, dict | list) else v for n, v in cells.items()}


def dismiss(context: ImportContext, *, rejected_ids: Sequence[str] | None = None, run_id: str | None = None) -> int:
    """Mark open rejected rows as dismissed: those named, or all of a run; return how many there were."""
    if (rejected_ids is None) == (run_id is None):
        raise InputError("Name either the rejected rows or the run whose rejected rows are to be dismissed.")
    chosen = "list_contains($ids, rejected_id)" if run_id is None else "run_id = $run_id"
    values: dict[str, Any] = {"ids": list(rejected_ids or ())} if run_id is None else {"run_id": run_id}

    def work(transaction: Transaction) -> int:
        found = transaction.one(f"SELECT count(*) FROM rejected_rows WHERE status = 'open' AND {chosen}", values)
        transaction.execute(f"UPDATE rejected_rows SET status = 'dismissed' WHERE status = 'open' AND {chosen}", values)
        return int(found[0]) if found else 0

    return context.warehouse.write(work)


def replay(
    context: ImportContext,
    run_id: str,
    *,
    fixes: Mapping[str, Mapping[str, Any]] | None = None,
    overrides: Mapping[str, str] | None = None,
    mapping: ColumnsMapping | None = None,
) -> ImportResult:
    """Take open rejected rows of a run in again, as part of that run, so that its undoing takes them back too.

    `fixes` gives new cells by rejected_id, by the file's columns; alone, it limits the replay to these rows.
    `overrides` maps our columns to the file's; `mapping` reads all anew. What is taken is marked fixed; what fails
    again stays open, with what it holds and lacks now, and `rejected` counts it. A row whose cells the format could not
    tell apart needs a fix. NotFoundError: no such run, or no such open row.
    """
    began = monotonic()
    run = context.control.runs.get(context.workspace, run_id)
    with context.warehouse.reader() as reader:
        rows = list(all_rows(reader, RejectedFilter(run_id=run_id)))
    if fixes:
        unknown = sorted(set(fixes) - {row.rejected_id for row in rows})
        if unknown:
            message = f"Run {run_id} has no open rejected row {unknown[0]!r}."
            raise NotFoundError(message, hint="Look at the list again: it may be fixed or dismissed already.")
    replaying = _Replay(context, fixes or {}, overrides or {}, mapping)
    if fixes and not overrides and mapping is None:
        replaying.count_open([row for row in rows if row.rejected_id not in fixes])
        rows = [row for row in rows if row.rejected_id in fixes]
    for _, alike in groupby(sorted(rows, key=_kind), key=_kind):
        replaying.send(list(alike))
    result = ImportResult(run_id=run_id, source=run.source)
    replaying.totals.fill(result)
    result.seconds = monotonic() - began
    return result


def _kind(row: RejectedRow) -> tuple[str, str, str]:
    return row.part, row.source, row.shape or ""


class _Replay:
    """Rejected rows on their way through the import again."""

    def __init__(
        self,
        context: ImportContext,
        fixes: Mapping[str, Mapping[str, Any]],
        overrides: Mapping[str, str],
        mapping: ColumnsMapping | None,
    ) -> None:
        self.totals = Totals()
        self._context = context
        self._fixes = fixes
        self._overrides = dict(overrides)
        self._mapping = mapping

    def send(self, rows: list[RejectedRow]) -> None:
        """Take rows of one part in again, a batch at a time; one that is not whole needs a fix."""
        size = self._context.settings.import_batch_rows
        for start in range(0, len(rows), size):
            batch = rows[start : start + size]
            lost = [row for row in batch if not row.is_whole and row.rejected_id not in self._fixes]
            self.count_open(lost)
            if left := [row for row in batch if row not in lost]:
                self._send(left)

    def count_open(self, rows: list[RejectedRow]) -> None:
        """Count rows that stay as they are."""
        self.totals.rejected += len(rows)
        self.totals.reasons.update(row.reason for row in rows)

    def _send(self, rows: list[RejectedRow]) -> None:
        cells = [{**(row.cells or {}), **self._fixes.get(row.rejected_id, {})} for row in rows]
        places = pl.Series(range(1, len(rows) + 1), dtype=pl.Int64)
        mapped = self._mapped(rows[0], Chunk(frame=dict_frame(cells), row_numbers=places, position=""))
        again = set(mapped.rejected["row_number"])
        fixed = [row.rejected_id for place, row in enumerate(rows, 1) if place not in again]
        # A row that fails again keeps its id and place, so that it replaces what was told of it before.
        kept = pl.DataFrame(
            {"place": places, "kept_id": [r.rejected_id for r in rows], "kept_number": [r.row_number for r in rows]}
        )
        rejected = (
            mapped.rejected.join(kept, left_on="row_number", right_on="place", how="left")
            .with_columns(rejected_id="kept_id", row_number="kept_number")
            .drop("kept_id", "kept_number")
        )
        asked = ask(self._context, mapped.tables)
        batch = Batch(tables=mapped.tables, stubs=mapped.stubs, rejected=rejected, understood=asked.answer())
        run_id = rows[0].run_id

        def work(transaction: Transaction) -> Written:
            done = write_batch(transaction, batch, run_id=run_id, rules=self._context.rules)
            sql = "UPDATE rejected_rows SET status = 'fixed' WHERE list_contains($ids, rejected_id)"
            transaction.execute(sql, {"ids": fixed})
            return done

        done = self._context.warehouse.write(work)
        self.totals.add_read(mapped.rows, rejected, mapped.notes)
        self.totals.add_written(done, "")
        announce_change(self._context, run_id, done)

    def _mapped(self, row: RejectedRow, chunk: Chunk) -> Mapped:
        settings = self._context.settings
        mapping = self._mapping
        if mapping is None and row.part.startswith(PUSHED):
            mapping = push_mapping(self._context, row.source, row.shape or "", chunk.frame)
        elif mapping is None:
            mapping = stored_mapping(self._context.warehouse, row.run_id, row.part)
        if mapping is None and not self._overrides:
            known = shapes().get(row.shape or "")
            entity = known.table if known is not None else row.shape or ""
            return apply_entity(entity, chunk, source=row.source, part=row.part, run_id=row.run_id, settings=settings)
        if self._overrides:
            mapping = _overridden(mapping, self._overrides, chunk.frame, row)
        assert mapping is not None  # noqa: S101  one of the two branches above made it
        return apply(mapping, chunk, source=row.source, part=row.part, run_id=row.run_id, settings=settings)


def _overridden(
    mapping: ColumnsMapping | None, overrides: dict[str, str], frame: pl.DataFrame, row: RejectedRow
) -> ColumnsMapping:
    """Return the mapping with what a person said in place of what it had; how to read it is found in the rows."""
    shape = mapping.shape if mapping else row.shape
    zone = mapping.timezone if mapping else "UTC"
    fresh = suggest(frame, part_name=row.part, shape=shape, overrides=overrides, timezone=zone)
    if mapping is None:
        return fresh
    said = [c for c in fresh.columns if c.target in overrides or c.target.rpartition(".")[2] in overrides]
    taken = {c.target for c in said} | set(overrides)
    kept = [c for c in mapping.columns if c.target not in taken and c.target.rpartition(".")[2] not in taken]
    return replace(mapping, columns=(*kept, *said))
