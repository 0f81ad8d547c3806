"""Which hours of a rollup no longer say what the rows say: noted by the transaction that changes the rows.

A rollup's own tables live in the schema `rollup`; what they hold is the metrics' affair. They are derived: dropping the
schema loses nothing.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from deskpulse.warehouse.engine import Params

SCHEMA = "rollup"
HOUR = 3_600_000_000  # microseconds
_CREATE = (
    f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}",
    f"CREATE TABLE IF NOT EXISTS {SCHEMA}.cubes (cube VARCHAR, signature VARCHAR, watches VARCHAR, decided VARCHAR)",
    f"CREATE TABLE IF NOT EXISTS {SCHEMA}.stale (cube VARCHAR, hour BIGINT, version BIGINT)",
    "INSERT INTO meta SELECT 'recounts', 0 WHERE NOT EXISTS (FROM meta WHERE name = 'recounts')",
)
_WRITES = re.compile(
    r"\b(?:insert\s+(?:or\s+\w+\s+)?into|update|delete\s+from|truncate|(?:alter|drop)\s+table|merge\s+into)"
    r"\s+(?:main\.)?\"?(\w+)",
    re.I,
)


@dataclass(frozen=True)
class Watch:
    """When rows of `table` change, `cube` is stale in the hours of their `columns`.

    With a `source`, the hours are those of the rows of that table which share the changed rows' `key`.
    """

    cube: str
    table: str
    columns: tuple[str, ...]
    source: str = ""
    key: str = ""


class Runs(Protocol):
    """Runs statements inside the transaction."""

    def execute(self, sql: str, params: Params = None) -> None:
        """Run a statement."""
        ...

    def arrow(self, sql: str, params: Params = None) -> pa.Table:
        """Return the result as an Arrow table."""
        ...

    def rows(self, sql: str, params: Params = None) -> list[tuple[Any, ...]]:
        """Return the result as tuples."""
        ...

    def given(self, **tables: pa.Table) -> Any:
        """Let statements inside read Arrow tables by name."""
        ...


def create_statements() -> tuple[str, ...]:
    """Return the statements that make what all rollups share, where it is missing."""
    return _CREATE


class Staleness:
    """The watches of one warehouse, and the hours that the running transaction made stale. Used by its writer alone.

    `hour` null in the table means every hour of that rollup.
    """

    def __init__(self, run: Runs) -> None:
        self._run = run
        self._watches: dict[str, list[Watch]] = {}
        self._hours: defaultdict[str, set[int]] = defaultdict(set)
        self._all: set[str] = set()
        self._looked_up: defaultdict[tuple[str, str], list[pa.Array]] = defaultdict(list)
        self._kept: set[tuple[str, int]] = set()  # stored as stale since the last recount began
        found = run.rows(f"SELECT watches FROM {SCHEMA}.cubes")
        self.watch([Watch(**{**w, "columns": tuple(w["columns"])}) for (text,) in found for w in json.loads(text)])

    @property
    def is_watching(self) -> bool:
        """Return whether any rollup depends on the rows."""
        return bool(self._watches)

    def watch(self, watches: Sequence[Watch]) -> None:
        """Note changes for these watches too, from now on."""
        for watch in watches:
            known = self._watches.setdefault(watch.table, [])
            if watch not in known:
                known.append(watch)

    def forget_cube(self, cube: str) -> None:
        """Note no more changes for `cube`."""
        for table, watches in self._watches.items():
            self._watches[table] = [w for w in watches if w.cube != cube]

    def recount_begins(self) -> None:
        """From now on store an hour that becomes stale even when it is stored already: a recount may clear that."""
        self._kept = set()

    def note(self, table: str, rows: pa.Table) -> None:
        """Note that `rows` of `table` came or went."""
        for watch in self._watches.get(table, ()) if rows.num_rows else ():
            if watch.source:
                self._looked_up[watch.source, watch.key].append(rows.column(watch.key).combine_chunks())
                continue
            for column in watch.columns:
                if column in rows.column_names:
                    self._hours[watch.cube] |= _hours(rows.column(column))

    def note_statement(self, sql: str) -> None:
        """Note a statement whose rows are not known: every hour of what depends on its tables."""
        for name in set(_WRITES.findall(sql)):
            self._all |= {watch.cube for watch in self._watches.get(name.lower(), ())}

    def flush(self, version: int) -> set[tuple[str, int]]:
        """Store what was noted as stale since `version`; return it, for `committed`."""
        self._look_up()
        fresh = {(cube, hour) for cube, hours in self._hours.items() for hour in hours} - self._kept
        fresh = {(cube, hour) for cube, hour in fresh if cube not in self._all}
        for cube in sorted(self._all):
            self._run.execute(f"INSERT INTO {SCHEMA}.stale VALUES ($cube, NULL, $v)", {"cube": cube, "v": version})
        if fresh:
            listed = sorted(fresh)
            marks = pa.table({"cube": [c for c, _ in listed], "hour": pa.array([h for _, h in listed], pa.int64())})
            with self._run.given(marks=marks):
                sql = f"INSERT INTO {SCHEMA}.stale SELECT cube, hour, $v FROM marks"
                self._run.execute(sql, {"v": version})
        return fresh

    def committed(self, fresh: Iterable[tuple[str, int]]) -> None:
        """Remember what `flush` stored: it need not be stored again until the next recount."""
        self._kept.update(fresh)

    def clear(self) -> None:
        """Forget what the running transaction noted."""
        self._hours.clear()
        self._all.clear()
        self._looked_up.clear()

    def _look_up(self) -> None:
        for (source, key), parts in self._looked_up.items():
            ids = pc.unique(pa.chunked_array(parts, pa.string()))
            watches = [w for ws in self._watches.values() for w in ws if (w.source, w.key) == (source, key)]
            columns = sorted({c for w in watches for c in w.columns})
            listed = ", ".join(f'epoch_us(t."{c}") // {HOUR} AS "{c}"' for c in columns)
            with self._run.given(changed=pa.table({"id": ids})):
                sql = f'SELECT DISTINCT {listed} FROM {source} t WHERE t."{key}" IN (SELECT id FROM changed)'
                found = self._run.arrow(sql)
            for watch in watches:
                for column in watch.columns:
                    self._hours[watch.cube].update(h for h in found.column(column).to_pylist() if h is not None)


def watches_text(watches: Iterable[Watch]) -> str:
    """Return `watches` as they are stored."""
    return json.dumps([asdict(w) for w in watches])


def _hours(moments: pa.ChunkedArray) -> set[int]:
    micros = pc.cast(pc.cast(moments, pa.timestamp("us", tz="UTC")), pa.int64())
    # Arrow's division goes towards zero; a moment before 1970 belongs to the hour below.
    hours = pc.cast(pc.floor(pc.divide(pc.cast(micros, pa.float64()), float(HOUR))), pa.int64())
    return {hour for hour in pc.unique(hours).to_pylist() if hour is not None}
