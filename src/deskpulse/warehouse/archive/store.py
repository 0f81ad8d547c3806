"""The files of one warehouse's archive: their list, the views that read them, and the rows that come back from them."""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from deskpulse.core.errors import StorageError
from deskpulse.warehouse.archive.tables import ARCHIVE, HISTORY, ArchivedFile, listed
from deskpulse.warehouse.schema import TABLES, Table
from deskpulse.warehouse.statements import Statements

FOLDER = "archive"
_FILES = (
    "SELECT name, table_name, month::TIMESTAMPTZ, row_count, byte_count, sha256, column_names, archived_at,"
    f" coalesce(gone, 0) FROM {ARCHIVE}.files LEFT JOIN (SELECT name, count(*) AS gone FROM {ARCHIVE}.taken"
    " GROUP BY name) USING (name) ORDER BY table_name, month, name"
)


def read_files(run: Statements) -> list[ArchivedFile]:
    """Return the archived files that a snapshot or the running transaction knows, by table and month."""
    return [
        ArchivedFile(name, table, month, rows, size, digest, tuple(columns), at, taken)
        for name, table, month, rows, size, digest, columns, at, taken in run.rows(_FILES)
    ]


class Archive:
    """What the writer knows of the archive. Its methods run on the writer's thread, inside its transaction.

    `is_used` is true from before the first month is archived: readers then look for the views.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.is_used = False
        self._files: dict[str, list[ArchivedFile]] = {}
        self._changed = False
        self._generation = 0
        self._readers: dict[object, int] = {}
        self._retired: list[tuple[int, Path]] = []
        self._to_retire: list[Path] = []
        self._lock = threading.Lock()

    # ── opening ───────────────────────────────────────────────────────────────────────────────────

    def open(self, run: Statements) -> None:
        """Learn which files there are; inside the opening transaction."""
        self.load(run)
        if not self._files or self.folder is None:
            return
        self.is_used = True
        place = run.one(f"SELECT folder FROM {ARCHIVE}.place")
        if place is None or place[0] != str(self.folder):
            for name in self._files:
                self.show(run, name)

    def load(self, run: Statements) -> None:
        """Read the list of files again."""
        found = defaultdict(list)
        for file in read_files(run):
            found[file.table].append(file)
        self._files, self._changed = dict(found), False

    def sweep(self) -> None:
        """Remove files that no list names: left by a process that ended before its transaction did."""
        if self.folder is None or not self.folder.is_dir():
            return
        known = {self.path(file) for file in self}
        for path in sorted(self.folder.glob("*/*.parquet")):
            if path not in known:
                path.unlink()
        self._to_retire = []

    # ── what there is ─────────────────────────────────────────────────────────────────────────────

    def __iter__(self) -> Iterator[ArchivedFile]:
        return (file for files in self._files.values() for file in files)

    def holds(self, table: str) -> bool:
        """Return whether some rows of `table` are archived."""
        return table in self._files

    def path(self, file: ArchivedFile) -> Path:
        """Return where a file is."""
        if self.folder is None:
            raise StorageError("A warehouse in memory has no archive.")
        return self.folder / file.table / file.name

    def new_path(self, table: str, month: datetime) -> Path:
        """Return where a file of this month may be written, under a name that no file had before."""
        if self.folder is None:
            raise StorageError("A warehouse in memory has no archive.")
        folder = self.folder / table
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{table}-{month:%Y-%m}-{secrets.token_hex(6)}.parquet"

    def source(self, files: list[ArchivedFile], *, numbered: bool = False) -> str:
        """Return what SQL selects from to read `files`; numbered: with `filename` and `file_row_number` too."""
        paths = ", ".join(quoted(self.path(file)) for file in files)
        return f"read_parquet([{paths}]{', filename = true, file_row_number = true' if numbered else ''})"

    def rows_of(self, files: list[ArchivedFile]) -> str:
        """Return the SELECT of the rows of `files`, all of one table, that still count.

        They all have the columns of this version: before a migration what is archived comes back.
        """
        names = listed(files[0].columns)
        whole, holed = [f for f in files if not f.taken], [f for f in files if f.taken]
        parts = [f"SELECT {names} FROM {self.source(whole)}"] if whole else []
        if holed:
            parts.append(f"SELECT {names} FROM {self.source(holed, numbered=True)} f {_STILL_COUNTS}")
        return " UNION ALL ".join(parts)

    def suspect(self, sql: str) -> str | None:
        """Return a damaged file of a table that `sql` names, if there is one; safe on any thread."""
        words = set(re.findall(r"\w+", sql))
        suspects = [file for table, files in self._files.items() if table in words for file in files]
        return next((str(self.path(file)) for file in suspects if self.damage(file)), None)

    def damage(self, file: ArchivedFile) -> str | None:
        """Return in a sentence how a file is not what was written; None: it is. Every byte is read."""
        path = self.path(file)
        if not path.is_file():
            return f"{path} is missing: {file.rows:,} rows of {file.table} of {file.month:%Y-%m}"
        if (size := path.stat().st_size) != file.bytes:
            return f"{path} has {size:,} bytes instead of {file.bytes:,}"
        with path.open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != file.sha256:
                return f"{path} is not what was written: its SHA-256 differs"
        return None

    # ── changes ───────────────────────────────────────────────────────────────────────────────────

    def show(self, run: Statements, table: str) -> None:
        """Make the view of `table` what the list of files says."""
        self._changed = True
        if table not in self._files:
            run.execute(f"DROP VIEW IF EXISTS {HISTORY}.{table}")
            return
        names = listed(self._files[table][0].columns)
        run.execute(
            f"CREATE OR REPLACE VIEW {HISTORY}.{table} AS"
            f" SELECT {names} FROM main.{table} UNION ALL {self.rows_of(self._files[table])}"
        )
        run.execute(f"DELETE FROM {ARCHIVE}.place")
        run.execute(f"INSERT INTO {ARCHIVE}.place VALUES ($folder)", {"folder": str(self.folder)})

    def replace(self, run: Statements, table: str, older: list[ArchivedFile], newer: ArchivedFile | None) -> None:
        """Let `newer` stand for the files `older`, which are removed once the transaction is committed."""
        for file in older:
            run.execute(f"DELETE FROM {ARCHIVE}.files WHERE name = $name", {"name": file.name})
            run.execute(f"DELETE FROM {ARCHIVE}.taken WHERE name = $name", {"name": file.name})
        if newer is not None:
            told = {"name": newer.name, "table": newer.table, "month": newer.month, "rows": newer.rows,
                    "bytes": newer.bytes, "sha256": newer.sha256, "columns": list(newer.columns),
                    "at": newer.archived_at}  # fmt: skip
            sql = f"INSERT INTO {ARCHIVE}.files VALUES ($name, $table, $month, $rows, $bytes, $sha256, $columns, $at)"
            run.execute(sql, told)
        self._to_retire += [self.path(file) for file in older]
        self.load(run)
        self.show(run, table)

    def take(self, run: Statements, table: Table, keys: pa.Table) -> pa.Table:
        """Return the archived rows that have these keys; they are archived no more."""
        names = listed(table.key)
        with run.given(incoming=keys):
            hits = self._hits(run, table.name, f"SEMI JOIN incoming USING ({names})")
        return self._taken(run, table.name, hits)

    def bring_back(self, run: Statements, table: str, condition: str, params: dict[str, str]) -> int:
        """Put the archived rows of `table` (as `f`) that meet `condition` back into the warehouse; return how many."""
        if not self.holds(table):
            return 0
        back = self._taken(run, table, self._hits(run, table, f"WHERE {condition}", params))
        if back.num_rows:
            with run.given(back=back):
                run.execute(f"INSERT INTO main.{table} BY NAME SELECT * FROM back")
        return int(back.num_rows)

    def _hits(self, run: Statements, table: str, chosen: str, params: dict[str, str] | None = None) -> pa.Table:
        """Return name and number of the rows of files that are `chosen` and still count."""
        source = self.source(self._files[table], numbered=True)
        found = f"SELECT parse_filename(f.filename) AS name, f.file_row_number AS row_number FROM {source} f {chosen}"
        return run.arrow(f"FROM ({found}) h ANTI JOIN {ARCHIVE}.taken g USING (name, row_number)", params)

    def _taken(self, run: Statements, table: str, hits: pa.Table) -> pa.Table:
        """Return the rows that `hits` names, which from now on no longer count where they are archived."""
        names = TABLES[table].column_names
        if not hits.num_rows:
            return TABLES[table].arrow_schema().empty_table()
        touched = set(hits.column("name").unique().to_pylist())
        files = [f for f in self._files[table] if f.name in touched]
        with run.given(hits=hits):
            rows = run.arrow(
                f"SELECT {listed(names, 'f.')} FROM {self.source(files, numbered=True)} f"
                " JOIN hits h ON parse_filename(f.filename) = h.name AND f.file_row_number = h.row_number"
            )
            run.execute(f"INSERT INTO {ARCHIVE}.taken SELECT name, row_number FROM hits")
        if rows.num_rows != hits.num_rows:
            raise StorageError(f"The archive of {table} gave {rows.num_rows} rows where {hits.num_rows} were found.")
        self._changed = True
        if any(not f.taken for f in files):
            self.load(run)
            self.show(run, table)
        return rows

    # ── files whose rows no longer count ──────────────────────────────────────────────────────────

    def committed(self) -> None:
        """The transaction was committed."""
        self._changed = False
        with self._lock:
            self._generation += 1
            self._retired += [(self._generation, path) for path in self._to_retire]
            self._to_retire = []
        self._remove_unread()

    def rolled_back(self, run: Statements) -> None:
        """The transaction was rolled back: nothing of it counts."""
        self._to_retire = []
        if self._changed:
            self.load(run)

    def reader_opens(self, reader: object) -> None:
        """A snapshot is about to be taken: what it may read stays until `reader_closes`."""
        with self._lock:
            self._readers[reader] = self._generation

    def reader_closes(self, reader: object) -> None:
        """The snapshot is gone."""
        with self._lock:
            del self._readers[reader]
        self._remove_unread()

    def _remove_unread(self) -> None:
        with self._lock:
            oldest = min(self._readers.values(), default=self._generation)
            gone = [path for generation, path in self._retired if generation <= oldest]
            self._retired = [(generation, path) for generation, path in self._retired if generation > oldest]
        for path in gone:
            path.unlink(missing_ok=True)


_STILL_COUNTS = (
    f"ANTI JOIN {ARCHIVE}.taken g ON parse_filename(f.filename) = g.name AND f.file_row_number = g.row_number"
)


def quoted(path: Path) -> str:
    """Return a path as a text in SQL."""
    return "'" + path.as_posix().replace("'", "''") + "'"
