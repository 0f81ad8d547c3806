"""Freshdesk: answers of its API (version 2, and the older one's tickets) saved to files.

Its ratings run from 103 (extremely happy) over 100 (neutral) to -103; on our scale of 5 every happy one is 4 or more.
"""

from __future__ import annotations

from datetime import datetime

from deskpulse.sources.connector import Connector, Item, Made, Name, Resource, Rows, Spec, Words
from deskpulse.sources.html_text import html_to_text

STATUSES = {"2": "open", "3": "pending", "4": "solved", "5": "closed", "6": "pending", "7": "on_hold"}
PRIORITIES = {"1": "low", "2": "normal", "3": "high", "4": "urgent"}
CHANNELS = {
    "1": "email", "2": "web_form", "3": "phone", "4": "web_form", "5": "social", "6": "social", "7": "chat",
    "8": "in_app", "9": "web_form", "10": "email", "11": "web_form", "12": "chat", "13": "chat", "15": "in_app",
}  # fmt: skip
MESSAGE_CHANNELS = {"0": "email", "5": "social", "6": "survey", "7": "social", "8": "email", "9": "phone"}
RATINGS = {103: 5.0, 102: 4.5, 101: 4.0, 100: 3.0, -101: 2.0, -102: 1.5, -103: 1.0}


def _learn_agent(item: Item) -> None:
    item.known.kind(item.at("id"), "agent")
    item.known.name("agents", item.at("id"), item.first("contact.name", "contact.email", "name"))


def _learn_contact(item: Item) -> None:
    is_agent = item.at("agent") is not None or item.at("helpdesk_agent") is True
    item.known.kind(item.at("id"), "agent" if is_agent else "customer", is_certain=False)
    item.known.name("agents" if is_agent else "customers", item.at("id"), item.first("name", "email"))


def _learn_ticket(item: Item) -> None:
    known = item.known
    known.kind(item.at("requester_id"), "customer", is_certain=False)
    known.kind(item.at("responder_id"), "agent", is_certain=False)
    known.name("customers", item.at("requester_id"), item.first("requester.name", "requester_name", "requester.email"))
    known.name("agents", item.at("responder_id"), item.at("responder_name"))
    known.name("companies", item.at("company_id"), item.at("company.name"))


def _body(text: str, html: str) -> Made:
    def read(item: Item) -> str | None:
        plain = item.at(text)
        return plain if isinstance(plain, str) and plain else html_to_text(item.at(html))

    return Made(read, text, html)


def _attachments(item: Item) -> list[str]:
    listed = item.at("attachments")
    files = listed if isinstance(listed, list) else []
    return [file["name"] for file in files if isinstance(file, dict) and file.get("name")]


def _author_kind(item: Item) -> str | None:
    if item.at("incoming") is True:
        return "customer"
    if item.at("incoming") is False:
        return "agent"
    return item.known.kinds.get(str(item.at("user_id")))


def _author(item: Item) -> str | None:
    names, id_ = item.known.names, str(item.at("user_id"))
    return names.get("agents", {}).get(id_) or names.get("customers", {}).get(id_)


def _score(item: Item) -> float | None:
    given = item.at("ratings.default_question")
    return None if given is None else RATINGS.get(int(given))


def _opened_by_agent(item: Item) -> bool | None:
    return item.at("source") == 10 if item.at("source") is not None else None


def _messages(ticket: Spec) -> dict[str, Spec]:
    return {
        "ticket_id": ticket, "sent_at": "created_at", "author_id": "user_id", "author": Made(_author),
        "author_kind": Made(_author_kind, "incoming"),
        "is_public": Made(lambda item: None if item.at("private") is None else not item.at("private"), "private"),
        "channel": Words("source", MESSAGE_CHANNELS, keeps_others=False), "body": _body("body_text", "body"),
        "attachments": Made(_attachments, "attachments"),
    }  # fmt: skip


def _in_time(item: Item, done: str, due: str, *, late: str = "") -> bool | None:
    """Return whether what was due was done in time: by the mark of being late, else by both moments; None: unknown."""
    if late and item.at(late) is True:
        return False
    moments = [item.at(done), item.at(due)]
    if not all(isinstance(moment, str) and moment for moment in moments):
        return None
    try:
        finished, promised = (datetime.fromisoformat(moment) for moment in moments)
        return bool(finished <= promised)
    except (ValueError, TypeError):  # no moment, or one of them without a zone: nothing is known
        return None


TICKETS = Resource(
    name="tickets", names=("tickets", "ticket"), needs=frozenset({"id", "status", "requester_id"}),
    marks=frozenset({"id", "requester_id", "responder_id", "source", "priority"}), learn=_learn_ticket,
    rows=(
        Rows(
            entity="tickets",
            columns={
                "subject": "subject", "description": _body("description_text", "description"),
                "channel": Words("source", CHANNELS, keeps_others=False), "status": Words("status", STATUSES),
                "priority": Words("priority", PRIORITIES), "ticket_type": ("type", "ticket_type"), "tags": "tags",
                "customer_id": "requester_id", "customer": Name("customers", "requester_id"),
                "company_id": "company_id", "company": Name("companies", "company_id"),
                "agent_id": "responder_id", "agent": Name("agents", "responder_id"),
                "team_id": "group_id", "team": Name("teams", "group_id"),
                "created_at": "created_at", "updated_at": "updated_at", "due_at": "due_by",
                "first_replied_at": "stats.first_responded_at", "solved_at": ("stats.resolved_at", "stats.closed_at"),
                "closed_at": "stats.closed_at", "reopened_at": "stats.reopened_at",
                "is_escalated": ("is_escalated", "isescalated"),
                "is_first_reply_sla_met": Made(
                    lambda item: _in_time(item, "stats.first_responded_at", "fr_due_by", late="fr_escalated"),
                    "fr_due_by", "fr_escalated",
                ),
                "is_resolution_sla_met": Made(lambda item: _in_time(item, "stats.resolved_at", "due_by")),
                "is_spam": Made(lambda item: bool(item.at("spam") or item.at("deleted")), "spam", "deleted"),
                "is_agent_created": Made(_opened_by_agent),
            },
        ),
        Rows(entity="messages", each="conversations", columns=_messages(("ticket_id", "^.id"))),
    ),
)  # fmt: skip

CONVERSATIONS = Resource(
    name="conversations", names=("conversations", "conversation", "notes", "replies"),
    needs=frozenset({"id", "ticket_id", "body"}),
    marks=frozenset({"id", "ticket_id", "incoming", "private", "user_id"}),
    rows=(Rows(entity="messages", columns=_messages("ticket_id"), requires=("ticket_id",)),),
)  # fmt: skip

_CONTACT: dict[str, Spec] = {
    "name": "name", "email": "email", "phone": ("phone", "mobile"), "company_id": "company_id",
    "company": Name("companies", "company_id"), "language": "language", "created_at": "created_at",
}  # fmt: skip
CONTACTS = Resource(
    name="contacts", names=("contacts", "contact"), needs=frozenset({"id", "email"}), learn=_learn_contact,
    marks=frozenset({"id", "name", "email", "job_title", "twitter_id", "time_zone"}),
    rows=(
        Rows(
            entity="customers", columns=_CONTACT,
            where=lambda item: item.at("agent") is None and item.at("helpdesk_agent") is not True,
        ),
        Rows(
            entity="agents", where=lambda item: item.at("agent") is not None,
            columns={"name": "name", "email": "email", "role": "job_title", "joined_at": "agent.created_at"},
        ),
    ),
)  # fmt: skip

AGENTS = Resource(
    name="agents", names=("agents", "agent"), needs=frozenset({"id", "contact"}), learn=_learn_agent,
    marks=frozenset({"id", "ticket_scope", "occasional", "contact"}),
    rows=(
        Rows(
            entity="agents",
            columns={
                "name": "contact.name", "email": "contact.email", "role": "contact.job_title",
                "team_id": "group_ids.0", "team": Name("teams", "group_ids.0"), "joined_at": "created_at",
            },
        ),
    ),
)  # fmt: skip

COMPANIES = Resource(
    name="companies", names=("companies", "company", "customer"), needs=frozenset({"id", "name"}),
    marks=frozenset({"id", "name", "domains", "note", "custom_fields"}),
    learn=lambda item: item.known.name("companies", item.at("id"), item.at("name")),
    rows=(
        Rows(
            entity="companies",
            columns={
                "name": "name", "industry": "industry", "tier": "account_tier", "created_at": "created_at",
                "domain": Made(
                    lambda item: item.at("domains.0") if isinstance(item.at("domains"), list) else item.at("domains"),
                ),
            },
        ),
    ),
)  # fmt: skip

GROUPS = Resource(
    name="groups", names=("groups", "group"), needs=frozenset({"id", "name"}),
    marks=frozenset({"id", "name", "escalate_to", "unassigned_for"}),
    learn=lambda item: item.known.name("teams", item.at("id"), item.at("name")),
    rows=(Rows(entity="teams", columns={"name": "name"}),),
)  # fmt: skip

SURVEYS = Resource(
    name="satisfaction_ratings", names=("satisfaction_ratings", "satisfaction_rating"),
    marks=frozenset({"id", "survey_id", "ticket_id", "ratings"}),
    rows=(
        Rows(
            entity="surveys",
            columns={
                "ticket_id": "ticket_id", "kind": Made(lambda _: "csat"), "scale_max": Made(lambda _: 5),
                "score": Made(_score, "ratings.default_question"), "comment": "feedback", "customer_id": "user_id",
                "agent_id": "agent_id", "agent": Name("agents", "agent_id"), "team": Name("teams", "group_id"),
                "responded_at": "created_at",
            },
        ),
    ),
)  # fmt: skip

ARTICLES = Resource(
    name="solution_articles", names=("solution_articles", "articles"), needs=frozenset({"id", "title"}),
    marks=frozenset({"id", "title", "folder_id", "hits", "thumbs_up"}),
    rows=(
        Rows(
            entity="articles",
            columns={
                "title": "title", "body": _body("description_text", "description"), "category": "category_id",
                "views": "hits", "created_at": "created_at", "updated_at": "updated_at",
            },
        ),
    ),
)  # fmt: skip

_LEFT_OUT = ("role", "roles", "solution_categories", "solution_folders", "time_entries", "time_entry", "products")


FRESHDESK = Connector(
    name="freshdesk", label="Freshdesk",
    resources=(
        TICKETS, CONVERSATIONS, CONTACTS, AGENTS, COMPANIES, GROUPS, SURVEYS, ARTICLES,
        *(Resource(name=name, names=(name,)) for name in _LEFT_OUT),
    ),
)  # fmt: skip
