"""Keeps the rollups of one warehouse up to date: decides what is kept, and counts anew the days that became stale."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from typing import Any

from deskpulse.core.errors import DeskpulseError
from deskpulse.core.settings import Settings
from deskpulse.core.turns import turns
from deskpulse.metrics.clock import HOUR
from deskpulse.metrics.rollups.cells import Run, bound, cells_of, cells_of_runs
from deskpulse.metrics.rollups.count import cells_sql, create_sql, cut_name, hours_sql
from deskpulse.metrics.rollups.cubes import Cube, Cut, cubes
from deskpulse.metrics.rollups.days import Days, days_of
from deskpulse.metrics.rollups.stored import NO_WIDTH, Decided, Width, read_width
from deskpulse.warehouse.duckdb import DuckWarehouse
from deskpulse.warehouse.engine import Transaction
from deskpulse.warehouse.rollups import SCHEMA, watches_text

_SAMPLE_DAYS = 30
_MOST_RUNS = 32  # of adjacent days, in one statement
_LEAST_LISTED, _MANY = 0.5, 3_000_000
"""A bucket in a list takes half of what a row's duration does; a sketch that saves only so pays where there are so many
rows that reading those of a year takes a tenth of a second."""
_GROWN = 4  # what is kept is decided anew when a fact has so many times the rows
log = logging.getLogger("deskpulse.rollups")


class Upkeep:
    """Works step by step; `start` gives it a thread. Days are those of `zone`."""

    def __init__(self, warehouse: DuckWarehouse, settings: Settings, zone: str) -> None:
        self._warehouse = warehouse
        self._settings = settings
        self._zone = days_of(zone).zone
        self._cubes: dict[str, Cube] = {}
        self._widths: dict[str, Width] = {}
        self._seen = -1
        self._wanted: dict[tuple[str, Cut], None] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def cubes(self) -> tuple[Cube, ...]:
        """Return the cubes whose definitions were compared with what is stored: empty until then."""
        return tuple(self._cubes.values())

    @property
    def widths(self) -> dict[str, Width]:
        """Return how wide each cube's cells were when they were last counted."""
        return dict(self._widths)

    @property
    def recounts(self) -> int:
        """Return a number that grows when stale days were counted anew."""
        return self._warehouse.recounts

    def want(self, cube: str, cut: Cut) -> None:
        """Keep a cut too that a question would have been answered from."""
        self._wanted.setdefault((cube, cut))

    def start(self) -> None:
        """Work in the background until `stop`."""
        self._thread = threading.Thread(target=self._serve, name="rollups", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the step under way and end."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def drain(self) -> int:
        """Work until nothing is stale; return the number of steps."""
        steps = 0
        while self.step():
            steps += 1
        return steps

    def step(self) -> bool:
        """Do one piece of work; return whether there was any."""
        version = self._warehouse.version
        if version != self._seen:
            self._define()
            self._seen = version
        while self._wanted:
            (name, cut), _ = self._wanted.popitem()
            if name in self._cubes and self._add(self._cubes[name], cut):
                return True
        stale = self._stale_hours()
        return any(self._recount(cube, stale[name]) for name, cube in self._cubes.items() if name in stale)

    def _serve(self) -> None:
        turns.give_way()
        while not self._stop.is_set():
            turns.take(self._settings.background_quiet_seconds, self._stop)
            version, began = self._warehouse.version, time.thread_time()
            clock = time.perf_counter()
            try:
                worked = self.step()
            except DeskpulseError as error:
                log.warning("rollups were not brought up to date: %s", error)
                worked = False
            spent = max(time.thread_time() - began, time.perf_counter() - clock)
            # While rows come in, upkeep takes its share of the time and no more.
            is_busy = self._warehouse.version != version
            rest = spent * (1 / self._settings.rollup_share - 1) if is_busy else 0.0
            self._stop.wait(rest if worked else max(rest, self._settings.rollup_idle_seconds))

    def _define(self) -> None:
        with self._warehouse.reader() as reader:
            stored = {row[0]: row[1:] for row in reader.rows(f"SELECT cube, signature, decided FROM {SCHEMA}.cubes")}
            counts = {c.fact.table: 0 for c in cubes().values()}
            for table in counts:
                counts[table] = reader.rows(f"SELECT count(*) FROM {table}")[0][0]
        for cube in cubes().values():
            rows = counts[cube.fact.table]
            signature, decided = stored.get(cube.name, (None, None))
            known = Decided.read(decided) if decided else None
            is_same = signature == cube.signature and known is not None and known.zone == self._zone
            if rows < self._settings.rollup_least_rows or (known and is_same and rows < known.rows * _GROWN):
                continue
            added = [c for c in known.ratios if cube.may_keep(c)] if known is not None and is_same else []
            self._redefine(cube, rows, [*cube.cuts, *(c for c in added if c not in cube.cuts)])
        with self._warehouse.reader() as reader:
            known_cubes = {name for (name,) in reader.rows(f"SELECT cube FROM {SCHEMA}.cubes")}
            for cube in cubes().values():
                if cube.name in known_cubes and cube.name not in self._widths:
                    self._widths[cube.name] = read_width(reader, cube)
        self._cubes = dict(cubes())

    def _redefine(self, cube: Cube, rows: int, cuts: list[Cut]) -> None:
        decided = self._decide(cube, rows, cuts)

        def work(transaction: Transaction) -> None:
            for statement in create_sql(cube):
                transaction.execute(statement)
            transaction.execute(f"DELETE FROM {SCHEMA}.cubes WHERE cube = $cube", {"cube": cube.name})
            given = {"cube": cube.name, "signature": cube.signature, "watches": watches_text(cube.watches),
                     "decided": decided.text()}  # fmt: skip
            transaction.execute(f"INSERT INTO {SCHEMA}.cubes VALUES ($cube, $signature, $watches, $decided)", given)
            self._warehouse.staleness.forget_cube(cube.name)
            self._warehouse.staleness.watch(cube.watches)
            self._all_stale(transaction, cube)

        self._warehouse.write(work)

    def _all_stale(self, transaction: Transaction, cube: Cube) -> None:
        for table in (cube.table, cube.sketch_table):
            transaction.execute(f"DELETE FROM {table}")
        transaction.execute(f"DELETE FROM {SCHEMA}.stale WHERE cube = $cube", {"cube": cube.name})
        transaction.execute(
            f"INSERT INTO {SCHEMA}.stale SELECT DISTINCT $cube, epoch_us(moment) // {HOUR}, 0 FROM ({cube.base})",
            {"cube": cube.name},
        )

    def _decide(self, cube: Cube, rows: int, cuts: list[Cut]) -> Decided:
        days = days_of(self._zone)
        with self._warehouse.reader() as reader:
            last = reader.rows(f"SELECT epoch_us(max(moment)) // {HOUR} FROM ({cube.base})")[0][0]
            if last is None:
                return Decided(self._zone, rows, {}, {})
            place = int(days.of([last])[0])
            given = bound(days, days.range(place - _SAMPLE_DAYS)[0], days.range(place)[1])
            found = reader.rows(cells_sql(cube, cuts), given)[0]
        total, counts = found[0], iter(found[1:])
        least = self._settings.rollup_least_compression
        slots: dict[Cut, str] = {}
        ratios: dict[Cut, float] = {}
        sketched: dict[Cut, float] = {}
        for cut in cuts:
            by_slot = {"hour": _ratio(total, next(counts)), "day": _ratio(total, next(counts))}
            cells = [next(counts) for _ in range(cube.sketches)]
            # Hours are for the hour of the day and the weekday, and for other zones: pairs do without.
            kept = [s for s, ratio in by_slot.items() if ratio >= least and (s == "day" or len(cut) < 2)]
            ratios[cut] = by_slot[kept[0] if kept else "day"]
            if kept:
                slots[cut] = kept[0]
            # A duration that no row has makes no cells, and is no reason to do without the others.
            saved = min((_ratio(total, c) for c in cells if c), default=0.0)
            if kept and saved and (saved >= least or (saved >= _LEAST_LISTED * least and rows >= _MANY)):
                sketched[cut] = round(1 / saved, 4)
        return Decided(self._zone, rows, slots, sketched, ratios)

    def _add(self, cube: Cube, cut: Cut) -> bool:
        """Keep one more cut, when it saves enough; return whether there was anything to do.

        Days that are stale stay so, and are counted for this cut too when their turn comes.
        """
        name = {"cube": cube.name}
        with self._warehouse.reader() as reader:
            stored = reader.one(f"SELECT signature, decided FROM {SCHEMA}.cubes WHERE cube = $cube", name)
            span = reader.one(f"SELECT min(hour), max(hour) FROM {cube.table} WHERE cut = ''")
        if stored is None or stored[0] != cube.signature:
            return False
        known = Decided.read(stored[1])
        if cut in known.ratios or len(known.ratios) >= self._settings.rollup_most_cuts:
            return False
        decided = known.joined(self._decide(cube, known.rows, [cut]))
        cells: list[tuple[str, Any]] = []
        if span is not None and span[0] is not None and cut in decided.slots:
            days = days_of(decided.zone)
            places = days.of(span)
            first, until = days.range(places[0])[0], days.range(places[-1])[1]
            with self._warehouse.reader() as reader:
                cells = cells_of(reader, cube, decided.only([cut]), bound(days, first, until))

        def work(transaction: Any) -> None:
            for table, rows in cells:
                transaction.execute(f"DELETE FROM {table} WHERE cut = $cut", {"cut": cut_name(cut)})
                transaction.insert(table, rows)
            told = {**name, "decided": decided.text()}
            transaction.execute(f"UPDATE {SCHEMA}.cubes SET decided = $decided WHERE cube = $cube", told)

        self._warehouse.recount(work)
        self._measure(cube)
        return True

    def _measure(self, cube: Cube, runs: Sequence[Run] = ()) -> None:
        known = self._widths.get(cube.name, NO_WIDTH)
        with self._warehouse.reader() as reader:
            self._widths[cube.name] = read_width(reader, cube, known, runs if known is not NO_WIDTH else ())

    def _stale_hours(self) -> dict[str, list[int | None]]:
        found: dict[str, list[int | None]] = {}
        with self._warehouse.reader() as reader:
            for name, hour in reader.rows(f"SELECT DISTINCT cube, hour FROM {SCHEMA}.stale"):
                found.setdefault(name, []).append(hour)
        return found

    def _recount(self, cube: Cube, stale: list[int | None]) -> bool:
        name = {"cube": cube.name}
        with self._warehouse.reader() as reader:
            stored = reader.one(f"SELECT signature, decided FROM {SCHEMA}.cubes WHERE cube = $cube", name)
            known = reader.one(f"SELECT min(hour), max(hour) FROM {cube.table} WHERE cut = ''") if stored else None
        if stored is None or stored[0] != cube.signature:
            return False
        decided = Decided.read(stored[1])
        hours = [hour for hour in stale if hour is not None]
        if len(hours) < len(stale):
            self._warehouse.recount(lambda t: self._all_stale(t, cube))
            return True
        days = days_of(decided.zone)
        whole = days.of([*hours, *(h for h in known or () if h is not None)])
        rows = decided.rows / max(1, int(whole[-1] - whole[0]))
        most = max(1, int(self._settings.rollup_piece_rows / max(1.0, rows)))
        # The newest stale days first, and no day between them that is not stale.
        places = days.of(hours)
        runs = days.runs(places[days.are_known(places)][-most:])[-_MOST_RUNS:]
        if runs:  # an hour before the first day that is known stays stale
            self._count(cube, decided, days, runs)
        return bool(runs)

    def _count(self, cube: Cube, decided: Decided, days: Days, runs: Sequence[Run]) -> None:
        self._warehouse.staleness.recount_begins()
        with self._warehouse.reader() as reader:
            version = reader.version
            cells = cells_of_runs(reader, cube, decided, days, runs)
        within = hours_sql(runs)

        def work(transaction: Any) -> None:
            for table in {table: None for table, _ in cells}:
                transaction.execute(f"DELETE FROM {table} WHERE {within}")
            for table, rows in cells:
                transaction.insert(table, rows)
            done = f"WHERE cube = $cube AND {within} AND version <= $version"
            transaction.execute(f"DELETE FROM {SCHEMA}.stale {done}", {"cube": cube.name, "version": version})

        self._warehouse.recount(work)
        self._measure(cube, runs)


def _ratio(rows: int, cells: int) -> float:
    return round(rows / cells, 2) if cells else 0.0
