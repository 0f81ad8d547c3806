import re
from collections.abc import Iterator

import httpx
import pytest

from deskpulse.web.catalog import all_pages
from deskpulse.web.icons import ICONS

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
    assert 'id="skeleton"' in answer.text
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
    [("period=nonsense", "is no period"), ("where=%00", "is no filter"), ("workspace=nowhere", "no workspace"),
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
    assert 'href="/tickets?workspace=default&amp;period=7d&amp;where=channel+in+email"' in text
