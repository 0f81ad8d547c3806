"""Random small histories against the plain reference, in any order and told more than once."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import polars as pl
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.ingest import reference
from tests.ingest.histories import history
from tests.ingest.random_histories import BOTS, HISTORIES, ROBOTS, History, named
from tests.ingest.writing import column, content, write

from deskpulse.core.settings import Settings
from deskpulse.ingest.lifecycle import compute
from deskpulse.ingest.rules import Rules
from deskpulse.warehouse import open_warehouse
from deskpulse.warehouse.schema import ENTITIES


def by_ticket(rows: pl.DataFrame, key: str, *columns: str) -> dict[str, list[Any]]:
    """Rows of a derived table by ticket, in the order of their numbers, which count from 1."""
    found: dict[str, list[Any]] = {}
    numbered = rows.with_columns(place=pl.col(key).str.extract(r"#(\d+)$").cast(pl.Int64)).sort("ticket_id", "place")
    for row in numbered.to_dicts():
        mine = found.setdefault(row["ticket_id"], [])
        mine.append(tuple(row[c] for c in columns))
        assert row["place"] == len(mine) or key == "gap_id"  # reopenings without a known solution have no gap
    return found


@settings(max_examples=100, deadline=None)
@given(st.lists(HISTORIES, min_size=1, max_size=6))
def test_facts_gaps_stays_and_waits_are_those_of_the_plain_reference(many: list[History]) -> None:
    tickets, events, messages = named(many)
    found = compute(history(tickets, events, messages, agents=BOTS), Rules())
    gaps = by_ticket(found.derived["ticket_gaps"], "gap_id", "gap_from_at", "gap_until_at")
    stays = by_ticket(found.derived["ticket_stays"], "stay_id", "status", "agent", "team", "started_at", "ended_at")
    waits = by_ticket(found.derived["reply_waits"], "wait_id", "number", "waited_from_at", "replied_at", "agent_id")
    for ticket, got in zip(tickets, found.tickets.to_dicts(), strict=True):
        name = ticket["ticket_id"]
        its_events, said = ([r for r in rows if r["ticket_id"] == name] for rows in (events, messages))
        wanted = reference.facts(ticket, its_events, said, bots=ROBOTS)
        assert {"gaps": gaps.get(name, []), **got} | wanted == {"gaps": gaps.get(name, []), **got}
        its = reference.stays(ticket, its_events, wanted)
        assert stays.get(name, []) == its
        outcomes = reference.outcomes(ticket, its_events, said, wanted, its, ROBOTS)
        assert {fact: got[fact] for fact in outcomes} == outcomes
        assert waits.get(name, []) == reference.waits(ticket, wanted, said, ROBOTS)


@settings(max_examples=40, deadline=None)
@given(st.lists(HISTORIES, min_size=1, max_size=6))
def test_stays_add_up_to_the_waits(many: list[History]) -> None:
    tickets, events, messages = named(many)
    found = compute(history(tickets, events, messages, agents=BOTS), Rules())
    in_order = by_ticket(found.derived["ticket_stays"], "stay_id", "started_at", "ended_at", "status", "seconds")
    first = by_ticket(found.derived["reply_waits"], "wait_id", "number", "seconds")
    told = {e["ticket_id"] for e in events if e["field"] == "status" and e["new_value"] is not None}
    for facts in found.tickets.to_dicts():
        its = in_order.get(facts["ticket_id"], [])
        assert all(before[1] == after[0] for before, after in pairwise(its))
        assert not its or its[-1][1] is None
        waited = first.get(facts["ticket_id"], [])
        assert not waited or waited[0] == (1, facts["first_reply_seconds"])
        if facts["ticket_id"] not in told or facts["requester_wait_seconds"] is None:
            continue
        spent: dict[str, float] = dict.fromkeys(("requester", "pending", "on_hold", "solved"), 0.0)
        for _, _, status, seconds in its:
            kind = "solved" if status == "closed" else status if status in spent else "requester"
            spent[kind] += seconds or 0
        assert facts["requester_wait_seconds"] == spent["requester"] + spent["on_hold"]
        assert (facts["agent_wait_seconds"], facts["on_hold_seconds"]) == (spent["pending"], spent["on_hold"])


@settings(max_examples=40, deadline=None)
@given(st.lists(HISTORIES, min_size=1, max_size=4), st.integers(0, 2**32))
def test_order_and_repetition_do_not_count(many: list[History], seed: int) -> None:
    tickets, events, messages = named(many)
    dice = random.Random(seed)
    twice = [*events, *({**e, "event_id": e["event_id"] + "'"} for e in events)]
    for rows in (twice, messages):
        dice.shuffle(rows)
    once = compute(history(tickets, events, messages, agents=BOTS), Rules())
    again = compute(history(tickets, twice, messages, agents=BOTS), Rules())
    assert again.tickets.equals(once.tickets)
    for name, rows in once.derived.items():
        key = ENTITIES[name].key[0]
        assert again.derived[name].sort(key).equals(rows.sort(key))


@settings(max_examples=6, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.lists(HISTORIES, min_size=1, max_size=4), st.integers(0, 2**32))
def test_whatever_the_batches_the_warehouse_ends_the_same(many: list[History], seed: int) -> None:
    tickets, events, messages = named(many)
    dice = random.Random(seed)
    rows = [
        *(("tickets", r) for r in tickets),
        *(("ticket_events", r) for r in events),
        *(("messages", r) for r in messages),
    ]
    dice.shuffle(rows)
    warehouse = open_warehouse(None, Settings(_env_file=None))
    other = open_warehouse(None, Settings(_env_file=None))
    try:
        write(warehouse, agents=BOTS, tickets=tickets, ticket_events=events, messages=messages)
        write(other, agents=BOTS)
        cuts = sorted(dice.sample(range(len(rows) + 1), min(2, len(rows))))
        for begin, end in zip([0, *cuts], [*cuts, len(rows)], strict=True):
            for name in ("ticket_events", "messages", "tickets"):
                mine = [row for table, row in rows[begin:end] if table == name]
                for row in mine if name == "tickets" else [None]:
                    write(other, **{name: [row] if row is not None else mine})
        assert column(other, "tickets", "solved_at") == column(warehouse, "tickets", "solved_at")
        assert content(other) == content(warehouse)
    finally:
        warehouse.close()
        other.close()
