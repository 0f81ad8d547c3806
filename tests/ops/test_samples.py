from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import mean
from zoneinfo import ZoneInfo

import pytest

from deskpulse.core.periods import midnight
from deskpulse.core.principal import local_owner
from deskpulse.core.settings import Settings
from deskpulse.metrics.query import QueryEngine
from deskpulse.ops import baseline
from deskpulse.ops.overview import OVERVIEW, scopes
from deskpulse.ops.replay import NotingWarehouse, replay_seconds
from deskpulse.ops.sample_texts import HEADER, sample_texts, write_csv
from deskpulse.ops.sample_workspace import DAYS, MESSAGES_PER_TICKET, Filled, fill
from deskpulse.warehouse import open_warehouse
from deskpulse.warehouse.engine import Warehouse

END = datetime(2026, 11, 1, tzinfo=UTC)
TICKETS = 3_000
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(scope="module")
def filled() -> Iterator[tuple[Warehouse, Filled, list[str]]]:
    warehouse = open_warehouse(None, Settings(_env_file=None))
    said: list[str] = []
    yield warehouse, fill(warehouse, TICKETS, end=END, say=said.append), said
    warehouse.close()


def test_texts_are_of_about_sixty_words_and_differ() -> None:
    texts = [s.text for s in sample_texts(2_000)]
    words = [len(text.split()) for text in texts]
    assert 57 < mean(words) < 64
    assert 40 < min(words) < max(words) < 85
    assert len(set(texts)) == 2_000
    assert not any("{" in text for text in texts)


def test_texts_are_the_same_for_the_same_seed() -> None:
    assert list(sample_texts(50, seed=3)) == list(sample_texts(50, seed=3))
    assert list(sample_texts(50, seed=3)) != list(sample_texts(50, seed=4))
    assert list(sample_texts(100))[:50] == list(sample_texts(50))


def test_the_csv_is_an_export_as_help_desks_write_them(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", 300, end=END)
    write_csv(tmp_path / "b.csv", 300, end=END)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == HEADER
    assert len({row["Ticket ID"] for row in rows}) == len(rows) == 300
    for row in rows:
        created = datetime.fromisoformat(row["Created At"])
        assert END - timedelta(days=DAYS) <= created < END
        assert bool(row["Solved At"]) == (row["Status"] in ("solved", "closed"))
        assert not row["Solved At"] or datetime.fromisoformat(row["Solved At"]) >= created


def test_a_workspace_is_filled_as_asked(filled: tuple[Warehouse, Filled, list[str]]) -> None:
    warehouse, told, said = filled
    counts = warehouse.counts()
    assert told == Filled(tickets=TICKETS, messages=TICKETS * MESSAGES_PER_TICKET, surveys=counts["surveys"])
    assert (counts["tickets"], counts["messages"]) == (told.tickets, told.messages)
    assert 0.15 < told.surveys / TICKETS < 0.3
    assert said == ["3,000 of 3,000 tickets written"]


def test_its_times_make_sense(filled: tuple[Warehouse, Filled, list[str]]) -> None:
    warehouse, _, _ = filled
    wrong = (
        "SELECT count(*) FROM tickets WHERE created_at >= $end OR created_at < $start OR solved_at >= $end "
        "OR first_replied_at < created_at OR solved_at < first_replied_at OR closed_at < solved_at OR closed_at > $end "
        "OR (status IN ('solved', 'closed')) <> (solved_at IS NOT NULL) OR (closed_at IS NULL) <> (status <> 'closed') "
        "OR abs(epoch(solved_at) - epoch(created_at) - full_resolution_seconds) > 0.01 "
        "OR (sentiment < -0.2) <> (sentiment_label = 'negative') OR len(tags) <> len(list_distinct(tags))"
    )
    late = "SELECT (SELECT max(sent_at) FROM messages) < $end AND (SELECT max(responded_at) FROM surveys) < $end"
    lost = "SELECT count(*) FROM surveys ANTI JOIN tickets USING (ticket_id)"
    with warehouse.reader() as reader:
        assert reader.one(wrong, {"start": END - timedelta(days=DAYS), "end": END}) == (0,)
        assert reader.one(late, {"end": END}) == (True,)
        assert reader.one(lost) == (0,)
        assert reader.one("SELECT count(DISTINCT ticket_id) FROM messages") == (TICKETS,)


def test_it_is_uneven_as_support_is(filled: tuple[Warehouse, Filled, list[str]]) -> None:
    warehouse, _, _ = filled
    with warehouse.reader() as reader:
        days = dict(reader.rows("SELECT isodow(created_at), count(*) FROM tickets GROUP BY 1"))
        hours = dict(reader.rows("SELECT hour(created_at), count(*) FROM tickets GROUP BY 1"))
        teams = [n for (n,) in reader.rows("SELECT count(*) FROM tickets GROUP BY team")]
        unsolved = reader.one("SELECT count(*) FROM tickets WHERE solved_at IS NULL")
    assert days[1] > 2 * days[7]
    assert hours[10] > 4 * hours.get(3, 1)
    assert len(teams) == 8
    assert max(teams) > 1.3 * min(teams)
    assert unsolved is not None
    assert 0 < unsolved[0] < TICKETS / 10


def test_the_same_seed_fills_the_same_rows(filled: tuple[Warehouse, Filled, list[str]]) -> None:
    again = open_warehouse(None, Settings(_env_file=None))
    fill(again, TICKETS, end=END, say=lambda _: None)
    sums = "SELECT sum(hash(tickets)::HUGEINT), (SELECT sum(hash(surveys)::HUGEINT) FROM surveys) FROM tickets"
    found = []
    for warehouse in (filled[0], again):
        with warehouse.reader() as reader:
            found.append(reader.one(sums))
    again.close()
    assert found[0] == found[1]


def test_scopes_are_varied_and_repeatable() -> None:
    made = list(scopes(40, end=END, timezone="Europe/Berlin"))
    assert made == list(scopes(40, end=END, timezone="Europe/Berlin"))
    assert sum(bool(s.where) for s in made) == 20
    local = [(s.start.astimezone(BERLIN), s.end.astimezone(BERLIN)) for s in made]
    assert {(end.date() - start.date()).days for start, end in local} == {7, 30, 90, 365}
    assert all(moment == midnight(moment.date(), BERLIN) for pair in local for moment in pair)
    assert {s.grain for s in made} == {"day", "week"}
    assert all(END - timedelta(days=DAYS) <= s.start < s.end <= END for s in made)


@pytest.mark.parametrize("question", OVERVIEW, ids=lambda q: q.name)
def test_every_question_has_an_answer(
    filled: tuple[Warehouse, Filled, list[str]], settings: Settings, question: object
) -> None:
    from deskpulse.ops.overview import Question

    assert isinstance(question, Question)
    engine = QueryEngine(filled[0], settings)
    for scope in scopes(6, end=END, timezone="Europe/Berlin"):
        query = question.query(scope)
        answer = engine.query(local_owner("bench"), query)
        assert answer.rows
        assert any(value.n for value in answer.totals.values())
        body = question.body(scope)
        assert body["metrics"] == list(question.metrics)
        assert len(body.get("where", [])) == sum(f.dimension not in question.by for f in scope.where)


def test_the_questions_are_those_of_the_overview_page() -> None:
    from deskpulse.web.overview.questions import Answers, questions
    from deskpulse.web.view import View

    workspace = {"timezone": "Europe/Berlin", "first_at": (END - timedelta(days=DAYS)).isoformat(), "last_at": None}
    assert tuple(question.name for question in OVERVIEW) == tuple(field.name for field in fields(Answers))
    for scope in scopes(12, end=END, timezone="Europe/Berlin"):
        days = {"start": scope.start.date().isoformat(), "end": scope.end.date().isoformat()}
        view = View(period="", filters=scope.where, **days)
        at_midnight = replace(scope, **{name: midnight(date.fromisoformat(day), BERLIN) for name, day in days.items()})
        assert [question.query(at_midnight) for question in OVERVIEW] == questions(view, workspace)


def test_the_api_is_asked_the_same(filled: tuple[Warehouse, Filled, list[str]]) -> None:
    from deskpulse.metrics.request import metric_query

    workspace = {"timezone": "UTC", "first_at": None, "last_at": None}
    for question in OVERVIEW:
        for scope in scopes(12, end=END, timezone="Europe/Berlin"):
            asked = replace(question.query(scope), where=tuple(question.body(scope).get("where", ())))
            assert metric_query(question.body(scope), workspace) == asked


def test_replaying_runs_what_was_read(filled: tuple[Warehouse, Filled, list[str]], settings: Settings) -> None:
    noting = NotingWarehouse(filled[0])
    engine = QueryEngine(noting, settings)  # type: ignore[arg-type]
    scope = next(scopes(1, end=END, timezone="UTC"))
    first = noting.noted(lambda: engine.query(local_owner("bench"), OVERVIEW[0].query(scope)))
    cached = noting.noted(lambda: engine.query(local_owner("bench"), OVERVIEW[0].query(scope)))
    assert first
    assert all("SELECT" in s.sql for s in first)
    assert cached == []
    assert replay_seconds(filled[0], first) > replay_seconds(filled[0], cached) == pytest.approx(0, abs=0.001)


def test_the_usual_script_reads_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("textblob", reason="TextBlob is not installed")
    speed = baseline.plain_speed([s.text for s in sample_texts(40)])
    assert speed is not None
    assert 10 < speed.both < min(speed.polarity, speed.keywords) < 1_000_000
    assert 1 / speed.both == pytest.approx(1 / speed.polarity + 1 / speed.keywords)
    assert 1 / speed.same_job == pytest.approx(1 / speed.polarity + 1 / speed.all_words)
    assert speed.same_job < speed.all_words
    monkeypatch.setattr(baseline, "find_spec", lambda _: None)
    assert baseline.plain_speed(["x"]) is None
