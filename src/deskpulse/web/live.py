"""Open pages follow the data: what lower rooms announce is gathered, and pages look again now and then."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable

from deskpulse.core.events import Event, bus

log = logging.getLogger(__name__)
Renew = Callable[[], Awaitable[None]]
TOPICS = ("tickets.changed", "workspace.changed", "forecast.drifted")


class Live:
    """The open pages of a server by workspace. Announcements come from any thread, pages look from the server's loop.

    Many changes in a row are one: after the first, pages look at once, and then every `seconds` as long as changes
    come. Pages look one after another, so that many of them do not ask all at the same time (the later ones are
    answered from the cache).
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._pages: dict[str, list[Renew]] = {}
        self._changed: set[str] = set()
        self._is_busy = False
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stops = [bus.listen(topic, self._hear) for topic in TOPICS]

    def close(self) -> None:
        """Stop listening."""
        for stop in self._stops:
            stop()

    def follow(self, workspace: str, renew: Renew) -> Callable[[], None]:
        """Call `renew` after changes of `workspace` (from the running loop); return a function that ends this."""
        loop = asyncio.get_running_loop()
        with self._lock:
            self._loop = loop
            self._pages.setdefault(workspace, []).append(renew)

        def leave() -> None:
            with self._lock:
                pages = self._pages.get(workspace, [])
                if renew in pages:
                    pages.remove(renew)
                if not pages:
                    self._pages.pop(workspace, None)

        return leave

    def _hear(self, event: Event) -> None:
        with self._lock:
            if event.workspace not in self._pages or self._loop is None or self._loop.is_closed():
                return
            self._changed.add(event.workspace)
            if self._is_busy:
                return
            self._is_busy = True
            loop = self._loop
        loop.call_soon_threadsafe(self._begin, loop)

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        self._task = loop.create_task(self._look(), name="live pages")

    async def _look(self) -> None:
        """Let pages look until nothing has changed since."""
        while True:
            with self._lock:
                changed, self._changed = self._changed, set()
                if not changed:
                    self._is_busy = False
                    return
                pages = [renew for workspace in sorted(changed) for renew in self._pages.get(workspace, ())]
            for renew in pages:
                try:
                    await renew()
                except Exception:
                    log.exception("an open page could not be shown anew")
            await asyncio.sleep(self._seconds)
