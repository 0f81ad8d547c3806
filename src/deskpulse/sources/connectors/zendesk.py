"""Zendesk Support: answers of its API, full exports, and its tables as warehouses keep them.

Satisfaction is good or bad there; good counts 5 and bad 1 on our scale of 5.
"""

from __future__ import annotations

import re
from typing import Any

from deskpulse.sources.connector import Connector, Item, Made, Name, Resource, Rows, Spec, Words
from deskpulse.sources.html_text import html_to_text

STATUSES = {"hold": "on_hold", "on-hold": "on_hold", "deleted": "closed", "suspended": "closed"}
CHANNELS = {
    "email": "email", "web": "web_form", "help_center": "web_form", "web_widget": "web_form", "web_form": "web_form",
    "api": "api", "chat": "chat", "native_messaging": "chat", "messaging": "chat", "chat_transcript": "chat",
    "whatsapp": "chat", "sms": "chat", "text": "chat", "line": "chat", "telegram": "chat", "wechat": "chat",
    "mobile": "in_app", "mobile_sdk": "in_app", "sdk": "in_app", "ios": "in_app", "android": "in_app",
    "voice": "phone", "phone": "phone", "phone_call_inbound": "phone", "phone_call_outbound": "phone",
    "voicemail": "phone", "twitter": "social", "twitter_dm": "social", "twitter_favorite": "social",
    "twitter_like": "social", "facebook": "social", "facebook_post": "social", "facebook_message": "social",
    "instagram_dm": "social", "any_channel": "social", "google_rcs": "chat",
}  # fmt: skip
FIELDS = {
    "status": "status", "assignee_id": "agent", "group_id": "team", "priority": "priority", "tags": "tag",
    "current_tags": "tag", "is_escalated": "escalated",
}  # fmt: skip
SCORES = {"good": 5.0, "good_with_comment": 5.0, "bad": 1.0, "bad_with_comment": 1.0}
_SURVEYED = {*SCORES, "offered"}
_AGENT_ROLES = {"agent", "admin", "light_agent", "light-agent"}
_TICKET_IN_NAME = re.compile(r"tickets?[/_\-](\d+)", re.I)


def _learn_user(item: Item) -> None:
    table = "agents" if item.at("role") in _AGENT_ROLES else "customers"
    item.known.name(table, item.at("id"), item.first("name", "email"))
    item.known.kind(item.at("id"), "agent" if table == "agents" else "customer")


def _learn_ticket(item: Item) -> None:
    known = item.known
    for role, kind, table in (("requester", "customer", "customers"), ("assignee", "agent", "agents")):
        known.kind(item.at(f"{role}_id"), kind, is_certain=False)
        known.name(table, item.first(f"{role}_id", f"{role}.id"), item.at(f"{role}.name"))
        known.kind(item.at(f"{role}.id"), kind, is_certain=False)


def _learn_metrics(item: Item) -> None:
    item.known.fact("metrics", item.at("ticket_id"), {k: v for k, v in item.value.items() if k not in ("url", "id")})


def _learn_tag(item: Item) -> None:
    ticket = item.at("ticket_id")
    item.known.facts.setdefault("tags", {}).setdefault(str(ticket), []).append(item.at("tag"))


def _learn_domain(item: Item) -> None:
    item.known.fact("domains", item.at("organization_id"), item.at("domain_name"))


def _kind_of(item: Item, id_: Any) -> str | None:
    if str(id_) in ("-1", "0") or item.at("via.channel") == "rule":
        return "system"
    known = item.known.kinds.get(str(id_))
    if known is None and (item.at("public") in (False, "false", "FALSE")):
        return "agent"  # customers write no internal notes
    return known


def _name_of(item: Item, id_: Any) -> str | None:
    names = item.known.names
    return names.get("agents", {}).get(str(id_)) or names.get("customers", {}).get(str(id_))


def _author(*paths: str) -> dict[str, Spec]:
    return {
        "author_id": Made(lambda item: None if str(item.first(*paths)) == "-1" else item.first(*paths), *paths),
        "author": Made(lambda item: _name_of(item, item.first(*paths))),
        "author_kind": Made(lambda item: _kind_of(item, item.first(*paths))),
    }


def _actor(path: str) -> dict[str, Spec]:
    return {name.replace("author", "actor"): spec for name, spec in _author(path).items()}


def _metrics(item: Item) -> dict[str, Any]:
    """Return the metrics of a ticket: those in it, else those in the export's own list."""
    given = item.value.get("metric_set") or item.value.get("ticket_metrics")
    if not given and "metrics" in item.known.facts:
        given = item.known.facts["metrics"].get(str(item.at("id")))
    return given if isinstance(given, dict) else {}


def _seconds(name: str) -> Made:
    def read(item: Item) -> float | None:
        minutes = _metrics(item).get(name)
        given = minutes.get("calendar") if isinstance(minutes, dict) else None
        return None if given is None else given * 60.0

    return Made(read, "metric_set", "ticket_metrics")


def _count(name: str, less: int = 0) -> Made:
    def read(item: Item) -> int | None:
        given = _metrics(item).get(name)
        return None if given is None else max(int(given) - less, 0)

    return Made(read)


def _solved_at(item: Item) -> Any:
    return _metrics(item).get("solved_at") if item.at("status") in ("solved", "closed") else None


def _tags(item: Item) -> Any:
    return item.known.facts.get("tags", {}).get(str(item.at("id")))


def _is_spam(item: Item) -> bool:
    return item.at("status") in ("deleted", "suspended")


def _domain(item: Item) -> Any:
    return item.at("domain_names.0") or item.known.facts.get("domains", {}).get(str(item.at("id")))


def _opened_by_agent(item: Item) -> bool | None:
    submitter, requester = item.at("submitter_id"), item.at("requester_id")
    if submitter is None or requester is None:
        return None
    return submitter != requester and item.known.kinds.get(str(submitter)) == "agent"


def _body(item: Item) -> str | None:
    plain = item.first("plain_body", "body")
    return plain if isinstance(plain, str) else html_to_text(item.at("html_body"))


def _attachments(item: Item) -> list[str]:
    listed = item.at("attachments")
    files = listed if isinstance(listed, list) else []
    return [name for file in files if isinstance(file, dict) and (name := file.get("file_name") or file.get("name"))]


def _ticket_of_comment(item: Item) -> Any:
    named = _TICKET_IN_NAME.search(item.file)
    own = item.at("ticket_id")
    if own is None and item.parent is not item.value:
        own = item.first("^.ticket_id", "^.id")
    return named.group(1) if own is None and named else own


def _message_columns(ticket: Spec, sent: Spec) -> dict[str, Spec]:
    return {
        "ticket_id": ticket, "sent_at": sent, **_author("author_id", "^.author_id"), "is_public": "public",
        "channel": Words("via.channel", CHANNELS, keeps_others=False),
        "body": Made(_body, "body", "plain_body", "html_body"), "attachments": Made(_attachments, "attachments"),
    }  # fmt: skip


def _in_our_words(item: Item, path: str) -> Any:
    given = item.at(path)
    field = item.at("field_name")
    if isinstance(given, list):
        return ",".join(str(word) for word in given)
    if given is None:
        return None
    if field == "status":
        return STATUSES.get(str(given), given)
    return item.known.names.get("teams", {}).get(str(given), given) if field == "group_id" else given


def _is_change(item: Item) -> bool:
    is_tracked = item.at("field_name") in FIELDS
    return item.at("type") == "Change" or (item.at("type") == "Create" and is_tracked)


def _score(path: str) -> Made:
    return Made(lambda item: SCORES.get(str(item.at(path))), path)


_TICKET_COLUMNS: dict[str, Spec] = {
    "subject": ("subject", "raw_subject"), "description": "description",
    "channel": Words("via.channel", CHANNELS, keeps_others=False), "status": Words("status", STATUSES),
    "priority": "priority", "ticket_type": "type", "tags": "tags",
    "customer_id": ("requester_id", "requester.id"), "customer": Name("customers", "requester_id"),
    "company_id": ("organization_id", "organization.id"), "company": Name("companies", "organization_id"),
    "agent_id": ("assignee_id", "assignee.id"), "agent": Name("agents", "assignee_id"),
    "team_id": ("group_id", "group.id"), "team": Name("teams", "group_id"), "brand": Name("brands", "brand_id"),
    "created_at": "created_at", "updated_at": "updated_at", "due_at": "due_at",
    "is_spam": Made(_is_spam),
    "is_agent_created": Made(_opened_by_agent), "solved_at": Made(_solved_at),
    "first_reply_seconds": _seconds("reply_time_in_minutes"),
    "first_resolution_seconds": _seconds("first_resolution_time_in_minutes"),
    "full_resolution_seconds": _seconds("full_resolution_time_in_minutes"),
    "requester_wait_seconds": _seconds("requester_wait_time_in_minutes"),
    "agent_wait_seconds": _seconds("agent_wait_time_in_minutes"),
    "on_hold_seconds": _seconds("on_hold_time_in_minutes"), "agent_reply_count": _count("replies"),
    "reopen_count": _count("reopens"), "handoff_count": _count("assignee_stations", less=1),
    "team_handoff_count": _count("group_stations", less=1),
}  # fmt: skip

_USER_COLUMNS: dict[str, Spec] = {
    "name": "name", "email": "email", "timezone": "iana_time_zone",
}  # fmt: skip
_PEOPLE = (
    Rows(
        entity="agents", where=lambda item: item.at("role") in _AGENT_ROLES,
        columns={
            **_USER_COLUMNS, "role": "role", "team_id": "default_group_id", "team": Name("teams", "default_group_id"),
            "joined_at": "created_at",
        },
    ),
    Rows(
        entity="customers", where=lambda item: item.at("role") not in _AGENT_ROLES,
        columns={
            **_USER_COLUMNS, "phone": "phone", "company_id": "organization_id",
            "company": Name("companies", "organization_id"), "language": "locale", "created_at": "created_at",
        },
    ),
)  # fmt: skip

TICKETS = Resource(
    name="tickets", names=("tickets", "ticket"), needs=frozenset({"id", "status", "requester_id"}),
    marks=frozenset({"id", "via", "requester_id", "submitter_id", "assignee_id", "group_id"}), learn=_learn_ticket,
    rows=(
        Rows(entity="tickets", columns=_TICKET_COLUMNS),
        Rows(
            entity="messages", each="comments", requires=("ticket_id",),
            columns=_message_columns(Made(_ticket_of_comment), "created_at"),
        ),
        Rows(
            entity="surveys", unless=("satisfaction_ratings",), keeps_extra=False,
            id=Made(lambda item: f"{item.at('id')}:rating"),
            where=lambda item: item.at("satisfaction_rating.score") in _SURVEYED,
            columns={
                "ticket_id": "id", "kind": Made(lambda _: "csat"), "scale_max": Made(lambda _: 5),
                "score": _score("satisfaction_rating.score"), "comment": "satisfaction_rating.comment",
                "customer_id": "requester_id", "agent_id": "assignee_id", "agent": Name("agents", "assignee_id"),
                "team": Name("teams", "group_id"), "offered_at": "satisfaction_rating.created_at",
                "responded_at": Made(
                    lambda item: item.first("satisfaction_rating.updated_at", "updated_at")
                    if item.at("satisfaction_rating.score") in SCORES else None
                ),
            },
        ),
    ),
)  # fmt: skip

AUDITS = Resource(
    name="ticket_audits", names=("audits", "audit", "ticket_audits"),
    marks=frozenset({"ticket_id", "author_id", "events", "metadata"}),
    rows=(
        Rows(
            entity="ticket_events", each="events", where=_is_change,
            columns={
                "ticket_id": "^.ticket_id", "happened_at": "^.created_at", "field": Words("field_name", FIELDS),
                "old_value": Made(lambda item: _in_our_words(item, "previous_value"), "previous_value"),
                "new_value": Made(lambda item: _in_our_words(item, "value"), "value", "type"), **_actor("^.author_id"),
            },
        ),
        Rows(
            entity="messages", each="events", where=lambda item: item.at("type") in ("Comment", "VoiceComment"),
            columns=_message_columns("^.ticket_id", "^.created_at"),
        ),
    ),
)  # fmt: skip

COMMENTS = Resource(
    name="ticket_comments", names=("comments", "comment", "ticket_comments"),
    needs=frozenset({"id", "author_id", "public"}),
    marks=frozenset({"id", "author_id", "body", "public", "type", "html_body"}),
    rows=(
        Rows(
            entity="messages", requires=("ticket_id",),
            columns=_message_columns(Made(_ticket_of_comment, "ticket_id"), "created_at"),
        ),
    ),
)  # fmt: skip

RATINGS = Resource(
    name="satisfaction_ratings", names=("satisfaction_ratings", "satisfaction_rating"),
    marks=frozenset({"ticket_id", "requester_id", "assignee_id", "group_id", "score"}),
    rows=(
        Rows(
            entity="surveys", where=lambda item: item.at("score") in _SURVEYED,
            columns={
                "ticket_id": "ticket_id", "kind": Made(lambda _: "csat"), "scale_max": Made(lambda _: 5),
                "score": _score("score"), "comment": "comment", "customer_id": "requester_id",
                "agent_id": "assignee_id", "agent": Name("agents", "assignee_id"), "team": Name("teams", "group_id"),
                "offered_at": "created_at",
                "responded_at": Made(
                    lambda item: item.at("updated_at") if item.at("score") in SCORES else None, "updated_at"
                ),
            },
        ),
    ),
)  # fmt: skip

SLA_EVENTS = Resource(
    name="ticket_metric_events", names=("ticket_metric_events",),
    marks=frozenset({"ticket_id", "metric", "instance_id", "type", "time"}),
    rows=(
        Rows(
            entity="sla_events", where=lambda item: item.at("type") != "update_status",
            columns={
                "ticket_id": "ticket_id", "happened_at": "time",
                "metric": Words("metric", {
                    "reply_time": "first_reply", "periodic_update_time": "periodic_update",
                    "requester_wait_time": "requester_wait", "agent_work_time": "agent_work",
                    "total_resolution_time": "resolution",
                }),
                "kind": Words("type", {
                    "apply_sla": "applied", "pause": "paused", "activate": "resumed", "fulfill": "met",
                    "breach": "breached",
                }),
                "policy": "sla.policy.title", "is_business": "sla.business_hours",
                "target_seconds": Made(
                    lambda item: item.at("sla.target_in_seconds")
                    or (item.at("sla.target") * 60 if item.at("sla.target") else None),
                    "sla.target_in_seconds", "sla.target",
                ),
            },
        ),
    ),
)  # fmt: skip

ARTICLES = Resource(
    name="articles", names=("articles", "article"), needs=frozenset({"id", "title", "body"}),
    marks=frozenset({"id", "title", "body", "section_id", "html_url"}),
    rows=(
        Rows(
            entity="articles",
            columns={
                "title": "title", "body": Made(lambda item: html_to_text(item.at("body")), "body"),
                "category": "section_id", "language": "locale", "url": "html_url", "created_at": "created_at",
                "updated_at": "updated_at",
            },
        ),
    ),
)  # fmt: skip

USERS = Resource(
    name="users", names=("users", "user", "user_data"), needs=frozenset({"id", "role"}),
    marks=frozenset({"id", "role", "organization_id", "moderator", "ticket_restriction"}),
    learn=_learn_user, rows=_PEOPLE,
)  # fmt: skip
ORGANIZATIONS = Resource(
    name="organizations", names=("organizations", "organization", "organization_data"),
    needs=frozenset({"id", "name"}), marks=frozenset({"id", "name", "shared_tickets", "shared_comments"}),
    learn=lambda item: item.known.name("companies", item.at("id"), item.at("name")),
    rows=(
        Rows(entity="companies", columns={"name": "name", "domain": Made(_domain), "created_at": "created_at"}),
    ),
)  # fmt: skip
GROUPS = Resource(
    name="groups", names=("groups", "group", "group_data"), needs=frozenset({"id", "name"}),
    matches=lambda record: "/api/v2/groups/" in str(record.get("url")) and "name" in record,
    learn=lambda item: item.known.name("teams", item.at("id"), item.at("name")),
    rows=(Rows(entity="teams", columns={"name": "name"}),),
)  # fmt: skip
BRANDS = Resource(
    name="brands", names=("brands", "brand", "brand_data"), needs=frozenset({"id", "name"}),
    marks=frozenset({"id", "name", "brand_url", "subdomain"}),
    learn=lambda item: item.known.name("brands", item.at("id"), item.at("name")),
    rows=(Rows(entity="brands", columns={"name": "name"}),),
)  # fmt: skip
METRICS = Resource(
    name="ticket_metrics", names=("ticket_metrics", "ticket_metric", "metric_sets"),
    marks=frozenset({"ticket_id", "reply_time_in_minutes", "reopens"}), learn=_learn_metrics,
)  # fmt: skip

# ---------------------------------------------------------------- tables of a warehouse

_TABLE_TICKET = {
    **{name: spec for name, spec in _TICKET_COLUMNS.items() if not isinstance(spec, Made)},
    "channel": Words("via_channel", CHANNELS, keeps_others=False), "tags": Made(_tags),
    "is_spam": Made(_is_spam), "is_agent_created": Made(_opened_by_agent),
}  # fmt: skip
TABLES = (
    Resource(
        name="ticket_data", names=("ticket_data", "ticket"), learn=_learn_ticket,
        marks=frozenset({"id", "via_channel", "requester_id", "submitter_id", "assignee_id"}),
        rows=(Rows(entity="tickets", columns=_TABLE_TICKET),),
    ),
    Resource(
        name="ticket_comment_data", names=("ticket_comment_data", "ticket_comment"),
        marks=frozenset({"id", "ticket_id", "user_id", "body", "public", "voice_comment"}),
        rows=(
            Rows(
                entity="messages",
                columns={
                    "ticket_id": "ticket_id", "sent_at": ("created", "created_at"), **_author("user_id"),
                    "is_public": "public", "body": "body",
                },
            ),
        ),
    ),
    Resource(
        name="ticket_field_history_data", names=("ticket_field_history_data", "ticket_field_history"),
        marks=frozenset({"field_name", "ticket_id", "updated", "value"}),
        rows=(
            Rows(
                entity="ticket_events",
                id=Made(lambda item: "-".join(str(item.at(p)) for p in ("ticket_id", "field_name", "updated"))),
                columns={
                    "ticket_id": "ticket_id", "happened_at": "updated", "field": Words("field_name", FIELDS),
                    "new_value": Made(lambda item: _in_our_words(item, "value"), "value"), **_actor("user_id"),
                },
            ),
        ),
    ),
    Resource(
        name="ticket_tag_data", names=("ticket_tag_data", "ticket_tag"), needs=frozenset({"ticket_id", "tag"}),
        learn=_learn_tag,
    ),
    Resource(
        name="domain_name_data", names=("domain_name_data", "domain_name"), learn=_learn_domain,
        needs=frozenset({"organization_id", "domain_name"}),
    ),
)  # fmt: skip

_LEFT_OUT = (
    "attachment", "group_memberships", "locales", "macro", "macros", "organization_fields", "organization_memberships",
    "sla_policies", "sla_policy", "tags", "ticket_field", "ticket_fields", "ticket_form", "ticket_forms", "triggers",
    "user_fields", "user_related", "view", "views", "automations", "audit_log_data", "daylight_time_data",
    "organization_tag_data", "schedule_data", "schedule_holiday_data", "sla_policy_metric_history_data",
    "ticket_chat_data", "ticket_chat_event_data", "ticket_form_history_data", "ticket_schedule_data",
    "ticket_sla_policy_data", "time_zone_data", "user_tag_data",
)  # fmt: skip

ZENDESK = Connector(
    name="zendesk", label="Zendesk",
    resources=(
        TICKETS, AUDITS, COMMENTS, RATINGS, SLA_EVENTS, ARTICLES, USERS, ORGANIZATIONS, GROUPS, BRANDS, METRICS,
        *TABLES, *(Resource(name=name, names=(name,)) for name in _LEFT_OUT),
    ),
)  # fmt: skip
