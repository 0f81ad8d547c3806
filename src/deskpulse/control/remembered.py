"""What was read from the control database, remembered until anybody writes to it: this process or another."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from typing import Any, TypeVar

V = TypeVar("V")
_MOST = 1_000


class Remembered:
    """Values of small tables that every request reads. Safe among threads.

    SQLite tells a connection by `PRAGMA data_version` whether another one has committed since, in any process, in a
    hundredth of the time that a read takes. The version is taken before the value is read, so what was written
    meanwhile is only read once more. Without `path` (PostgreSQL) nothing is remembered.
    """

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.Lock()
        self._values: dict[tuple[str, str], tuple[int, Any]] = {}

    def get(self, key: tuple[str, str], read: Callable[[], V]) -> V:
        """Return what `read` returned under `key`, read again when the database has changed since."""
        version = self._version()
        if version is None:
            return read()
        kept = self._values.get(key)
        if kept is not None and kept[0] == version:
            found: V = kept[1]
            return found
        value = read()
        if len(self._values) >= _MOST:
            self._values.clear()
        self._values[key] = (version, value)
        return value

    def known(self, key: tuple[str, str]) -> Any | None:
        """Return what is remembered under `key` and still true, without reading anything; else None."""
        kept = self._values.get(key)
        return kept[1] if kept is not None and kept[0] == self._version() else None

    def close(self) -> None:
        """Close the connection that is asked for the version; it opens again when needed."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _version(self) -> int | None:
        """Return a number that changes with every commit; None when it cannot be told, and reading says why."""
        if self._path is None:
            return None
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None)
                    # Numbers of an earlier connection say nothing to this one.
                    self._values.clear()
                return int(self._connection.execute("PRAGMA data_version").fetchone()[0])
            except sqlite3.Error:
                return None
