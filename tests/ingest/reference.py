"""The facts of one ticket by plain loops over its history: slow, and nothing shared with the code it checks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

Row = dict[str, Any]
SOLVED = {"solved", "closed"}
RANK = ["new", "open", "pending", "on_hold", "solved", "closed"]


def in_order(events: list[Row]) -> list[Row]:
    def place(event: Row) -> tuple[Any, ...]:
        rank = RANK.index(event["new_value"]) if event["new_value"] in RANK else 9
        return event["happened_at"], rank, event["event_id"]

    return sorted((e for e in events if e["happened_at"] is not None), key=place)


def facts(ticket: Row, events: list[Row], messages: list[Row], bots: frozenset[str] = frozenset()) -> Row:
    """The facts of `ticket` (as given), in the columns that this reference knows."""
    found: Row = {}
    moments = [e["happened_at"] for e in events] + [m["sent_at"] for m in messages]
    begun = [e["happened_at"] for e in events if e["field"] == "created"]
    known = [m for m in moments if m is not None]
    created = ticket.get("created_at") or (min(begun) if begun else min(known, default=None))
    found["created_at"] = created
    _history(found, ticket, events, created)
    _talk(found, ticket, messages, created, bots)
    for field, name in (("agent", "handoff_count"), ("team", "team_handoff_count")):
        found[name] = _moves(events, field)
        if found[name] is None:
            found[name] = ticket.get(name)
    told = [e["new_value"] for e in events if e["field"] == "escalated"]
    yes = ticket.get("is_escalated") or any(t == "true" for t in told)
    found["is_escalated"] = True if yes else (False if told or ticket.get("is_escalated") is False else None)
    is_solved = found["status"] in SOLVED if found["status"] else found["solved_at"] is not None
    found["is_one_touch"] = (
        None
        if found["agent_reply_count"] is None
        else found["agent_reply_count"] == 1 and is_solved and not found["reopen_count"]
    )
    _times(found, created)
    return found


def _history(found: Row, ticket: Row, events: list[Row], created: datetime | None) -> None:
    changes: list[tuple[datetime, str, str]] = []
    state = None
    seen = set()
    for event in in_order([e for e in events if e["field"] == "status" and e["new_value"] is not None]):
        same = (event["happened_at"], event["old_value"], event["new_value"])
        if same in seen:
            continue
        seen.add(same)
        before = state if state is not None else event["old_value"] or "new"
        state = event["new_value"]
        changes.append((event["happened_at"], before, state))
    given, updated = ticket.get("status"), ticket.get("updated_at")
    if not changes:
        _as_given(found, ticket, created)
        return
    last_at, _, last = changes[-1]
    if given and updated and updated > last_at and (given in SOLVED) != (last in SOLVED):
        if given == "closed":
            said = ticket.get("solved_at") or ticket.get("closed_at")
        else:
            said = ticket.get("solved_at") if given == "solved" else ticket.get("reopened_at")
        changes.append((said if said and said >= last_at else updated, last, given))
        last_at, _, last = changes[-1]
    found["status"] = given if given and updated and updated > last_at else last
    solves = [at for at, before, after in changes if before not in SOLVED and after in SOLVED]
    reopens = [at for at, before, after in changes if before in SOLVED and after not in SOLVED]
    closes = [at for at, before, after in changes if after == "closed" and before != "closed"]
    is_solved = found["status"] in SOLVED
    found["reopen_count"], found["reopened_at"] = len(reopens), reopens[-1] if reopens else None
    fallback = [ticket.get("solved_at"), closes[-1] if closes and last == "closed" else None, ticket.get("closed_at")]
    found["solved_at"] = None
    if is_solved:
        options = [solves[-1] if solves and last in SOLVED else None, *fallback, last_at]
        found["solved_at"] = next(o for o in options if o)
    found["first_solved_at"] = None
    if is_solved or reopens:
        options = [solves[0] if solves else None, ticket.get("first_solved_at"), found["solved_at"]]
        found["first_solved_at"] = next((o for o in options if o), None)
    found["closed_at"] = None
    if is_solved:
        found["closed_at"] = (closes[-1] if closes and last == "closed" else None) or ticket.get("closed_at")
    _waits(found, changes, created, last)
    found["gaps"] = []
    start = None
    for at, before, after in changes:
        if before not in SOLVED and after in SOLVED:
            start = at
        if before in SOLVED and after not in SOLVED and start is not None and start < at:
            found["gaps"].append((start, at))


def _waits(found: Row, changes: list[tuple[datetime, str, str]], created: datetime | None, last: str) -> None:
    spent = dict.fromkeys(("requester", "agent", "hold"), 0.0)
    stretches = [(created, changes[0][0], changes[0][1])]
    stretches += [(a[0], b[0], a[2]) for a, b in pairwise(changes)]
    for since, until, state in stretches:
        begin = since if created is None or since is None else max(since, created)
        if begin is None or begin >= until or state in SOLVED:
            continue
        seconds = (until - begin).total_seconds()
        spent["agent" if state == "pending" else "requester"] += seconds
        if state == "on_hold":
            spent["hold"] += seconds
    for name, kind in (("requester_wait", "requester"), ("agent_wait", "agent"), ("on_hold", "hold")):
        found[f"{name}_seconds"] = spent[kind] if last in SOLVED else None


def _as_given(found: Row, ticket: Row, created: datetime | None) -> None:
    status = ticket.get("status")
    is_open = status is not None and status not in SOLVED

    def after(name: str) -> datetime | None:
        seconds = ticket.get(name)
        return created + timedelta(seconds=seconds) if created is not None and seconds is not None else None

    solved = ticket.get("solved_at") or ticket.get("closed_at") or after("full_resolution_seconds")
    found["status"] = status
    found["solved_at"] = None if is_open else solved
    found["closed_at"] = None if is_open else ticket.get("closed_at")
    found["reopened_at"], found["reopen_count"] = ticket.get("reopened_at"), ticket.get("reopen_count")
    first = ticket.get("first_solved_at") or after("first_resolution_seconds")
    if first is None and is_open:
        first = ticket.get("solved_at")
    elif first is None and not ticket.get("reopen_count") and ticket.get("reopened_at") is None:
        first = solved
    found["first_solved_at"] = first
    for name in ("requester_wait_seconds", "agent_wait_seconds", "on_hold_seconds"):
        found[name] = ticket.get(name)
    found["gaps"] = []
    reopened = found["reopened_at"]
    if (
        (ticket.get("reopen_count") or 1) == 1
        and ticket.get("reopen_count") != 0
        and first
        and reopened
        and first < reopened
    ):
        found["gaps"] = [(first, reopened)]


def _talk(found: Row, ticket: Row, messages: list[Row], created: datetime | None, bots: frozenset[str]) -> None:
    late = datetime.max.replace(tzinfo=UTC)
    ordered = sorted(messages, key=lambda m: (m["sent_at"] is None, m["sent_at"] or late, m["message_id"]))
    kinds = {m["message_id"]: "bot" if m["author_kind"] == "agent" and m["author_id"] in bots else m["author_kind"]
             for m in ordered}  # fmt: skip
    spoken = [m for m in ordered if m["is_public"] and kinds[m["message_id"]] in ("customer", "agent")]
    is_agent_created, opening = ticket.get("is_agent_created"), None
    if spoken:
        first = spoken[0]
        is_agents = kinds[first["message_id"]] == "agent"
        if is_agent_created is None:
            near = first["sent_at"] and created and abs((first["sent_at"] - created).total_seconds()) <= 2
            is_agent_created = bool(is_agents and near)
        opening = first["message_id"] if is_agents and is_agent_created else None
    replies = [
        m for m in ordered if m["is_public"] and kinds[m["message_id"]] == "agent" and m["message_id"] != opening
    ]
    found["is_agent_created"] = is_agent_created
    found["first_replied_at"] = next((m["sent_at"] for m in replies if m["sent_at"]), None) or ticket.get(
        "first_replied_at"
    )
    if not messages:
        for name in ("agent_reply_count", "customer_message_count", "message_count", "note_count"):
            found[name] = ticket.get(name)
        return
    found["agent_reply_count"] = len(replies)
    found["customer_message_count"] = sum(kinds[m["message_id"]] == "customer" for m in ordered)
    found["message_count"] = sum(bool(m["is_public"]) for m in ordered)
    found["note_count"] = sum(not m["is_public"] for m in ordered)


def _moves(events: list[Row], field: str) -> int | None:
    told = in_order([e for e in events if e["field"] == field])
    if not told:
        return None
    holder, moves = told[0]["old_value"], 0
    for event in told:
        if event["new_value"]:
            moves += holder is not None and holder != event["new_value"]
            holder = event["new_value"]
    return moves


def _times(found: Row, created: datetime | None) -> None:
    def is_before(name: str) -> bool:
        return found[name] is not None and created is not None and found[name] < created

    problem = None
    if is_before("solved_at") and found["solved_at"] != found["closed_at"]:
        problem = "solved before created"
    elif is_before("closed_at"):
        problem = "closed before created"
    elif is_before("first_solved_at"):
        problem = "solved before created"
    elif is_before("first_replied_at"):
        problem = "replied before created"
    elif is_before("reopened_at"):
        problem = "reopened before created"
    found["time_problem"] = problem
    for seconds, end in (("first_reply", "first_replied_at"), ("first_resolution", "first_solved_at"),
                         ("full_resolution", "solved_at")):  # fmt: skip
        is_known = found[end] is not None and created is not None and problem is None
        found[f"{seconds}_seconds"] = (found[end] - created).total_seconds() if is_known else None
    if problem is not None:
        for name in ("requester_wait_seconds", "agent_wait_seconds", "on_hold_seconds"):
            found[name] = None


Stay = tuple[str | None, str | None, str | None, datetime, datetime | None]


def stays(ticket: Row, events: list[Row], found: Row) -> list[Stay]:
    """Stretches of one status, agent and team, second by second of the instants at which something changed.

    `found` are the ticket's facts. Agents and teams are the words of the events.
    """
    created, updated = found["created_at"], ticket.get("updated_at")
    told: dict[str, list[tuple[datetime, str | None]]] = {"status": [], "agent": [], "team": []}
    before: dict[str, str | None] = {}
    for field, its in told.items():
        for event in in_order([e for e in events if e["field"] == field]):
            if field == "status" and event["new_value"] is None:
                continue
            before.setdefault(field, event["old_value"] or ("new" if field == "status" else None))
            its.append((event["happened_at"], event["new_value"] or None))
    changed = {field for field in told if told[field]}
    if not changed and found["time_problem"] is not None:
        return []
    for field in changed:
        at, last = told[field][-1]
        given = ticket.get(field)
        if not given or given == last or updated is None:
            continue
        if field != "status" and updated >= at:
            told[field].append((updated, given))
        if field == "status" and updated > at:
            said = found["closed_at"] if given == "closed" else None
            if (given in SOLVED) != (last in SOLVED):
                said = ticket.get("solved_at") if given in SOLVED else ticket.get("reopened_at")
                said = said or (ticket.get("closed_at") if given == "closed" else None)
            moment = said if said is not None and said >= at else updated
            told["status"].append((moment, given))
    if "status" not in changed and found["time_problem"] is None:
        told["status"] = _proved(ticket, found)
    if not changed and not told["status"]:
        return []
    if created is None:  # only its row tells of it, and only since when it is solved
        created = min(at for at, _ in told["status"])
    start = {field: before[field] if field in changed else ticket.get(field) for field in ("agent", "team")}
    start["status"] = before["status"] if "status" in changed else ("new" if ticket.get("status") == "new" else None)
    return _stretches(created, start, told, from_first=not changed)


def _proved(ticket: Row, found: Row) -> list[tuple[datetime, str | None]]:
    status, solved, closed = ticket.get("status"), found["solved_at"], found["closed_at"]
    if status == "new":
        return [(found["created_at"], "new")] if found["created_at"] else []
    if status == "solved" and solved:
        return [(solved, "solved")]
    if status == "closed" and solved and closed and closed >= solved:
        return [(solved, "solved"), (closed, "closed")]
    return []


def _stretches(created: datetime, start: Row, told: dict[str, Any], *, from_first: bool) -> list[Stay]:
    moments = sorted({max(at, created) for changes in told.values() for at, _ in changes} | {created})
    if from_first:
        first = min(max(at, created) for at, _ in told["status"])
        moments = [m for m in moments if m >= first]
    found: list[Stay] = []
    for number, moment in enumerate(moments):
        state = {
            field: ([value for at, value in told[field] if max(at, created) <= moment] or [start[field]])[-1]
            for field in told
        }
        until = moments[number + 1] if number + 1 < len(moments) else None
        whole = (state["status"], state["agent"], state["team"])
        if found and found[-1][:3] == whole:
            found[-1] = (*whole, found[-1][3], until)
        else:
            found.append((*whole, moment, until))
    return found


def waits(ticket: Row, found: Row, messages: list[Row], bots: frozenset[str] = frozenset()) -> list[tuple[Any, ...]]:
    """(number, from, replied, who) of each wait, message by message."""
    if not messages or found["created_at"] is None:
        return []

    def kind(message: Row) -> str:
        is_bot = message["author_kind"] == "agent" and message["author_id"] in bots
        return "bot" if is_bot else str(message["author_kind"])

    late = datetime.max.replace(tzinfo=UTC)
    ordered = sorted(messages, key=lambda m: (m["sent_at"] is None, m["sent_at"] or late, m["message_id"]))
    spoken = [m for m in ordered if m["is_public"] and kind(m) in ("customer", "agent")]
    if spoken and kind(spoken[0]) == "agent" and found["is_agent_created"]:
        spoken = spoken[1:]
    spoken = [m for m in spoken if m["sent_at"] is not None]
    replies = [m for m in spoken if kind(m) == "agent"]
    listed: list[tuple[Any, ...]] = []
    if found["first_replied_at"] or len(replies) < len(spoken) or not found["is_agent_created"]:
        who = replies[0]["author_id"] if replies else None
        listed.append((1, found["created_at"], found["first_replied_at"], who))
    asked = None
    is_answered = False
    for message in spoken:
        if kind(message) == "agent":
            if asked is not None:
                listed.append((len(listed) + 1, asked, message["sent_at"], message["author_id"]))
            asked, is_answered = None, True
        elif is_answered and asked is None:
            asked = message["sent_at"]
    if asked is not None:
        listed.append((len(listed) + 1, asked, None, None))
    return listed


def outcomes(ticket: Row, events: list[Row], messages: list[Row], found: Row, its: list[Stay],
             bots: frozenset[str] = frozenset(), days: int = 7) -> Row:  # fmt: skip
    """The facts of what came of a ticket; `found` are its other facts, `its` its stays."""
    out: Row = {}
    told = in_order([e for e in events if e["field"] == "status" and e["new_value"] is not None])
    reopened = None
    if told:
        turns = _turns(told, ticket)
        out["solution_count"] = sum(after for _, before, after in turns if before != after) + turns[0][1]
        reopened = next((at for at, before, after in turns if before and not after), None)
    else:
        is_solved = found["status"] in SOLVED if found["status"] else found["solved_at"] is not None
        is_known = found["reopen_count"] is not None and (found["status"] or found["solved_at"])
        out["solution_count"] = found["reopen_count"] + is_solved if is_known else None
        reopened = found["gaps"][0][1] if found["gaps"] else None
    first, fine = found["first_solved_at"], found["time_problem"] is None
    took = (reopened - first).total_seconds() if reopened and first else None
    out["reopened_after_seconds"] = took if fine and took is not None and took >= 0 else None
    _holding(out, events, its, fine)
    _contacts(out, found, messages, bots, days)
    return out


def _turns(told: list[Row], ticket: Row) -> list[tuple[datetime, bool, bool]]:
    """(when, was solved, is solved) of each change."""
    found, state = [], told[0]["old_value"] or "new"
    for event in told:
        found.append((event["happened_at"], state in SOLVED, event["new_value"] in SOLVED))
        state = event["new_value"]
    given, updated = ticket.get("status"), ticket.get("updated_at")
    last_at = told[-1]["happened_at"]
    if given and updated and updated > last_at and (given in SOLVED) != (state in SOLVED):
        said = ticket.get("solved_at") if given in SOLVED else ticket.get("reopened_at")
        said = said or (ticket.get("closed_at") if given == "closed" else None)
        found.append((said if said and said >= last_at else updated, state in SOLVED, given in SOLVED))
    return found


def _holding(out: Row, events: list[Row], its: list[Stay], fine: bool) -> None:
    came = [b[3] for a, b in pairwise([(None, None, None, None, None), *its]) if b[1] is not None and b[1] != a[1]]
    alone = [(since, until) for status, agent, _, since, until in its if agent is None and status not in SOLVED]
    dated = [e for e in events if e["happened_at"] is not None]
    knows = any(e["field"] == "agent" for e in dated)
    out["first_assigned_at"] = min(came, default=None) if knows else None
    out["last_assigned_at"] = max(came, default=None) if knows else None
    out["agent_count"] = len({s[1] for s in its} - {None}) if knows else None
    out["team_count"] = len({s[2] for s in its} - {None}) if any(e["field"] == "team" for e in dated) else None
    is_over = knows and fine and all(until is not None for _, until in alone)
    spent = [(until - since).total_seconds() for since, until in alone if until is not None]
    out["unassigned_seconds"] = sum(spent) if is_over else None


def _contacts(out: Row, found: Row, messages: list[Row], bots: frozenset[str], days: int) -> None:
    def kind(message: Row) -> str:
        return "bot" if message["author_kind"] == "agent" and message["author_id"] in bots else message["author_kind"]

    late = datetime.max.replace(tzinfo=UTC)
    ordered = sorted(messages, key=lambda m: (m["sent_at"] is None, m["sent_at"] or late, m["message_id"]))
    public = [m for m in ordered if m["is_public"]]
    spoken = [m for m in public if kind(m) in ("customer", "agent")]
    opening = spoken[0] if spoken and kind(spoken[0]) == "agent" and found["is_agent_created"] else None
    replies = [m for m in public if kind(m) == "agent" and m is not opening]
    times: dict[str, list[datetime]] = {
        "customer": [m["sent_at"] for m in ordered if m["sent_at"] and kind(m) == "customer"],
        "agent": [m["sent_at"] for m in public if m["sent_at"] and kind(m) == "agent"],
    }
    out["last_customer_message_at"] = max(times["customer"], default=None)
    out["last_agent_message_at"] = max(times["agent"], default=None)
    out["bot_reply_count"] = sum(kind(m) == "bot" for m in public) if messages else None
    is_solved = found["status"] in SOLVED if found["status"] else found["solved_at"] is not None
    has_bot = bool(out["bot_reply_count"])
    out["is_bot_resolved"] = (is_solved and has_bot and not replies and not found["is_agent_created"]
                              if messages else None)  # fmt: skip
    first = found["first_solved_at"]
    answers = found["agent_reply_count"]
    if messages:
        answers = sum(m["sent_at"] is None or (first is not None and m["sent_at"] <= first + timedelta(seconds=2))
                      for m in replies)  # fmt: skip
    if answers is None:
        verdict = None
    elif not (is_solved or first) or answers != 1:
        verdict = False
    elif not found["reopen_count"] and found["reopened_at"] is None:
        verdict = True
    else:
        after = out["reopened_after_seconds"]
        verdict = None if after is None else after > days * 86400
    out["is_first_contact_resolved"] = verdict
