"""The sample world: the same every time, whole, in the tables' columns, and quick to make."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from textwrap import dedent

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.demo.conftest import UNTIL, Frames, frames

from deskpulse.core.clock import frozen_at
from deskpulse.core.errors import InputError
from deskpulse.demo import world
from deskpulse.warehouse.schema import ENTITIES

KEYS = {name: table.key[0] for name, table in ENTITIES.items()}
TEXTS_OR_TIMES = {"text": pl.String, "json": pl.String, "time": pl.Datetime("us", "UTC"), "bool": pl.Boolean}


def test_the_same_seed_gives_the_same_world() -> None:
    first, second = frames(600, rows=300), frames(600, rows=70)
    assert first.keys() == second.keys()
    for name, frame in first.items():
        assert_frame_equal(frame, second[name])


def test_another_seed_gives_another_world() -> None:
    assert not frames(300, 1)["messages"]["body"].equals(frames(300, 2)["messages"]["body"])


def test_a_world_can_be_read_on_from_any_chunk() -> None:
    for part in world(400, until=UNTIL).parts:
        chunks = list(part.chunks(90))
        assert [c.frame.height for c in chunks] == [c.row_numbers.len() for c in chunks]
        numbers = [n for c in chunks for n in c.row_numbers]
        assert numbers == list(range(1, len(numbers) + 1))
        if not chunks:
            continue
        middle = len(chunks) // 2
        rest = list(part.chunks(90, chunks[middle].position))
        assert [c.position for c in rest] == [c.position for c in chunks[middle + 1 :]]
        for again, before in zip(rest, chunks[middle + 1 :], strict=True):
            assert_frame_equal(again.frame, before.frame)
            assert again.row_numbers.to_list() == before.row_numbers.to_list()


def test_small_steps_share_a_chunk() -> None:
    parts = {part.entity: part for part in world(400, until=UNTIL).parts}
    assert len(parts["roster"].steps) > 20
    for name in ("roster", "agent_states", "money"):
        sizes = [chunk.frame.height for chunk in parts[name].chunks(5_000)]
        assert max(sizes) <= 5_000
        assert len(sizes) <= sum(sizes) // 5_000 + 3  # three sets of columns at most


def test_it_has_as_many_tickets_as_asked_for(whole: Frames) -> None:
    assert whole["tickets"].height == 50_000
    assert frames(100)["tickets"].height == 100
    assert frames(101, quiet=True)["tickets"].height == 101
    with pytest.raises(InputError, match="too small"):
        world(99)
    with pytest.raises(InputError, match="time zone"):
        world(100, until=datetime(2026, 1, 1))  # noqa: DTZ001  that is the point


def test_it_ends_at_the_start_of_today() -> None:
    with frozen_at(datetime(2026, 3, 14, 15, 9, tzinfo=UTC)):
        tickets = next(p for p in world(100).parts if p.entity == "tickets")
        last = max(chunk.frame["created_at"].max() for chunk in tickets.chunks(1000))
    assert datetime(2026, 3, 1, tzinfo=UTC) < last < datetime(2026, 3, 14, tzinfo=UTC)


def test_columns_are_the_tables_own(whole: Frames) -> None:
    for name, frame in whole.items():
        table = ENTITIES[name]
        for column in frame.columns:
            kind = table.column(column).kind
            assert frame.schema[column] == TEXTS_OR_TIMES.get(kind, frame.schema[column]), f"{name}.{column}"


def test_keys_are_unique_and_there(whole: Frames) -> None:
    for name, frame in whole.items():
        keys = frame[KEYS[name]]
        assert keys.null_count() == 0, name
        assert keys.n_unique() == frame.height, name


REFERENCES = {
    "ticket_id": "tickets", "other_ticket_id": "tickets", "customer_id": "customers", "company_id": "companies",
    "team_id": "teams", "agent_id": "agents",
}  # fmt: skip


def test_what_rows_refer_to_is_there(whole: Frames) -> None:
    known = {name: set(whole[name][KEYS[name]]) for name in REFERENCES.values()}
    # One agent's row is deleted on purpose: see the trap of that name.
    known["agents"].add("a99")
    for name, frame in whole.items():
        for column, target in REFERENCES.items():
            if column in frame.columns and column != KEYS[name]:
                assert set(frame[column].drop_nulls()) <= known[target], f"{name}.{column}"
    everybody = known["agents"] | known["customers"] | {"b1", "b2"}
    assert set(whole["messages"]["author_id"]) <= everybody
    assert set(whole["ticket_events"]["actor_id"].drop_nulls()) <= everybody


def test_every_ticket_has_a_thread_in_order(whole: Frames) -> None:
    messages, tickets = whole["messages"], whole["tickets"]
    assert set(messages["ticket_id"]) == set(tickets["ticket_id"])
    assert 3.0 <= messages.height / tickets.height <= 3.7
    words = messages["body"].str.split(" ").list.len().sum() / tickets.height
    assert 40 <= words <= 65
    assert messages["body"].str.len_chars().min() > 1
    assert not messages["body"].str.contains(r"[\x01\x02{}\[\]]").any()
    begun = messages.group_by("ticket_id").agg(first=pl.col("sent_at").min())
    both = begun.join(tickets, on="ticket_id")
    assert (both["first"] >= both["created_at"]).all()


def test_nothing_happens_after_the_end(whole: Frames) -> None:
    for name, column in (("messages", "sent_at"), ("ticket_events", "happened_at"), ("surveys", "responded_at"),
                         ("surveys", "offered_at"), ("agent_states", "ended_at"), ("money", "booked_at"),
                         ("tickets", "updated_at")):  # fmt: skip
        assert whole[name][column].max() <= UNTIL, f"{name}.{column}"
    assert whole["roster"]["started_at"].max() > UNTIL + timedelta(days=7)
    span = UNTIL - whole["tickets"]["created_at"].min()
    assert timedelta(days=540) < span < timedelta(days=552)


def test_status_is_where_the_events_end(whole: Frames) -> None:
    last = (
        whole["ticket_events"].filter(pl.col("field") == "status").sort("happened_at", maintain_order=True)
        .group_by("ticket_id").agg(last=pl.col("new_value").last())
    )  # fmt: skip
    both = whole["tickets"].join(last, on="ticket_id")
    assert both.height > 45_000
    assert (both["status"] == both["last"]).all()
    shares = dict(whole["tickets"]["status"].value_counts(normalize=True).iter_rows())
    assert 0.9 < shares["closed"] + shares["solved"] < 0.99
    assert shares["open"] + shares["new"] + shares["pending"] > 0.01


def test_surveys_are_offered_to_many_and_answered_by_a_quarter(whole: Frames) -> None:
    csat = whole["surveys"].filter(pl.col("kind") == "csat")
    assert 0.5 < csat.height / 50_000 < 0.62
    assert 0.23 < 1 - csat["score"].null_count() / csat.height < 0.26
    assert csat["score"].is_null().equals(csat["responded_at"].is_null())
    for kind, low, high in (("csat", 1, 5), ("nps", 0, 10), ("ces", 1, 7)):
        scores = whole["surveys"].filter(pl.col("kind") == kind)["score"].drop_nulls()
        assert (scores.min(), scores.max()) == (low, high)
    good = (csat["score"].drop_nulls() >= 4).mean()
    assert isinstance(good, float)
    assert 0.65 < good < 0.88


def test_calls_are_of_all_outcomes_with_times_in_order(whole: Frames) -> None:
    calls = whole["calls"]
    assert set(calls["outcome"]) == {"completed", "abandoned", "voicemail", "transferred", "callback"}
    assert (calls["ended_at"] >= calls["started_at"]).all()
    answered = calls.filter(pl.col("answered_at").is_not_null())
    assert (answered["answered_at"] <= answered["ended_at"]).all()
    assert calls.filter(pl.col("outcome") == "abandoned")["agent_id"].null_count() > 100


def test_agents_are_in_one_state_at_a_time(whole: Frames) -> None:
    states = whole["agent_states"].sort("agent_id", "started_at")
    following = states.with_columns(next=pl.col("started_at").shift(-1).over("agent_id"))
    assert (states["ended_at"] >= states["started_at"]).all()
    assert (following["ended_at"] <= following["next"]).drop_nulls().all()


def test_a_share_of_the_texts_is_in_other_languages(whole: Frames) -> None:
    spoken = whole["customers"]["language"].value_counts(normalize=True)
    shares = dict(spoken.iter_rows())
    assert set(shares) == {"en", "es", "fr", "de", "pt", "it", "nl"}
    assert 0.7 < shares["en"] < 0.85
    assert whole["messages"]["body"].str.contains("ß|ü|ö").sum() > 1000


def test_what_the_source_gave_is_given_for_a_part_only(whole: Frames) -> None:
    tickets = whole["tickets"]
    for column, low, high in (("category", 0.5, 0.7), ("priority", 0.8, 0.9), ("company_id", 0.6, 0.8)):
        assert low < 1 - tickets[column].null_count() / tickets.height < high


def test_time_has_its_shape(whole: Frames, quiet: Frames) -> None:
    created = quiet["tickets"]["created_at"]
    by_weekday = dict(created.dt.weekday().value_counts().iter_rows())
    assert by_weekday[1] > 2 * by_weekday[7]
    by_hour = dict(created.dt.hour().value_counts().iter_rows())
    assert by_hour[14] > 2 * by_hour[4]
    first, last = (
        (created < UNTIL - timedelta(days=365)).sum() / 183,
        (created >= UNTIL - timedelta(days=183)).sum() / 183,
    )
    assert 1.1 < last / first < 1.6
    christmas = created.filter(created.dt.date() == datetime(2025, 12, 25, tzinfo=UTC).date()).len()
    before = created.filter(created.dt.date() == datetime(2025, 12, 18, tzinfo=UTC).date()).len()
    assert christmas < 0.6 * before


def test_it_is_made_quickly() -> None:
    started = time.process_time()
    made = frames(10_000, 8)
    assert made["tickets"].height == 10_000
    assert time.process_time() - started < 10


@pytest.mark.skipif(sys.platform == "win32", reason="no resource module")
def test_a_big_world_streams_in_bounded_memory() -> None:
    """Reading the last part of 150,000 tickets needs little more than that of 50,000."""
    script = """
        import resource, sys
        from datetime import UTC, datetime
        from deskpulse.demo import world
        part = next(p for p in world(int(sys.argv[1]), until=datetime(2026, 11, 21, tzinfo=UTC)).parts
                    if p.entity == "messages")
        print(sum(c.frame.height for c in part.chunks(20_000)), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    """
    found = {}
    for tickets in (50_000, 150_000):
        ran = subprocess.run(
            [sys.executable, "-c", dedent(script), str(tickets)], capture_output=True, text=True, check=True
        )
        rows, peak = map(int, ran.stdout.split())
        assert rows > 3 * tickets
        found[tickets] = peak
    assert found[150_000] < 1.6 * found[50_000]
