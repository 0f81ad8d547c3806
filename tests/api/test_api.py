"""The API, by what a program does with it."""

from __future__ import annotations

import csv
import io
import re
import time
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.api.conftest import import_file, wait_for
from tests.worlds import ticket_rows, write_csv

YEAR = {"from": "2026-01-01", "to": "2027-01-01"}


def test_a_query_counts_every_ticket_once(client: TestClient) -> None:
    answer = client.post("/api/v1/query", json={"metrics": ["tickets_created"], "by": ["team"], **YEAR}).json()
    counts = {row["team"]: row["tickets_created"]["value"] for row in answer["rows"]}
    assert sum(counts.values()) == answer["totals"]["tickets_created"]["value"] == 200
    assert set(counts) == {"Billing", "Tier 1", "Tier 2"}


def test_the_same_by_address_and_as_csv(client: TestClient) -> None:
    params = {"metrics": ["tickets_created", "csat"], "by": "channel", "grain": "month", **YEAR}
    by_address = client.get("/api/v1/query", params=params).json()
    rows = list(csv.DictReader(io.StringIO(client.get("/api/v1/query", params={**params, "format": "csv"}).text)))
    assert len(rows) == len(by_address["rows"])
    values = [r["tickets_created"]["value"] for r in by_address["rows"]]
    assert [float(r["tickets_created"]) if r["tickets_created"] else None for r in rows] == values


def test_a_batch_answers_in_order(client: TestClient) -> None:
    queries = [{"metrics": [m], **YEAR} for m in ("tickets_created", "backlog", "tickets_solved")]
    results = client.post("/api/v1/query/batch", json={"queries": queries}).json()["results"]
    assert [r["metrics"] for r in results] == [["tickets_created"], ["backlog"], ["tickets_solved"]]
    too_many = client.post("/api/v1/query/batch", json={"queries": queries * 20})
    assert too_many.status_code == 413


@pytest.mark.parametrize(("spec", "status", "told"), [
    ({"metrics": ["csatt"]}, 400, "csat"),
    ({"metrics": ["csat"], "by": ["teem"]}, 400, "team"),
    ({"metrics": ["csat"], "from": "2026-05-01", "to": "2026-04-01"}, 400, "before"),
    ({"metrics": ["csat"], "period": "soon"}, 400, "period"),
    ({"metrics": ["csat"], "grain": "minute"}, 400, "month"),
    ({"metrics": ["csat"], "timezone": "Mars/Olympus"}, 400, "zone"),
    ({"metrics": ["csat"], "where": ["team"]}, 400, "team"),
    ({"metrics": []}, 400, "metric"),
    ({"metrics": ["csat"], "grain": "hour", "from": "1990-01-01", "to": "2026-01-01"}, 413, "query_max_periods"),
    ({"metrics": ["csat"], "sql": "DROP TABLE tickets"}, 422, "sql"),
    ({}, 422, "metrics"),
])  # fmt: skip
def test_a_wrong_question_is_a_problem_that_says_what_to_do(
    client: TestClient, spec: dict[str, object], status: int, told: str
) -> None:
    answer = client.post("/api/v1/query", json=spec)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert {"type", "title", "status", "detail", "code", "correlation_id"} <= set(problem)
    assert told in answer.text


def test_tickets_page_by_page_are_all_there_once(client: TestClient) -> None:
    seen: list[str] = []
    cursor = None
    while True:
        params = {"limit": 64, "sort": "-created_at", **({"cursor": cursor} if cursor else {})}
        page = client.get("/api/v1/tickets", params=params).json()
        seen += [row["ticket_id"] for row in page["rows"]]
        assert page["total"] == 200
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 200


def test_a_number_lists_exactly_its_tickets(client: TestClient) -> None:
    spec = {"metrics": ["tickets_solved"], "where": ["team=Billing"], **YEAR}
    counted = client.post("/api/v1/query", json=spec).json()["totals"]["tickets_solved"]["value"]
    listed = client.get("/api/v1/tickets", params={"metric": "tickets_solved", "where": "team=Billing", **YEAR}).json()
    assert listed["total"] == counted > 0


def test_one_ticket_whole_and_none(client: TestClient) -> None:
    ticket_id = client.get("/api/v1/tickets", params={"limit": 1}).json()["rows"][0]["ticket_id"]
    ticket = client.get(f"/api/v1/tickets/{ticket_id}").json()
    assert ticket["ticket_id"] == ticket_id
    assert client.get("/api/v1/tickets/nobody:1").status_code == 404


def test_the_catalogue_describes_every_metric(client: TestClient) -> None:
    metrics = client.get("/api/v1/catalog/metrics").json()["metrics"]
    assert len(metrics) >= 12
    assert all(m["about"] and m["label"] and m["dimensions"] for m in metrics)
    names = {d["name"] for d in client.get("/api/v1/catalog/dimensions").json()["dimensions"]}
    assert {d for m in metrics for d in m["dimensions"]} <= names
    values = client.get("/api/v1/catalog/dimensions/team/values").json()["values"]
    assert {v["value"] for v in values} == {"Billing", "Tier 1", "Tier 2"}


def test_upload_preview_result_duplicate_and_undo(empty: TestClient, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "tickets.csv", ticket_rows(50))
    upload = {"file": ("../../evil\\tickets.csv", path.read_bytes(), "text/csv")}
    first = wait_for(
        empty, empty.post("/api/v1/imports/upload", files=upload, data={"source": "helpdesk"}).json()["run_id"]
    )
    assert (first["status"], first["result"]["tickets"], first["result"]["rejected"]) == ("done", 50, 0)
    again = import_file(empty, path, source="helpdesk")
    assert (again["result"]["tickets"], again["result"]["duplicates"]) == (0, 50)
    assert [r["status"] for r in empty.get("/api/v1/imports").json()["runs"]] == ["done", "done"]
    taken = empty.delete(f"/api/v1/imports/{first['run_id']}").json()["taken_back"]
    assert taken["tickets"] == 50
    assert empty.get("/api/v1/tickets").json()["total"] == 0


def test_rejected_rows_are_listed_exported_mended_and_replayed(empty: TestClient, tmp_path: Path) -> None:
    rows = ticket_rows(20)
    rows[3]["Opened At"] = "the day before yesterday"
    rows[7]["Subject"] = "=HYPERLINK(1)"
    rows[7]["Opened At"] = "never"
    run = import_file(empty, write_csv(tmp_path / "t.csv", rows), source="h")
    assert (run["result"]["tickets"], run["result"]["rejected"]) == (18, 2)
    found = empty.get("/api/v1/rejected", params={"run_id": run["run_id"]}).json()
    assert {r["row_number"] for r in found["rows"]} == {4, 8}
    assert all("Opened At" in r["reason"] or r["column_name"] for r in found["rows"])
    exported = empty.get("/api/v1/rejected.csv").text
    assert "'=HYPERLINK" in exported or "=HYPERLINK" not in re.split(r"[\r\n,\"]", exported)
    fixes = {r["rejected_id"]: {"Opened At": "2026-02-01T10:00:00Z"} for r in found["rows"]}
    mended = empty.post(f"/api/v1/imports/{run['run_id']}/replay", json={"fixes": fixes})
    assert mended.status_code == 200, mended.text
    assert empty.get("/api/v1/tickets").json()["total"] == 20


def test_what_is_pushed_is_in_the_numbers_soon_and_once(empty: TestClient) -> None:
    rows = [{"external_id": str(i), "subject": "Hello", "created_at": "2026-03-01T10:00:00Z"} for i in range(5)]
    for _ in range(2):
        sent = empty.post(
            "/api/v1/push/tickets", json={"source": "shop", "rows": rows}, headers={"idempotency-key": "k"}
        )
        assert sent.status_code == 202, sent.text
    until = time.monotonic() + 60
    while (total := empty.get("/api/v1/tickets").json()["total"]) < 5 and time.monotonic() < until:
        time.sleep(0.1)
    assert total == 5
    assert empty.post("/api/v1/push/nonsense", json={"rows": rows}).status_code == 400


def test_workspaces_do_not_see_each_other(empty: TestClient, tmp_path: Path) -> None:
    for slug in ("one", "two"):
        assert empty.post("/api/v1/workspaces", json={"slug": slug}).status_code == 201
    path = write_csv(tmp_path / "t.csv", ticket_rows(10))
    answer = empty.post(
        "/api/v1/imports/upload", files={"file": ("t.csv", path.read_bytes())}, params={"workspace": "one"}
    )
    run = wait_for(empty, answer.json()["run_id"], workspace="one")
    assert run["result"]["tickets"] == 10
    two = {"x-deskpulse-workspace": "two"}
    ticket_id = empty.get("/api/v1/tickets", params={"workspace": "one"}).json()["rows"][0]["ticket_id"]
    assert empty.get("/api/v1/tickets", headers=two).json()["total"] == 0
    assert empty.get(f"/api/v1/tickets/{ticket_id}", headers=two).status_code == 404
    assert empty.get(f"/api/v1/imports/{run['run_id']}", headers=two).status_code == 404
    assert empty.delete(f"/api/v1/imports/{run['run_id']}", headers=two).status_code == 404
    assert empty.get("/api/v1/imports", headers=two).json()["runs"] == []
    assert empty.get("/api/v1/tickets", params={"workspace": "three"}).status_code == 404
    assert empty.post("/api/v1/workspaces", json={"slug": "../up"}).status_code == 400


def test_the_api_pages_need_no_other_host(client: TestClient) -> None:
    for page in ("/api/docs", "/api/redoc"):
        html = client.get(page).text
        assert re.findall(r'(?:src|href)="(?:https?:)?//', html) == []
        for address in re.findall(r'(?:src|href)="(/[^"]+)"', html):
            assert client.get(address).status_code == 200
    schema = client.get("/api/openapi.json").json()
    undescribed = [p for p, verbs in schema["paths"].items() for v in verbs.values() if not v.get("description")]
    assert undescribed == []


def test_a_report_is_a_page_that_runs_nothing(client: TestClient) -> None:
    answer = client.get("/api/v1/reports/insights", params=YEAR)
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "<script" not in answer.text
    assert client.get("/api/v1/reports/insigths").status_code == 400


def test_an_unknown_address_is_a_problem_too(client: TestClient) -> None:
    answer = client.get("/api/v1/nothing")
    assert answer.status_code == 404
    assert answer.json()["status"] == 404


def test_segments_and_targets(client: TestClient) -> None:
    made = client.put("/api/v1/segments/quiet%20ones", json={"filter": "channel = email or priority <= low"})
    assert made.status_code == 200, made.text
    assert client.get("/api/v1/segments").json()["segments"][0]["name"] == "quiet ones"
    question = {"metrics": ["tickets_created"], "from": "2026-01-01", "to": "2027-01-01"}
    found = client.post("/api/v1/query", json=question | {"where": ['segment = "quiet ones"']}).json()
    assert found["totals"]["tickets_created"]["n"] == made.json()["tickets"] > 0
    wrong = client.put("/api/v1/segments/x", json={"filter": "chanel = email"})
    assert wrong.status_code == 400
    assert "'channel'" in wrong.json()["hint"]
    assert client.put("/api/v1/targets/csatt", json={"value": 1}).status_code == 400
    assert client.put("/api/v1/targets/csat", json={"value": 0.9}).json() == {"metric": "csat", "value": 0.9}
    assert client.get("/api/v1/targets").json() == {"targets": {"csat": 0.9}}
    told = client.post("/api/v1/query", json=question | {"compare": "previous", "show": ["change"], "by": ["channel"]})
    assert "change" in told.json()["rows"][0]["tickets_created"]
    assert client.delete("/api/v1/targets/csat").status_code == 204
    assert client.delete("/api/v1/segments/quiet%20ones").status_code == 204
    assert client.delete("/api/v1/segments/quiet%20ones").status_code == 404
