"""Zendesk: API answers, full exports and warehouse tables become our tables."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.sources.reading import bad_of, put, put_json, tables_of

from deskpulse.core.settings import Settings
from deskpulse.sources.files import open_path

NOON = "2024-05-01T12:00:00Z"


def moment(hour: int, day: int = 1) -> datetime:
    return datetime(2024, 5, day, hour, tzinfo=UTC)


def ticket(id_: int, **more: Any) -> dict[str, Any]:
    return {
        "id": id_, "url": f"https://x.zendesk.com/api/v2/tickets/{id_}.json", "external_id": None,
        "via": {"channel": "email", "source": {"from": {"address": "a@b.c"}}}, "created_at": NOON,
        "updated_at": "2024-05-02T12:00:00Z", "type": "incident", "subject": f"<script>{id_}</script>",
        "description": "It broke.", "priority": "high", "status": "hold", "requester_id": 11, "submitter_id": 11,
        "assignee_id": 21, "organization_id": 31, "group_id": 41, "tags": ["vip", "billing"], "brand_id": 51,
        "satisfaction_rating": {"score": "good", "comment": "thanks"}, "custom_fields": [{"id": 9, "value": "x"}],
        **more,
    }  # fmt: skip


USERS = [
    {"id": 11, "name": "Ann", "email": "ann@c.com", "role": "end-user", "organization_id": 31, "created_at": NOON,
     "moderator": False, "ticket_restriction": "requested", "iana_time_zone": "Asia/Tokyo", "locale": "en-US"},
    {"id": 21, "name": "Bob", "email": "bob@x.com", "role": "agent", "organization_id": None, "created_at": NOON,
     "moderator": True, "ticket_restriction": None, "default_group_id": 41},
]  # fmt: skip
EXPORT: dict[str, Any] = {
    "tickets.json": {"tickets": [ticket(1), ticket(2, status="deleted")], "next_page": None, "count": 2},
    "users.json": {"users": USERS, "count": 2},
    "organizations.json": {"organizations": [
        {"id": 31, "name": "Acme", "shared_tickets": True, "shared_comments": True, "domain_names": ["acme.com"]}
    ]},
    "groups.json": {"groups": [{"id": 41, "name": "Support", "url": "https://x/api/v2/groups/41.json"}]},
    "ticket_metrics.json": {"ticket_metrics": [{
        "id": 1, "ticket_id": 1, "reopens": 2, "replies": 3, "assignee_stations": 2, "group_stations": 1,
        "reply_time_in_minutes": {"calendar": 30, "business": 10}, "solved_at": NOON,
        "full_resolution_time_in_minutes": {"calendar": 60, "business": 20},
        "first_resolution_time_in_minutes": {"calendar": None, "business": None},
    }]},
    "ticket_1_comments.json": {"comments": [
        {"id": 101, "type": "Comment", "author_id": 11, "body": "It broke.", "html_body": "<p>It broke.</p>",
         "public": True, "created_at": NOON, "attachments": [{"file_name": "log.txt"}], "via": {"channel": "email"}},
        {"id": 102, "type": "Comment", "author_id": 21, "body": "internal", "html_body": "", "public": False,
         "created_at": NOON, "attachments": []},
        {"id": 103, "type": "Comment", "author_id": -1, "html_body": "<p>auto<br>reply</p>", "body": None,
         "public": True, "created_at": NOON, "attachments": []},
    ]},
    "audits.json": {"audits": [{
        "id": 7, "ticket_id": 1, "author_id": 21, "created_at": NOON, "metadata": {}, "via": {"channel": "web"},
        "events": [
            {"id": 71, "type": "Change", "field_name": "status", "value": "hold", "previous_value": "open"},
            {"id": 72, "type": "Change", "field_name": "group_id", "value": "41", "previous_value": None},
            {"id": 73, "type": "Create", "field_name": "subject", "value": "x"},
            {"id": 74, "type": "Change", "field_name": "assignee_id", "value": "21", "previous_value": None,
             "via": {"channel": "rule"}},
            {"id": 75, "type": "Notification", "recipients": [1]},
            {"id": 76, "type": "Comment", "author_id": 11, "public": True, "body": "and this"},
        ],
    }]},
    "macros.json": {"macros": [{"id": 1, "title": "x", "actions": []}]},
    "notes.json": [{"mine": 1}],
}  # fmt: skip


def test_an_export_of_answers_becomes_our_tables(tmp_path: Path, settings: Settings) -> None:
    found = open_path(put_json(tmp_path / "zd", EXPORT), settings)
    assert (found.kind, found.label) == ("zendesk_export", "Zendesk export")
    assert [p.entity for p in found.parts] == [
        "teams", "agents", "companies", "customers", "tickets", "ticket_events", "messages", "surveys",
    ]  # fmt: skip
    tables = tables_of(found)
    first = tables["tickets"][0]
    extra = json.loads(first.pop("extra"))
    assert first == {
        "ticket_id": "1", "external_id": "1", "subject": "<script>1</script>", "description": "It broke.",
        "channel": "email", "status": "on_hold", "priority": "high", "ticket_type": "incident",
        "tags": ["vip", "billing"], "customer_id": "11", "customer": "Ann", "company_id": "31", "company": "Acme",
        "agent_id": "21", "agent": "Bob", "team_id": "41", "team": "Support", "created_at": moment(12),
        "updated_at": moment(12, day=2), "is_spam": False, "is_agent_created": False, "first_reply_seconds": 1800.0,
        "full_resolution_seconds": 3600.0, "agent_reply_count": 3, "reopen_count": 2, "handoff_count": 1,
        "team_handoff_count": 0,
    }  # fmt: skip
    assert extra["custom_fields"] == [{"id": 9, "value": "x"}]
    assert extra["via"] == {"source": {"from": {"address": "a@b.c"}}}
    assert "status" not in extra
    assert (tables["tickets"][1]["status"], tables["tickets"][1]["is_spam"]) == ("closed", True)
    assert tables["agents"] == [{
        "agent_id": "21", "external_id": "21", "name": "Bob", "email": "bob@x.com", "role": "agent", "team_id": "41",
        "team": "Support", "joined_at": moment(12), "extra": '{"moderator":true}',
    }]  # fmt: skip
    assert [(c["name"], c["company"], c["timezone"]) for c in tables["customers"]] == [("Ann", "Acme", "Asia/Tokyo")]
    assert tables["companies"][0]["domain"] == "acme.com"
    told = "\n".join(found.notes)
    assert "not used: macros.json" in told
    assert "left out: notes.json" in told


def test_comments_and_audits(tmp_path: Path, settings: Settings) -> None:
    tables = tables_of(open_path(put_json(tmp_path / "zd", EXPORT), settings))
    events = [
        (e["external_id"], e["field"], e.get("old_value"), e["new_value"], e["actor_kind"])
        for e in tables["ticket_events"]
    ]
    assert events == [
        ("71", "status", "open", "on_hold", "agent"),
        ("72", "team", None, "Support", "agent"),
        ("74", "agent", None, "21", "system"),
    ]
    messages = {m["external_id"]: m for m in tables["messages"]}
    assert {id_: (m["ticket_id"], m["author_kind"], m["is_public"], m["body"]) for id_, m in messages.items()} == {
        "76": ("1", "customer", True, "and this"),
        "101": ("1", "customer", True, "It broke."),
        "102": ("1", "agent", False, "internal"),
        "103": ("1", "system", True, "auto\nreply"),
    }
    assert messages["101"]["attachments"] == ["log.txt"]
    assert messages["101"]["author"] == "Ann"
    assert [(s["external_id"], s["score"], s["scale_max"], s["comment"]) for s in tables["surveys"]] == [
        ("1:rating", 5.0, 5.0, "thanks"), ("2:rating", 5.0, 5.0, "thanks"),
    ]  # fmt: skip


def test_ratings_of_their_own_replace_those_in_tickets(tmp_path: Path, settings: Settings) -> None:
    rating = {"id": 8, "ticket_id": 1, "requester_id": 11, "assignee_id": 21, "group_id": 41, "comment": None,
              "created_at": NOON, "updated_at": NOON}  # fmt: skip
    ratings = [
        {**rating, "score": score, "id": i} for i, score in enumerate(("bad_with_comment", "offered", "unoffered"))
    ]
    folder = put_json(tmp_path / "zd", {**EXPORT, "satisfaction_ratings.json": {"satisfaction_ratings": ratings}})
    surveys = tables_of(open_path(folder, settings))["surveys"]
    assert [(s["external_id"], s.get("score"), s.get("responded_at")) for s in surveys] == [
        ("0", 1.0, moment(12)), ("1", None, None),
    ]  # fmt: skip


def test_one_ticket_a_line_with_everything_inside(tmp_path: Path, settings: Settings) -> None:
    whole = ticket(
        5, status="solved", requester={"id": 11, "name": "Ann"}, assignee={"id": 21, "name": "Bob"},
        comments=[{"id": 1, "author_id": 21, "body": "hi", "public": True, "created_at": NOON}],
        metric_set={"reopens": 1, "replies": 1, "solved_at": NOON, "reply_time_in_minutes": {"calendar": 1}},
    )  # fmt: skip
    found = open_path(put(tmp_path, "tickets.jsonl", json.dumps(whole) + "\n" + json.dumps(ticket(6))), settings)
    tables = tables_of(found)
    first = tables["tickets"][0]
    assert (first["customer"], first["agent"], first["solved_at"], first["first_reply_seconds"]) == (
        "Ann", "Bob", moment(12), 60.0,
    )  # fmt: skip
    assert [(m["ticket_id"], m["author_kind"]) for m in tables["messages"]] == [("5", "agent")]


def test_records_that_cannot_be_rows_are_rejected_once(tmp_path: Path, settings: Settings) -> None:
    files = {
        "tickets.json": [ticket(1), ticket(2, created_at="yesterday"), ticket(3, id=None)],
        "comments.json": EXPORT["ticket_1_comments.json"]["comments"][:1],
    }
    found = open_path(put_json(tmp_path / "zd", files), settings)
    reasons = {str(p.entity): [(b.row_number, b.reason) for b in bad_of(p)] for p in found.parts}
    assert reasons["tickets"] == [(2, "created_at: 'yesterday' is no time."), (3, "The record has no id.")]
    assert reasons["messages"] == [(1, "The record does not say its ticket_id.")]


def test_tables_of_a_warehouse(tmp_path: Path, settings: Settings) -> None:
    tables = {
        "ticket_data.csv": "id,assignee_id,created_at,description,group_id,priority,requester_id,status,subject,"
        "submitter_id,via_channel,_fivetran_synced\n1,21,2024-05-01 12:00:00,text,41,high,11,hold,Hi,11,web,x\n",
        "ticket_comment_data.csv": "id,body,created,public,ticket_id,user_id,voice_comment\n"
        "5,hello,2024-05-01 12:00:00,FALSE,1,21,FALSE\n",
        "ticket_field_history_data.csv": "field_name,ticket_id,updated,user_id,value\n"
        "status,1,2024-05-01 12:00:00,21,hold\nassignee_id,1,2024-05-01 12:00:00,,21\n",
        "user_data.csv": "id,created_at,email,locale_id,moderator,name,organization_id,role,ticket_restriction\n"
        "21,2024-05-01 12:00:00,b@x.com,1,FALSE,Bob,,agent,\n11,2024-05-01 12:00:00,a@x.com,1,FALSE,Ann,,end-user,\n",
        "group_data.csv": "id,created_at,name,url\n41,2024-05-01 12:00:00,Support,u\n",
        "ticket_tag_data.csv": "tag,ticket_id\nvip,1\nnew,1\n",
        "schedule_data.csv": "id,name,start_time\n1,x,7680\n",
    }
    for name, text in tables.items():
        put(tmp_path, f"zd/{name}", text)
    rows = tables_of(open_path(tmp_path / "zd", settings), rows=1)
    first = rows["tickets"][0]
    assert (first["channel"], first["status"], first["tags"], first["agent"], first["team"], first["customer"]) == (
        "web_form", "on_hold", ["vip", "new"], "Bob", "Support", "Ann",
    )  # fmt: skip
    assert first["created_at"] == moment(12)
    assert [(e["field"], e["new_value"], e.get("actor_kind")) for e in rows["ticket_events"]] == [
        ("status", "on_hold", "agent"), ("agent", "21", None),
    ]  # fmt: skip
    assert [(m["author_kind"], m["is_public"], m["sent_at"]) for m in rows["messages"]] == [
        ("agent", False, moment(12))
    ]


def test_reading_goes_on_from_any_position(tmp_path: Path, settings: Settings) -> None:
    many = {**EXPORT, "more.json": {"tickets": [ticket(i) for i in range(10, 20)]}}
    for part in open_path(put_json(tmp_path / "zd", many), settings).parts:
        for rows in (1, 2, 3):
            chunks = list(part.chunks(rows))
            whole = [row for c in chunks for row in c.frame.rows()]
            numbers = [n for c in chunks for n in c.row_numbers]
            assert all(c.frame.height <= rows for c in chunks)
            assert numbers == sorted(set(numbers))
            seen = 0
            for chunk in chunks:
                seen += chunk.frame.height
                rest = list(part.chunks(rows, chunk.position))
                assert [row for c in rest for row in c.frame.rows()] == whole[seen:]
                assert [n for c in rest for n in c.row_numbers] == numbers[seen:]


@pytest.mark.data
def test_real_answers(real_data: Path, settings: Settings) -> None:
    found = open_path(real_data / "connectors" / "zendesk_api", settings)
    tables = tables_of(found)
    assert found.kind == "zendesk_export"
    assert {t["external_id"] for t in tables["tickets"]} == {"2", "3", "4"}
    assert {t["created_at"].isoformat() for t in tables["tickets"] if t["external_id"] == "3"} == {
        "2019-06-03T02:34:52+00:00"
    }
    assert {(e["field"], e["old_value"], e["new_value"]) for e in tables["ticket_events"]} == {
        ("status", "new", "open")
    }
    assert {c["domain"] for c in tables["companies"] if "domain" in c} >= {"hoth.com"}


@pytest.mark.data
def test_real_tables(real_data: Path, settings: Settings) -> None:
    tables = tables_of(open_path(real_data / "connectors" / "zendesk_tables_fivetran", settings))
    counts = {name: len(rows) for name, rows in tables.items()}
    assert counts["tickets"] == 10
    assert counts["messages"] == 20
    assert counts["ticket_events"] == 38
    assert counts["agents"] + counts["customers"] == 10
    assert all(t["created_at"].tzinfo is not None for t in tables["tickets"])
