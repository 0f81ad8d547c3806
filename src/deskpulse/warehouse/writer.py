"""The one thread that writes a warehouse, and the queue before it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from deskpulse.core.errors import StorageError

T = TypeVar("T")


class Writer:
    """Runs one task after the other on a thread of its own; safe to use from any thread.

    `idle` runs on the same thread when nothing came for `idle_seconds`.
    """

    def __init__(self, idle: Callable[[], None] | None = None, idle_seconds: float | None = None) -> None:
        self._idle = idle
        self._idle_seconds = idle_seconds if idle else None
        self._tasks: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="warehouse-writer", daemon=True)
        self._thread.start()

    def run(self, task: Callable[[], T]) -> T:
        """Run `task` after those that wait, and return what it returns or raise what it raises."""
        if threading.current_thread() is self._thread:
            raise RuntimeError("write() inside write(): use the transaction that is open")
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise StorageError("The warehouse is closed.")
            self._tasks.put((task, future))
        return future.result()

    def close(self) -> bool:
        """Finish what waits and end the thread; return whether it was this call that closed it."""
        with self._lock:
            if self._closed:
                return False
            self._closed = True
            self._tasks.put(None)
        self._thread.join()
        return True

    @property
    def is_closed(self) -> bool:
        """Return whether it takes no more tasks."""
        return self._closed

    def _serve(self) -> None:
        while True:
            try:
                item = self._tasks.get(timeout=self._idle_seconds)
            except queue.Empty:
                assert self._idle is not None  # noqa: S101  only then is there a timeout
                self._idle()
                continue
            if item is None:
                return
            task, future = item
            try:
                future.set_result(task())
            except BaseException as error:
                future.set_exception(error)
