"""Compositions, health and Prometheus over HTTP."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from deskpulse.analytics.compose import COMPOSITIONS, accepted
from deskpulse.api.app import create_app
from deskpulse.core.settings import Settings
from deskpulse.desk import Desk
from deskpulse.metrics.lookup import METRICS

YEAR = {"from": "2026-01-01", "to": "2027-01-01"}


def test_every_format_and_the_tag(client: TestClient) -> None:
    address = "/api/v1/analytics/performance"
    answer = client.get(address, params=YEAR)
    work = next(s for s in answer.json()["sections"] if s["name"] == "work")
    assert work["totals"]["tickets_created"]["value"] == 200
    table = client.get(address, params=YEAR, headers={"accept": "text/csv"})
    rows = list(csv.DictReader(io.StringIO(table.text)))
    total = next(r for r in rows if (r["section"], r["of"], r["metric"]) == ("work", "", "tickets_created"))
    assert total["n"] == "200"
    arrow = client.get(address, params={**YEAR, "format": "arrow"})
    assert pa.ipc.open_stream(arrow.content).read_all().num_rows == len(rows)
    held = client.get(address, params=YEAR, headers={"if-none-match": answer.headers["etag"]})
    assert (held.status_code, held.content) == (304, b"")
    assert client.get(address, params=YEAR, headers={"accept": "image/png"}).status_code == 406


def test_links_are_addresses_of_this_api(client: TestClient) -> None:
    sections = client.get("/api/v1/analytics/problem-areas", params=YEAR).json()["sections"]
    counted = [s for s in sections if s["count"] and s["link"]]
    assert counted
    for section in counted[:2]:
        assert client.get(section["link"]).json()["total"] == section["count"]


def test_a_batch_answers_in_order_and_tells_what_went_wrong(client: TestClient) -> None:
    requests = [{"name": "live"}, {"name": "no such"}, {"name": "trends", "options": {"metric": "csatt"}}]
    first, second, third = client.post("/api/v1/analytics/batch", json={"requests": requests}).json()["results"]
    assert first["name"] == "live"
    assert second["error"]["status"] == third["error"]["status"] == 400
    assert "csat" in third["error"]["hint"]
    assert client.post("/api/v1/analytics/batch", json={"requests": requests * 20}).status_code == 413


def test_a_misspelt_option_is_refused(client: TestClient) -> None:
    answer = client.get("/api/v1/analytics/performance", params={"peroid": "30d"})
    assert answer.status_code == 400
    assert "period" in answer.json()["hint"]


def test_a_segment_limits_a_composition(client: TestClient) -> None:
    client.put("/api/v1/segments/by%20mail", json={"filter": "channel = email"})
    asked = {**YEAR, "segment": "by mail"}
    sections = client.get("/api/v1/analytics/performance", params=asked).json()["sections"]
    filtered = client.get("/api/v1/analytics/performance", params={**YEAR, "where": "channel = email"}).json()
    assert sections[0]["totals"]["tickets_created"]["n"] == (
        filtered["sections"][0]["totals"]["tickets_created"]["n"]) > 0  # fmt: skip
    client.delete("/api/v1/segments/by%20mail")


@pytest.mark.parametrize("name", COMPOSITIONS)
def test_another_workspace_sees_nothing(client: TestClient, name: str) -> None:
    client.post("/api/v1/workspaces", json={"slug": "elsewhere"})
    answer = client.get(f"/api/v1{COMPOSITIONS[name].path}", headers={"x-deskpulse-workspace": "elsewhere"})
    assert answer.status_code == 200
    for section in answer.json()["sections"]:
        assert not section["rows"]
        assert all(not cell["n"] for cell in section["totals"].values())


def test_health_in_figures(client: TestClient) -> None:
    client.get("/api/v1/workspace")
    client.get("/api/v1/no/such/route")
    told = client.get("/api/v1/metrics/health").json()
    assert told["uptime_seconds"] > 0
    assert told["process"]["memory_bytes"] > 1e6
    assert 0 <= told["machine"]["cpu_share"] <= 1
    assert 0 < told["disk"]["free_bytes"] <= told["disk"]["bytes"]
    assert {name for name, part in told["databases"].items() if part["seconds"] > 0} == {"control", "warehouse"}
    assert told["databases"]["warehouse"]["bytes"] > 0
    assert told["imports"]["done"] >= 1
    assert told["journal"] == {"waiting": 0, "oldest_seconds": None}
    times = {(r["method"], r["route"]): r for r in told["requests"]}
    known = times["GET", "/api/v1/workspace"]
    assert known["requests"] == 1
    assert 0 < known["p50_seconds"] <= known["p95_seconds"]
    assert times["GET", "(no route)"]["requests"] == 1


def test_prometheus_reads_the_same_figures(client: TestClient) -> None:
    client.get("/api/v1/workspace")
    live = client.get("/api/v1/metrics/live").json()
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = {f.name: f for f in text_string_to_metric_families(answer.text)}
    told = {
        tuple(s.labels[k] for k in ("section", "metric", "of")): s.value for s in families["deskpulse_live"].samples
    }
    section = next(s for s in live["sections"] if s["name"] == "open")
    assert told["open", "backlog", ""] == section["totals"]["backlog"]["value"] > 0
    for row in section["rows"]:
        assert told["open", "backlog", f"priority={row['priority']}"] == row["backlog"]["value"]
    samples = families["deskpulse_request_seconds"].samples
    counts = {s.labels["route"]: s.value for s in samples if s.name.endswith("_count")}
    assert counts["/api/v1/workspace"] == 1
    assert families["deskpulse_uptime_seconds"].samples[0].value > 0
    assert families["deskpulse_journal_waiting"].samples[0].labels == {"workspace": "default"}


def test_prometheus_stands_behind_the_gate(tmp_path: Any) -> None:
    secret = "s" * 40
    beyond = Settings(_env_file=None, data_dir=tmp_path / "d", workers=1, host="0.0.0.0", secret=secret)
    with Desk(beyond) as desk:
        outside = TestClient(create_app(desk, token="t" * 40), base_url="http://10.0.0.1:8080")
        for address in ("/metrics", "/api/v1/metrics/live", "/api/v1/metrics/health", "/api/v1/analytics/trends"):
            assert outside.get(address).status_code == 401, address
            assert outside.get(address, headers={"authorization": f"Bearer {secret}"}).status_code == 200, address


VALUES = st.one_of(
    st.sampled_from(
        ["team", "agent", "30d", "previous", "csat", "email", "", "0", "-1", "1e999", "null", "2026-01-01"]
    ),
    st.text(max_size=12),
    st.integers(-5, 10**20).map(str),
)


@pytest.mark.parametrize("name", COMPOSITIONS)
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_request_breaks_a_composition(client: TestClient, name: str, data: st.DataObject) -> None:
    composition = COMPOSITIONS[name]
    names = st.sampled_from([*accepted(composition), "format", "nonsense"])
    params = data.draw(st.dictionaries(names, VALUES, max_size=3))
    if "metric" in accepted(composition):
        params |= {"metric": data.draw(st.sampled_from([*[*METRICS][:3], "nonsense"]))}
    answer = client.get(f"/api/v1{composition.path}", params=params)
    assert answer.status_code in (200, 400, 403, 413, 422), f"{params}: {answer.text[:300]}"
    if answer.status_code != 200:
        assert re.fullmatch("application/problem\\+json", answer.headers["content-type"])
        assert answer.json()["detail"]
