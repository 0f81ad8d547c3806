"""Writes in order on one thread while the caller reads on."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Generic, Self, TypeVar

T = TypeVar("T")


class WriteQueue(Generic[T]):
    """Takes at most `depth` writes ahead. After one failed, none behind it is begun: order is what a cursor rests on.

    Leaving the block waits for what was put; `drop` forgets what has not begun.
    """

    def __init__(self, depth: int, on_done: Callable[[T], None]) -> None:
        self._depth = depth
        self._on_done = on_done
        self._pending: deque[Future[T]] = deque()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="import-writer")
        self._has_failed = False

    def __enter__(self) -> Self:
        return self

    def put(self, write: Callable[[], T]) -> None:
        """Queue a write; wait for earlier ones when the queue is full, and raise what they raised."""
        self._pending.append(self._thread.submit(self._guarded, write))
        while len(self._pending) > self._depth or (self._pending and self._pending[0].done()):
            self._on_done(self._pending.popleft().result())

    def drop(self) -> None:
        """Forget the writes that have not begun."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._pending = deque(f for f in self._pending if not f.cancelled())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the writes; what they raise is raised, unless an error is on its way already."""
        try:
            while self._pending:
                self._on_done(self._pending.popleft().result())
        except BaseException:
            if error is None:
                raise
        finally:
            self._thread.shutdown(wait=True, cancel_futures=True)

    def _guarded(self, write: Callable[[], T]) -> T:
        if self._has_failed:
            raise RuntimeError("an earlier write failed")
        try:
            return write()
        except BaseException:
            self._has_failed = True
            raise
