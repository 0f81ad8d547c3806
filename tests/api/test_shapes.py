"""Distributions, heatmaps, cohorts, cells, formats and tags over HTTP."""

from __future__ import annotations

import csv
import io
from typing import Any

import pyarrow as pa
import pytest
from starlette.testclient import TestClient

SPAN = {"from": "2026-01-01", "to": "2027-01-01"}
QUESTION: dict[str, Any] = {"metrics": ["tickets_created"], "by": ["team"], **SPAN}
ARROW = "application/vnd.apache.arrow.stream"


def post(client: TestClient, path: str, body: dict[str, Any], accept: str = "application/json") -> Any:
    answer = client.post(f"/api/v1{path}", json=body, headers={"accept": accept})
    assert answer.status_code == 200, answer.text
    return answer


def test_a_cell_as_json_and_as_a_complete_csv(client: TestClient) -> None:
    rows = post(client, "/query", QUESTION).json()["rows"]
    row = max(rows, key=lambda r: r["tickets_created"]["n"])
    order = {"question": QUESTION, "cell": {"by": {"team": row["team"]}}, "limit": 3}
    page = post(client, "/query/drill", order).json()
    assert page["total"] == row["tickets_created"]["n"] > len(page["rows"]) == 3
    more = post(client, "/query/drill", order | {"cursor": page["next_cursor"]}).json()
    assert not {r["ticket_id"] for r in page["rows"]} & {r["ticket_id"] for r in more["rows"]}
    lines = list(csv.DictReader(io.StringIO(post(client, "/query/drill", order, "text/csv").text)))
    assert len(lines) == page["total"]
    assert {line["team"] for line in lines} == {row["team"]}
    told = post(client, "/query/explain", {"question": QUESTION, "cell": order["cell"]}).json()
    assert told["totals"]["tickets_created"]["n"] == page["total"]
    assert all("SELECT" in s["sql"] for s in told["statements"])
    wrong = client.post("/api/v1/query/drill", json={"question": QUESTION, "cell": {"by": {"team": "nobody"}}})
    assert wrong.status_code == 404
    assert client.post("/api/v1/query/drill", json={}).status_code == 400


def test_a_distribution_a_heatmap_and_cohorts(client: TestClient) -> None:
    asked = {"of": "first_resolution_seconds", **SPAN}
    found = post(client, "/query/distribution", asked).json()
    assert sum(b["n"] for b in found["buckets"]) == found["n"] > 0
    page = post(client, "/query/drill", {"distribution": asked, "bucket": 1}).json()
    assert page["total"] == found["buckets"][1]["n"]
    heat = post(client, "/query/heatmap", {"metric": "tickets_created", **SPAN}).json()
    assert sum(c["n"] for day in heat["cells"] for c in day) == heat["total"]["n"] > 0
    refused = client.post("/api/v1/query/heatmap", json={"metric": "backlog", **SPAN})
    assert refused.status_code == 400
    assert "tickets_created" in refused.json()["hint"]
    cohorts = post(client, "/query/cohort", SPAN).json()["cohorts"]
    row = next((r for r in cohorts if r["customers"]), None)
    if row is not None:
        cell = row["cells"][0]
        order = {"cohorts": SPAN, "cohort_cell": {"cohort": row["cohort"], "since": cell["since"]}}
        assert post(client, "/query/drill", order).json()["total"] == cell["n"]


@pytest.mark.parametrize(("path", "body"), [
    ("/query", QUESTION), ("/query/distribution", {"of": "first_resolution_seconds", **SPAN}),
    ("/query/heatmap", {"metric": "csat", **SPAN}), ("/query/cohort", SPAN),
])  # fmt: skip
def test_an_answer_comes_in_the_format_that_is_accepted(client: TestClient, path: str, body: dict[str, Any]) -> None:
    table = pa.ipc.open_stream(post(client, path, body, ARROW).content).read_all()
    lines = list(csv.reader(io.StringIO(post(client, path, body, "text/csv, */*;q=0.5").text)))
    assert lines[0] == table.column_names
    assert len(lines) == table.num_rows + 1
    first = post(client, path, body, "text/html, */*;q=0.1")
    assert first.headers["content-type"] == "application/json"
    assert client.post(f"/api/v1{path}", json=body, headers={"accept": "image/png"}).status_code == 406
    again = client.post(f"/api/v1{path}", json=body, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_tag_changes_with_the_question_and_what_is_saved(client: TestClient) -> None:
    address = "/api/v1/query?metrics=tickets_created&from=2026-01-01&to=2027-01-01"
    tag = client.get(address).headers["etag"]
    assert client.get(address, headers={"if-none-match": f'"x", {tag}'}).status_code == 304
    assert client.get(f"{address}&by=team", headers={"if-none-match": tag}).status_code == 200
    assert client.get(f"{address}&format=csv").text.startswith("tickets_created,")
    assert client.put("/api/v1/segments/some", json={"filter": "channel = email"}).status_code == 200
    assert client.get(address, headers={"if-none-match": tag}).status_code == 200
    client.delete("/api/v1/segments/some")
    assert client.get(address, headers={"if-none-match": tag}).status_code == 304


def test_a_batch_tells_each_error_in_its_place(client: TestClient) -> None:
    queries = [QUESTION, QUESTION | {"by": ["teem"]}, QUESTION | {"where": ["channel ="]}, QUESTION]
    results = post(client, "/query/batch", {"queries": queries}).json()["results"]
    assert [r.get("error", {}).get("code") for r in results] == [None, "unknown_name", "invalid_input", None]
    assert "'team'" in results[1]["error"]["hint"]
    assert "at character" in results[2]["error"]["message"]


def test_a_list_of_tickets_as_a_complete_csv(client: TestClient) -> None:
    address = "/api/v1/tickets?limit=2&where=team is not null&sort=ticket_id"
    total = client.get(address).json()["total"]
    answer = client.get(address, headers={"accept": "text/csv"})
    ids = [row["ticket_id"] for row in csv.DictReader(io.StringIO(answer.text))]
    assert len(ids) == total > 2
    assert ids == sorted(ids)
    assert client.get("/api/v1/tickets?where=teem=x", headers={"accept": "text/csv"}).status_code == 400


@pytest.mark.parametrize(
    "address", ["/tickets?limit=3", "/catalog/metrics", "/catalog/dimensions/team/values", "/segments"]
)
def test_what_only_reads_has_a_tag_and_is_not_sent_twice(client: TestClient, address: str) -> None:
    first = client.get(f"/api/v1{address}")
    again = client.get(f"/api/v1{address}", headers={"if-none-match": first.headers["etag"]})
    other = client.get(f"/api/v1{address}", headers={"if-none-match": 'W/"other"'})
    assert (first.status_code, again.status_code, again.content, other.content) == (200, 304, b"", first.content)
