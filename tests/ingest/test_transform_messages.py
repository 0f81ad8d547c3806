"""Messages: conversations, threads, authors; and parts that are already in our words."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskpulse.core.errors import UnknownNameError
from deskpulse.core.ids import content_hash
from deskpulse.core.settings import Settings
from deskpulse.ingest.model import ColumnMapping, Mapping
from deskpulse.ingest.transform import (
    TransformState,
    apply,
    apply_entity,
    carries_state,
    first_pass,
    needs_first_pass,
)  # fmt: skip
from deskpulse.ingest.transform.identity import content_ids
from deskpulse.ingest.transform.model import Mapped
from deskpulse.ingest.transform.occurrences import Occurrences
from deskpulse.ingest.transform.threads import Threads, smallest_connected
from deskpulse.sources.model import Chunk

SETTINGS = Settings(_env_file=None)


INBOUND = {"true": "customer", "false": "agent"}


def mapping(**columns: str) -> Mapping:
    parses = {"message_id": "id", "in_reply_to": "id", "replied_by": "list", "sent_at": "iso", "body": "prose"}
    mapped = tuple(
        ColumnMapping(target=t, column="", values={"": c[1:]})
        if c.startswith("=")
        else ColumnMapping(target=t, column=c, parse=parses.get(t, "text"), values=INBOUND if c == "inbound" else {})
        for t, c in columns.items()
    )  # fmt: skip
    return Mapping(shape="messages", columns=mapped)


def chunks(frame: pl.DataFrame, rows: int = 10**9) -> list[Chunk]:
    numbers = pl.Series(range(1, frame.height + 1))
    return [
        Chunk(frame=frame[i : i + rows], row_numbers=numbers[i : i + rows], position="")
        for i in range(0, frame.height, rows)
    ]


def run(mapped: Mapping, frame: pl.DataFrame, rows: int = 10**9) -> list[Mapped]:
    state, parts = TransformState(), chunks(frame, rows)
    if needs_first_pass(mapped):
        first_pass(mapped, parts, state, SETTINGS)
    return [apply(mapped, c, source="x", part="m", run_id="r", settings=SETTINGS, state=state) for c in parts]


TWEETS = pl.DataFrame({
    "tweet_id": ["8", "6", "5", "30", "31", "40"], "author_id": ["115712", "acme", "115712", "9", "acme", "7"],
    "inbound": ["True", "False", "True", "True", "False", "True"], "at": [f"2017-10-31T21:4{i}:00Z" for i in range(6)],
    "text": ["bad service", "sorry", "ok", "help?", "sure", "?"],
    "response_tweet_id": ["6,9", "5", None, "31", None, None],
    "in_response_to_tweet_id": [None, "8.0", "6", "29", "30", None],
})  # fmt: skip
THREADED = mapping(
    message_id="tweet_id", author_id="author_id", author_kind="inbound", sent_at="at", body="text",
    in_reply_to="in_response_to_tweet_id", replied_by="response_tweet_id", channel="=social",
)  # fmt: skip


@pytest.mark.parametrize("rows", [1, 2, 100])
def test_threads_are_rebuilt_from_reply_ids(rows: int) -> None:
    assert needs_first_pass(THREADED)
    messages = pl.concat([m.tables["messages"] for m in run(THREADED, TWEETS, rows)])
    assert messages["ticket_id"].to_list() == ["x:5", "x:5", "x:5", "x:29", "x:29", "x:40"]
    assert messages["in_reply_to"].to_list() == [None, "x:8", "x:6", "x:29", "x:30", None]
    assert messages["author_kind"].to_list() == ["customer", "agent", "customer", "customer", "agent", "customer"]
    assert messages["body"][5] == "?"
    assert set(messages["channel"]) == {"social"}


def test_tickets_and_people_follow_from_messages() -> None:
    (mapped,) = run(THREADED, TWEETS)
    tickets = mapped.stubs["tickets"].sort("ticket_id")
    assert tickets.select("ticket_id", "external_id", "channel", "brand", "team").rows() == [
        ("x:29", "29", "social", "acme", "acme"), ("x:40", "40", "social", None, None),
        ("x:5", "5", "social", "acme", "acme"),
    ]  # fmt: skip
    assert mapped.stubs["agents"].select("agent_id", "name", "is_bot").rows() == [("x:acme", "acme", False)]
    assert mapped.stubs["customers"].select("customer_id", "name").rows() == [
        ("x:115712", None), ("x:9", None), ("x:7", None),
    ]  # fmt: skip
    assert mapped.stubs["teams"]["team_id"].to_list() == ["x:acme"]


def test_only_a_handle_that_answers_on_a_social_network_is_a_brand() -> None:
    frame = pl.DataFrame({
        "conv": ["c1", "c2", "c3"], "id": ["7", "8", "Acme"], "who": ["Ann", "Bob", "Acme"], "role": ["agent"] * 3,
        "text": ["a", "b", "c"], "via": ["email", "social", "social"],
    })  # fmt: skip
    mapped_as = mapping(
        ticket_id="conv", author_id="id", author="who", author_kind="role", body="text", channel="via"
    )  # fmt: skip
    (mapped,) = run(mapped_as, frame)
    tickets = mapped.stubs["tickets"].sort("ticket_id")
    assert tickets["brand"].to_list() == [None, None, "Acme"]
    assert mapped.stubs["brands"]["brand_id"].to_list() == mapped.stubs["teams"]["team_id"].to_list() == ["x:Acme"]
    assert mapped.stubs["agents"]["name"].to_list() == ["Ann", "Bob", "Acme"]


def test_a_conversation_id_makes_the_ticket_and_ticket_columns_its_stub() -> None:
    frame = pl.DataFrame({
        "conv": ["c1", "c1", None], "who": ["Ann", "Bot Bob", "Cyd"], "role": ["user", "bot", "admin"],
        "subject": [None, "Hi", "Alone"], "text": ["a", "b", "c"], "mail": ["A@x.org", None, None],
    })  # fmt: skip
    mapped_as = mapping(
        **{"ticket_id": "conv", "author": "who", "author_kind": "role", "body": "text", "author_email": "mail",
           "tickets.subject": "subject"}
    )  # fmt: skip
    assert not needs_first_pass(mapped_as)
    assert carries_state(mapped_as)
    (mapped,) = run(mapped_as, frame)
    messages = mapped.tables["messages"]
    assert messages["ticket_id"].to_list()[:2] == ["x:c1", "x:c1"]
    assert messages["ticket_id"][2] == messages["message_id"][2], "a message without conversation is one of its own"
    assert messages["author_id"].to_list() == ["x:a@x.org", "x:Bot Bob", "x:Cyd"]
    assert mapped.stubs["tickets"]["subject"].to_list() == ["Hi", "Alone"]
    assert mapped.stubs["agents"].select("name", "is_bot").rows() == [("Bot Bob", True), ("Cyd", False)]
    assert mapped.stubs["customers"]["email"].to_list() == ["A@x.org"]


@settings(max_examples=60)
@given(st.integers(1, 30), st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), max_size=40))
def test_connected_messages_share_their_smallest(count: int, edges: list[tuple[int, int]]) -> None:
    edges = [(a % count, b % count) for a, b in edges]
    left, right = (np.array([e[i] for e in edges], dtype=np.uint32) for i in (0, 1))
    expected = list(range(count))
    for _ in range(count):  # the plain way: spread the smaller label until nothing changes
        for a, b in edges:
            expected[a] = expected[b] = min(expected[a], expected[b])
    assert smallest_connected(count, left, right).tolist() == expected


def test_threads_name_the_smallest_number_not_the_first_text() -> None:
    threads = Threads()
    threads.learn(pl.Series(["10", "9"]), pl.Series(["9", None], dtype=pl.String), None)
    assert threads.of(pl.Series(["10", "9", "77"])).to_list() == ["9", "9", "77"]


@given(st.lists(st.lists(st.integers(0, 5), max_size=8), max_size=8))
def test_occurrences_are_numbered_over_chunks(parts: list[list[int]]) -> None:
    counter, seen, expected, got = Occurrences(), dict.fromkeys(range(6), 0), [], []
    for part in parts:
        got += counter.number(pl.Series(part, dtype=pl.UInt64)).to_list()
        for value in part:
            seen[value] += 1
            expected.append(seen[value])
    assert got == expected


def test_content_ids_tell_empty_from_missing_columns_and_borders() -> None:
    def ids(**columns: list[str | None]) -> list[str]:
        return content_ids(pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)), Occurrences()).to_list()

    assert ids(a=["x"], b=[None]) == ids(a=["x"])
    assert (
        len({*ids(a=["xb"], b=["c"]), *ids(a=["x"], b=["bc"]), *ids(a=["x"], c=["bc"]), *ids(a=[""]), *ids(a=[None])})
        == 5
    )
    assert len(ids(a=["x"])[0]) == len(content_hash(["x"]))


def test_parts_in_our_words_get_prefixes_checks_and_extras() -> None:
    frame = pl.DataFrame({
        "message_id": ["m1", "m2", None], "ticket_id": [7, 7, 8], "sent_at": [datetime(2024, 1, 1, tzinfo=UTC)] * 3,
        "author_kind": ["customer", "agent", "agent"], "author_id": ["u1", "a1", "a1"], "author": ["Ann", "Al", "Al"],
        "body": ["hi", "", "x"], "is_public": [True, False, True], "attachments": [["f.pdf"], [], None],
        "vendor_flag": ["k", None, None], "source": ["other"] * 3,
    })  # fmt: skip
    mapped = apply_entity("messages", chunks(frame)[0], source="zd", part="p", run_id="r", settings=SETTINGS)
    messages = mapped.tables["messages"]
    assert messages.select("message_id", "ticket_id", "author_id", "external_id", "source").rows() == [
        ("zd:m1", "zd:7", "zd:u1", "m1", "zd"), ("zd:m2", "zd:7", "zd:a1", "m2", "zd"),
    ]  # fmt: skip
    assert [e and json.loads(e) for e in messages["extra"]] == [{"vendor_flag": "k"}, None]
    assert messages["attachments"].to_list() == [["f.pdf"], None]
    assert mapped.rejected["column_name"].to_list() == ["message_id"]
    assert mapped.stubs["tickets"]["ticket_id"].to_list() == ["zd:7"]


def test_events_links_and_brands_in_our_words_are_taken_as_they_are() -> None:
    event = pl.DataFrame({
        "event_id": ["1"], "ticket_id": ["5"], "happened_at": ["2024-01-01T00:00:00Z"], "field": ["status"],
        "new_value": ["solved"], "actor_id": ["9"],
    })  # fmt: skip
    given_event = apply_entity("ticket_events", chunks(event)[0], source="zd", part="p", run_id="r", settings=SETTINGS)
    assert given_event.tables["ticket_events"].select("event_id", "ticket_id", "actor_id", "field").rows() == [
        ("zd:1", "zd:5", "zd:9", "status")
    ]
    link = pl.DataFrame({"link_id": ["1"], "ticket_id": ["5"], "other_ticket_id": ["6"], "kind": ["merged"]})
    linked = apply_entity("ticket_links", chunks(link)[0], source="zd", part="p", run_id="r", settings=SETTINGS)
    assert linked.tables["ticket_links"].select("ticket_id", "other_ticket_id").rows() == [("zd:5", "zd:6")]
    brand = pl.DataFrame({"brand_id": [1], "name": ["Acme"]})
    brands = apply_entity("brands", chunks(brand)[0], source="zd", part="p", run_id="r", settings=SETTINGS)
    assert brands.tables["brands"].select("brand_id", "name", "external_id").rows() == [("zd:1", "Acme", "1")]
    with pytest.raises(UnknownNameError, match="no table named 'ticket'"):
        apply_entity("ticket", chunks(brand)[0], source="zd", part="p", run_id="r", settings=SETTINGS)


def test_people_without_ids_are_known_as_rows_that_name_them_know_them() -> None:
    frame = pl.DataFrame({"Name": ["Ann", "Bo", None], "Mail": ["Ann@x.org", None, None], "Firm": ["Acme", None, None]})
    columns = (("name", "Name"), ("email", "Mail"), ("company", "Firm"))
    people = Mapping(shape="customers", columns=tuple(ColumnMapping(target=t, column=c) for t, c in columns))
    mapped = apply(people, chunks(frame)[0], source="x", part="c", run_id="r", settings=SETTINGS)
    customers = mapped.tables["customers"]
    assert customers["customer_id"].to_list()[:2] == ["x:ann@x.org", "x:Bo"]
    assert customers["customer_id"].n_unique() == 3
    assert customers["company_id"].to_list() == ["x:Acme", None, None]
    assert mapped.stubs["companies"]["name"].to_list() == ["Acme"]


def test_bad_values_in_our_words_are_rejected_too() -> None:
    frame = pl.DataFrame({"ticket_id": ["1", "2"], "created_at": ["2024-01-01", "later"], "reopen_count": ["1", "0"]})
    mapped = apply_entity("tickets", chunks(frame)[0], source="zd", part="p", run_id="r", settings=SETTINGS)
    assert mapped.tables["tickets"]["reopen_count"].to_list() == [1]
    assert mapped.rejected["column_name"].to_list() == ["created_at"]


def test_surveys_point_at_tickets_and_people_of_their_source() -> None:
    frame = pl.DataFrame({
        "id": ["1"], "ticket": ["55"], "score": ["4"], "when": ["2024-01-01"], "agent": ["Eva"], "mail": ["q@x.org"],
    })  # fmt: skip
    columns = [
        ("survey_id", "id", "id"), ("ticket_id", "ticket", "id"), ("score", "score", "number"),
        ("responded_at", "when", "iso"), ("agent", "agent", "text"), ("customers.email", "mail", "text"),
    ]  # fmt: skip
    survey = Mapping(shape="surveys", columns=tuple(ColumnMapping(target=t, column=c, parse=p) for t, c, p in columns))
    mapped = apply(survey, chunks(frame)[0], source="x", part="s", run_id="r", settings=SETTINGS)
    rows = mapped.tables["surveys"].select("survey_id", "ticket_id", "score", "agent_id", "customer_id").rows()
    assert rows == [("x:1", "x:55", 4.0, "x:Eva", "x:q@x.org")]
    assert set(mapped.stubs) == {"agents", "customers"}
