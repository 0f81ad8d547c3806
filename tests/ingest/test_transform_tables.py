"""Rows of one table: ids, people, extras, rejections."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import polars as pl
import pytest

from deskpulse.core.errors import MappingError
from deskpulse.core.settings import Settings
from deskpulse.ingest.model import ColumnMapping, Mapping
from deskpulse.ingest.transform import TransformState, apply
from deskpulse.ingest.transform.model import Mapped
from deskpulse.sources.model import BadRow, Chunk
from deskpulse.warehouse.schema import REJECTED


def chunk(frame: pl.DataFrame, first: int = 1, bad: tuple[BadRow, ...] = ()) -> Chunk:
    numbers = pl.Series(range(first, first + frame.height), dtype=pl.Int64)
    return Chunk(frame=frame, row_numbers=numbers, position="", bad=bad)


def tickets(*columns: tuple[str, str, str], unmapped: tuple[str, ...] = (), zone: str = "UTC") -> Mapping:
    mapped = tuple(ColumnMapping(target=t, column=c, parse=p) for t, c, p in columns)
    return Mapping(shape="tickets", columns=mapped, unmapped=unmapped, timezone=zone)


def run(mapping: Mapping, given: Chunk, settings: Settings, state: TransformState | None = None) -> Mapped:
    return apply(mapping, given, source="desk", part="t.csv", run_id="run_1", settings=settings, state=state)


def test_values_are_read_ids_prefixed_and_the_rest_kept(settings: Settings) -> None:
    frame = pl.DataFrame({
        "Nr": ["7", "8"], "Titel": ["Hilfe", "?"], "Auf": ["2024-01-02 10:00", "2024-07-02 10:00"],
        "Rest": ['say "hi"', ""], "Leer": [None, ""],
    })  # fmt: skip
    mapping = tickets(
        ("ticket_id", "Nr", "id"), ("subject", "Titel", "text"), ("created_at", "Auf", "iso"),
        unmapped=("Rest", "Leer"), zone="Europe/Berlin",
    )  # fmt: skip
    rows = run(mapping, chunk(frame), settings).tables["tickets"]
    assert rows["ticket_id"].to_list() == ["desk:7", "desk:8"]
    assert rows["external_id"].to_list() == ["7", "8"]
    assert rows["subject"].to_list() == ["Hilfe", None]
    assert rows["created_at"].to_list() == [
        datetime(2024, 1, 2, 9, 0, tzinfo=UTC), datetime(2024, 7, 2, 8, 0, tzinfo=UTC),
    ]  # fmt: skip
    assert [e and json.loads(e) for e in rows["extra"]] == [{"Rest": 'say "hi"'}, None]
    assert set(rows["run_id"]) == {"run_1"}


def test_unreadable_cells_and_bad_rows_are_rejected_with_reason_column_and_row(settings: Settings) -> None:
    frame = pl.DataFrame({"id": ["1", "2", None], "created": ["2024-01-01", "soon", "2024-01-01"]})
    bad = BadRow(row_number=4, row_json='"a,b,c"', reason="too many cells")
    mapping = tickets(("ticket_id", "id", "id"), ("created_at", "created", "iso"))
    mapped = run(mapping, chunk(frame, bad=(bad,)), settings)
    assert mapped.rows == 4
    assert mapped.tables["tickets"]["external_id"].to_list() == ["1"]
    assert mapped.rejected.columns == list(REJECTED.column_names)
    told = {r["row_number"]: r for r in mapped.rejected.iter_rows(named=True)}
    assert set(told) == {2, 3, 4}
    assert told[2]["column_name"] == "created"
    assert "soon" in told[2]["reason"]
    assert json.loads(told[2]["row_json"]) == {"id": "2", "created": "soon"}
    assert told[3]["reason"] == "id: it is empty"
    assert told[4]["row_json"] == '"a,b,c"'
    assert set(mapped.rejected["status"]) == {"open"}


@pytest.mark.parametrize(("value", "why"), [("1901-01-01", "before the year 1990"), ("2999-01-01", "days ahead")])
def test_dates_out_of_range_are_rejected(value: str, why: str, settings: Settings) -> None:
    frame = pl.DataFrame({"id": ["1"], "created": ["2024-01-01"], "closed": [value]})
    mapping = tickets(("ticket_id", "id", "id"), ("created_at", "created", "iso"), ("closed_at", "closed", "iso"))
    mapped = run(mapping, chunk(frame), settings)
    assert mapped.tables == {}
    assert why in mapped.rejected["reason"][0]
    assert mapped.rejected["column_name"][0] == "closed"


def test_times_in_the_wrong_order_are_named_not_rejected(settings: Settings) -> None:
    frame = pl.DataFrame({
        "id": ["1", "2"], "created": ["2024-01-02", "2024-01-02"], "closed": ["2024-01-01", "2024-01-03"],
    })  # fmt: skip
    mapping = tickets(("ticket_id", "id", "id"), ("created_at", "created", "iso"), ("closed_at", "closed", "iso"))
    mapped = run(mapping, chunk(frame), settings)
    assert mapped.tables["tickets"]["time_problem"].to_list() == ["closed before created", None]
    assert mapped.rejected.height == 0


def test_people_who_are_named_get_ids_and_stubs(settings: Settings) -> None:
    frame = pl.DataFrame({
        "id": ["1", "2", "3"], "who": ["Emma Duarte", "Emma Duarte", None], "team": ["Billing", "Tech", None],
        "mail": ["Ann@Example.org", "bob@example.org", ""], "name": ["Ann", None, None], "org": ["Acme", "Acme", None],
    })  # fmt: skip
    mapping = tickets(
        ("ticket_id", "id", "id"), ("agent", "who", "text"), ("team", "team", "text"),
        ("customers.email", "mail", "text"), ("customer", "name", "text"), ("company", "org", "text"),
    )  # fmt: skip
    mapped = run(mapping, chunk(frame), settings)
    rows = mapped.tables["tickets"]
    assert rows["agent_id"].to_list() == ["desk:Emma Duarte", "desk:Emma Duarte", None]
    assert rows["customer_id"].to_list() == ["desk:ann@example.org", "desk:bob@example.org", None]
    assert rows["customer"].to_list() == ["Ann", "bob@example.org", None]
    assert mapped.stubs["agents"].select("agent_id", "name").rows() == [("desk:Emma Duarte", "Emma Duarte")]
    assert mapped.stubs["teams"]["name"].to_list() == ["Billing", "Tech"]
    customers = mapped.stubs["customers"]
    assert customers.select("customer_id", "name", "email", "company_id").rows() == [
        ("desk:ann@example.org", "Ann", "Ann@Example.org", "desk:Acme"),
        ("desk:bob@example.org", "bob@example.org", "bob@example.org", "desk:Acme"),
    ]
    assert mapped.stubs["companies"]["company_id"].to_list() == ["desk:Acme"]


def test_rows_without_ids_get_the_same_ids_again_and_equal_rows_different_ones(settings: Settings) -> None:
    frame = pl.DataFrame({"subject": ["a", "a", "b", "a"], "kind": ["x", "x", "x", "x"]})
    mapping = tickets(("subject", "subject", "text"))
    whole = run(mapping, chunk(frame), settings).tables["tickets"]["ticket_id"]
    assert whole.n_unique() == 4
    state = TransformState()
    parts = [run(mapping, chunk(frame[i : i + 1], i + 1), settings, state) for i in range(4)]
    assert [p.tables["tickets"]["ticket_id"][0] for p in parts] == whole.to_list()
    wider = frame.select("kind", "subject", new=pl.lit(None, dtype=pl.String))
    assert run(mapping, chunk(wider), settings).tables["tickets"]["ticket_id"].to_list() == whole.to_list()


def test_a_cell_that_is_too_long_rejects_its_row(settings: Settings) -> None:
    limited = settings.model_copy(update={"import_max_cell_chars": 1000})
    frame = pl.DataFrame({"id": ["1", "2"], "text": ["ü" * 1000, "ü" * 1001]})
    mapped = run(tickets(("ticket_id", "id", "id")), chunk(frame), limited)
    assert mapped.tables["tickets"]["external_id"].to_list() == ["1"]
    assert "import_max_cell_chars" in mapped.rejected["reason"][0]


def test_a_chunk_with_none_of_the_columns_is_refused(settings: Settings) -> None:
    with pytest.raises(MappingError, match="none of the mapped columns"):
        run(tickets(("ticket_id", "id", "id")), chunk(pl.DataFrame({"nr": ["1"]})), settings)


def test_nested_columns_are_mapped_by_their_dotted_name(settings: Settings) -> None:
    frame = pl.DataFrame({"id": [1, 2], "via": [{"channel": "web", "source": {"rel": None}}, None]})
    mapped = run(tickets(("ticket_id", "id", "id"), ("channel", "via.channel", "text")), chunk(frame), settings)
    assert mapped.tables["tickets"]["channel"].to_list() == ["web_form", None]
    assert mapped.tables["tickets"]["ticket_id"].to_list() == ["desk:1", "desk:2"]


def test_a_word_that_is_not_known_is_left_empty_and_told(settings: Settings) -> None:
    frame = pl.DataFrame({"id": ["1", "2", "3"], "status": ["Gremlin", "In Progress", "Gremlin"]})
    mapped = run(tickets(("ticket_id", "id", "id"), ("status", "status", "text")), chunk(frame), settings)
    assert mapped.tables["tickets"]["status"].to_list() == [None, "open", None]
    assert [(n, c) for n, c in mapped.notes.items() if "Gremlin" in n and c == 2]
