"""A warehouse that notes what is read from it, so that the same SQL can be run again without what stands above it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from deskpulse.warehouse.engine import Given, Params, Snapshot, Warehouse


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement as it was run: by which of a reader's methods, and with what."""

    method: str
    sql: str
    params: Params


class _NotingReader:
    def __init__(self, reader: Snapshot, statements: list[Statement]) -> None:
        self._reader = reader
        self._statements = statements

    @property
    def version(self) -> int:
        return self._reader.version

    @property
    def recounts(self) -> int:
        return self._reader.recounts

    def arrow(self, sql: str, params: Params = None, given: Given = None) -> pa.Table:
        self._statements.append(Statement(method="arrow", sql=sql, params=params))
        return self._reader.arrow(sql, params, given)

    def rows(self, sql: str, params: Params = None) -> list[tuple[Any, ...]]:
        self._statements.append(Statement(method="rows", sql=sql, params=params))
        return self._reader.rows(sql, params)

    def one(self, sql: str, params: Params = None) -> tuple[Any, ...] | None:
        self._statements.append(Statement(method="one", sql=sql, params=params))
        return self._reader.one(sql, params)


class NotingWarehouse:
    """Passes everything on to `warehouse` and notes the statements of its readers."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self.statements: list[Statement] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._warehouse, name)

    @contextmanager
    def reader(self, *, timeout_seconds: float | None = None) -> Iterator[_NotingReader]:
        """Open a snapshot whose statements are noted."""
        with self._warehouse.reader(timeout_seconds=timeout_seconds) as reader:
            yield _NotingReader(reader, self.statements)

    def noted(self, work: Callable[[], object]) -> list[Statement]:
        """Run `work` and return the statements that it ran."""
        self.statements.clear()
        work()
        return list(self.statements)


def replay_seconds(warehouse: Warehouse, statements: list[Statement]) -> float:
    """Run the statements again in one snapshot and return how long they took together."""
    with warehouse.reader() as reader:
        began = time.perf_counter()
        for statement in statements:
            getattr(reader, statement.method)(statement.sql, statement.params)
        return time.perf_counter() - began
