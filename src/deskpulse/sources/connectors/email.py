"""E-mail: messages become tickets by thread, told by reply headers, else by the subject between the same people.

Who writes from the domain that most mail is sent to is an agent, unless that is a provider's domain: then only the
address itself is. Everybody else is a customer.
"""

from __future__ import annotations

import re
from typing import Any

from deskpulse.sources.connector import Connector, Item, Known, Made, Resource, Rows, Spec

_PREFIX = re.compile(
    r"^\s*(?:(?:re|aw|antw|sv|vs|odp|ref|rif|res|fw|fwd|wg|tr|rv|enc|i|vl)(?:\[\d+\])?\s*[:：]\s*)+", re.I
)
_PROVIDER_DOMAINS = """
gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com icloud.com me.com aol.com gmx.de gmx.net
web.de t-online.de mail.ru yandex.ru proton.me protonmail.com qq.com 163.com naver.com orange.fr free.fr
"""
_PROVIDERS = frozenset(_PROVIDER_DOMAINS.split())


def plain_subject(subject: str | None) -> str:
    """Return a subject without its "Re:" and the like, in one spelling."""
    return " ".join(_PREFIX.sub("", subject or "").split()).casefold()


def _is_reply(subject: str | None) -> bool:
    return bool(_PREFIX.match(subject or ""))


def _root(known: Known, id_: str) -> str:
    parents = known.facts.setdefault("parents", {})
    seen = []
    while (parent := parents.get(id_, id_)) != id_:
        seen.append(id_)
        id_ = parent
    for step in seen:
        parents[step] = id_
    return id_


def _people(item: Item) -> set[str]:
    listed = [item.at("from"), *(item.at("to") or ()), *(item.at("cc") or ())]
    return {person["address"] for person in listed if isinstance(person, dict)}


def _learn(item: Item) -> None:
    known, facts = item.known, item.known.facts
    own, date = str(item.at("message_id")), item.at("date") or "9999"
    before = [*(item.at("references") or ()), item.at("in_reply_to")]
    chain = [id_ for id_ in before if id_] or [own]
    root = _root(known, chain[0])
    for id_ in (*chain[1:], own):
        other = _root(known, id_)
        if other != root:
            facts["parents"][other] = root
    sender = item.at("from.address")
    for person in (item.at("from"), *(item.at("to") or ()), *(item.at("cc") or ())):
        if isinstance(person, dict) and person["name"] != person["address"]:
            known.names.setdefault("people", {}).setdefault(person["address"], person["name"])
    counts = facts.setdefault("received", {})
    delivered = item.at("headers.Delivered-To")
    given = [person["address"] for person in item.at("to") or () if person["address"] != sender]
    for address in (*given, *([str(delivered).lower().strip("<> ")] * 2 if delivered else ())):
        counts[address] = counts.get(address, 0) + 1
    is_loose = chain == [own] and _is_reply(item.at("subject"))
    mail = (date, sender, plain_subject(item.at("subject")), _people(item), is_loose)
    facts.setdefault("mails", {})[own] = mail


def _settle(known: Known) -> None:
    """Join replies without reply headers to their threads by subject, find our own addresses and who began what."""
    facts = known.facts
    if "first" in facts:
        return
    mails: dict[str, Any] = facts.get("mails", {})
    by_subject: dict[str, list[tuple[str, str, set[str]]]] = {}
    for id_, (date, _, subject, people, is_loose) in sorted(mails.items(), key=lambda m: (m[1][0], m[0])):
        if is_loose and subject:
            earlier = next((r for _, r, who in reversed(by_subject.get(subject, [])) if len(who & people) > 1), None)
            if earlier is not None:
                facts["parents"][_root(known, id_)] = _root(known, earlier)
        by_subject.setdefault(subject, []).append((date, id_, people))
    counts = facts.get("received", {})
    ours = max(counts, key=lambda address: counts[address], default="")
    domain = ours.rpartition("@")[2]
    facts["ours"] = {ours: True} if domain in _PROVIDERS else {ours: True, f"@{domain}": bool(domain)}
    first: dict[str, str] = {}
    seen: dict[str, str] = {}
    agents: dict[str, str] = {}
    for id_, (_, sender, *_rest) in sorted(mails.items(), key=lambda m: (m[1][0], m[0])):
        root = _root(known, id_)
        first.setdefault(root, id_)
        if sender:
            seen.setdefault(sender, id_)
            if _is_ours(known, sender) and mails[first[root]][1] != sender:
                agents.setdefault(root, sender)
    facts["first"], facts["seen"], facts["agents"] = first, seen, agents
    facts.pop("mails", None)


def _is_ours(known: Known, address: str | None) -> bool:
    ours: dict[str, bool] = known.facts.get("ours", {})
    domain = str(address).rpartition("@")[2]
    return address in ours or bool(ours.get(f"@{domain}"))


def _thread(item: Item) -> str:
    _settle(item.known)
    return _root(item.known, str(item.at("message_id")))


def _kind(item: Item) -> str | None:
    _settle(item.known)
    if item.at("is_automatic"):
        return "system"
    sender = item.at("from.address")
    return None if sender is None else "agent" if _is_ours(item.known, sender) else "customer"


def _named(item: Item, address: str | None) -> str | None:
    return item.known.names.get("people", {}).get(str(address), address)


def _is_first_of_thread(item: Item) -> bool:
    return bool(item.known.facts["first"].get(_thread(item)) == item.at("message_id"))


def _is_first_of(kind: str) -> Any:
    def where(item: Item) -> bool:
        return _kind(item) == kind and item.known.facts["seen"].get(item.at("from.address")) == item.at("message_id")

    return where


def _customer(item: Item) -> str | None:
    if _kind(item) != "agent":
        return item.at("from.address")  # type: ignore[no-any-return]
    others = [person["address"] for person in item.at("to") or () if not _is_ours(item.known, person["address"])]
    return others[0] if others else None


def _agent(item: Item) -> str | None:
    thread = _thread(item)
    agent: str | None = item.known.facts["agents"].get(thread)
    return agent or (item.at("from.address") if _kind(item) == "agent" else None)


def _is_public(item: Item) -> bool:
    _settle(item.known)
    people = _people(item)
    return not people or not all(_is_ours(item.known, address) for address in people)


def _subject(item: Item) -> str | None:
    return _PREFIX.sub("", item.at("subject") or "").strip() or None


_PERSON: dict[str, Spec] = {"name": Made(lambda item: _named(item, item.at("from.address"))), "email": "from.address"}

MAILS = Resource(
    name="mails", marks=frozenset({"message_id", "in_reply_to", "references", "from", "is_automatic"}), learn=_learn,
    rows=(
        Rows(entity="agents", id="from.address", where=_is_first_of("agent"), columns=_PERSON, keeps_extra=False),
        Rows(entity="customers", id="from.address", where=_is_first_of("customer"), columns=_PERSON, keeps_extra=False),
        Rows(
            entity="tickets", id=Made(_thread), where=_is_first_of_thread, keeps_extra=False,
            columns={
                "subject": Made(_subject), "description": "body", "channel": Made(lambda _: "email"),
                "customer_id": Made(_customer), "customer": Made(lambda item: _named(item, _customer(item))),
                "agent_id": Made(_agent), "agent": Made(lambda item: _named(item, _agent(item))),
                "created_at": "date", "is_agent_created": Made(lambda item: _kind(item) == "agent"),
            },
        ),
        Rows(
            entity="messages", id="message_id",
            columns={
                "ticket_id": Made(_thread), "sent_at": "date", "author_id": "from.address",
                "author": Made(lambda item: _named(item, item.at("from.address")), "from.name"),
                "author_kind": Made(_kind, "is_automatic"), "is_public": Made(_is_public),
                "channel": Made(lambda _: "email"), "body": "body", "attachments": "attachments",
                "in_reply_to": "in_reply_to",
            },
        ),
    ),
)  # fmt: skip

EMAIL = Connector(
    name="email", label="E-mail", resources=(MAILS,),
    notes=("Who writes from the domain that most of these mails are sent to is taken for an agent.",),
)  # fmt: skip
