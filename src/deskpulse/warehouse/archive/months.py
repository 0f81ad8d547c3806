"""Moves months of tables into the archive and back: one month of one table is one transaction."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from deskpulse.core.clock import now
from deskpulse.core.errors import StorageError
from deskpulse.warehouse.archive.store import Archive, quoted
from deskpulse.warehouse.archive.tables import MONTHLY, ArchivedFile, finished, listed
from deskpulse.warehouse.schema import TABLES
from deskpulse.warehouse.statements import Statements

LEAST_SHARE = 50
"""A month that has a file gets a new one only when at least one row in so many is new to it, or half of it is gone."""


@dataclass(frozen=True)
class Month:
    """The rows of one month of one table that can be archived; `has_file`: others of the month are already."""

    table: str
    month: datetime
    rows: int
    has_file: bool = False


def months_to_archive(run: Any, before: datetime, files: Sequence[ArchivedFile]) -> list[Month]:
    """Return the months that lie wholly before `before`, the oldest first, with the rows that can be archived."""
    have = {(file.table, file.month): file for file in files}
    found = []
    for table, time in MONTHLY.items():
        sql = (
            f"SELECT date_trunc('month', t.\"{time}\") AS month, count(*) FROM main.{table} t"
            f' WHERE t."{time}" < $before AND {finished(table)} GROUP BY 1'
        )
        ready = dict(run.rows(sql, {"before": before}))
        for month in ready.keys() | {month for name, month in have if name == table and month < before}:
            rows, file = ready.get(month, 0), have.get((table, month))
            if file is None or rows * LEAST_SHARE >= file.rows or file.taken * 2 >= file.rows:
                found.append(Month(table, month, rows, has_file=file is not None))
    return sorted(found, key=lambda m: (m.month, list(MONTHLY).index(m.table)))


def archive_month(run: Statements, archive: Archive, chunk: Month, before: datetime) -> ArchivedFile | None:
    """Move the rows of a month into one file, with what is archived of it; inside the writer's transaction.

    None when no row is left that can be archived. The file is on the disk before the transaction is committed.
    """
    archive.load(run)
    table, time = chunk.table, MONTHLY[chunk.table]
    until = _next_month(chunk.month)
    params = {"from": chunk.month, "until": until, "before": before}
    chosen = f'FROM main.{table} t WHERE t."{time}" >= $from AND t."{time}" < $until AND {finished(table)}'
    params = {name: value for name, value in params.items() if f"${name}" in chosen}
    count = run.number(f"SELECT count(*) {chosen}", params) or 0
    older = [file for file in archive if (file.table, file.month) == (table, chunk.month)]
    total = count + sum(file.rows - file.taken for file in older)
    if not total:
        archive.replace(run, table, older, None)
    if not total or not (count or any(file.taken for file in older)):
        return None
    names = TABLES[table].column_names
    rows = f"SELECT {listed(names)} {chosen}"
    if older:
        rows += f" UNION ALL {archive.rows_of(older)}"
    path = archive.new_path(table, chunk.month)
    try:
        sort = ", ".join(f'"{name}"' for name in (time, *TABLES[table].key))
        run.execute(
            f"COPY (SELECT * FROM ({rows}) ORDER BY {sort}) TO {quoted(path)} (FORMAT parquet, COMPRESSION zstd)",
            params,
        )
        written = run.number(f"SELECT count(*) FROM read_parquet([{quoted(path)}])")
        if written != total:
            raise StorageError(f"The archive file {path} holds {written} rows instead of {total}; nothing was moved.")
        size, digest = synced(path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    file = ArchivedFile(path.name, table, chunk.month, total, size, digest, names, now())
    run.execute(f"DELETE {chosen}", params)
    archive.replace(run, table, older, file)
    return file


def restore_month(run: Statements, archive: Archive, file: ArchivedFile) -> int:
    """Put the rows of a file back into the warehouse; return how many. Inside the writer's transaction."""
    archive.load(run)
    there = [f for f in archive if f.name == file.name]
    if not there:
        return 0
    names = listed(there[0].columns)
    run.execute(f"INSERT INTO main.{file.table} ({names}) {archive.rows_of(there)}")
    archive.replace(run, file.table, there, None)
    return there[0].rows - there[0].taken


def bring_back_all(run: Statements, archive: Archive) -> None:
    """Put all that is archived back into the warehouse."""
    archive.load(run)
    for file in list(archive):
        restore_month(run, archive, file)


def synced(path: Path) -> tuple[int, str]:
    """Write a file and its name through to the disk; return its size in bytes and its SHA-256."""
    with path.open("r+b") as stream:
        os.fsync(stream.fileno())
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if os.name != "nt":
        for folder in (path.parent, path.parent.parent, path.parent.parent.parent):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
    return path.stat().st_size, digest


def _next_month(month: datetime) -> datetime:
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)
