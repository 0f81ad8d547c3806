"""When a page's first numbers are begun, and how long the page waits for them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from typing import Any

from deskpulse.metrics.cache import Cache

Task = Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None]"]
"""Starts work that goes on when the page is sent."""


class FirstNumbers:
    """Quick numbers come with the page itself; a page whose numbers took long the last time is sent at once.

    `wait` is for how many seconds a page waits. Numbers that took longer are begun `paint` seconds after the page is
    sent: on one machine they would take the processor from the browser, which paints the page meanwhile.
    """

    def __init__(self, *, wait: float, paint: float) -> None:
        self._wait, self._paint = wait, paint
        self._took: Cache[float] = Cache(2_000)

    async def begin(self, asked: Hashable, refresh: Callable[[], Awaitable[None]], start: Task) -> None:
        """Begin `refresh`, the numbers of `asked`; return when it is done, or the page should not wait longer."""
        is_slow = (self._took.get(asked) or 0.0) > self._wait

        async def work() -> None:
            await asyncio.sleep(self._paint if is_slow else 0.0)
            began = time.perf_counter()
            await refresh()
            self._took.put(asked, time.perf_counter() - began)

        begun = start(work())
        if not is_slow:
            await asyncio.wait({begun}, timeout=self._wait)
