"""Announcements: lower rooms say what happened, whoever cares listens; nobody below knows them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened in a workspace, e.g. topic "tickets.changed", "run.progress", "job.moved"."""

    topic: str
    workspace: str
    data: dict[str, Any] = field(default_factory=dict)


Listener = Callable[[Event], None]


class Bus:
    """Delivers events to listeners in the announcing thread; a failing listener is logged, not fatal."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: list[tuple[str, Listener]] = []

    def listen(self, topic: str, listener: Listener) -> Callable[[], None]:
        """Call `listener` for events of `topic` ("*" for all); return a function that stops it."""
        entry = (topic, listener)
        with self._lock:
            self._listeners.append(entry)

        def stop() -> None:
            with self._lock:
                if entry in self._listeners:
                    self._listeners.remove(entry)

        return stop

    def announce(self, topic: str, workspace: str, **data: Any) -> None:
        """Tell every listener of `topic`."""
        event = Event(topic=topic, workspace=workspace, data=data)
        with self._lock:
            listeners = [listen for wanted, listen in self._listeners if wanted in (topic, "*")]
        for listener in listeners:
            try:
                listener(event)
            except Exception:
                log.exception("a listener of %s failed", topic)


bus = Bus()
