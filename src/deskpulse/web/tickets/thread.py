"""One ticket as people read it: its facts, and what was said and done in order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from deskpulse.web.tickets.listing import TONES, cell_of, label_of, time_text
from deskpulse.web.view import local_zone, shown_value

_FACTS = (
    "status", "priority", "channel", "category", "subcategory", "team", "agent", "customer", "company", "brand",
    "language", "sentiment_label", "urgency", "emotion", "escalation", "indicators", "tags", "created_at",
    "first_replied_at", "solved_at",
    "closed_at", "first_reply_seconds", "full_resolution_seconds", "agent_reply_count", "reopen_count",
    "handoff_count", "is_sla_met", "is_escalated", "source",
)  # fmt: skip
_ROLES = {"customer": "Customer", "agent": "Agent", "bot": "Bot", "system": "System"}
_BEGINNING = datetime.min.replace(tzinfo=UTC)
SHOWN_ITEMS = 500


def ticket_card(ticket: Mapping[str, Any], workspace: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the view of a ticket shows."""
    local = local_zone(workspace)
    items = _items(ticket, local)
    problem = (
        [f"Its times are left out of time metrics: {ticket['time_problem']}."] if ticket.get("time_problem") else []
    )
    if len(items) > SHOWN_ITEMS:
        problem.append(f"Shown are the first {SHOWN_ITEMS} of {len(items):,} messages and events.")
    return {
        "id": ticket["ticket_id"],
        "reference": str(ticket.get("external_id") or ticket["ticket_id"]),
        "title": ticket.get("subject") or "(no subject)",
        "state": "ready",
        "facts": [
            {"label": label_of(name), **cell_of(name, ticket[name], local)}
            for name in _FACTS
            if ticket.get(name) not in (None, "", [], ())
        ],
        "problem": " ".join(problem),
        "thread": [item for _, item in items[:SHOWN_ITEMS]],
    }


def _items(ticket: Mapping[str, Any], local: ZoneInfo) -> list[tuple[datetime, dict[str, Any]]]:
    """Return messages, events, answers and calls with their moments, in order."""
    found = [(m.get("sent_at") or _BEGINNING, _message(m, local)) for m in ticket["messages"]]
    opening = ticket.get("description")
    if opening and not any(item["body"].strip() == opening.strip() for _, item in found):
        found.append((ticket.get("created_at") or _BEGINNING, _opening(ticket, local)))
    found += [(e.get("happened_at") or _BEGINNING, _event(e, local)) for e in ticket["events"]]
    found += [
        (s.get("responded_at") or s.get("offered_at") or _BEGINNING, _survey(s, local)) for s in ticket["surveys"]
    ]
    found += [(c.get("started_at") or _BEGINNING, _call(c, local)) for c in ticket["calls"]]
    return sorted(found, key=lambda pair: (pair[0], not pair[1].get("isFirst", False)))


def _message(message: Mapping[str, Any], local: ZoneInfo) -> dict[str, Any]:
    kind = message.get("author_kind") or ""
    mood = message.get("sentiment_label") if kind == "customer" else None
    return {
        "kind": "message",
        "place": str(message.get("message_id") or ""),
        "author": message.get("author") or _ROLES.get(kind, "Somebody"),
        "role": _ROLES.get(kind, "") if message.get("author") else "",
        "side": "ours" if kind in ("agent", "bot") else "theirs" if kind == "customer" else "neither",
        "isPublic": message.get("is_public") is not False,
        "mood": shown_value("sentiment_label", mood) if mood else "",
        "tone": TONES.get(mood or "", "even") if mood and mood != "neutral" else "",
        "at": _when(message.get("sent_at"), local),
        "body": message.get("body") or "(no text)",
        "files": [str(name) for name in message.get("attachments") or ()],
    }


def _opening(ticket: Mapping[str, Any], local: ZoneInfo) -> dict[str, Any]:
    return {
        "kind": "message", "author": ticket.get("customer") or "Customer", "role": "Opening text", "side": "theirs",
        "isPublic": True, "mood": "", "tone": "", "at": _when(ticket.get("created_at"), local),
        "body": ticket["description"], "files": [],
    }  # fmt: skip


def _event(event: Mapping[str, Any], local: ZoneInfo) -> dict[str, Any]:
    field, old, new = event.get("field") or "", event.get("old_value"), event.get("new_value")
    what = label_of(field)
    if field == "created":
        text = "Ticket created"
    elif new is None:
        text = f"{what} removed" + (f" (was {shown_value(field, old)})" if old else "")
    else:
        text = f"{what}: " + (f"{shown_value(field, old)} → " if old else "") + shown_value(field, new)
    who = event.get("actor")
    return {"kind": "event", "text": f"{text} · {who}" if who else text, "at": _when(event.get("happened_at"), local),
            "isFirst": field == "created"}  # fmt: skip


def _survey(survey: Mapping[str, Any], local: ZoneInfo) -> dict[str, Any]:
    score, top = survey.get("score"), survey.get("scale_max")
    said = "Survey sent" if score is None else f"{(survey.get('kind') or 'survey').upper()} {score:g}" + (
        f" of {top:g}" if top else ""
    )  # fmt: skip
    comment = f": “{survey['comment']}”" if survey.get("comment") else ""
    moment = survey.get("responded_at") or survey.get("offered_at")
    return {"kind": "event", "text": said + comment, "at": _when(moment, local)}


def _call(call: Mapping[str, Any], local: ZoneInfo) -> dict[str, Any]:
    outcome = f" ({shown_value('channel', call['outcome'])})" if call.get("outcome") else ""
    return {"kind": "event", "text": f"Call{outcome}", "at": _when(call.get("started_at"), local)}


def _when(moment: datetime | None, local: ZoneInfo) -> str:
    return time_text(moment, local) if moment else ""
