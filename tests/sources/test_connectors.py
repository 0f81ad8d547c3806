"""Freshdesk, Intercom and Slack exports become our tables; every declaration fits the tables it names."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.sources.reading import put, put_json, rows_of, tables_of

from deskpulse.core.settings import Settings
from deskpulse.sources.connector import ENTITY_ORDER, Connector, value
from deskpulse.sources.export import known_connectors
from deskpulse.sources.files import open_path
from deskpulse.warehouse.schema import ENTITIES

NOON = "2024-05-01T12:00:00+02:00"
TEN = datetime(2024, 5, 1, 10, tzinfo=UTC)
SECONDS = 1714557600  # the same moment


@pytest.mark.parametrize("connector", known_connectors().values(), ids=lambda c: c.name)
def test_declarations_fit_the_tables(connector: Connector) -> None:
    for resource in connector.resources:
        for rows in resource.rows:
            assert rows.entity in ENTITY_ORDER
            assert set(rows.columns) | set(rows.requires) <= set(ENTITIES[rows.entity].column_names)
            assert all(isinstance(value(spec).paths, tuple) for spec in rows.columns.values())
    names = [resource.name for resource in connector.resources]
    assert len(names) == len(set(names))
    assert list(connector.entities())


# ---------------------------------------------------------------- Freshdesk

FRESHDESK: dict[str, Any] = {
    "tickets.json": [
        {
            "id": 1, "subject": "Help", "description": "<p>It<br>broke</p>", "source": 2, "status": 4, "priority": 3,
            "type": "Question", "tags": ["a"], "requester_id": 11, "responder_id": 21, "group_id": 41,
            "company_id": 31, "created_at": NOON, "updated_at": NOON, "due_by": NOON, "is_escalated": True,
            "spam": False, "stats": {"first_responded_at": NOON, "resolved_at": NOON, "closed_at": None},
            "custom_fields": {"x": 1},
            "conversations": [
                {"id": 5, "body_text": "mail", "incoming": True, "private": False, "user_id": 11, "created_at": NOON,
                 "source": 0, "attachments": [{"name": "a.txt"}]},
            ],
        },
        {"id": 2, "source": 10, "status": 7, "priority": 1, "requester_id": 11, "responder_id": None, "deleted": True,
         "created_at": NOON},
    ],
    "conversations.json": [
        {"id": 6, "body": "<div>note</div>", "body_text": "", "incoming": False, "private": True, "user_id": 21,
         "ticket_id": 1, "created_at": NOON, "source": 2},
    ],
    "agents.json": [
        {"id": 21, "ticket_scope": 1, "occasional": False, "group_ids": [41], "created_at": NOON,
         "contact": {"name": "Bob", "email": "bob@x.com", "job_title": "Lead"}},
    ],
    "contacts.json": [
        {"id": 11, "name": "Ann", "email": "ann@c.com", "job_title": None, "twitter_id": None, "time_zone": "Berlin",
         "phone": None, "mobile": "123", "company_id": 31, "language": "de"},
    ],
    "companies.json": [
        {"id": 31, "name": "Acme", "domains": ["acme.com"], "note": None, "custom_fields": {}, "industry": "Toys",
         "account_tier": "Gold"},
    ],
    "groups.json": [{"id": 41, "name": "Support", "escalate_to": 1, "unassigned_for": "30m"}],
    "satisfaction_ratings.json": [
        {"id": 8, "survey_id": 1, "ticket_id": 1, "user_id": 11, "agent_id": 21, "group_id": 41, "feedback": "ok",
         "ratings": {"default_question": 101}, "created_at": NOON},
    ],
}  # fmt: skip


def test_freshdesk(tmp_path: Path, settings: Settings) -> None:
    found = open_path(put_json(tmp_path / "fd", FRESHDESK), settings)
    assert found.kind == "freshdesk_export"
    tables = tables_of(found)
    first, second = tables["tickets"]
    assert json.loads(first.pop("extra")) == {"custom_fields": {"x": 1}}
    assert first == {
        "ticket_id": "1", "external_id": "1", "subject": "Help", "description": "It\nbroke", "channel": "web_form",
        "status": "solved", "priority": "high", "ticket_type": "Question", "tags": ["a"], "customer_id": "11",
        "customer": "Ann", "company_id": "31", "company": "Acme", "agent_id": "21", "agent": "Bob", "team_id": "41",
        "team": "Support", "created_at": TEN, "updated_at": TEN, "due_at": TEN, "first_replied_at": TEN,
        "solved_at": TEN, "is_escalated": True, "is_spam": False, "is_agent_created": False,
        "is_resolution_sla_met": True,
    }  # fmt: skip
    assert (second["status"], second["channel"], second["is_spam"], second["is_agent_created"]) == (
        "on_hold", "email", True, True,
    )  # fmt: skip
    messages = {m["external_id"]: m for m in tables["messages"]}
    assert {i: (m["ticket_id"], m["author_kind"], m["is_public"], m["body"]) for i, m in messages.items()} == {
        "5": ("1", "customer", True, "mail"), "6": ("1", "agent", False, "note"),
    }  # fmt: skip
    assert messages["5"]["attachments"] == ["a.txt"]
    assert messages["6"]["author"] == "Bob"
    assert [(a["name"], a["team"], a["role"]) for a in tables["agents"]] == [("Bob", "Support", "Lead")]
    assert [(c["name"], c["phone"], c["company"]) for c in tables["customers"]] == [("Ann", "123", "Acme")]
    assert [(s["score"], s["agent"], s["responded_at"]) for s in tables["surveys"]] == [(4.0, "Bob", TEN)]


@pytest.mark.data
def test_real_freshdesk_answers(real_data: Path, settings: Settings) -> None:
    tables = tables_of(open_path(real_data / "connectors" / "freshdesk_api_v2", settings))
    assert {t["subject"] for t in tables["tickets"]} >= {"This is a sample ticket", "This is a sample outbound email"}
    assert {(m["external_id"], m["is_public"]) for m in tables["messages"]} == {("1", False), ("2", True)}
    assert len(tables["articles"]) == 4


# ---------------------------------------------------------------- Intercom

CONVERSATION: dict[str, Any] = {
    "type": "conversation", "id": "7", "created_at": SECONDS, "updated_at": SECONDS + 60, "title": None,
    "state": "closed", "priority": "priority", "admin_assignee_id": 21, "team_assignee_id": "41",
    "source": {"type": "email", "id": "900", "delivered_as": "customer_initiated", "subject": "<p>Hi</p>",
               "body": "<p>It<br>broke</p>", "author": {"type": "user", "id": "11", "name": "Ann"}},
    "contacts": {"type": "contact.list", "contacts": [{"type": "contact", "id": "11"}]},
    "tags": {"tags": [{"name": "vip"}]}, "custom_attributes": {"plan": "x"},
    "statistics": {"first_admin_reply_at": SECONDS, "last_close_at": SECONDS + 60, "count_reopens": 1},
    "conversation_rating": {"rating": 4, "remark": "good", "created_at": SECONDS, "teammate": {"id": 21}},
    "conversation_parts": {"conversation_parts": [
        {"id": "1", "part_type": "comment", "body": "<p>Hello</p>", "created_at": SECONDS,
         "author": {"type": "admin", "id": "21", "name": "Bob"}},
        {"id": "2", "part_type": "note", "body": "<p>secret</p>", "created_at": SECONDS,
         "author": {"type": "bot", "id": "99", "name": "Fin"}},
        {"id": "3", "part_type": "close", "body": None, "created_at": SECONDS,
         "author": {"type": "admin", "id": "21", "name": "Bob"}},
        {"id": "4", "part_type": "assign_and_reopen", "body": None, "created_at": SECONDS,
         "assigned_to": {"type": "team", "id": "41"}, "author": {"type": "admin", "id": "21", "name": "Bob"}},
        {"id": "5", "part_type": "custom_action_started", "body": None, "created_at": SECONDS,
         "author": {"type": "lead", "id": "11"}},
    ]},
}  # fmt: skip
INTERCOM: dict[str, Any] = {
    "conversations.json": {"type": "conversation.list", "conversations": [CONVERSATION], "pages": {"page": 1}},
    "ticket.json": {
        "type": "ticket", "id": "8", "ticket_id": "38", "ticket_attributes": {"_default_title_": "T"},
        "ticket_state": {"category": "waiting_on_customer"}, "ticket_type": {"name": "Bug"}, "created_at": SECONDS,
        "admin_assignee_id": "0", "contacts": {"contacts": [{"id": "11"}]},
        "ticket_parts": {"ticket_parts": [
            {"id": "1", "part_type": "ticket_state_updated_by_admin", "ticket_state": "in_progress",
             "previous_ticket_state": "submitted", "created_at": SECONDS, "author": {"type": "admin", "id": "21"}},
        ]},
    },
    "admins.json": {"type": "admin.list", "admins": [
        {"type": "admin", "id": "21", "name": "Bob", "email": "b@x.com", "away_mode_enabled": False, "team_ids": [41]}
    ]},
    "teams.json": {"type": "team.list", "teams": [{"type": "team", "id": "41", "name": "Tier 1", "admin_ids": []}]},
    "contacts.json": {"type": "list", "data": [
        {"type": "contact", "id": "11", "role": "user", "name": "Ann", "email": "ann@c.com", "created_at": SECONDS}
    ], "total_count": 1},
}  # fmt: skip


def test_intercom(tmp_path: Path, settings: Settings) -> None:
    found = open_path(put_json(tmp_path / "ic", INTERCOM), settings)
    assert found.kind == "intercom_export"
    tables = tables_of(found)
    by_id = {t["external_id"]: t for t in tables["tickets"]}
    first = by_id["7"]
    assert json.loads(first.pop("extra"))["custom_attributes"] == {"plan": "x"}
    assert first == {
        "ticket_id": "7", "external_id": "7", "subject": "Hi", "description": "It\nbroke", "channel": "email",
        "status": "solved", "priority": "high", "tags": ["vip"], "customer_id": "11", "customer": "Ann",
        "agent_id": "21", "agent": "Bob", "team_id": "41", "team": "Tier 1", "created_at": TEN,
        "updated_at": TEN.replace(minute=1), "first_replied_at": TEN, "solved_at": TEN.replace(minute=1),
        "reopen_count": 1, "is_agent_created": False,
    }  # fmt: skip
    assert (by_id["8"]["status"], by_id["8"]["ticket_type"], "agent_id" in by_id["8"]) == ("pending", "Bug", False)
    assert [(m["external_id"], m["author_kind"], m["is_public"], m["body"]) for m in tables["messages"]] == [
        ("900", "customer", True, "It\nbroke"), ("1", "agent", True, "Hello"), ("2", "bot", False, "secret"),
    ]  # fmt: skip
    assert {(e["ticket_id"], e["field"], e.get("old_value"), e["new_value"]) for e in tables["ticket_events"]} == {
        ("7", "status", None, "solved"), ("7", "status", None, "open"), ("7", "team", None, "Tier 1"),
        ("8", "status", "new", "open"),
    }  # fmt: skip
    assert [(s["score"], s["comment"], s["agent"]) for s in tables["surveys"]] == [(4.0, "good", "Bob")]
    assert [(c["name"], c["created_at"]) for c in tables["customers"]] == [("Ann", TEN)]


def test_a_collection_of_answers_in_one_file(tmp_path: Path, settings: Settings) -> None:
    collection = {f"GET /{name} 200 found": answer for name, answer in INTERCOM.items()}
    found = open_path(put(tmp_path, "answers.json", json.dumps(collection)), settings)
    tables = tables_of(found)
    assert found.kind == "intercom_export"
    assert {t["external_id"] for t in tables["tickets"]} == {"7", "8"}
    assert len(tables["agents"]) == len(tables["teams"]) == 1


@pytest.mark.data
def test_real_intercom_answers(real_data: Path, settings: Settings) -> None:
    tables = tables_of(open_path(real_data / "connectors" / "intercom_api", settings))
    by_id = {t["external_id"]: t for t in tables["tickets"]}
    assert {"503", "524", "531", "542", "631"} <= set(by_id)
    assert (by_id["503"]["status"], by_id["503"]["tags"]) == ("solved", ["Test tag"])
    assert by_id["503"]["created_at"] == datetime(2024, 12, 18, 15, 58, 31, tzinfo=UTC)
    assert ("531", "solved") in {(e["ticket_id"], e["new_value"]) for e in tables["ticket_events"]}
    assert all("<" not in m["body"] for m in tables["messages"] if "body" in m)


# ---------------------------------------------------------------- Slack


def said(ts: str, user: str | None, text: str, **more: Any) -> dict[str, Any]:
    return {"type": "message", "ts": ts, "text": text, **({"user": user} if user else {}), **more}


SLACK: dict[str, Any] = {
    "users.json": [
        {"id": "U1", "team_id": "T", "name": "ann", "deleted": False, "tz": "Asia/Tokyo",
         "profile": {"display_name": "Ann", "email": "ann@c.com"}},
        {"id": "U2", "team_id": "T", "name": "bob", "deleted": False, "profile": {"real_name": "Bob B"}},
        {"id": "U3", "team_id": "T", "name": "idle", "deleted": False, "profile": {}},
    ],
    "channels.json": [{"id": "C1", "name": "help", "members": ["U1"], "creator": "U1", "purpose": {"value": ""}}],
    "help/2024-05-01.json": [
        said("1714557600.000100", "U1", "<@U1> has joined", subtype="channel_join"),
        said("1714557600.000200", "U1", "It broke &amp; <@U2> knows <#C1|help>\nsee <https://x.y/z|the page>",
             thread_ts="1714557600.000200", reply_count=1, latest_reply="1714557660.000300"),
        said("1714557660.000300", "U2", "Fixed, <mailto:a@b.c|a@b.c> <!here>", thread_ts="1714557600.000200",
             files=[{"name": "log.txt"}]),
        said("1714557700.000400", None, "", subtype="bot_message", bot_id="B1", username="CI",
             attachments=[{"pretext": "build failed", "text": "<https://ci/1>"}]),
    ],
    "help/2024-05-02.json": [said("1714644000.000500", "U1", "Another one")],
    "integration_logs.json": [{"user_id": "U1", "date": "1", "change_type": "added"}],
}  # fmt: skip


def zip_of(files: dict[str, Any], path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"Acme Slack export/{name}", json.dumps(content))
    return path


@pytest.mark.parametrize("is_zip", [True, False])
def test_slack(tmp_path: Path, settings: Settings, is_zip: bool) -> None:
    path = zip_of(SLACK, tmp_path / "slack.zip") if is_zip else put_json(tmp_path / "slack", SLACK)
    found = open_path(path, settings)
    assert found.kind == "slack_export"
    assert any("joining and leaving" in note for note in found.notes)
    tables = tables_of(found)
    first, bot, alone = tables["tickets"]
    assert first == {
        "ticket_id": "C1:1714557600.000200", "external_id": "C1:1714557600.000200",
        "subject": "It broke & @Bob B knows #help",
        "description": "It broke & @Bob B knows #help\nsee the page (https://x.y/z)", "channel": "chat",
        "customer_id": "U1", "customer": "Ann", "agent_id": "U2", "agent": "Bob B", "tags": ["help"],
        "created_at": TEN.replace(microsecond=200), "updated_at": TEN.replace(minute=1, microsecond=300),
        "is_agent_created": False,
    }  # fmt: skip
    assert (bot["ticket_type"], bot["subject"], bot.get("customer_id")) == ("notification", "build failed", None)
    assert (alone["customer"], alone.get("agent_id")) == ("Ann", None)
    assert [(m["author_kind"], m["author"], m["ticket_id"][-6:], m["body"]) for m in tables["messages"]] == [
        ("customer", "Ann", "000200", "It broke & @Bob B knows #help\nsee the page (https://x.y/z)"),
        ("agent", "Bob B", "000200", "Fixed, a@b.c @here"),
        ("bot", "CI", "000400", "build failed\nhttps://ci/1"),
        ("customer", "Ann", "000500", "Another one"),
    ]
    assert tables["messages"][1]["attachments"] == ["log.txt"]
    assert [a["name"] for a in tables["agents"]] == ["Bob B"]
    assert [(c["name"], c["email"], c["timezone"]) for c in tables["customers"]] == [("Ann", "ann@c.com", "Asia/Tokyo")]


def test_slack_guests_are_customers(tmp_path: Path, settings: Settings) -> None:
    users = [{**SLACK["users.json"][0], "is_restricted": True}, *SLACK["users.json"][1:]]
    hello = [said("1714557500.000001", "U2", "We are back."), *SLACK["help/2024-05-01.json"]]
    files = {**SLACK, "users.json": users, "help/2024-05-01.json": hello}
    tables = tables_of(open_path(put_json(tmp_path / "slack", files), settings))
    assert (tables["tickets"][0]["is_agent_created"], tables["tickets"][0].get("customer_id")) == (True, None)
    assert [m["author_kind"] for m in tables["messages"]] == ["agent", "customer", "agent", "bot", "customer"]
    assert {c["external_id"] for c in tables["customers"]} == {"U1"}
    assert {a["external_id"] for a in tables["agents"]} == {"U2", "U3"}


@pytest.mark.data
def test_a_real_slack_export(real_data: Path, settings: Settings) -> None:
    folder = real_data / "connectors" / "slack_export"
    found = open_path(folder, settings)
    days = [m for path in folder.glob("*/*.json") for m in json.loads(path.read_text("utf-8"))]
    wanted = [m for m in days if m.get("subtype") not in ("channel_join", "bot_add")]
    tables = {p.entity: rows_of(p, 50) for p in found.parts}
    assert len(tables["messages"]) == len(wanted)
    assert {m["external_id"].split(":")[1] for m in tables["messages"]} == {m["ts"] for m in wanted}
    assert sum(m["author_kind"] == "bot" for m in tables["messages"]) == 94
    assert all(m["body"] for m in tables["messages"])
    assert not any("<http" in m["body"] or "<@" in m["body"] for m in tables["messages"])
