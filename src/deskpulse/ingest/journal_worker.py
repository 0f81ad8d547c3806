"""The thread that brings what was pushed from the journal to the warehouse."""

from __future__ import annotations

import logging
import threading
from datetime import datetime
from typing import Any

from deskpulse.core.clock import now
from deskpulse.core.events import Event, bus
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.journal import drain, offset

log = logging.getLogger(__name__)


class JournalWorker:
    """Writes one workspace's journal to its warehouse: on every push of this process, and every few seconds.

    What fails is logged, told by `health`, and tried again after pauses that double up to a limit.
    """

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._wake, self._stop = threading.Event(), threading.Event()
        self._busy = threading.Lock()
        self._thread: threading.Thread | None = None
        self._forget = bus.listen("journal.appended", self._heard)
        self._problem = ""
        self._failures = 0
        self._written_at: datetime | None = None

    def start(self) -> None:
        """Begin; does nothing when it runs already."""
        if self._thread is None:
            name = f"journal-{self._context.workspace}"
            self._thread = threading.Thread(target=self._work, name=name, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Finish the batch under way and end."""
        self._forget()
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def drain_now(self) -> int:
        """Write what waits, in this thread; return the number of entries."""
        with self._busy:
            done = drain(self._context)
            self._problem, self._failures = "", 0
            if done:
                self._written_at = now()
            return done

    def health(self) -> dict[str, Any]:
        """Return what waits, since when, when something was last written, what is wrong, and whether it runs."""
        waiting = self._context.control.journal.pending(self._context.workspace, offset(self._context))
        return {
            "waiting": waiting.entries, "oldest_seconds": waiting.age_seconds, "problem": self._problem,
            "failures": self._failures, "written_at": self._written_at.isoformat() if self._written_at else None,
            "is_running": self._thread is not None and self._thread.is_alive(),
        }  # fmt: skip

    def _heard(self, event: Event) -> None:
        if event.workspace == self._context.workspace:
            self._wake.set()

    def _work(self) -> None:
        settings = self._context.settings
        while not self._stop.is_set():
            self._wake.clear()
            pause = settings.journal_idle_seconds
            try:
                self.drain_now()
            except Exception as error:
                # What stopped it may pass; a thread that ended would leave pushes waiting without a word.
                self._failures += 1
                self._problem = str(error) or repr(error)
                log.exception("the journal of %s cannot be written", self._context.workspace)
                pause = min(
                    settings.journal_retry_seconds * 2 ** (self._failures - 1), settings.journal_idle_seconds * 12
                )
                self._stop.wait(pause)
                continue
            self._wake.wait(pause)
