"""From a number to its rows: complete pages, exact counts, search, one ticket, and nothing for the wrong eyes."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from tests.metrics.world import OWNER, at, engine_of, put, random_world

from deskpulse.core.errors import ForbiddenError, InputError, LimitError, NotFoundError, UnknownNameError
from deskpulse.core.settings import Settings
from deskpulse.metrics.facts import TICKETS
from deskpulse.metrics.lookup import METRICS, dimensions_of
from deskpulse.metrics.model import Filter, MetricQuery
from deskpulse.metrics.query import QueryEngine
from deskpulse.metrics.tickets import TicketQuery
from deskpulse.warehouse.duckdb import DuckWarehouse

World = tuple[DuckWarehouse, QueryEngine]
BEGIN, END = at("2026-01-10"), at("2026-02-20")
MASKED = replace(OWNER, sees_personal_data=False)


def all_rows(engine: QueryEngine, query: TicketQuery) -> list[dict[str, Any]]:
    rows, cursor = [], None
    while True:
        page = engine.tickets(OWNER, replace(query, cursor=cursor))
        rows += [dict(row) for row in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            assert page.total == len(rows)
            return rows


@pytest.mark.parametrize("sort", ["created_at", "ticket_id", "subject", "priority", "solved_at", "message_count",
                                  "sentiment", "is_one_touch"])  # fmt: skip
@pytest.mark.parametrize("descending", [True, False])
def test_pages_hold_every_row_once_in_order(world: World, sort: str, descending: bool) -> None:
    query = TicketQuery(start=BEGIN, end=END, sort=sort, descending=descending, limit=13, columns=("ticket_id", sort))
    rows = all_rows(world[1], query)
    assert len({row["ticket_id"] for row in rows}) == len(rows) > 150
    values = [row[sort] for row in rows]
    filled = [v for v in values if v is not None]
    assert values[len(filled) :] == [None] * (len(values) - len(filled))  # nothing comes last, either way
    assert filled == sorted(filled, reverse=descending)


CUTS = {"tag": ("vip", "late"), "language": ("de",), "source": ("desk",)}
# How a cut meets a list depends on the fact, on the moment that counts and on the kind of metric; that the rows of each
# metric are those it counts is held by test_catalog.
ALIKE = {(m.fact.name, m.moment, m.is_level, m.is_interval, m.is_count, bool(m.parts)): m for m in METRICS.values()}
CELLS = [
    (dimension, metric)
    for metric in ALIKE.values()
    for dimension in ("tag", "language", "source")
    if dimension in dimensions_of(metric) and (dimension != "source" or "tag" not in dimensions_of(metric))
]


@pytest.mark.parametrize(("dimension", "metric"), [pytest.param(d, m.name, id=f"{m.name}-{d}") for d, m in CELLS])
def test_every_cell_of_a_cut_drills_to_its_rows(world: World, metric: str, dimension: str) -> None:
    _, engine = world
    where = (Filter(dimension=dimension, values=CUTS[dimension]),)
    query = MetricQuery(
        metrics=(metric,), start=BEGIN, end=END, timezone="America/New_York", grain="month", where=where
    )
    for row, (start, end) in zip(engine.query(OWNER, query).rows, _months(query), strict=True):
        drilled = TicketQuery(start=start, end=end, metric=metric, where=where, limit=1)
        assert engine.tickets(OWNER, drilled).total == row.values[metric].n, row.period


def _months(query: MetricQuery) -> list[tuple[Any, Any]]:
    from deskpulse.metrics.clock import calendar

    found = calendar(query.timezone, query.start, query.end, "month", max_periods=100)
    pairs = zip(found.bounds, found.bounds[1:], strict=False)
    return [(max(a, query.start), min(b, query.end)) for a, b in pairs]


def test_the_cell_without_a_value_drills_to_rows_without_one(world: World) -> None:
    _, engine = world
    result = engine.query(OWNER, MetricQuery(metrics=("tickets_created",), start=BEGIN, end=END, by=("channel",)))
    (nothing,) = (row.values["tickets_created"].n for row in result.rows if row.by == (None,))
    where = (Filter(dimension="channel", operator="is_null"),)
    assert engine.tickets(OWNER, TicketQuery(start=BEGIN, end=END, where=where)).total == nothing > 0


def test_what_is_in_and_what_is_not_make_up_the_whole(world: World) -> None:
    _, engine = world
    whole = engine.tickets(OWNER, TicketQuery()).total
    for dimension, values in (("team", ("Tier 1",)), ("tag", ("vip", "late")), ("hour", ("09", "17"))):
        parts = [
            engine.tickets(OWNER, TicketQuery(where=(Filter(dimension=dimension, operator=o, values=values),))).total
            for o in ("in", "not_in")  # type: ignore[arg-type]
        ]
        assert sum(parts) == whole
        assert min(parts) > 0


@pytest.mark.parametrize(("text", "found"), [
    ("REFUND", {"Refund?"}), ("50%", {"50% off_ever"}), ("100%", set()), ("f_e", {"50% off_ever"}),
    ("n; d", {"Login; DROP"}), ("It's", {"It's broken"}), ("no such words", set()), ("\\", set()),
])  # fmt: skip
def test_search_takes_every_sign_as_it_is(world: World, text: str, found: set[str]) -> None:
    rows = all_rows(world[1], TicketQuery(text=text, columns=("ticket_id", "subject", "description"), limit=200))
    for row in rows:
        assert text.lower() in f"{row['subject']}\n{row['description']}".lower()
    subjects = {row["subject"] for row in rows if text.lower() in (row["subject"] or "").lower()}
    assert subjects == found


def packed(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize("cursor", [
    "", "x", "====", "e30", "W10", "é", packed([1, 2, 3, 4]), packed(["created_at", True, "soon", "t"]),
    packed(["created_at", True, 5, "t"]), packed(["created_at", True, "2026-01-01", "t"]),
    packed(["created_at", True, "2026-01-01T00:00:00+00:00", 7]), base64.urlsafe_b64encode(b"[" * 100_000).decode(),
], ids=lambda text: text[:12])  # fmt: skip
def test_a_broken_cursor_is_refused(world: World, cursor: str) -> None:
    with pytest.raises(InputError, match="cursor"):
        world[1].tickets(OWNER, TicketQuery(cursor=cursor))


def test_a_cursor_of_another_order_is_refused(world: World) -> None:
    _, engine = world
    cursor = engine.tickets(OWNER, TicketQuery(limit=5)).next_cursor
    with pytest.raises(InputError, match="cursor"):
        engine.tickets(OWNER, TicketQuery(limit=5, cursor=cursor, descending=False))


@examples(max_examples=50, deadline=None)
@given(st.binary(max_size=60))
def test_no_cursor_breaks_anything(world: World, raw: bytes) -> None:
    cursor = base64.urlsafe_b64encode(raw).decode()
    with pytest.raises(InputError, match="cursor"):
        world[1].tickets(OWNER, TicketQuery(cursor=cursor))


def test_what_cannot_be_listed_is_refused(world: World) -> None:
    _, engine = world
    with pytest.raises(LimitError) as refused:
        engine.tickets(OWNER, TicketQuery(limit=1_001))
    assert refused.value.details["setting"] == "page_max_rows"
    with pytest.raises(LimitError):
        engine.tickets(OWNER, TicketQuery(limit=0))
    with pytest.raises(UnknownNameError):
        engine.tickets(OWNER, TicketQuery(metric="csatt"))
    with pytest.raises(InputError, match="sorted"):
        engine.tickets(OWNER, TicketQuery(sort="created_at; DROP TABLE tickets"))
    with pytest.raises(InputError, match="sorted"):
        engine.tickets(OWNER, TicketQuery(sort="tags", columns=("tags",)))
    with pytest.raises(InputError, match="column"):
        engine.tickets(OWNER, TicketQuery(columns=("1; DROP TABLE tickets",)))
    with pytest.raises(InputError, match="before it starts"):
        engine.tickets(OWNER, TicketQuery(start=END, end=BEGIN))


def test_a_survey_metric_drills_to_its_surveys_with_their_tickets(world: World) -> None:
    page = world[1].tickets(OWNER, TicketQuery(start=BEGIN, end=END, metric="csat"))
    assert {"survey_id", "ticket_id", "score", "subject", "comment"} <= set(page.columns)
    assert any(row["subject"] for row in page.rows)


def test_the_count_is_remembered_and_never_stale(settings: Settings) -> None:
    warehouse, engine = engine_of(settings, **random_world(3, 40))
    query = TicketQuery(limit=5)
    before = engine.tickets(OWNER, query).total
    assert engine.tickets(OWNER, replace(query, descending=False)).total == before
    put(warehouse, tickets=[{"ticket_id": "new", "created_at": at("2026-03-15")}])
    assert engine.tickets(OWNER, query).total == before + 1
    warehouse.close()


@pytest.fixture
def one(settings: Settings) -> Any:
    """A ticket with something of everything, and a spam ticket."""
    warehouse, engine = engine_of(
        settings,
        tickets=[
            {"ticket_id": "x:1", "subject": "Help", "description": "I wrote from ann@example.com", "customer": "Ann",
             "channel": "email",
             "created_at": at("2026-03-01"), "tags": ["vip"], "extra": '{"phone": "555"}'},
            {"ticket_id": "x:2", "is_spam": True, "created_at": at("2026-03-01"), "channel": "email"},
        ],
        messages=[
            {"message_id": "m2", "ticket_id": "x:1", "sent_at": at("2026-03-02"), "body": "word two", "author": "Ann"},
            {"message_id": "m1", "ticket_id": "x:1", "sent_at": at("2026-03-01"), "body": "word one", "author": "Ann"},
            {"message_id": "m3", "ticket_id": "x:2", "sent_at": at("2026-03-01"), "body": "another's"},
        ],
        ticket_events=[{"event_id": "e1", "ticket_id": "x:1", "happened_at": at("2026-03-01"), "field": "status"}],
        surveys=[{"survey_id": "s1", "ticket_id": "x:1", "comment": "thanks, ann@example.com", "score": 5.0}],
        calls=[{"call_id": "c1", "ticket_id": "x:1", "started_at": at("2026-03-01")}],
    )  # fmt: skip
    yield engine
    warehouse.close()


def test_one_ticket_comes_with_all_that_belongs_to_it(one: QueryEngine) -> None:
    found = one.ticket(OWNER, "x:1")
    assert (found["subject"], found["tags"], found["created_at"]) == ("Help", ["vip"], at("2026-03-01"))
    assert [m["body"] for m in found["messages"]] == ["word one", "word two"]
    assert [len(found[part]) for part in ("events", "surveys", "calls")] == [1, 1, 1]
    assert one.ticket(OWNER, "x:2")["is_spam"] is True  # spam counts nowhere, but can be looked at


def test_a_ticket_that_is_not_there_or_not_for_these_eyes_is_not_found(one: QueryEngine) -> None:
    with pytest.raises(NotFoundError):
        one.ticket(OWNER, "x:9")
    with pytest.raises(NotFoundError):
        one.ticket(OWNER, "' OR 1=1 --")
    with pytest.raises(NotFoundError):
        one.ticket(replace(OWNER, row_filters=(("channel", ("chat",)),)), "x:1")
    assert one.ticket(replace(OWNER, row_filters=(("channel", ("email",)),)), "x:1")["ticket_id"] == "x:1"


def test_who_may_not_see_personal_data_sees_none(one: QueryEngine) -> None:
    told = json.dumps(one.ticket(MASKED, "x:1"), default=str)
    assert not any(word in told for word in ("Ann", "555", "@"))
    assert one.ticket(MASKED, "x:1")["description"] == "I wrote from [email]"
    assert "_masked" not in told + json.dumps(one.ticket(OWNER, "x:1"), default=str)
    assert one.ticket(OWNER, "x:1")["description"] == "I wrote from ann@example.com"
    assert one.ticket(MASKED, "x:1")["channel"] == "email"
    (row,) = one.tickets(MASKED, TicketQuery()).rows
    assert (row["subject"], row["customer"], row["channel"]) == ("Help", None, "email")


def test_masked_copies_are_read_where_they_are_stored_and_searched(settings: Settings) -> None:
    rows = [
        {"ticket_id": "x:1", "subject": "From Ann", "subject_masked": "From [name]", "description": "parcel",
         "description_masked": "", "created_at": at("2026-03-01")},
        {"ticket_id": "x:2", "subject": "From Ann", "description": "parcel", "created_at": at("2026-03-01")},
    ]  # fmt: skip
    warehouse, engine = engine_of(settings, tickets=rows)
    seen = {r["ticket_id"]: r for r in engine.tickets(MASKED, TicketQuery(columns=("subject", "description"))).rows}
    assert (seen["x:1"]["subject"], seen["x:1"]["description"]) == ("From [name]", "parcel")
    assert set(seen["x:1"]) == {"ticket_id", "created_at", "subject", "description"}
    for word, who, found in (("ann", OWNER, 2), ("ann", MASKED, 0), ("name", MASKED, 1), ("parcel", MASKED, 1)):
        assert engine.tickets(who, TicketQuery(text=word)).total == found, (word, who.sees_personal_data)
    with pytest.raises(InputError, match="subject_masked"):
        engine.tickets(OWNER, TicketQuery(columns=("subject_masked",)))
    warehouse.close()


def test_personal_data_cannot_be_sorted_or_cut_by(one: QueryEngine) -> None:
    for query in (TicketQuery(sort="subject"), TicketQuery(sort="customer", columns=("customer",)),
                  TicketQuery(where=(Filter(dimension="customer", values=("Ann",)),))):  # fmt: skip
        with pytest.raises(ForbiddenError):
            one.tickets(MASKED, query)
    numbers = MetricQuery(metrics=("tickets_created",), start=BEGIN, end=END)
    with pytest.raises(ForbiddenError):
        one.query(MASKED, replace(numbers, by=("customer",)))
    with pytest.raises(ForbiddenError):
        one.query(MASKED, replace(numbers, where=(Filter(dimension="customer", operator="not_null"),)))


def test_the_default_columns_hide_nothing_personal_behind_a_new_name() -> None:
    from deskpulse.metrics.masking import PERSONAL
    from deskpulse.warehouse.schema import TABLES

    shown = {
        c.name for name in ("tickets", "messages", "ticket_events", "surveys", "calls") for c in TABLES[name].columns
    }
    assert {"subject", "description", "customer", "body", "author", "comment", "extra"} <= PERSONAL & shown
    assert set(TICKETS.drill) <= shown
