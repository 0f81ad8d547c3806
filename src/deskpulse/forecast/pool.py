"""Many series at once, in worker processes: fitting holds the interpreter for seconds."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from deskpulse.core.errors import WorkerError
from deskpulse.core.processes import end_with_parent
from deskpulse.core.settings import Settings
from deskpulse.forecast.engine import expect
from deskpulse.forecast.results import Expected, Task

KEPT_SECONDS = 120.0
"""How long processes without work are kept."""


def expect_many(
    tasks: Sequence[Task],
    settings: Settings,
    *,
    processes: int | None = None,
    each: Callable[[int, int], None] | None = None,
    apart: bool = False,
) -> list[Expected]:
    """Return what `expect` says of each task, in order, from as many as `processes` processes (default: workers).

    One series, or one process, is done here; with `apart` never, but in processes that are kept for a while and that
    give way to others. `each` hears how many of how many are done. WorkerError when a process dies.
    """
    if apart and tasks:
        return _KEPT.run(tasks, settings, each or _silent)
    count = min(settings.workers if processes is None else processes, len(tasks))
    tell = each or _silent
    if count <= 1:
        return list(_telling((expect(task, settings) for task in tasks), tell, len(tasks)))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=context, initializer=end_with_parent) as pool:
        return _mapped(pool, tasks, settings, tell)


def _mapped(
    pool: ProcessPoolExecutor, tasks: Sequence[Task], settings: Settings, tell: Callable[[int, int], None]
) -> list[Expected]:
    try:
        return list(_telling(pool.map(expect, tasks, [settings] * len(tasks)), tell, len(tasks)))
    except BrokenProcessPool as error:
        raise WorkerError("A process that forecast series died.", hint="Perhaps memory ran out; try again.") from error


def _telling(results: Iterable[Expected], tell: Callable[[int, int], None], of: int) -> Iterator[Expected]:
    for number, result in enumerate(results, start=1):
        tell(number, of)
        yield result


def _silent(done: int, of: int) -> None:
    return


class _KeptPool:
    """Processes that stay for the next forecast, since starting one takes seconds, and end when none comes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._users = 0
        self._end: threading.Timer | None = None

    def run(self, tasks: Sequence[Task], settings: Settings, tell: Callable[[int, int], None]) -> list[Expected]:
        """Do the tasks in the processes."""
        with self._lock:
            self._users += 1
            if self._end is not None:
                self._end.cancel()
            if self._pool is None:
                context = multiprocessing.get_context("spawn")
                self._pool = ProcessPoolExecutor(settings.workers, mp_context=context, initializer=_behind)
            pool = self._pool
        try:
            return _mapped(pool, tasks, settings, tell)
        except WorkerError:
            with self._lock:
                if self._pool is pool:
                    self._pool = None
            raise
        finally:
            with self._lock:
                self._users -= 1
                if not self._users:
                    self._end = threading.Timer(KEPT_SECONDS, self.close)
                    self._end.daemon = True
                    self._end.start()

    def close(self) -> None:
        """End the processes, unless somebody uses them."""
        with self._lock:
            if self._users:
                return
            pool, self._pool = self._pool, None
            if self._end is not None:
                self._end.cancel()
        if pool is not None:
            pool.shutdown()


_KEPT = _KeptPool()


def close_kept() -> None:
    """End the processes that are kept for forecasts."""
    _KEPT.close()


def _behind() -> None:
    """End with this process, and give way to who waits for an answer."""
    end_with_parent()
    if hasattr(os, "nice"):
        os.nice(5)
