"""Statements are stopped when their time is up: one thread watches all of them, as starting one for each costs more
than many a statement."""

from __future__ import annotations

import math
import os
import threading
import time
from types import TracebackType
from typing import Self

import duckdb


class Deadline:
    """Interrupts a connection's statement after `seconds`, and never the one after it; None is no limit."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, seconds: float | None) -> None:
        self.struck = False
        self._connection = connection
        self._seconds = seconds
        self.at = math.inf

    def __enter__(self) -> Self:
        if self._seconds:
            self.at = time.monotonic() + self._seconds
            _watchdog.add(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._seconds:
            _watchdog.remove(self)

    def strike(self) -> None:
        """Stop the statement."""
        self.struck = True
        self._connection.interrupt()


class _Watchdog:
    """The deadlines under way, and the thread that waits for the first of them."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Forget all: a forked process has neither the statements nor the thread."""
        self._changed = threading.Condition()
        self._under_way: set[Deadline] = set()
        self._wakes_at = math.inf
        self._thread: threading.Thread | None = None

    def add(self, deadline: Deadline) -> None:
        with self._changed:
            self._under_way.add(deadline)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="deadlines", daemon=True)
                self._thread.start()
            # Limits are mostly equal: the thread then sleeps on until the earliest.
            if deadline.at < self._wakes_at:
                self._wakes_at = deadline.at
                self._changed.notify()

    def remove(self, deadline: Deadline) -> None:
        with self._changed:
            self._under_way.discard(deadline)

    def _watch(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for deadline in [d for d in self._under_way if d.at <= now]:
                    self._under_way.discard(deadline)
                    deadline.strike()
                self._wakes_at = min((d.at for d in self._under_way), default=math.inf)
                self._changed.wait(None if self._wakes_at == math.inf else max(0.0, self._wakes_at - now))


_watchdog = _Watchdog()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_watchdog.begin)
