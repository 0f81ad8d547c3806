"""The thread that brings what was pushed from the journal to the warehouse."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Any

from deskpulse.core.background import Background
from deskpulse.core.clock import now
from deskpulse.core.events import Event, bus
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.journal import drain, offset


class JournalWorker:
    """Writes one workspace's journal to its warehouse: on every push of this process, and every few seconds.

    What fails is logged, told by `health`, and tried again after pauses that double up to a limit.
    """

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._busy = threading.Lock()
        told = f"the journal of {context.workspace} cannot be written"
        self._background = Background(
            f"journal-{context.workspace}", self._drained, pause=context.settings.journal_idle_seconds, told=told,
            after_error=self._failed,
        )  # fmt: skip
        self._forget = bus.listen("journal.appended", self._heard)
        self._problem = ""
        self._failures = 0
        self._written_at: datetime | None = None

    def start(self) -> None:
        """Begin; does nothing when it runs already."""
        self._background.start()

    def stop(self) -> None:
        """Finish the batch under way and end."""
        self._forget()
        self._background.stop()

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
            "is_running": self._background.is_running,
        }  # fmt: skip

    def _heard(self, event: Event) -> None:
        if event.workspace == self._context.workspace:
            self._background.wake()

    def _drained(self) -> bool:
        self.drain_now()
        return False

    def _failed(self, error: Exception) -> float:
        settings = self._context.settings
        self._failures += 1
        self._problem = str(error) or repr(error)
        return float(
            min(settings.journal_retry_seconds * 2 ** (self._failures - 1), settings.journal_idle_seconds * 12)
        )
