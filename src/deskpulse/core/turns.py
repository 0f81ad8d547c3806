"""Whose turn it is: work in the background waits while somebody asks, so that no page gets slow.

What a `Background` thread asks itself is no question of anybody's: it waits as the rest of its work does.
"""

from __future__ import annotations

import math
import threading
import time

_MOST_PAUSES = 20
"""Somebody may always ask: after so many pauses the work goes on all the same."""


class Turns:
    """When somebody last asked, and the threads that let them go first."""

    def __init__(self) -> None:
        self._asked_at = -math.inf
        self._mine = threading.local()

    def give_way(self) -> None:
        """Count this thread as background: it asks nothing of its own, and waits in `take`."""
        self._mine.gives_way = True

    def take(self, pause: float, stopping: threading.Event | None = None) -> None:
        """Note a question. In the background wait first until none came for `pause` seconds, or until `stopping`."""
        if not getattr(self._mine, "gives_way", False):
            self._asked_at = time.monotonic()
            return
        until = time.monotonic() + _MOST_PAUSES * pause
        while (rest := self._asked_at + pause - time.monotonic()) > 0 and time.monotonic() < until:
            if stopping is None:
                time.sleep(min(rest, pause))
            elif stopping.wait(rest):
                return


turns = Turns()
"""Of this process: all its workspaces share its cores."""
