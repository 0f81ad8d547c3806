"""Which process does the work, and whether it still lives."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from functools import lru_cache

import psutil

# A process's start is computed from the boot time, which shifts a little when the clock is set.
_START_TOLERANCE_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Process:
    """A process: its number may be given again, its number with its start (seconds since 1970) is not."""

    host: str
    pid: int
    process_started: float

    def is_alive(self) -> bool | None:
        """Return whether it lives; None when it is another machine's and so cannot be seen from here."""
        if self.host != platform.node():
            return None
        try:
            started = psutil.Process(self.pid).create_time()
        except psutil.NoSuchProcess:
            return False
        except psutil.AccessDenied:
            return True
        return abs(started - self.process_started) <= _START_TOLERANCE_SECONDS


@lru_cache(maxsize=1)
def this_process() -> Process:
    """Return the process that runs this."""
    own = psutil.Process()
    return Process(host=platform.node(), pid=own.pid, process_started=own.create_time())
