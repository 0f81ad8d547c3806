"""The running product in a real browser, on the sample world: what a person sees, in light, dark and on a phone.

With DESKPULSE_SHOTS=docs/images the pictures of the README are written there, best with DESKPULSE_SHOTS_TICKETS=50000.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TICKETS = os.environ.get("DESKPULSE_SHOTS_TICKETS", "6000")
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real server with a small sample world."""
    data = tmp_path_factory.mktemp("screens") / "data"
    run = [sys.executable, "-m", "deskpulse"]
    subprocess.run([*run, "demo", "--tickets", TICKETS, "--json", "--data-dir", str(data)], check=True, timeout=180,
                   capture_output=True)  # fmt: skip
    words = [*run, "serve", "--port", "0", "--json", "--data-dir", str(data)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    said, until = b"", time.monotonic() + 60
    while b"}" not in said and process.poll() is None and time.monotonic() < until:
        said += process.stdout.readline()
    try:
        yield json.loads(said)["url"].rstrip("/")
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def opened(browser: Browser, address: str, *, width: int, height: int, dark: bool = False) -> tuple[Page, list[str]]:
    """Open the Overview and wait until all charts are drawn; return the page and what went wrong on it."""
    page = browser.new_page(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", reduced_motion="reduce",
    )  # fmt: skip
    wrong: list[str] = []
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: wrong.append(str(e)))
    page.on("request", lambda r: None if address in r.url or r.url.startswith("data:") else wrong.append(r.url))
    page.goto(f"{address}/?workspace=demo")
    page.wait_for_function(
        "window.__charts_expected > 0 && Object.keys(window.__drawn || {}).length >= window.__charts_expected",
        timeout=30_000,
    )
    page.wait_for_timeout(300)
    return page, [w for w in wrong if not w.startswith("ws")]


@pytest.mark.parametrize(("name", "width", "height", "dark"), [
    ("overview-light", 1440, 900, False), ("overview-dark", 1440, 900, True), ("overview-phone", 390, 844, False),
])  # fmt: skip
def test_the_overview_is_drawn_whole(
    name: str, width: int, height: int, dark: bool, browser: Browser, address: str, tmp_path: Path
) -> None:
    page, wrong = opened(browser, address, width=width, height=height, dark=dark)
    folder = Path(os.environ.get("DESKPULSE_SHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    picture = folder / f"{name}.png"
    page.set_viewport_size({"width": width, "height": page.evaluate("document.documentElement.scrollHeight")})
    page.wait_for_timeout(300)
    page.screenshot(path=picture)
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    page.close()
    assert wrong == []
    assert overflow <= 0
    assert picture.stat().st_size > 20_000


def test_a_number_leads_to_its_tickets_and_a_ticket_opens(browser: Browser, address: str) -> None:
    page, wrong = opened(browser, address, width=1440, height=900)
    page.goto(f"{address}/tickets?workspace=demo")
    page.get_by_text("tickets", exact=False).first.wait_for()
    assert page.locator("body").inner_text().count("\n") > 20
    page.close()
    assert wrong == []
