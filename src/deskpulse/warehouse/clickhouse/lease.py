"""Who writes a database of a ClickHouse server: one process at a time, told by a table that exists or not.

Creating a table is the one step of ClickHouse that exactly one of two processes can take. The table's comment says
until when its maker counts as alive. Where that has passed, the next process makes the next table, numbered one higher,
and the one before may write no more.
"""

from __future__ import annotations

import os
import socket
import time
from datetime import datetime, timedelta

from deskpulse.core.clock import now
from deskpulse.core.errors import BusyError, DeskpulseError
from deskpulse.core.settings import Settings
from deskpulse.warehouse.clickhouse.connection import Statements
from deskpulse.warehouse.clickhouse.tables import LOCK


class Lease:
    """The right to write; not needed where the engine itself lets one process open the folder."""

    def __init__(self, settings: Settings, *, is_needed: bool) -> None:
        self._seconds = settings.lease_seconds
        self._is_needed = is_needed
        self._number = 0
        self._renewed = 0.0
        self._holder = f"{socket.gethostname()} process {os.getpid()}".replace("'", "").replace("|", "")

    @property
    def renew_seconds(self) -> float | None:
        """Return how often it is renewed when nothing is written; None: never."""
        return self._seconds / 4 if self._is_needed else None

    def acquire(self, run: Statements) -> None:
        """Take the lease; BusyError when another process has it."""
        if not self._is_needed:
            return
        held = self._held(run)
        if held:
            comment = held[max(held)]
            holder, _, until = comment.partition("|")
            if until and datetime.fromisoformat(until) > now():
                raise BusyError(
                    f"The warehouse {run.database} is in use by {holder}.",
                    hint=f"Stop it first; if it died, the warehouse is free at {until}.",
                )
        self._number = max(held, default=0) + 1
        try:
            made = f"CREATE TABLE {run.database}.{LOCK}_{self._number} (x UInt8) ENGINE = Memory"
            run.command(f"{made} COMMENT '{self._comment()}'")
        except DeskpulseError as error:
            if self._number in self._held(run):
                raise BusyError(f"Another process took the warehouse {run.database} just now.") from error
            raise
        self._renewed = time.monotonic()
        for old in held:
            run.command(f"DROP TABLE IF EXISTS {run.database}.{LOCK}_{old}")

    def renew(self, run: Statements) -> None:
        """Say that this process is alive, when it was not said for a while."""
        if self._is_needed and time.monotonic() - self._renewed > self._seconds / 4:
            self.check(run)
            run.command(f"ALTER TABLE {run.database}.{LOCK}_{self._number} MODIFY COMMENT '{self._comment()}'")
            self._renewed = time.monotonic()

    def check(self, run: Statements) -> None:
        """Raise BusyError when another process has taken the warehouse over."""
        if self._is_needed and max(self._held(run), default=0) != self._number:
            raise BusyError(
                f"Another process has taken over the warehouse {run.database}, because this one was not heard of.",
                hint="Restart this process, or the other.",
            )

    def release(self, run: Statements) -> None:
        """Give the lease back."""
        if self._is_needed and self._number:
            run.command(f"DROP TABLE IF EXISTS {run.database}.{LOCK}_{self._number}")

    def _comment(self) -> str:
        return f"{self._holder}|{(now() + timedelta(seconds=self._seconds)).isoformat()}"

    def _held(self, run: Statements) -> dict[int, str]:
        found = run.native(
            f"SELECT name, comment FROM system.tables WHERE database = '{run.database}' AND name LIKE '{LOCK}\\_%'"
        )
        pairs = zip(found.column(0).to_pylist(), found.column(1).to_pylist(), strict=True)
        return {int(name.rpartition("_")[2]): comment for name, comment in pairs}
