"""Work that a thread does again and again until it is told to stop."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Self

from deskpulse.core.turns import turns

log = logging.getLogger(__name__)


class Background:
    """A thread that calls `work`: at once again while it returns True, else after `pause` seconds or when woken.

    It gives way to whoever asks something (`core.turns`). An error is logged (`told` says what could not be done), and
    does not end the thread: what caused it may pass. After one the pause is what `after_error` returns of it (by
    default `pause`), and nothing but `stop` cuts it short.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], bool],
        *,
        pause: float,
        told: str,
        first: float = 0.0,
        after_error: Callable[[Exception], float] | None = None,
    ) -> None:
        self._work = work
        self._pause, self._first = pause, first
        self._told = told
        self._after_error = after_error or (lambda _error: pause)
        self._wake = threading.Event()
        self.stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> Self:
        """Begin; does nothing when it runs already."""
        if not self._thread.is_alive() and not self.stopping.is_set():
            self._thread.start()
        return self

    @property
    def is_running(self) -> bool:
        """Return whether the thread runs."""
        return self._thread.is_alive()

    def wake(self) -> None:
        """Let it work now."""
        self._wake.set()

    def stop(self) -> None:
        """End after the work at hand; `stopping` tells the work itself."""
        self.stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        turns.give_way()
        self.stopping.wait(self._first)
        while not self.stopping.is_set():
            self._wake.clear()
            try:
                if not self._work():
                    self._wake.wait(self._pause)
            except Exception as error:
                pause = self._after_error(error)
                log.exception("%s", self._told)
                self.stopping.wait(pause)
