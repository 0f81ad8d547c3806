"""A list of rejected rows that a person mended, taken in again: what differs from the list is the mending."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import orjson

from deskpulse.core.errors import InputError
from deskpulse.core.spreadsheets import plain
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.rejected import replay, seen, shown
from deskpulse.ingest.set_aside import HEAD, RejectedFilter, RejectedRow, all_rows, is_rejected_list


def mend(context: ImportContext, text: str) -> dict[str, Any]:
    """Take the rows of a mended list in again, each as part of its own run.

    Returns `taken`, `rejected` (again), `unchanged` (nothing was mended), `gone` (fixed or dismissed before, or of
    another workspace), `reasons` of those rejected again and the `runs`. InputError: the text is no such list.
    """
    given = _read(text)
    with context.warehouse.reader() as reader:
        found = [row for row in all_rows(reader, RejectedFilter()) if row.rejected_id in given]
    fixes: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for row in found:
        if changed := _changed(row, shown(seen(row, context)), given[row.rejected_id]):
            fixes[row.run_id][row.rejected_id] = changed
    told: dict[str, Any] = {"taken": 0, "rejected": 0, "gone": len(given) - len(found), "reasons": {},
                            "unchanged": len(found) - sum(map(len, fixes.values())), "runs": sorted(fixes)}  # fmt: skip
    for run_id, of_run in fixes.items():
        result = replay(context, run_id, fixes=of_run)
        again = _still_open(context, run_id, of_run)
        told["taken"] += len(of_run) - len(again)
        told["rejected"] += len(again)
        for row in again:
            told["reasons"][row.reason] = told["reasons"].get(row.reason, 0) + 1
        told["notes"] = sorted({*told.get("notes", []), *result.notes})
    return told


def _still_open(context: ImportContext, run_id: str, ids: Mapping[str, Any]) -> list[RejectedRow]:
    with context.warehouse.reader() as reader:
        return [row for row in all_rows(reader, RejectedFilter(run_id=run_id)) if row.rejected_id in ids]


def _read(text: str) -> dict[str, dict[str, str]]:
    try:
        reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
        columns = reader.fieldnames or []
        rows = list(reader) if is_rejected_list(columns) else None
    except csv.Error as error:
        raise InputError(f"The list cannot be read as CSV: {error}.", hint="Save it as CSV with commas.") from error
    if rows is None:
        raise InputError(
            f"This is no list of rejected rows: it has no columns {', '.join(HEAD)}.",
            hint="Export one with: deskpulse rejected --csv > rejected.csv, and leave those columns in it.",
        )
    return {row["rejected_id"]: row for row in rows if row["rejected_id"]}


def _changed(row: RejectedRow, before: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """Return the cells that differ from what the list told; of a row without cells, all that it has now."""
    changed: dict[str, Any] = {}
    for name, text in given.items():
        column = plain(name) if name else ""
        if not column or name in HEAD or (row.cells is None and column == "row"):
            continue
        told = before.get(column)
        value = plain(text or "")
        if value != ("" if told is None else str(told)):
            changed[column] = _typed(value, (row.cells or {}).get(column))
    return changed


def _typed(value: str, before: Any) -> Any:
    if not isinstance(before, dict | list):
        return value or None
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise InputError(f"{value[:80]!r} is no JSON, as the cell had before.", hint="Write it as it was.") from error
