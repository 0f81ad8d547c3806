"""Rows of agents' working time for the small worlds of tests: states, rosters and agents, mistakes included."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from deskpulse.metrics.people_facts import REFUNDS

AGENTS = ("Ann", "Bo", "O'Neil", "Cy")


def work_rows(rng: random.Random, begin: datetime, days: int) -> dict[str, list[dict[str, Any]]]:
    """Return agents, their states and their roster: half of the moments lie on whole hours, some are at night."""
    rows: dict[str, list[dict[str, Any]]] = {"agents": [], "agent_states": [], "roster": []}
    for i, name in enumerate(AGENTS):
        rows["agents"].append({"agent_id": f"a{i}", "name": name, "label": name,
                               "hourly_cost": rng.choice([None, 20.0, 35.5]) if i else 30.0})  # fmt: skip
    for n in range(days * 2):
        i = rng.randrange(len(AGENTS))
        # The last agent has no id in the states, another none on record at all.
        team = rng.choice(["Tier 1", "other", None])
        who = {"agent_id": f"a{i}" if i < 3 else None, "agent": AGENTS[i], "team": team}
        start = begin + timedelta(days=rng.uniform(0, days), hours=rng.choice([0, 7, 22]))
        start = start.replace(minute=0, second=0, microsecond=0) if rng.random() < 0.5 else start
        rows["roster"] += [
            {"shift_id": f"r{n}-{k}", **who, "started_at": begins, "ended_at": ends, "activity": activity,
             "is_paid": rng.choice([None, True, False])}
            for k, (activity, begins, ends) in enumerate(_plan(rng, start))
        ]  # fmt: skip
        if i == 2:
            continue
        at = start + timedelta(minutes=rng.randint(-20, 30))
        who = who if rng.random() < 0.95 else {"agent_id": None, "agent": None, "team": "other"}
        for k, state in enumerate(rng.choices(["available", "busy", "away", "offline", "training", None], k=4)):
            until = at + timedelta(minutes=rng.choice([0, 30, 60, 200, 400, -10]))
            rows["agent_states"].append(
                {"state_id": f"s{n}-{k}", **who, "state": state, "started_at": at,
                 "ended_at": until if rng.random() < 0.97 else None}
            )  # fmt: skip
            at = max(at, until)
    for n in range(days // 2):  # long ones, so that at any moment several are under way
        start = begin + timedelta(days=rng.uniform(0, days))
        rows["roster"].append({"shift_id": f"long{n}", "agent_id": "a1", "agent": "Bo", "team": "Tier 1",
                               "activity": rng.choice(["work", "work", "leave"]), "started_at": start,
                               "ended_at": start + timedelta(days=rng.uniform(0, days))})  # fmt: skip
    return rows


def people_rows(rng: random.Random, begin: datetime, count: int) -> dict[str, list[dict[str, Any]]]:
    """Return customers, their money and their talks with the assistant, from before `begin` on."""

    def moment(least: float, most: float) -> datetime:
        found = begin + timedelta(days=rng.uniform(least, most))
        return found.replace(minute=0, second=0, microsecond=0) if rng.random() < 0.5 else found

    customers = [
        {"customer_id": f"c{i}", "name": f"C {i}", "tier": rng.choice(["gold", "basic", None]), "created_at": since,
         "churned_at": since + timedelta(days=rng.uniform(-5, 60)) if rng.random() < 0.4 else None}
        for i in range(count) if (since := moment(-60, 60))
    ]  # fmt: skip
    money, turns = [], []
    for i in range(count * 8):
        money.append(
            {"entry_id": f"m{i}", "booked_at": moment(-90, 60), "kind": rng.choice(["revenue", "cost", "x", "a", None]),
             "amount": rng.choice([None, 10.0, 25.5, 99.0]), "ticket_id": _one(rng, 0.4, "t", count * 4),
             "reason": rng.choice(["Refund", *REFUNDS, "salary", "order", None]),
             "customer_id": _one(rng, 0.6, "c", count + 2),
             **rng.choice([{}, {}, {"agent_id": "a1"}, {"agent_id": "a2", "agent": "O'Neil"}, {"agent": "Bo"},
                           {"team": "Tier 1"}])}
        )  # fmt: skip
    for i in range(count * 3):
        who, ticket, at = _one(rng, 0.8, "c", count), _one(rng, 0.4, "t", count * 4), moment(0, 66)
        for n in range(rng.choice([1, 1, 2, 3])):
            turns.append({"turn_id": f"q{i}-{n}", "conversation_id": f"talk{i}" if i % 5 else None, "ticket_id": ticket,
                          "customer_id": who, "asked_at": at + timedelta(minutes=n),
                          "is_handed_over": rng.choice([None, False, False, True])})  # fmt: skip
    return {"customers": customers, "money": money, "bot_turns": turns}


def _one(rng: random.Random, share: float, prefix: str, count: int) -> str | None:
    return f"{prefix}{rng.randrange(max(count, 1))}" if rng.random() < share else None


def people_at(border: datetime, name: str) -> dict[str, list[dict[str, Any]]]:
    """Return customers, money and talks exactly at a border of a period."""
    hour = timedelta(hours=1)
    money: dict[str, Any] = {"booked_at": border, "amount": 7.0, "agent": "Bo", "team": "A", "customer_id": "c1"}
    kinds = (("revenue", "order", None), ("cost", "refund", None), ("revenue", "order", f"done{name[2:]}"))
    return {
        "customers": [
            {"customer_id": f"new-{name}", "created_at": border},
            {"customer_id": f"gone-{name}", "created_at": border - timedelta(days=9), "churned_at": border},
            {"customer_id": f"gone2-{name}", "created_at": border - timedelta(days=9), "churned_at": border},
            {"customer_id": f"never-{name}", "created_at": border + hour, "churned_at": border + hour},
        ],
        "money": [{"entry_id": f"{name}-{k}", "kind": kind, "reason": reason, "ticket_id": ticket, **money}
                  for k, (kind, reason, ticket) in enumerate(kinds)]
        + [{"entry_id": f"{name}-free-{kind}", "kind": kind, "amount": 3.0, "booked_at": border}
           for kind in ("revenue", "cost")],
        "bot_turns": [{"turn_id": f"{name}-{k}", "conversation_id": f"talk-{name}", "customer_id": f"new-{name}",
                       "asked_at": border + timedelta(minutes=k)} for k in range(2)]
        + [{"turn_id": f"{name}-again", "customer_id": f"new-{name}", "asked_at": border + timedelta(days=1)}],
    }  # fmt: skip


def _plan(rng: random.Random, start: datetime) -> Iterable[tuple[str, datetime, datetime | None]]:
    for activity in rng.choices(["work", "work", "break", "training", "meeting", "leave", "yoga"], k=3):
        end = start + timedelta(hours=rng.choice([1, 2, 4]))
        yield activity, start, end if rng.random() < 0.97 else None
        start = end


def work_at(border: datetime, name: str) -> dict[str, list[dict[str, Any]]]:
    """Return states and plans that begin, end and lie around a border of a period."""
    hour = timedelta(hours=1)
    spans = {
        "to": (border - hour, border),
        "from": (border, border + hour),
        "over": (border - hour, border + hour),
        "long": (border, border + 2 * hour),
    }
    return {
        "agents": [{"agent_id": f"a-{name}-{k}", "hourly_cost": 10.0} for k in spans],
        "agent_states": [
            {"state_id": f"{name}-{k}-{state}", "agent_id": f"a-{name}-{k}", "agent": "Dee", "state": state,
             "started_at": low, "ended_at": high}
            for k, (low, high) in spans.items() for state in ("busy", "available", "offline")
        ],
        "roster": [
            {"shift_id": f"{name}-{k}-{activity}", "agent_id": f"a-{name}-{k}", "agent": "Dee", "activity": activity,
             "is_paid": None, "started_at": low, "ended_at": high}
            for k, (low, high) in spans.items() for activity in ("work", "break")
        ],
    }  # fmt: skip
