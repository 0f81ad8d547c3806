"""A page waits for quick numbers, and is sent before slow ones."""

from __future__ import annotations

import asyncio
import time

from deskpulse.web.first import FirstNumbers


def test_quick_numbers_come_with_the_page_and_slow_ones_do_not_hold_it_back() -> None:
    async def play() -> None:
        first, done = FirstNumbers(wait=0.5, paint=0.4), []
        tasks: list[asyncio.Task[None]] = []

        def start(work):  # type: ignore[no-untyped-def]
            tasks.append(asyncio.create_task(work))
            return tasks[-1]

        async def visit(seconds: float) -> tuple[float, bool, float]:
            """Return how long the page waited, whether the numbers were there then, and when they began."""
            began, at = time.perf_counter(), []

            async def refresh() -> None:
                at.append(time.perf_counter() - began)
                await asyncio.sleep(seconds)
                done.append(seconds)

            before = len(done)
            await first.begin("page", refresh, start)
            waited, were_there = time.perf_counter() - began, len(done) > before
            await tasks[-1]
            return waited, were_there, at[0]

        waited, were_there, began = await visit(0.01)
        assert (waited < 0.5, were_there, began < 0.4) == (True, True, True)
        waited, were_there, _ = await visit(1.2)  # nobody knew that it takes long
        assert (0.49 < waited < 1.2, were_there) == (True, False)
        waited, were_there, began = await visit(0.01)  # sent at once, and begun when the browser has painted
        assert (waited < 0.3, were_there, began >= 0.4) == (True, False, True)
        waited, were_there, _ = await visit(0.01)  # known to be quick again
        assert (waited < 0.5, were_there) == (True, True)

    asyncio.run(play())
