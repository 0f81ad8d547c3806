"""A browser that opens a page and tells when it was painted and when its charts were drawn."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from deskpulse.core.errors import DeskpulseError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
_DRAWN_WITHIN_MS = 60_000
# The page sets window.__drawn once all its charts are drawn; this notes the moment at which it does.
_NOTE_DRAWN = """
(() => {
  let drawn;
  Object.defineProperty(window, "__drawn", {
    configurable: true,
    get: () => drawn,
    set: (value) => {
      drawn = value;
      if (value && window.__drawnAt === undefined) window.__drawnAt = performance.now();
    },
  });
})();
"""
_PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"


@dataclass(frozen=True, kw_only=True)
class Visit:
    """Seconds from the start of the navigation; `first_paint` is None when the browser told none."""

    first_paint: float | None
    drawn: float
    errors: tuple[str, ...]


def missing() -> str | None:
    """Return what is missing for driving a browser, or None."""
    if find_spec("playwright") is None:
        return "Playwright is not installed (it comes with the development dependencies)."
    if _program() is None:
        return f"No browser was found; one of {', '.join(NAMES)} must be on the PATH."
    return None


@contextmanager
def browser() -> Iterator[Browser]:
    """Start a browser without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=_program(), args=list(FLAGS))
        try:
            yield started
        finally:
            started.close()


@contextmanager
def fresh_page(started: Browser) -> Iterator[Page]:
    """Open a page in a profile of its own: nothing is cached."""
    context = started.new_context(viewport={"width": 1440, "height": 900})
    try:
        page = context.new_page()
        page.add_init_script(_NOTE_DRAWN)
        yield page
    finally:
        context.close()


def visit(page: Page, url: str) -> Visit:
    """Open `url`, or open it again, and wait until its charts are drawn; DeskpulseError when they are not in time."""
    from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

    errors: list[str] = []

    def note(error: object) -> None:
        errors.append(str(error))

    page.on("pageerror", note)
    try:
        page.goto(url, wait_until="commit", timeout=_DRAWN_WITHIN_MS)
        page.wait_for_function("window.__drawnAt !== undefined", timeout=_DRAWN_WITHIN_MS)
    except PlaywrightTimeoutError as error:
        told = f"The charts of {url} were not drawn within {_DRAWN_WITHIN_MS / 1000:g} s."
        raise DeskpulseError(told, hint="; ".join(errors)) from error
    finally:
        page.remove_listener("pageerror", note)
    painted = page.evaluate(_PAINTED)
    return Visit(
        first_paint=None if painted is None else painted / 1000,
        drawn=page.evaluate("window.__drawnAt") / 1000,
        errors=tuple(errors),
    )


def _program() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)
