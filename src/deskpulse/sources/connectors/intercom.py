"""Intercom: conversations, tickets, people and articles as its API answers them.

A closed conversation can be opened again there, so it counts as solved.
"""

from __future__ import annotations

from typing import Any

from deskpulse.sources.connector import Connector, Item, Made, Name, Record, Resource, Rows, Spec, Words
from deskpulse.sources.html_text import html_to_text

STATES = {"open": "open", "closed": "solved", "snoozed": "pending"}
TICKET_STATES = {
    "submitted": "new", "in_progress": "open", "waiting_on_customer": "pending", "on_hold": "on_hold",
    "resolved": "solved",
}  # fmt: skip
CHANNELS = {
    "conversation": "chat", "email": "email", "facebook": "social", "instagram": "social", "twitter": "social",
    "whatsapp": "chat", "sms": "chat", "phone_call": "phone", "phone_switch": "phone", "push": "in_app",
    "in_app": "in_app", "chat": "chat", "inapp": "in_app",
}  # fmt: skip
PEOPLE = {
    "user": "customer",
    "lead": "customer",
    "contact": "customer",
    "admin": "agent",
    "team": "agent",
    "bot": "bot",
}
PART_STATES = {
    "close": "solved", "open": "open", "snoozed": "pending", "unsnoozed": "open", "timer_unsnooze": "open",
    "assign_and_reopen": "open", "assign_and_unsnooze": "open",
}  # fmt: skip
_ASSIGNMENTS = frozenset(
    {"assignment", "assign_and_reopen", "assign_and_unsnooze", "default_assignment", "away_mode_assignment"}
)
_TICKET_STATE_CHANGES = ("ticket_state_updated_by_admin", "ticket_state_updated_by_user")


def _id(path: str) -> Made:
    """Return an id; Intercom writes 0 for nobody."""
    return Made(lambda item: None if str(item.at(path)) in ("0", "None", "") else item.at(path), path)


def _named(table: str, path: str) -> Name:
    return Name(table, path)


def _html(*paths: str) -> Made:
    return Made(lambda item: html_to_text(item.first(*paths)), *paths)


def _contact(item: Item) -> Any:
    if PEOPLE.get(str(item.at("source.author.type"))) == "customer":
        return item.at("source.author.id")
    return item.at("contacts.contacts.0.id")


def _contact_name(item: Item) -> Any:
    named = item.known.names.get("customers", {}).get(str(_contact(item)))
    if named is None and PEOPLE.get(str(item.at("source.author.type"))) == "customer":
        return item.first("source.author.name", "source.author.email")
    return named


def _author(path: str) -> dict[str, Spec]:
    return {
        "author_id": f"{path}.id", "author": (f"{path}.name", f"{path}.email"),
        "author_kind": Words(f"{path}.type", PEOPLE, keeps_others=False),
    }  # fmt: skip


def _actor() -> dict[str, Spec]:
    return {name.replace("author", "actor"): spec for name, spec in _author("author").items()}


def _tags(item: Item) -> list[str]:
    tags = item.at("tags.tags")
    return [tag["name"] for tag in tags if isinstance(tag, dict) and tag.get("name")] if isinstance(tags, list) else []


def _attachments(path: str) -> Made:
    def read(item: Item) -> list[str]:
        files = item.at(path)
        listed = files if isinstance(files, list) else []
        return [file["name"] for file in listed if isinstance(file, dict) and file.get("name")]

    return Made(read, path)


def _has_body(item: Item) -> bool:
    return bool(item.at("body")) or bool(item.at("attachments"))


def _assigned(item: Item) -> Any:
    whom = item.at("assigned_to")
    if not isinstance(whom, dict):
        return whom
    id_ = whom.get("id")
    return item.known.names.get("teams", {}).get(str(id_), id_) if whom.get("type") == "team" else id_


def _assigned_field(item: Item) -> str:
    return "team" if item.at("assigned_to.type") == "team" else "agent"


def _parts(entity_of: str, list_path: str) -> tuple[Rows, ...]:
    """Return what the parts of a conversation or a ticket say: messages, changes of status, assignments."""
    ticket = {"ticket_id": entity_of}
    return (
        Rows(
            entity="messages", each=list_path, where=_has_body,
            columns={
                **ticket, "sent_at": "created_at", **_author("author"), "body": _html("body"),
                "is_public": Made(lambda item: item.at("part_type") != "note"),
                "attachments": _attachments("attachments"),
            },
        ),
        Rows(
            entity="ticket_events", each=list_path, where=lambda item: item.at("part_type") in PART_STATES,
            id=Made(lambda item: f"status-{item.at('id')}"), keeps_extra=False,
            columns={
                **ticket, "happened_at": "created_at", "field": Made(lambda _: "status"),
                "new_value": Words("part_type", PART_STATES), **_actor(),
            },
        ),
        Rows(
            entity="ticket_events", each=list_path, keeps_extra=False,
            id=Made(lambda item: f"assignment-{item.at('id')}"),
            where=lambda item: item.at("part_type") in _ASSIGNMENTS and item.at("assigned_to") is not None,
            columns={
                **ticket, "happened_at": "created_at", "field": Made(_assigned_field),
                "new_value": Made(_assigned, "assigned_to"), **_actor(),
            },
        ),
        Rows(
            entity="ticket_events", each=list_path, keeps_extra=False,
            id=Made(lambda item: f"state-{item.at('id')}"),
            where=lambda item: item.at("part_type") in _TICKET_STATE_CHANGES,
            columns={
                **ticket, "happened_at": "created_at", "field": Made(lambda _: "status"),
                "old_value": Words("previous_ticket_state", TICKET_STATES),
                "new_value": Words("ticket_state", TICKET_STATES), **_actor(),
            },
        ),
    )  # fmt: skip


_ASSIGNEES: dict[str, Spec] = {
    "agent_id": _id("admin_assignee_id"), "agent": _named("agents", "admin_assignee_id"),
    "team_id": _id("team_assignee_id"), "team": _named("teams", "team_assignee_id"),
    "created_at": "created_at", "updated_at": "updated_at", "tags": Made(_tags, "tags.tags"),
}  # fmt: skip

CONVERSATIONS = Resource(
    name="conversations",
    matches=lambda r: r.get("type") == "conversation" and ("source" in r or "conversation_parts" in r),
    rows=(
        Rows(
            entity="tickets",
            columns={
                "subject": Made(lambda item: item.at("title") or html_to_text(item.at("source.subject")), "title",
                                "source.subject"),
                "description": Made(lambda item: html_to_text(item.at("source.body"))),
                "channel": Words("source.type", CHANNELS, keeps_others=False), "status": Words("state", STATES),
                "priority": Words("priority", {"priority": "high", "not_priority": "normal"}), **_ASSIGNEES,
                "customer_id": Made(_contact, "contacts.contacts"), "customer": Made(_contact_name),
                "first_replied_at": "statistics.first_admin_reply_at",
                "first_solved_at": "statistics.first_close_at",
                "solved_at": Made(
                    lambda item: item.at("statistics.last_close_at") if item.at("state") == "closed" else None,
                    "statistics.last_close_at",
                ),
                "reopen_count": "statistics.count_reopens",
                "is_agent_created": Made(
                    lambda item: item.at("source.delivered_as") == "admin_initiated" if item.at("source") else None
                ),
                "is_sla_met": Made(
                    lambda item: {"hit": True, "missed": False}.get(str(item.at("sla_applied.sla_status"))),
                    "sla_applied.sla_status",
                ),
            },
        ),
        Rows(
            entity="messages", id=("source.id", "id"), keeps_extra=False,
            where=lambda item: bool(item.at("source.body") or item.at("source.attachments")),
            columns={
                "ticket_id": "id", "sent_at": "created_at", **_author("source.author"), "body": _html("source.body"),
                "is_public": Made(lambda _: True), "attachments": _attachments("source.attachments"),
                "channel": Words("source.type", CHANNELS, keeps_others=False),
            },
        ),
        *_parts("^.id", "conversation_parts.conversation_parts"),
        Rows(
            entity="surveys", id=Made(lambda item: f"rating-{item.at('id')}"), keeps_extra=False,
            where=lambda item: item.at("conversation_rating.rating") is not None,
            columns={
                "ticket_id": "id", "kind": Made(lambda _: "csat"), "scale_max": Made(lambda _: 5),
                "score": "conversation_rating.rating", "comment": "conversation_rating.remark",
                "responded_at": ("conversation_rating.updated_at", "conversation_rating.created_at"),
                "customer_id": ("conversation_rating.contact.id", "conversation_rating.customer.id"),
                "agent_id": _id("conversation_rating.teammate.id"),
                "agent": _named("agents", "conversation_rating.teammate.id"),
            },
        ),
    ),
)  # fmt: skip

TICKETS = Resource(
    name="tickets", matches=lambda r: r.get("type") == "ticket" and "ticket_attributes" in r,
    rows=(
        Rows(
            entity="tickets",
            columns={
                "subject": "ticket_attributes._default_title_",
                "description": _html("ticket_attributes._default_description_"),
                "status": Words("ticket_state.category", TICKET_STATES), "ticket_type": "ticket_type.name",
                "customer_id": "contacts.contacts.0.id", "customer": _named("customers", "contacts.contacts.0.id"),
                **_ASSIGNEES,
            },
        ),
        *_parts("^.id", "ticket_parts.ticket_parts"),
    ),
)  # fmt: skip


def _is(*types: str, having: str = "id") -> Any:
    def matches(record: Record) -> bool:
        return record.get("type") in types and having in record

    return matches


CONTACTS = Resource(
    name="contacts", matches=_is("contact", "user", "lead", having="role"),
    learn=lambda item: item.known.name("customers", item.at("id"), item.first("name", "email")),
    rows=(
        Rows(
            entity="customers",
            columns={
                "name": "name", "email": "email", "phone": "phone", "company_id": "companies.data.0.id",
                "language": ("language_override", "browser_language"), "created_at": "created_at",
            },
        ),
    ),
)  # fmt: skip
ADMINS = Resource(
    name="admins", matches=_is("admin", having="away_mode_enabled"),
    learn=lambda item: item.known.name("agents", item.at("id"), item.first("name", "email")),
    rows=(
        Rows(
            entity="agents",
            columns={
                "name": "name", "email": "email", "role": "job_title", "team_id": "team_ids.0",
                "team": _named("teams", "team_ids.0"),
            },
        ),
    ),
)  # fmt: skip
TEAMS = Resource(
    name="teams", names=("teams",), needs=frozenset({"id", "name"}), matches=_is("team", having="admin_ids"),
    learn=lambda item: item.known.name("teams", item.at("id"), item.at("name")),
    rows=(Rows(entity="teams", columns={"name": "name"}),),
)  # fmt: skip
COMPANIES = Resource(
    name="companies", matches=_is("company", having="company_id"),
    learn=lambda item: item.known.name("companies", item.at("id"), item.at("name")),
    rows=(
        Rows(
            entity="companies",
            columns={
                "name": "name", "domain": "website", "industry": "industry", "plan": "plan.name",
                "created_at": ("remote_created_at", "created_at"),
                "revenue": Made(lambda item: item.at("monthly_spend") * 12 if item.at("monthly_spend") else None),
            },
        ),
    ),
)  # fmt: skip
ARTICLES = Resource(
    name="articles", matches=_is("article", having="title"),
    rows=(
        Rows(
            entity="articles",
            columns={
                "title": "title", "body": _html("body"), "category": "parent_id", "language": "default_locale",
                "url": "url", "created_at": "created_at", "updated_at": "updated_at",
            },
        ),
    ),
)  # fmt: skip

_LEFT_OUT = (
    "activity_log", "activity_logs", "note", "notes", "segment", "segments", "subscription", "tag", "tags",
    "ticket_type", "ticket_types", "handling_events", "customers", "ticket_type_attribute",
)  # fmt: skip

INTERCOM = Connector(
    name="intercom", label="Intercom",
    resources=(
        CONVERSATIONS, TICKETS, CONTACTS, ADMINS, TEAMS, COMPANIES, ARTICLES,
        *(Resource(name=name, names=(name,)) for name in _LEFT_OUT),
    ),
)  # fmt: skip
