"""A look-alike of a help desk's export with its own numbers: tickets' histories, and what it makes of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
AGENT, OTHER, BOT, CUSTOMER = 11, 12, 13, 900


def stamp(minutes: float) -> str:
    return (START + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Case:
    """One ticket as Zendesk's API answers it: what happened by minute, and the metrics that it gives."""

    id: int
    at: float = 0.0
    status: str = "new"
    by_agent: bool = False
    comments: list[dict[str, Any]] = field(default_factory=list)
    audits: list[dict[str, Any]] = field(default_factory=list)
    metrics: dict[str, Any] = field(default_factory=dict)
    updated: float | None = None

    def say(self, minute: float, who: int, *, public: bool = True) -> Case:
        number = len(self.comments) + 1
        self.comments.append(
            {"id": self.id * 100 + number, "type": "Comment", "author_id": who, "body": "text",
             "html_body": "<p>text</p>", "public": public, "created_at": stamp(self.at + minute), "ticket_id": self.id,
             "via": {"channel": "web"}}
        )  # fmt: skip
        return self

    def turn(self, minute: float, status: str, who: int = AGENT, *, told: bool = True, old: str | None = None) -> Case:
        if told:
            self.change(minute, "status", old or self.status, status, who)
        self.status = status
        self.updated = minute
        return self

    def change(self, minute: float, name: str, old: Any, new: Any, who: int = AGENT) -> Case:
        number = len(self.audits) + 1
        event = {
            "id": self.id * 1000 + number,
            "type": "Change",
            "field_name": name,
            "previous_value": old,
            "value": new,
        }
        self.audits.append(
            {"id": self.id * 500 + number, "ticket_id": self.id, "created_at": stamp(self.at + minute),
             "author_id": who, "metadata": {}, "events": [event], "via": {"channel": "web"}}
        )  # fmt: skip
        return self

    def gives(self, **minutes_or_counts: Any) -> Case:
        """Set the vendor's metrics: durations in minutes, calendar and business alike unless a pair."""
        for name, value in minutes_or_counts.items():
            is_duration = name.endswith("_time")
            pair = value if isinstance(value, tuple) else (value, None)
            self.metrics[f"{name}_in_minutes" if is_duration else name] = (
                {"calendar": pair[0], "business": pair[1]} if is_duration else value
            )
        return self

    def row(self) -> dict[str, Any]:
        return {
            "id": self.id, "via": {"channel": "email"}, "requester_id": CUSTOMER, "assignee_id": AGENT, "group_id": 5,
            "submitter_id": AGENT if self.by_agent else CUSTOMER, "subject": f"case {self.id}", "description": "text",
            "status": self.status, "priority": "normal", "created_at": stamp(self.at), "tags": [],
            "updated_at": stamp(self.at + (self.updated if self.updated is not None else 0)),
        }  # fmt: skip

    def metric_row(self) -> dict[str, Any]:
        empty = {f"{name}_in_minutes": {"calendar": None, "business": None}
                 for name in ("reply_time", "first_resolution_time", "full_resolution_time", "requester_wait_time",
                              "agent_wait_time", "on_hold_time")}  # fmt: skip
        counts = dict.fromkeys(("reopens", "replies", "assignee_stations", "group_stations", "solved_at"))
        return {
            "id": self.id * 7, "ticket_id": self.id, "url": f"https://example.zendesk.com/{self.id}", **counts, **empty,
            **self.metrics,
        }  # fmt: skip


def _user(id_: int, name: str, role: str) -> dict[str, Any]:
    return {"id": id_, "name": name, "role": role, "organization_id": None, "moderator": False,
            "ticket_restriction": None}  # fmt: skip


USERS = [_user(AGENT, "Ada", "agent"), _user(OTHER, "Bo", "agent"), _user(BOT, "Helper Bot", "agent"),
         _user(CUSTOMER, "Cleo", "end-user")]  # fmt: skip


def export(folder: Path, cases: list[Case]) -> Path:
    """Write what is imported: tickets, comments, audits, people; none of the vendor's metrics."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (
        ("tickets", [case.row() for case in cases]),
        ("ticket_comments", [row for case in cases for row in case.comments]),
        ("ticket_audits", [row for case in cases for row in case.audits]),
        ("users", USERS),
    ):
        key = {"ticket_comments": "comments", "ticket_audits": "audits"}.get(name, name)
        (folder / f"{name}.json").write_text(json.dumps({key: rows}), "utf-8")
    return folder


def metrics(path: Path, cases: list[Case]) -> Path:
    """Write the vendor's metrics as its own list of them."""
    path.write_text(json.dumps({"ticket_metrics": [case.metric_row() for case in cases]}), "utf-8")
    return path
