"""Several readers of one state: the scans of a question side by side, as planning one keeps a single core busy."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import TypeVar

from deskpulse.warehouse.engine import Snapshot

T = TypeVar("T")


class Crew:
    """Does works that read one snapshot, on up to `threads` threads; `open_snapshot` gives the others theirs.

    The asking thread takes part, so that a crew which is busy elsewhere never holds a question up. Another thread
    helps only when its snapshot shows the same state.
    """

    def __init__(self, open_snapshot: Callable[[], AbstractContextManager[Snapshot]], threads: int) -> None:
        self._open = open_snapshot
        self._others = threads - 1
        self._pool: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()

    def do(self, reader: Snapshot, works: Sequence[Callable[[Snapshot], T]]) -> list[T]:
        """Return what the works return, in their order; the first that fails is raised once none is under way."""
        if len(works) < 2 or self._others < 1:
            return [work(reader) for work in works]
        todo = deque(enumerate(works))
        done: dict[int, T] = {}
        state = reader.version, reader.recounts

        def take(snapshot: Snapshot) -> None:
            while todo:
                try:
                    place, work = todo.popleft()
                except IndexError:  # another thread was faster
                    return
                done[place] = work(snapshot)

        def help_out() -> None:
            with self._open() as other:
                if (other.version, other.recounts) == state:
                    take(other)

        helps = [self._begin(help_out) for _ in range(min(self._others, len(works) - 1))]
        try:
            take(reader)
        finally:
            todo.clear()
            problems = [f.exception() for f in helps if not f.cancel()]
        for problem in filter(None, problems):
            raise problem
        return [done[place] for place in range(len(works))]

    def _begin(self, work: Callable[[], None]) -> Future[None]:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._others, thread_name_prefix="query")
            return self._pool.submit(work)
