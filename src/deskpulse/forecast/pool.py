"""Many series at once, in worker processes: fitting holds the interpreter for seconds."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from deskpulse.core.errors import WorkerError
from deskpulse.core.settings import Settings
from deskpulse.forecast.engine import expect
from deskpulse.forecast.results import Expected, Task

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def expect_many(
    tasks: Sequence[Task],
    settings: Settings,
    *,
    processes: int | None = None,
    each: Callable[[int, int], None] | None = None,
) -> list[Expected]:
    """Return what `expect` says of each task, in order, from as many as `processes` processes (default: workers).

    One series, or one process, is done here. `each` hears how many of how many are done. WorkerError when a process
    dies.
    """
    count = min(settings.workers if processes is None else processes, len(tasks))
    tell = each or _silent
    if count <= 1:
        return list(_telling((expect(task, settings) for task in tasks), tell, len(tasks)))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=context, initializer=_one_thread) as pool:
        try:
            return list(_telling(pool.map(expect, tasks, [settings] * len(tasks)), tell, len(tasks)))
        except BrokenProcessPool as error:
            raise WorkerError(
                "A process that forecast series died.", hint="Perhaps memory ran out; try again."
            ) from error


def _telling(results: Iterable[Expected], tell: Callable[[int, int], None], of: int) -> Iterator[Expected]:
    for number, result in enumerate(results, start=1):
        tell(number, of)
        yield result


def _silent(done: int, of: int) -> None:
    return


def _one_thread() -> None:
    """Let each process use one thread: as many processes as cores are running."""
    for name in _THREADS:
        os.environ[name] = "1"
