import asyncio
import re
from collections.abc import Iterator

import httpx
import pytest
from starlette.requests import Request

from deskpulse.core.errors import InputError
from deskpulse.web.catalog import all_pages
from deskpulse.web.icons import ICONS
from deskpulse.web.mishaps import say_failed

ELSEWHERE = re.compile(r"""(?:src|href|url\(|import|from|fetch)\s*[=(]?\s*["'(]?(https?:)?//(?!127\.0\.0\.1)""")


@pytest.fixture(scope="session")
def client(served: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served, timeout=30, trust_env=False) as found:
        yield found


@pytest.mark.parametrize("page", all_pages(), ids=lambda p: p.name)
def test_every_page_of_the_navigation_is_there(page: object, client: httpx.Client) -> None:
    path, label = page.path, page.label  # type: ignore[attr-defined]
    answer = client.get(path)
    assert answer.status_code == 200
    assert f"<title>{label} · Deskpulse</title>" in answer.text
    head, body = answer.text.split('id="skeleton"')
    assert "@layer theme, base, quasar" in head
    assert "@import" not in head
    assert body.index("quasar.unimportant.prod.css") < body.index('id="app"')
    for other in all_pages():
        assert f'href="{other.path}?workspace=default"' in answer.text
    assert page.icon in ICONS  # type: ignore[attr-defined]


def test_pages_load_nothing_from_elsewhere(client: httpx.Client) -> None:
    for page in all_pages():
        assert not ELSEWHERE.search(client.get(page.path).text.replace("http://www.w3.org", ""))
    assert not ELSEWHERE.search(client.get("/assets/theme.css").text)


def test_fonts_and_styles_are_served_here(client: httpx.Client) -> None:
    for path in ("/assets/inter/inter-latin.woff2", "/assets/theme.css", "/assets/theme.js", "/assets/favicon.svg"):
        assert client.get(path).status_code == 200, path


def test_scripts_need_the_pages_nonce(client: httpx.Client) -> None:
    one, two = client.get("/"), client.get("/")
    nonces = [re.search(r"'nonce-([\w-]+)'", a.headers["content-security-policy"]) for a in (one, two)]
    assert nonces[0] is not None
    assert nonces[1] is not None
    assert nonces[0][1] != nonces[1][1]
    assert "script-src 'self' 'nonce-" in one.headers["content-security-policy"]
    assert "'unsafe-inline'" not in one.headers["content-security-policy"].split("style-src")[0]
    tags = re.findall(r"^\s*<script\b[^>]*>", one.text, re.MULTILINE)
    assert len(tags) >= 6
    assert all(f'nonce="{nonces[0][1]}"' in tag for tag in tags)


def test_hostile_names_are_escaped_in_the_first_paint(client: httpx.Client) -> None:
    text = client.get("/?workspace=hostile").text
    assert "<img src=x" not in text
    assert "<script>document.title" not in text
    assert len(re.findall(r"<script\b(?![^>]*nonce=)", text)) == 0


@pytest.mark.parametrize(
    ("query", "said"),
    [("period=nonsense", "is no period"), ("where=%00", "of the filter"), ("workspace=nowhere", "no workspace"),
     ("from=2026-02-01&to=2026-01-01", "ends"), ("compare=x", "is no comparison")],
)  # fmt: skip
def test_a_bad_address_says_what_is_wrong_and_still_shows_the_page(client: httpx.Client, query: str, said: str) -> None:
    answer = client.get(f"/?{query}")
    assert answer.status_code == 200
    assert said in answer.text


def test_an_empty_workspace_says_what_to_do(client: httpx.Client) -> None:
    for path in ("/", "/tickets"):
        text = client.get(f"{path}?workspace=empty").text
        assert "/import?workspace=empty" in text


def test_links_keep_the_view(client: httpx.Client) -> None:
    text = client.get("/?period=7d&where=channel=email").text
    assert 'href="/tickets?workspace=default&amp;period=7d&amp;where=channel+%3D+email"' in text


def test_a_bad_filter_does_not_lead_to_another_workspace(client: httpx.Client) -> None:
    text = client.get("/?workspace=empty&from=never").text
    assert "is no date" in text
    assert "New team" in text.split("</aside>")[0]


def test_an_address_that_leads_nowhere_says_so_and_leads_on(client: httpx.Client) -> None:
    answer = client.get("/nowhere/<script>", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert "<title>There is no page here · Deskpulse</title>" in answer.text
    assert "/nowhere/&lt;script&gt;" in answer.text
    for page in all_pages():
        assert f'href="{page.path}"' in answer.text
    tags = re.findall(r"<script\b[^>]*>", answer.text)
    assert tags
    assert all("nonce=" in tag for tag in tags)


def test_a_program_is_told_in_json_that_there_is_nothing(client: httpx.Client) -> None:
    answer = client.get("/api/v1/nowhere")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "/api/v1/nowhere" in answer.json()["detail"]


def test_assets_are_answered_from_memory_and_kept_by_browsers(client: httpx.Client) -> None:
    text = client.get("/").text
    found = re.findall(r'"(/(?:_nicegui|assets)/[^"]+\.(?:js|css|woff2)[^"]*)"', text)
    assert any("theme.css?v=" in path for path in found)
    for path in found:
        one, two = (client.get(path, headers={"accept-encoding": "gzip"}) for _ in range(2))
        assert one.status_code == two.status_code == 200, path
        assert one.content == two.content
        assert "max-age=31536000" in two.headers["cache-control"], path
        part = client.get(path, headers={"range": "bytes=0-9", "accept-encoding": "identity"})
        assert len(part.content) == 10 or part.status_code == 200
        assert client.get(path, headers={"accept-encoding": "identity"}).content == two.content


@pytest.mark.parametrize("error", [InputError("The sky fell.", hint="Look up."), ValueError("secret detail")])
def test_a_page_that_fails_says_only_what_is_for_people(error: Exception) -> None:
    request = Request({"type": "http", "path": "/", "headers": [], "nicegui_page_path": "/", "query_string": b""})
    answer = asyncio.run(say_failed(request, error))
    text = bytes(answer.body).decode()
    assert answer.status_code == 500
    assert ("The sky fell. Look up." in text) == isinstance(error, InputError)
    assert "secret detail" not in text
