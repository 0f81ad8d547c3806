"""Slack: a workspace export, with one folder a channel and one file a day.

A thread is a ticket, a message outside of threads is one of its own. Slack knows no roles: who opens a thread is
its customer and who answers is an agent, unless the export has guests or people of other workspaces: then those
are customers and members are agents.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from deskpulse.sources.connector import Connector, Item, Made, Record, Resource, Rows, Spec

_SKIPPED = frozenset(
    {
        "bot_add", "bot_disable", "bot_enable", "bot_remove", "channel_archive", "channel_convert_to_private",
        "channel_join", "channel_leave", "channel_name", "channel_posting_permissions", "channel_purpose",
        "channel_topic", "channel_unarchive", "group_archive", "group_join", "group_leave", "group_name",
        "group_purpose", "group_topic", "group_unarchive", "huddle_thread", "message_deleted", "pinned_item",
        "tombstone", "unpinned_item",
    }
)  # fmt: skip
_MARKUP = re.compile(r"<([@#!])?([^<>|]+)(?:\|([^<>]*))?>")
_SUBJECT_CHARS = 150


def _channel(item: Item) -> str:
    """Return the channel's id, else the name of its folder."""
    folders = item.file.replace("!", "/").split("#")[0].split("/")[:-1]
    name = folders[-1] if folders else ""
    return str(item.known.facts.get("channels", {}).get(name, name))


def _thread(item: Item) -> str:
    return f"{_channel(item)}:{item.at('thread_ts') or item.at('ts')}"


def _user(item: Item) -> Any:
    return item.first("user", "bot_id", "comment.user", "username")


def _is_bot(item: Item) -> bool:
    user = str(item.at("user"))
    is_posted = item.at("bot_id") is not None or item.at("subtype") == "bot_message"
    return is_posted or user == "USLACKBOT" or item.known.kinds.get(user) == "bot"


def _kind(item: Item) -> str:
    known = item.known
    if _is_bot(item):
        return "bot"
    if "guests" in known.facts:
        return known.kinds.get(str(_user(item)), "agent")
    return "customer" if known.facts.get("openers", {}).get(_thread(item)) in (None, _user(item)) else "agent"


def _name(item: Item, id_: Any) -> Any:
    return item.known.names.get("agents", {}).get(str(id_))


def _author(item: Item) -> Any:
    named = item.first("user_profile.real_name", "username", "bot_profile.name")
    return _name(item, _user(item)) or named


def _readable(text: str, item: Item) -> str:
    """Return Slack's markup as people read it: mentions by name, links with their address."""

    def read(match: re.Match[str]) -> str:
        sign, what, label = match.groups()
        if sign == "@":
            return f"@{label or _name(item, what) or what}"
        if sign == "#":
            return f"#{label or item.known.facts.get('channel_names', {}).get(what, what)}"
        if sign == "!":
            return label or f"@{what.split('^')[0]}"
        address = what.removeprefix("mailto:")
        return address if not label or label in address else f"{label} ({address})"

    return unescape(_MARKUP.sub(read, text))


def _body(item: Item) -> str | None:
    """Return the text; bots often put theirs into attachments."""
    pieces = [item.at("text")]
    attached = item.at("attachments")
    for attachment in attached if isinstance(attached, list) else []:
        if isinstance(attachment, dict):
            told = [attachment.get(part) for part in ("pretext", "title", "text")]
            pieces += told if any(told) else [attachment.get("fallback")]
    text = "\n".join(dict.fromkeys(piece for piece in pieces if isinstance(piece, str) and piece.strip()))
    return _readable(text, item).strip() or None


def _subject(item: Item) -> str | None:
    line = (_body(item) or "").strip().split("\n")[0].strip()
    return (line if len(line) <= _SUBJECT_CHARS else line[: _SUBJECT_CHARS - 1].rstrip() + "…") or None


def _files(item: Item) -> list[str]:
    listed = item.at("files")
    files = listed if isinstance(listed, list) else [item.at("file")]
    return [name for file in files if isinstance(file, dict) and (name := file.get("name") or file.get("title"))]


def _is_said(item: Item) -> bool:
    return item.at("subtype") not in _SKIPPED and item.at("hidden") is not True


def _is_root(item: Item) -> bool:
    return _is_said(item) and item.at("thread_ts") in (None, item.at("ts"))


def _customer(item: Item) -> Any:
    return _user(item) if _kind(item) == "customer" else None


def _agent(item: Item) -> Any:
    return item.known.facts.get("repliers", {}).get(_thread(item))


def _type(item: Item) -> str | None:
    is_alone = _thread(item) not in item.known.facts.get("answered", {})
    return "notification" if _is_bot(item) and is_alone else None


def _learn_message(item: Item) -> None:
    if not _is_said(item):
        return
    known, user, thread = item.known, _user(item), _thread(item)
    is_bot = _is_bot(item)
    if is_bot:
        known.kind(user, "bot", is_certain=False)
        known.name("agents", user, item.first("username", "bot_profile.name"))
    if _is_root(item):
        if not is_bot:
            known.fact("openers", thread, user)
            known.fact("asked", user, True)
        return
    known.fact("answered", thread, True)
    opener = item.at("parent_user_id")
    if opener is not None:
        known.facts.setdefault("openers", {}).setdefault(thread, opener)
    opener = known.facts.get("openers", {}).get(thread)
    if not is_bot and user != opener and known.kinds.get(str(user)) != "customer":
        known.facts.setdefault("repliers", {}).setdefault(thread, user)
        known.fact("replied", user, True)


def _learn_user(item: Item) -> None:
    known, id_ = item.known, item.at("id")
    known.name("agents", id_, _person(item))
    if item.at("is_bot") is True:
        known.kind(id_, "bot")
    elif any(item.at(mark) is True for mark in ("is_restricted", "is_ultra_restricted", "is_stranger")):
        known.kind(id_, "customer")
        known.fact("guests", id_, True)


def _learn_channel(item: Item) -> None:
    item.known.fact("channels", item.at("name"), item.at("id"))
    item.known.fact("channel_names", item.at("id"), item.at("name"))


def _person(item: Item) -> Any:
    return item.first("profile.display_name", "real_name", "profile.real_name", "name")


def _does(item: Item, fact: str) -> bool:
    return str(item.at("id")) in item.known.facts.get(fact, {})


def _is_customer(item: Item) -> bool:
    if "guests" in item.known.facts:
        return _does(item, "guests")
    return _does(item, "asked") and item.at("is_bot") is not True


def _is_agent(item: Item) -> bool:
    if item.at("is_bot") is True:
        return True
    return not _does(item, "guests") if "guests" in item.known.facts else _does(item, "replied")


def _is_message(record: Record) -> bool:
    return record.get("type") == "message" and isinstance(record.get("ts"), str)


_PERSON: dict[str, Spec] = {"name": Made(_person), "email": "profile.email", "timezone": "tz"}

MESSAGES = Resource(
    name="messages", matches=_is_message, learn=_learn_message,
    rows=(
        Rows(
            entity="tickets", id=Made(_thread), where=_is_root, keeps_extra=False,
            columns={
                "subject": Made(_subject), "description": Made(_body), "channel": Made(lambda _: "chat"),
                "ticket_type": Made(_type), "customer_id": Made(_customer),
                "customer": Made(lambda item: _name(item, _customer(item))), "agent_id": Made(_agent),
                "agent": Made(lambda item: _name(item, _agent(item))), "created_at": "ts",
                "updated_at": ("latest_reply", "ts"),
                "tags": Made(
                    lambda item: item.known.facts.get("channel_names", {}).get(_channel(item), _channel(item))
                ),
                "is_agent_created": Made(lambda item: _kind(item) == "agent"),
            },
        ),
        Rows(
            entity="messages", where=_is_said, id=Made(lambda item: f"{_channel(item)}:{item.at('ts')}", "ts"),
            columns={
                "ticket_id": Made(_thread, "thread_ts"), "sent_at": "ts", "author_id": Made(_user, "user", "bot_id"),
                "author": Made(_author, "username"), "author_kind": Made(_kind, "type", "subtype"),
                "is_public": Made(lambda _: True), "channel": Made(lambda _: "chat"),
                "body": Made(_body, "text", "attachments"), "attachments": Made(_files),
            },
        ),
    ),
)  # fmt: skip

USERS = Resource(
    name="users", names=("users", "org_users"), needs=frozenset({"id", "name"}),
    marks=frozenset({"id", "team_id", "name", "profile", "deleted"}), learn=_learn_user,
    rows=(
        Rows(entity="agents", where=_is_agent, columns={**_PERSON, "role": "profile.title", "is_bot": "is_bot"}),
        Rows(entity="customers", where=_is_customer, columns={**_PERSON, "phone": "profile.phone"}),
    ),
)  # fmt: skip

CHANNELS = Resource(
    name="channels", names=("channels", "groups", "dms", "mpims"), needs=frozenset({"id", "members"}),
    marks=frozenset({"id", "name", "members", "creator", "purpose"}), learn=_learn_channel,
)  # fmt: skip

SLACK = Connector(
    name="slack", label="Slack",
    resources=(
        CHANNELS, USERS, MESSAGES, Resource(name="integration_logs", names=("integration_logs",)),
        Resource(name="canvases", names=("canvases", "lists", "file_conversations")),
    ),
    notes=("People joining and leaving, and other lines of Slack's own, are left out.",),
)  # fmt: skip
