"""Suggestions for made-up exports, and what people say about them."""

from __future__ import annotations

import contextlib
import itertools
import json
import time
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ingest.exports import KINDS, Export, exports

from deskpulse.core.errors import InputError, MappingError, UnknownNameError
from deskpulse.core.settings import Settings
from deskpulse.ingest.model import Mapping
from deskpulse.ingest.suggest import suggest
from deskpulse.ingest.suggest.assign import assign
from deskpulse.ingest.transform import apply
from deskpulse.sources.model import Chunk


def told(mapping: Mapping) -> list[str]:
    """The mapping as exports.txt writes it."""
    return sorted(
        f"{c.target} {c.parse} ← {c.column}" if c.column else f"{c.target} := {c.values['']}" for c in mapping.columns
    )


@pytest.mark.parametrize("export", exports(), ids=lambda e: e.file)
def test_an_export_is_mapped_as_a_person_would(export: Export) -> None:
    mapping = suggest(export.frame(), part_name=export.file)
    assert mapping.shape == export.shape
    assert told(mapping) == list(export.expected)
    assert all(c.reason and 0.4 <= c.confidence <= 1 for c in mapping.columns)
    assert set(mapping.unmapped) == {h for h, _ in export.columns} - {
        p for c in mapping.columns for p in c.column.split(" + ")
    }
    assert Mapping.from_dict(mapping.as_dict()) == mapping


def columns(mapping: Mapping) -> dict[str, str]:
    return {c.target: c.column for c in mapping.columns}


def texts(**cells: list[str | None]) -> pl.DataFrame:
    return pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String))


TICKETS = next(e for e in exports() if e.file == "salesforce_cases.csv").frame()


def test_what_a_person_says_stands_and_the_column_is_not_used_twice() -> None:
    said = {"created_at": "Date/Time Closed", "subject": "", "category": "=billing", "channel": "status"}
    mapping = suggest(TICKETS, part_name="x.csv", overrides=said)
    mapped = columns(mapping)
    assert mapped["created_at"] == "Date/Time Closed"
    assert mapped["channel"] == "Status"
    assert "subject" not in mapped
    assert "status" not in mapped
    assert mapping.column_for("category").values == {"": "billing"}  # type: ignore[union-attr]
    assert mapping.column_for("created_at").reason == "as you said"  # type: ignore[union-attr]
    assert "Subject" in mapping.unmapped
    assert "Date/Time Opened" in mapping.unmapped or mapped.get("closed_at") != "Date/Time Closed"


def test_a_bare_name_means_the_column_of_the_ticket_in_a_log() -> None:
    log = next(e for e in exports() if e.file == "incident_updates.csv").frame()
    mapping = suggest(log, part_name="log.csv", shape="event_log", overrides={"status": "priority"})
    assert columns(mapping)["tickets.status"] == "priority"


@pytest.mark.parametrize(
    ("said", "message", "hint"),
    [
        ({"created_att": "Subject"}, "no column of ours named 'created_att'", "created_at"),
        ({"subject": "Subjekt"}, "no column in cases.csv named 'Subjekt'", "'Subject'"),
    ],
)
def test_unknown_names_are_refused_with_the_nearest(said: dict[str, str], message: str, hint: str) -> None:
    with pytest.raises(UnknownNameError, match=message) as told_error:
        suggest(TICKETS, part_name="cases.csv", overrides=said)
    assert hint in told_error.value.hint


def test_impossible_wishes_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="no shape named 'ticket'") as told_error:
        suggest(TICKETS, part_name="cases.csv", shape="ticket")
    assert "'tickets'" in told_error.value.hint
    with pytest.raises(UnknownNameError, match="column of calls"):
        suggest(TICKETS, part_name="cases.csv", shape="calls", overrides={"subject": "Subject"})
    with pytest.raises(InputError, match="given to two"):
        suggest(TICKETS, part_name="cases.csv", overrides={"subject": "Status", "status": "Status"})
    with pytest.raises(InputError, match="no time zone 'Berlin'"):
        suggest(TICKETS, part_name="cases.csv", timezone="Berlin")


def test_what_is_no_support_data_is_refused_with_a_way_out() -> None:
    weather = texts(temperature=["1.5", "2.5"], humidity=["3", "4"])
    with pytest.raises(MappingError, match="none of the shapes") as told_error:
        suggest(weather, part_name="weather.csv")
    assert "temperature, humidity" in told_error.value.hint
    with pytest.raises(MappingError, match="No column of weather"):
        suggest(weather, part_name="weather.csv", shape="roster")
    with pytest.raises(MappingError, match="no columns"):
        suggest(pl.DataFrame(), part_name="empty.csv")
    by_hand = suggest(weather, part_name="weather.csv", shape="roster", overrides={"agent": "humidity"})
    assert columns(by_hand) == {"agent": "humidity"}


def parses(mapping: Mapping) -> dict[str, str]:
    return {c.target: c.parse for c in mapping.columns}


def dated(created: list[str], closed: list[str], **more: list[str | None]) -> pl.DataFrame:
    ids = [str(i) for i in range(len(created))]
    return texts(id=ids, subject=["a"] * len(ids), created=created, closed=closed, **more)


def test_dates_that_can_be_read_two_ways_follow_those_that_cannot() -> None:
    frame = dated(["01/02/2024", "03/04/2024"], ["01/25/2024", "03/14/2024"])
    mapping = suggest(frame, part_name="t.csv")
    assert parses(mapping)["created_at"] == parses(mapping)["closed_at"] == "mdy"
    assert any("'created'" in n and "month first" in n for n in mapping.notes)


@pytest.mark.parametrize(
    ("created", "closed", "zone", "parse", "because"),
    [
        ("02/01/2024", "01/03/2024", "UTC", "dmy", "end before they begin"),
        ("01/02/2024", "03/01/2024", "UTC", "mdy", "end before they begin"),
        ("02/02/2024", "03/03/2024", "UTC", "dmy", "most countries"),
        ("02/02/2024", "03/03/2024", "America/Chicago", "mdy", "America/Chicago"),
        ("02.02.2024", "03.03.2024", "America/Chicago", "dmy", "with dots"),
        ("02/02/2024 1:00 PM", "03/03/2024 2:00 PM", "UTC", "mdy", "AM and PM"),
    ],
)
def test_dates_that_leave_day_and_month_open_are_decided_and_told(
    created: str, closed: str, zone: str, parse: str, because: str
) -> None:
    mapping = suggest(dated([created] * 3, [closed] * 3), part_name="t.csv", timezone=zone)
    assert parses(mapping)["created_at"] == parses(mapping)["closed_at"] == parse
    assert any(because in n and "change places" in n for n in mapping.notes), mapping.notes


@pytest.mark.parametrize(
    ("cell", "parse"),
    [
        ("1704183300", "epoch_s"), ("1704183300000", "epoch_ms"), ("1704183300.000100", "epoch_s"),
        ("45293.5", "excel"),
        ("20240102", "iso"), ("2024-01-02T08:15:00.123+01:00", "iso"), ("2 janvier 2024", "iso"),
    ],
)  # fmt: skip
def test_times_in_other_clothes(cell: str, parse: str) -> None:
    frame = texts(id=["1", "2", "3"], subject=["a", "b", "c"], created=[cell] * 3)
    assert parses(suggest(frame, part_name="t.csv"))["created_at"] == parse


def test_typed_and_nested_columns() -> None:
    frame = pl.DataFrame({
        "id": [11, 12], "subject": ["a", "b"], "created_at": [datetime(2024, 1, 2, tzinfo=UTC)] * 2,
        "via": [{"channel": "web"}, {"channel": "email"}], "tags": [["x"], []],
        "requester": [{"name": "Ana", "email": "ana@example.org"}] * 2, "satisfaction_rating": [{"score": "good"}] * 2,
    })  # fmt: skip
    mapping = suggest(frame, part_name="tickets.json")
    assert columns(mapping) == {
        "ticket_id": "id", "subject": "subject", "created_at": "created_at", "channel": "via.channel", "tags": "tags",
        "customer": "requester.name", "customers.email": "requester.email",
        "surveys.score": "satisfaction_rating.score",
        "surveys.scale_max": "",
    }  # fmt: skip
    assert not any("without a zone" in n for n in mapping.notes)


def test_priority_numbers_say_which_way_they_run() -> None:
    low_first = suggest(
        texts(id=["1", "2"], subject=["a", "b"], priority=["1", "4"], status=["2", "5"]), part_name="t.csv"
    )
    assert low_first.column_for("priority").values["1"] == "low"  # type: ignore[union-attr]
    high_first = suggest(texts(id=["1", "2"], subject=["a", "b"], priority=["1", "4"]), part_name="t.csv")
    assert high_first.column_for("priority").values["1"] == "urgent"  # type: ignore[union-attr]
    for mapping, way in ((low_first, "greatest"), (high_first, "smallest")):
        assert any(f"the {way} is taken for the most pressing" in n for n in mapping.notes)


def test_words_without_a_meaning_are_told() -> None:
    frame = texts(id=["1", "2", "3"], subject=["a", "b", "c"], status=["Open", "Gremlin", "Closed"])
    assert any("'Gremlin'" in n for n in suggest(frame, part_name="t.csv").notes)


def test_internal_notes_and_breaches_are_turned_round() -> None:
    frame = texts(
        conversation_id=["1", "1", "2", "2"], message=["hi there", "it is so", "why me", "ok then"],
        sender=list("abab"), is_internal=["True", "False", "False", "False"],
    )  # fmt: skip
    mapping = suggest(frame, part_name="chat.csv")
    assert mapping.column_for("is_public").values == {"true": "false", "false": "true"}  # type: ignore[union-attr]
    breached = texts(id=["1", "2"], subject=["a", "b"], sla_breached=["yes", "no"])
    told_sla = suggest(breached, part_name="t.csv").column_for("is_sla_met")
    assert told_sla is not None
    assert told_sla.values == {"yes": "false", "no": "true"}


def test_a_unit_that_no_name_tells_is_said_to_be_assumed() -> None:
    frame = texts(id=["1", "2"], subject=["a", "b"], first_response_time=["15", "30"])
    mapping = suggest(frame, part_name="t.csv")
    assert parses(mapping)["first_reply_seconds"] == "duration_seconds"
    assert any("does not say its unit" in n for n in mapping.notes)


HOSTILE = [
    "", " ", "🎫", "'; DROP TABLE tickets; --", "id\x00", "a" * 10_000, "=cmd|' /C calc'!A0",
    "../../etc/passwd", "NULL",
    "{}", "Ünïcödé", "a + b", "%s%s", "tickets.status", "<script>", "\ud7ff", "1", "{{x}}", "created_at ",
]  # fmt: skip


def test_hostile_headings_break_nothing() -> None:
    frame = pl.DataFrame({name: [f"v{i}" for i in range(5)] for name in HOSTILE})
    frame = frame.with_columns(pl.Series("ticket id", list("12345")), pl.Series("subject", list("abcde")))
    mapping = suggest(frame, part_name="'; DROP TABLE x; --.csv")
    assert mapping.shape == "tickets"
    assert columns(mapping)["ticket_id"] == "ticket id"
    made = apply(
        mapping, Chunk(frame=frame, row_numbers=pl.Series(range(1, 6)), position=""), source="s", part="p", run_id="r",
        settings=Settings(_env_file=None),
    )  # fmt: skip
    extra = json.loads(made.tables["tickets"]["extra"][0])
    assert extra.keys() | {c.column for c in mapping.columns} >= set(HOSTILE)


def test_a_thousand_columns_take_seconds_not_minutes() -> None:
    frame = pl.DataFrame({f"custom field {i}": [f"{i}-{j}" for j in range(200)] for i in range(1000)})
    frame = frame.with_columns(next(e for e in exports() if e.file == "jira.csv").frame(200))
    begin = time.process_time()
    mapping = suggest(frame, part_name="wide.csv")
    assert time.process_time() - begin < 20
    assert columns(mapping)["ticket_id"] == "Issue key"
    assert len(mapping.unmapped) >= 999


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.text(max_size=12), st.sampled_from(sorted(KINDS))),
        min_size=1,
        max_size=6,
        unique_by=lambda c: c[0],
    )
)
def test_any_table_is_mapped_or_refused_with_a_hint(parts: list[tuple[str, str]]) -> None:
    frame = pl.DataFrame({name: [KINDS[kind](i) for i in range(7)] for name, kind in parts})
    mapping = None
    with contextlib.suppress(MappingError):
        mapping = suggest(frame, part_name="f.csv")
    if mapping is not None:
        mapped = {c.column for c in mapping.columns if c.column}
        assert mapped
        joined = {part for name in mapped if name not in frame.columns for part in name.split(" + ")}
        assert (mapped & set(frame.columns)) | joined | set(mapping.unmapped) == set(frame.columns)


@given(st.lists(st.lists(st.integers(0, 9), min_size=4, max_size=4), min_size=3, max_size=3))
def test_the_assignment_is_the_best_there_is(confidence: list[list[int]]) -> None:
    pairs = {(f"t{i}", f"c{j}"): v / 10 for i, row in enumerate(confidence) for j, v in enumerate(row) if v}
    chosen = assign(pairs)
    assert len(set(chosen.values())) == len(chosen)
    best = max(
        sum(pairs.get((f"t{i}", f"c{j}"), 0.0) for i, j in enumerate(order) if j is not None)
        for order in itertools.permutations([0, 1, 2, 3], 3)
    )
    assert sum(pairs[pair] for pair in chosen.items()) == pytest.approx(best)


def test_titles_and_texts_alone_are_tickets_and_the_doubt_is_told() -> None:
    texts_only = texts(
        title=[f"Lamp {i}" for i in range(60)],
        body=[f"My lamp number {i} stays dark, whatever I do, please help" for i in range(60)],
        category=["lamps", "hubs"] * 30,
    )
    for name in ("export.csv", "rows.csv"):
        found = suggest(texts_only, part_name=name)
        assert columns(found) == {"subject": "title", "description": "body", "category": "category"}
        assert any("could be articles too" in note and "--shape articles" in note for note in found.notes)
    assert suggest(texts_only, part_name="help_articles.csv").shape == "articles"
    assert suggest(texts_only.with_columns(views=pl.Series(range(60))), part_name="rows.csv").shape == "articles"
    with_state = texts_only.with_columns(status=pl.Series(["open", "closed"] * 30))
    sure = suggest(with_state, part_name="rows.csv")
    assert sure.shape == "tickets"
    assert not any("could be" in note for note in sure.notes)


def test_german_headings_of_one_word_and_a_team_of_one_letter() -> None:
    days = [f"{day:02d}.03.2026 10:00" for day in range(1, 29)]
    found = columns(suggest(
        pl.DataFrame({
            "Vorgang": [str(i) for i in range(28)], "Betreff": ["Lampe dunkel"] * 28, "Wer": ["Anna Berg"] * 28,
            "Wichtigkeit": ["hoch", "niedrig"] * 14, "Erstellt": days, "Gelöst": days, "Abgeschlossen": days,
            "Group": ["T"] * 28,
        }),
        part_name="auszug.csv",
    ))  # fmt: skip
    expected = {"customer": "Wer", "priority": "Wichtigkeit", "solved_at": "Gelöst", "closed_at": "Abgeschlossen",
                "team": "Group"}  # fmt: skip
    assert expected.items() <= found.items()


def test_dates_written_both_ways_are_told() -> None:
    mostly_day_first = [f"{day:02d}/03/2026" for day in range(1, 29)] + ["03/16/2026", "03/17/2026"]
    found = suggest(dated(mostly_day_first, mostly_day_first), part_name="t.csv")
    told_of = [note for note in found.notes if "both ways" in note]
    assert len(told_of) == 1
    assert "2 of 'created'" in told_of[0]
    assert "without a number above 12 may be wrong" in told_of[0]
    one_way = [f"{day:02d}/03/2026" for day in range(1, 31)]
    assert not any("both ways" in note for note in suggest(dated(one_way, one_way), part_name="t.csv").notes)
