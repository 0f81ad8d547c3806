from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from deskpulse.core.errors import DeskpulseError
from deskpulse.ops import browser as browsing
from deskpulse.ops.browser import browser, fresh_page, missing, visit

PAGES = {
    "/drawn": "<h1>Hello</h1><script>setTimeout(() => { window.__drawn = true; }, 400)</script>",
    "/never": "<h1>Hello</h1><script>window.__drawn = false; throw new Error('out of ink')</script>",
}


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(PAGES.get(self.path, "").encode())

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.browser
@pytest.mark.skipif(missing() is not None, reason=str(missing()))
def test_a_visit_tells_when_the_page_was_painted_and_drawn(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with browser() as started, fresh_page(started) as page:
        for _ in range(2):  # the second time in the same browser
            seen = visit(page, f"{site}/drawn")
            assert 0.4 <= seen.drawn < 5
            assert seen.first_paint is not None
            assert 0 < seen.first_paint < 5
            assert seen.errors == ()
        monkeypatch.setattr(browsing, "_DRAWN_WITHIN_MS", 500)
        with pytest.raises(DeskpulseError, match=r"not drawn within 0\.5 s") as caught:
            visit(page, f"{site}/never")
        assert "out of ink" in caught.value.hint


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browsing, "find_spec", lambda _: None)
    assert "Playwright is not installed" in (missing() or "")
    monkeypatch.setattr(browsing, "find_spec", lambda _: True)
    monkeypatch.setattr(browsing.shutil, "which", lambda _: None)
    assert "No browser was found" in (missing() or "")
