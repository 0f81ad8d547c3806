"""Rows that could not be taken: listed, exported, mended and taken in again."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from time import monotonic
from typing import Any

import orjson
import polars as pl

from deskpulse.core.errors import InputError, NotFoundError
from deskpulse.core.ids import new_id
from deskpulse.ingest.asking import ask
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.model import ImportResult, Mapping
from deskpulse.ingest.totals import Totals
from deskpulse.ingest.transform import Mapped, TransformState, apply, apply_entity
from deskpulse.ingest.write import Batch, write_batch
from deskpulse.sources.model import Chunk
from deskpulse.warehouse import Transaction
from deskpulse.warehouse.schema import REJECTED

_COLUMNS = ", ".join(REJECTED.column_names)
_ORDER = "rejected_at, rejected_id"
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\x00")
OPEN = "open"


def list_rejected(
    context: ImportContext, *, run_id: str | None = None, reason: str | None = None, cursor: str | None = None,
    limit: int = 100, status: str = OPEN,
) -> dict[str, Any]:  # fmt: skip
    """Return `{rows, total, next_cursor}`, oldest first, `limit` at a time."""
    where, params = _where(run_id, reason, status)
    after = ""
    if cursor is not None:
        after = " AND (rejected_at, rejected_id) > ($after_at::TIMESTAMPTZ, $after_id)"
    with context.warehouse.reader() as reader:
        counted = reader.one(f"SELECT count(*) FROM rejected_rows WHERE {where}", params)
        total = counted[0] if counted else 0
        bound = params | (_read_cursor(cursor) if cursor is not None else {})
        rows = reader.rows(
            f"SELECT {_COLUMNS} FROM rejected_rows WHERE {where}{after} ORDER BY {_ORDER} LIMIT $limit",
            bound | {"limit": limit + 1},
        )
    shown = [_as_dict(row) for row in rows[:limit]]
    following = _cursor(shown[-1]) if len(rows) > limit else None
    return {"rows": shown, "total": total, "next_cursor": following}


def export_csv(context: ImportContext, *, run_id: str | None = None) -> bytes:
    """Return all open rejected rows as CSV; what a spreadsheet would run begins with '."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(REJECTED.column_names)
    where, params = _where(run_id, None, OPEN)
    with context.warehouse.reader() as reader:
        for row in reader.rows(f"SELECT {_COLUMNS} FROM rejected_rows WHERE {where} ORDER BY {_ORDER}", params):
            writer.writerow([_neutral(str(value)) if value is not None else "" for value in row])
    return out.getvalue().encode("utf-8")


def replay(
    context: ImportContext, run_id: str, *, fixes: dict[str, dict[str, Any]], overrides: dict[str, str]
) -> ImportResult:
    """Take the open rejected rows of a run in again, as a run of their own.

    `fixes` maps rejected_id to the columns to change, by the file's names; `overrides` our columns to the file's. A
    row that still cannot be taken stays open with its new reason.
    """
    began, run = monotonic(), context.control.runs.get(context.workspace, run_id)
    rows = list(_open_rows(context, run_id))
    unknown = set(fixes) - {row["rejected_id"] for row in rows}
    if unknown:
        raise NotFoundError(f"Run {run_id} has no open rejected row {sorted(unknown)[0]!r}.")
    mappings = {name: Mapping.from_dict(m) for name, m in ((run.result or {}).get("mapping") or {}).items()}
    again, totals = new_id("run"), Totals()
    context.control.runs.create(
        context.workspace, again, source=run.source, label=f"Replay of {run.label}", options={"replay_of": run_id}
    )
    try:
        for part in dict.fromkeys(row["part"] for row in rows):
            mine = [row for row in rows if row["part"] == part and _is_object(row, fixes)]
            if mine:
                mapping = _overridden(mappings.get(part), overrides)
                _replay_part(context, mine, fixes, mapping=mapping, run_id=again, totals=totals)
    except BaseException as error:
        context.control.runs.finish(context.workspace, again, "failed", error=str(error) or type(error).__name__)
        raise
    result = ImportResult(run_id=again, source=run.source, seconds=monotonic() - began)
    totals.fill(result)
    context.control.runs.finish(context.workspace, again, "done", result=result.as_dict())
    return result


def _replay_part(
    context: ImportContext,
    rows: list[dict[str, Any]],
    fixes: dict[str, dict[str, Any]],
    *,
    mapping: Mapping | None,
    run_id: str,
    totals: Totals,
) -> None:
    objects = [_object(row) | fixes.get(row["rejected_id"], {}) for row in rows]
    names = dict.fromkeys(name for found in objects for name in found)
    frame = pl.DataFrame({n: [_cell(found.get(n)) for found in objects] for n in names}, strict=False)
    numbers = pl.Series([row["row_number"] for row in rows], dtype=pl.Int64)
    chunk = Chunk(frame=frame, row_numbers=numbers, position="")
    mapped = _mapped(context, rows[0], chunk, mapping, run_id)
    still = set(mapped.rejected["row_number"].to_list())
    taken = [row["rejected_id"] for row in rows if row["row_number"] not in still]
    reasons = dict(zip(mapped.rejected["row_number"].to_list(), mapped.rejected["reason"].to_list(), strict=True))
    understood = ask(context, mapped.tables).answer()
    totals.add_read(mapped.rows, mapped.rejected, mapped.notes)

    def work(transaction: Transaction) -> None:
        batch = Batch(tables=mapped.tables, stubs=mapped.stubs, understood=understood)
        totals.add_written(write_batch(transaction, batch, run_id=run_id, cuts=context.cuts), "")
        for rejected_id in taken:
            transaction.execute(
                "UPDATE rejected_rows SET status = 'fixed' WHERE rejected_id = $id", {"id": rejected_id}
            )
        for row in rows:
            if row["row_number"] in still:
                bound = {"id": row["rejected_id"], "reason": reasons[row["row_number"]]}
                transaction.execute("UPDATE rejected_rows SET reason = $reason WHERE rejected_id = $id", bound)

    context.warehouse.write(work)


def _mapped(context: ImportContext, row: dict[str, Any], chunk: Chunk, mapping: Mapping | None, run_id: str) -> Mapped:
    settings = context.settings
    if mapping is None:
        return apply_entity(row["shape"], chunk, source=row["source"], part=row["part"], run_id=run_id,
                            settings=settings, state=TransformState())  # fmt: skip
    return apply(mapping, chunk, source=row["source"], part=row["part"], run_id=run_id, settings=settings,
                 state=TransformState())  # fmt: skip


def _overridden(mapping: Mapping | None, overrides: dict[str, str]) -> Mapping | None:
    if mapping is None or not overrides:
        return mapping
    columns = tuple(replace(c, column=overrides[c.target]) if c.target in overrides else c for c in mapping.columns)
    return replace(mapping, columns=columns)


def _open_rows(context: ImportContext, run_id: str) -> Iterator[dict[str, Any]]:
    where, params = _where(run_id, None, OPEN)
    with context.warehouse.reader() as reader:
        for row in reader.rows(f"SELECT {_COLUMNS} FROM rejected_rows WHERE {where} ORDER BY {_ORDER}", params):
            yield dict(zip(REJECTED.column_names, row, strict=True))


def _where(run_id: str | None, reason: str | None, status: str) -> tuple[str, dict[str, Any]]:
    parts, params = ["status = $status"], {"status": status}
    if run_id is not None:
        parts.append("run_id = $run_id")
        params["run_id"] = run_id
    if reason is not None:
        parts.append("reason = $reason")
        params["reason"] = reason
    return " AND ".join(parts), params


def _is_object(row: dict[str, Any], fixes: dict[str, dict[str, Any]]) -> bool:
    """Return whether there are named cells to take: a row that the format could not read has none unless mended."""
    return isinstance(_parsed(row), dict) or row["rejected_id"] in fixes


def _object(row: dict[str, Any]) -> dict[str, Any]:
    found = _parsed(row)
    return found if isinstance(found, dict) else {}


def _parsed(row: dict[str, Any]) -> Any:
    try:
        return orjson.loads(row["row_json"])
    except orjson.JSONDecodeError:
        return None


def _cell(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return orjson.dumps(value, default=str).decode()


def _as_dict(row: tuple[Any, ...]) -> dict[str, Any]:
    found = dict(zip(REJECTED.column_names, row, strict=True))
    return found | {"rejected_at": found["rejected_at"].isoformat()}


def _cursor(row: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([row["rejected_at"], row["rejected_id"]])).decode()


def _read_cursor(cursor: str) -> dict[str, Any]:
    try:
        moment, rejected_id = orjson.loads(base64.urlsafe_b64decode(cursor.encode()))
        return {"after_at": datetime.fromisoformat(moment), "after_id": str(rejected_id)}
    except (ValueError, TypeError) as error:
        raise InputError("That is no place in this list.", hint="Take next_cursor of the page before.") from error


def _neutral(text: str) -> str:
    return f"'{text}" if text.startswith(_DANGEROUS) else text
