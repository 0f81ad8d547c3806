"""Files to payload: recognising a vendor's export among opened parts, and reading it as parts by table."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol

import polars as pl

from deskpulse.core.errors import InputError, UnreadableFileError
from deskpulse.core.registry import collect
from deskpulse.core.settings import Settings
from deskpulse.sources import connectors
from deskpulse.sources.cells import long_cell_reason
from deskpulse.sources.connector import Connector, Item, Known, Record, Resource, Rows
from deskpulse.sources.container import listed
from deskpulse.sources.flat import as_json
from deskpulse.sources.formats.delimited import DelimitedPart
from deskpulse.sources.model import BadRow, Chunk, Part
from deskpulse.sources.payload import RowError, entity_columns, entity_frame, rows_of
from deskpulse.sources.record_part import Record as Read
from deskpulse.sources.record_part import RecordsPart

_TABLE_ROWS = 2_000
_PLAIN_NAMES = frozenset({"data", "results", "items", "records", "value", "values", "response"})


@cache
def known_connectors() -> dict[str, Connector]:
    """Return every vendor, by name."""
    return collect(connectors, Connector, plugins="deskpulse.connectors")


class RecordRun(Protocol):
    """Records in order, from any position on."""

    @property
    def name(self) -> str:
        """Return the part's name."""
        ...

    @property
    def size(self) -> int | None:
        """Return the bytes to read, when known."""
        ...

    def records(self, position: str | None = None) -> Generator[Read, None, None]:
        """Yield the records from the start or from a position on."""
        ...


@dataclass(frozen=True)
class TableRun:
    """The rows of a delimited text as records of text."""

    part: DelimitedPart

    @property
    def name(self) -> str:
        """Return the part's name."""
        return self.part.name

    @property
    def size(self) -> int | None:
        """Return the bytes to read, when known."""
        return self.part.size

    def records(self, position: str | None = None) -> Generator[Read, None, None]:
        """Yield the rows, rejected ones included, from the start or from a position on."""
        begin, skip = json.loads(position) if position else (None, 0)
        for chunk in self.part.chunks(_TABLE_ROWS, begin):
            rows = zip(chunk.row_numbers.to_list(), chunk.frame.iter_rows(named=True), strict=True)
            reads = [Read(row, number, "") for number, row in rows]
            reads += [Read({}, bad.row_number, "", bad.reason, bad.row_json) for bad in chunk.bad]
            reads.sort(key=lambda read: read.number)
            for place in range(skip, len(reads)):
                at = json.dumps([chunk.position, 0] if place + 1 == len(reads) else [begin, place + 1])
                read = reads[place]
                yield Read(read.value, read.number, at, read.problem, read.text, done=chunk.done)
            begin, skip = chunk.position, 0


@dataclass(frozen=True)
class Claimed:
    """A run of records that is known to be a vendor's resource."""

    run: RecordRun
    resource: Resource


def run_of(part: Part) -> tuple[RecordRun, frozenset[str], tuple[Record, ...]] | None:
    """Return a part's records, their fields and the first of them; None for a part that has no records."""
    if isinstance(part, RecordsPart):
        return part, part.fields, part.sample
    if isinstance(part, DelimitedPart):
        return TableRun(part), frozenset(part.layout.columns), ()
    return None


def name_of(part: Part) -> str:
    """Return what a part's records are called: the list that holds them, else the file."""
    if isinstance(part, RecordsPart):
        told = [step for step in part.path if step not in _PLAIN_NAMES]
        return told[-1].lower() if told else part.blob.stem
    return part.blob.stem if isinstance(part, DelimitedPart) else part.name


def claim(connector: Connector, parts: Sequence[Part]) -> tuple[list[Claimed], list[Part], int]:
    """Return what of `parts` is this vendor's, what is not, and how many parts can be no other vendor's."""
    sure: dict[int, Claimed] = {}
    named: dict[int, Claimed] = {}
    for place, part in enumerate(parts):
        found = run_of(part)
        if found is None:
            continue
        run, fields, sample = found
        name = name_of(part)
        for resource in connector.resources:
            if resource.is_told_by(fields, sample):
                sure[place] = Claimed(run, resource)
                break
            if place not in named and resource.is_named(name, fields):
                named[place] = Claimed(run, resource)
    claimed = {**named, **sure} if sure else {}
    rest = [part for place, part in enumerate(parts) if place not in claimed]
    return [claimed[place] for place in sorted(claimed)], rest, sum(bool(c.resource.rows) for c in sure.values())


@dataclass(frozen=True)
class Export:
    """A vendor's export: what is read of it, and what else was found beside it."""

    connector: Connector
    claimed: tuple[Claimed, ...]
    others: tuple[Part, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what a person should know of its reading."""
        unused = [c.run.name for c in self.claimed if not c.resource.rows and c.resource.learn is None]
        told = [f"Known to be of {self.connector.label}, but not used: {listed(unused)}."] if unused else []
        if self.others:
            names = listed([part.name for part in self.others])
            told.append(f"No known table of {self.connector.label}, left out: {names}. Such files are imported alone.")
        return (*self.connector.notes, *told)

    def parts(self, settings: Settings) -> tuple[Part, ...]:
        """Return a part for each table that the records fill, in the order to read them."""
        lookup = Lookup(self.claimed)
        present = frozenset(c.resource.name for c in self.claimed)
        parts: list[Part] = []
        for entity in self.connector.entities():
            steps = tuple(
                (c, rows)
                for c in self.claimed
                for rows in c.resource.rows
                if rows.entity == entity and not present.intersection(rows.unless)
            )
            if steps:
                name = f"{self.connector.name}:{entity}"
                parts.append(EntityPart(name, entity, steps, lookup, settings.import_max_cell_chars))
        return tuple(parts)


def find_export(parts: Sequence[Part]) -> Export | None:
    """Return the vendor's export that `parts` are, None when they are none."""
    best: Export | None = None
    most = 0
    for connector in known_connectors().values():
        claimed, rest, sure = claim(connector, parts)
        if sure > most:
            best, most = Export(connector, tuple(claimed), tuple(rest)), sure
    return best


@dataclass
class Lookup:
    """What records say about others, learnt once when the first row is read."""

    claimed: tuple[Claimed, ...]
    _known: Known | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def known(self) -> Known:
        """Return what is known; a file that breaks off tells what it holds up to there."""
        with self._lock:
            if self._known is None:
                known = Known(resources=frozenset(c.resource.name for c in self.claimed))
                for claimed in self.claimed:
                    self._learn(claimed, known)
                self._known = known
            return self._known

    @staticmethod
    def _learn(claimed: Claimed, known: Known) -> None:
        learn = claimed.resource.learn
        if learn is None:
            return
        with closing(claimed.run.records()) as records:
            try:
                for read in records:
                    if not read.problem:
                        learn(Item(read.value, read.value, known, claimed.run.name))
            except UnreadableFileError:
                return  # reading the rows tells of it


@dataclass(frozen=True)
class _State:
    step: int = 0
    position: str | None = None
    skip: int = 0
    row: int = 0

    @classmethod
    def read(cls, position: str | None) -> _State:
        if position is None:
            return cls()
        try:
            found = json.loads(position)
            return cls(int(found["step"]), found["at"], int(found["skip"]), int(found["row"]))
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{position!r} is no place in an export.") from error

    def __str__(self) -> str:
        return as_json({"step": self.step, "at": self.position, "skip": self.skip, "row": self.row})


@dataclass(frozen=True)
class EntityPart:
    """The rows of one table, out of all records of an export that tell of it."""

    name: str
    entity: str
    steps: tuple[tuple[Claimed, Rows], ...]
    lookup: Lookup
    cell_chars: int

    @property
    def size(self) -> int | None:
        """Return the bytes to read, when all are known."""
        sizes = [claimed.run.size for claimed, _ in self.steps]
        return sum(size for size in sizes if size is not None) if None not in sizes else None

    def chunks(self, rows: int, position: str | None = None) -> Iterator[Chunk]:
        """Yield chunks of at most `rows` rows, from the start or from a chunk's `position`."""
        known = self.lookup.known()
        batch = _Batch(self.entity, entity_columns(self.entity, [r for _, r in self.steps]), _State.read(position))
        before = 0
        try:
            for step, (claimed, mapped) in enumerate(self.steps):
                if step >= batch.state.step:
                    for done in self._read(claimed, mapped, known, batch, step):
                        if len(batch.rows) >= rows:
                            yield batch.chunk(before + (done or 0))
                    batch.state = _State(step + 1, None, 0, batch.state.row)
                before += claimed.run.size or 0
        except UnreadableFileError:
            if batch.has_anything:
                yield batch.chunk(before)
            raise
        if batch.has_anything:
            yield batch.chunk(before)

    def _read(self, claimed: Claimed, mapped: Rows, known: Known, batch: _Batch, step: int) -> Iterator[int | None]:
        begin = batch.state if batch.state.step == step else _State(step, None, 0, batch.state.row)
        skip, at = begin.skip, begin.position
        with closing(claimed.run.records(begin.position)) as records:
            for read in records:
                count = 0
                for made in self._made(read, claimed, mapped, known):
                    count += 1
                    if count <= skip:
                        continue
                    batch.add(made, self.cell_chars)
                    batch.state = _State(step, at, count, batch.state.row)
                    yield read.done
                skip, at = 0, read.position
                batch.state = _State(step, at, 0, batch.state.row)

    def _made(self, read: Read, claimed: Claimed, mapped: Rows, known: Known) -> Iterator[Record | BadRow]:
        if read.problem:
            # One of the record's tables tells of it, so that it is rejected once.
            if mapped is claimed.resource.rows[0]:
                row_json = read.text if read.text.startswith("{") and not read.value else as_json({"line": read.text})
                yield BadRow(row_number=0, row_json=row_json, reason=read.problem)
            return
        for row in rows_of(read.value, claimed.resource, mapped, known, claimed.run.name):
            if isinstance(row, RowError):
                yield BadRow(row_number=0, row_json=as_json(read.value), reason=str(row))
            else:
                yield row


class _Batch:
    """The rows of the chunk to come, and where reading is."""

    def __init__(self, entity: str, columns: tuple[str, ...], state: _State) -> None:
        self._entity, self._columns = entity, columns
        self.state = state
        self._clear()

    def _clear(self) -> None:
        self.rows: list[Record] = []
        self._numbers: list[int] = []
        self._bad: list[BadRow] = []

    @property
    def has_anything(self) -> bool:
        return bool(self.rows or self._bad)

    def add(self, made: Record | BadRow, most: int) -> None:
        number = self.state.row + 1
        self.state = _State(self.state.step, self.state.position, self.state.skip, number)
        if isinstance(made, BadRow):
            self._bad.append(BadRow(row_number=number, row_json=made.row_json, reason=made.reason))
            return
        for name, cell in made.items():
            if isinstance(cell, str) and len(cell) > most:
                shown = {k: v[:most] if isinstance(v, str) else v for k, v in made.items()}
                reason = long_cell_reason(name, len(cell), most)
                self._bad.append(BadRow(row_number=number, row_json=as_json(shown), reason=reason))
                return
        self._numbers.append(number)
        self.rows.append(made)

    def chunk(self, done: int | None) -> Chunk:
        made = Chunk(
            frame=entity_frame(self._entity, self._columns, self.rows),
            row_numbers=pl.Series(self._numbers, dtype=pl.Int64), position=str(self.state), bad=tuple(self._bad),
            done=done,
        )  # fmt: skip
        self._clear()
        return made
