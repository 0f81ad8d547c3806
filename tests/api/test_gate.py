"""Who may reach the server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient
from tests.api.conftest import BEARER, TOKEN

from deskpulse.api.app import create_app
from deskpulse.api.gate import COOKIE
from deskpulse.core.settings import Settings
from deskpulse.desk import Desk

SECRET = "a-secret-of-more-than-thirty-two-characters"


@pytest.fixture
def exposed(settings: Settings) -> Iterator[TestClient]:
    """A server beyond loopback."""
    with Desk(settings.model_copy(update={"host": "0.0.0.0", "secret": SECRET})) as desk:
        yield TestClient(create_app(desk, token=TOKEN), base_url="http://desk.example", follow_redirects=False)


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:8080", "[::1]:8080", "localhost"])
def test_loopback_names_reach_a_loopback_server(client: TestClient, host: str) -> None:
    assert client.get("/api/v1/health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8080", "10.0.0.1"])
def test_a_rebound_name_does_not(client: TestClient, host: str) -> None:
    answer = client.get("/api/v1/health", headers={"host": host})
    assert answer.status_code == 421
    assert answer.json()["code"] == "wrong_host"


def test_another_sites_page_may_not_act(client: TestClient) -> None:
    order = {"slug": "evil", "name": "Evil", "timezone": "UTC"}
    foreign = client.post("/api/v1/workspaces", json=order, headers={"origin": "http://evil.example"})
    assert foreign.status_code == 403
    null = client.post("/api/v1/workspaces", json=order, headers={"origin": "null"})
    assert null.status_code == 403
    slugs = [w["slug"] for w in client.get("/api/v1/workspaces").json()["workspaces"]]
    assert "evil" not in slugs


def test_the_own_page_may_act(empty: TestClient) -> None:
    order = {"slug": "acme", "name": "Acme", "timezone": "Europe/Berlin"}
    answer = empty.post("/api/v1/workspaces", json=order, headers={"origin": "http://127.0.0.1:8080"})
    assert answer.status_code == 201
    assert answer.json()["timezone"] == "Europe/Berlin"


def test_beyond_loopback_the_secret_is_needed(exposed: TestClient) -> None:
    assert exposed.get("/api/v1/health").status_code == 401
    assert exposed.get("/api/v1/health", headers={"authorization": "Bearer wrong"}).status_code == 401
    assert exposed.get("/api/v1/health", headers={"authorization": f"Bearer {SECRET}"}).status_code == 200
    assert exposed.get("/api/v1/health", headers=BEARER).status_code == 200
    page = exposed.get("/")
    assert (page.status_code, page.headers["location"]) == (303, "/sign-in")


def test_signing_in(exposed: TestClient) -> None:
    assert "Sign in" in exposed.get("/sign-in").text
    wrong = exposed.post("/sign-in", data={"secret": "nope"})
    assert wrong.status_code == 401
    assert COOKIE not in wrong.cookies
    assert exposed.post("/sign-in", content=b"secret=" + b"x" * 10_000).status_code == 413
    right = exposed.post("/sign-in", data={"secret": SECRET})
    assert right.status_code == 303
    assert "httponly" in right.headers["set-cookie"].lower()
    assert exposed.get("/api/v1/health").status_code == 200
    exposed.cookies.set(COOKIE, "0" * 64, domain="desk.example")


def test_only_the_local_user_names_paths(client: TestClient) -> None:
    answer = client.post("/api/v1/imports", json={"path": "/etc/passwd"})
    assert answer.status_code == 403
    assert "upload" in answer.json()["hint"]


def test_every_answer_carries_an_id_and_safe_headers(client: TestClient) -> None:
    answer = client.get("/api/v1/health", headers={"x-request-id": "abc"})
    assert answer.headers["x-request-id"] == "abc"
    assert answer.headers["x-content-type-options"] == "nosniff"
