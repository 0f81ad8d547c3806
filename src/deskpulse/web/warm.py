"""What the first visitor would otherwise wait for, done as soon as the server is up."""

from __future__ import annotations

import logging
import re
import time

import httpx
from nicegui import app as pages_app
from nicegui import background_tasks

from deskpulse.web.catalog import all_pages

log = logging.getLogger(__name__)
_ASSET = re.compile(r'"(/(?:_nicegui|assets)/[^"?]+\.[a-z0-9]+)[?"]')
_HEADERS = {"accept-encoding": "gzip"}


def warm_soon() -> None:
    """Visit the pages once the server is up, in the background."""
    pages_app.on_startup(lambda: background_tasks.create(warm(), name="warm up"))


async def warm() -> int:
    """Visit each page in this process and fetch what it loads; return how many answers were fetched.

    That imports what queries need, opens the warehouse, compiles the pages' questions, and leaves scripts and styles
    compressed in memory.
    """
    began, fetched = time.perf_counter(), 0
    transport = httpx.ASGITransport(app=pages_app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=_HEADERS) as client:
        seen: set[str] = set()
        for page in (page for page in all_pages() if page.is_warmed):
            answer = await client.get(page.path)
            found = [path for path in _ASSET.findall(answer.text) if path not in seen]
            for path in found:
                await client.get(path)
            seen.update(found)
            fetched += 1 + len(found)
    log.info("the pages are warm", extra={"seconds": round(time.perf_counter() - began, 2), "answers": fetched})
    return fetched
