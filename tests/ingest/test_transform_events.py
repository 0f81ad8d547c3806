"""Event logs in their three ways, whole and in chunks."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskpulse.core.settings import Settings
from deskpulse.ingest.model import ColumnMapping, Mapping
from deskpulse.ingest.transform import TransformState, apply
from deskpulse.ingest.transform.model import Mapped
from deskpulse.sources.model import Chunk

SETTINGS = Settings(_env_file=None)


def log(*columns: tuple[str, str, str]) -> Mapping:
    return Mapping(shape="event_log", columns=tuple(ColumnMapping(target=t, column=c, parse=p) for t, c, p in columns))


def run(mapping: Mapping, frame: pl.DataFrame, rows: int = 10**9) -> list[Mapped]:
    state = TransformState()
    numbers = pl.Series(range(1, frame.height + 1))
    chunks = [
        Chunk(frame=frame[i : i + rows], row_numbers=numbers[i : i + rows], position="")
        for i in range(0, frame.height, rows)
    ]
    return [
        apply(mapping, c, source="desk", part="log", run_id="r", settings=SETTINGS, state=state) for c in chunks
    ]  # fmt: skip


def events(mapped: list[Mapped]) -> pl.DataFrame:
    return pl.concat([m.tables["ticket_events"] for m in mapped if "ticket_events" in m.tables], how="diagonal")


ACTIVITIES = log(
    ("ticket_id", "case", "id"), ("new_value", "activity", "text"), ("actor", "resource", "text"),
    ("happened_at", "time", "iso"),
)  # fmt: skip


def test_activities_become_status_agent_and_own_events() -> None:
    frame = pl.DataFrame({
        "case": ["1"] * 5,
        "activity": ["Insert ticket", "Take in charge ticket", "Create SW anomaly", "Escalate", "Resolve ticket"],
        "resource": ["Web", "Eva", "Eva", "Eva", "Eva"],
        "time": [f"2024-01-0{i} 10:00" for i in range(1, 6)], "variant": ["v"] * 5,
    })  # fmt: skip
    (mapped,) = run(ACTIVITIES, frame)
    got = mapped.tables["ticket_events"].select("field", "new_value", "actor").rows()
    assert got == [
        ("status", "new", "Web"), ("status", "open", "Eva"), ("agent", "Eva", "Eva"),
        ("activity", "Create SW anomaly", "Eva"), ("escalated", "true", "Eva"), ("status", "solved", "Eva"),
    ]  # fmt: skip
    extra = [json.loads(e) for e in mapped.tables["ticket_events"]["extra"] if e]
    assert extra[0] == {"activity": "Insert ticket", "variant": "v"}
    assert mapped.stubs["tickets"].select("ticket_id", "external_id", "agent_id").rows() == [
        ("desk:1", "1", "desk:Eva")
    ]
    assert mapped.stubs["agents"]["name"].to_list() == ["Eva"]
    assert mapped.tables["ticket_events"]["actor_id"][0] == "desk:Web"


def test_equal_events_are_one_and_words_of_the_mapping_come_first() -> None:
    frame = pl.DataFrame({
        "case": ["1", "1", "1"], "activity": ["Closed", "Closed", "Archive it"], "resource": [None] * 3,
        "time": ["2024-01-01", "2024-01-01", "2024-01-02"],
    }, schema_overrides={"resource": pl.String})  # fmt: skip
    columns = tuple(
        ColumnMapping(target=c.target, column=c.column, parse=c.parse, values={"archive it": "closed"})
        if c.target == "new_value" else c for c in ACTIVITIES.columns
    )  # fmt: skip
    told = events(run(Mapping(shape="event_log", columns=columns), frame))
    assert told["event_id"].n_unique() == 2
    assert told["new_value"].to_list() == ["closed"] * 3


def test_an_event_without_ticket_or_time_is_rejected() -> None:
    frame = pl.DataFrame({
        "case": [None, "2", "3"], "activity": ["Closed"] * 3, "resource": ["x"] * 3,
        "time": ["2024-01-01", "", "2024-01-01"],
    })  # fmt: skip
    (mapped,) = run(ACTIVITIES, frame)
    assert mapped.rejected["column_name"].to_list() == ["case", "time"]
    assert mapped.tables["ticket_events"]["ticket_id"].to_list() == ["desk:3"]


def test_changes_of_fields_get_our_names_and_words() -> None:
    frame = pl.DataFrame({
        "ticket_id": ["7"] * 5, "field_name": ["status", "assignee_id", "priority", "group_id", "brand_id"],
        "value": ["hold", "1111", "P1", None, "9"], "updated": ["2024-01-01T00:00:00Z"] * 5,
    })  # fmt: skip
    mapping = log(
        ("ticket_id", "ticket_id", "id"), ("field", "field_name", "text"), ("new_value", "value", "text"),
        ("happened_at", "updated", "iso"),
    )  # fmt: skip
    told = events(run(mapping, frame))
    assert told.select("field", "new_value").rows() == [
        ("status", "on_hold"), ("agent", "1111"), ("priority", "urgent"), ("team", None), ("brand_id", "9"),
    ]  # fmt: skip


STATES = log(
    ("ticket_id", "number", "id"), ("happened_at", "updated", "iso"), ("tickets.status", "state", "text"),
    ("tickets.agent", "who", "text"), ("tickets.created_at", "opened", "iso"), ("tickets.solved_at", "resolved", "iso"),
)  # fmt: skip


def states(*rows: tuple[str, str, str, str | None]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=["number", "updated", "state", "who"], orient="row")
    return frame.with_columns(opened=pl.lit("2024-01-01T08:00"), resolved=pl.lit("?"), note=pl.lit("n"))


STORY = states(
    ("A", "2024-01-01T09:00", "New", "?"), ("B", "2024-01-01T09:00", "Active", "Eva"),
    ("A", "2024-01-01T10:00", "Active", "Eva"), ("A", "2024-01-01T10:00", "Awaiting User Info", "Eva"),
    ("B", "2024-01-02T09:00", "Active", "Ben"), ("A", "2024-01-03T10:00", "Resolved", "?"),
    ("B", "2024-01-04T09:00", "Closed", "Ben"),
)  # fmt: skip
CHANGES = [
    ("desk:A", "status", None, "new"), ("desk:A", "agent", None, "Eva"), ("desk:A", "status", "new", "open"),
    ("desk:A", "status", "open", "pending"), ("desk:A", "agent", "Eva", None),
    ("desk:A", "status", "pending", "solved"),
    ("desk:B", "agent", None, "Eva"), ("desk:B", "status", None, "open"), ("desk:B", "agent", "Eva", "Ben"),
    ("desk:B", "status", "open", "closed"),
]  # fmt: skip


def changes(mapped: list[Mapped]) -> list[tuple[str, str, str | None, str | None]]:
    told = events(mapped).unique("event_id", keep="last", maintain_order=True)
    told = told.sort("ticket_id", "happened_at", "field", "external_id")
    return told.select("ticket_id", "field", "old_value", "new_value").rows()  # type: ignore[return-value]


@pytest.mark.parametrize("rows", [1, 2, 3, 5, 100])
def test_states_become_the_changes_between_them_wherever_chunks_end(rows: int) -> None:
    mapped = run(STATES, STORY, rows)
    assert changes(mapped) == CHANGES
    tickets = pl.concat([m.tables["tickets"] for m in mapped if "tickets" in m.tables], how="diagonal")
    last = tickets.unique("ticket_id", keep="last").sort("ticket_id")
    assert last.select("ticket_id", "status", "agent").rows() == [
        ("desk:A", "solved", None),
        ("desk:B", "closed", "Ben"),
    ]
    assert last["updated_at"][0] == datetime(2024, 1, 3, 10, tzinfo=UTC)
    assert last["created_at"][0] == datetime(2024, 1, 1, 8, tzinfo=UTC)
    assert json.loads(last["extra"][0]) == {"note": "n"}


@pytest.mark.parametrize("rows", [1, 2, 3, 100])
def test_a_log_with_the_newest_first_gives_the_same(rows: int) -> None:
    mapped = run(STATES, STORY.reverse(), rows)
    # What a chunk's first state showed stays told as seen; such an event changes nothing behind an equal one.
    all_told = changes(mapped)
    told = [c for i, c in enumerate(all_told) if c[2] is not None or c[:2] not in [x[:2] for x in all_told[:i]]]
    assert sorted(told, key=str) == sorted(CHANGES, key=str)
    tickets = pl.concat([m.tables["tickets"] for m in mapped if "tickets" in m.tables], how="diagonal")
    assert set(tickets.select("ticket_id", "status").rows()) >= {("desk:A", "solved"), ("desk:B", "closed")}
    assert tickets.filter(pl.col("ticket_id") == "desk:B").height == 1, "older states do not overwrite newer ones"


_STATUS = st.sampled_from(["New", "Active", "Awaiting User Info", "Resolved", "Closed"])


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.sampled_from("AB"), _STATUS), min_size=1, max_size=20), st.integers(1, 7))
def test_chunks_never_matter(steps: list[tuple[str, str]], rows: int) -> None:
    frame = states(*((t, f"2024-01-01T10:{i:02d}", s, "Eva") for i, (t, s) in enumerate(steps)))
    assert changes(run(STATES, frame, rows)) == changes(run(STATES, frame))
    current: dict[str, str] = {}
    switched = 0
    for ticket, state in steps:
        switched += current.get(ticket) != state
        current[ticket] = state
    assert sum(c[1] == "status" for c in changes(run(STATES, frame))) == switched


def test_the_time_of_one_state_may_be_missing_from_the_ticket_but_not_lost() -> None:
    frame = states(("A", "soon", "New", "Eva"))
    (mapped,) = run(STATES, frame)
    assert mapped.tables == {}
    assert mapped.rejected.height == 1
