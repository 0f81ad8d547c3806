"""Reports: their numbers are those of the query, their advice is more than chance, their texts are harmless."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.metrics.world import OWNER, at, engine_of, random_world

from deskpulse.core.errors import UnknownNameError
from deskpulse.core.settings import Settings
from deskpulse.metrics.model import MetricQuery
from deskpulse.metrics.query import QueryEngine
from deskpulse.reports.asking import change_text
from deskpulse.reports.library import REPORTS, make_report
from deskpulse.reports.significance import rate_deviate, rest_rate, share_deviate
from deskpulse.reports.writers import WRITERS, plain

HOSTILE = '<script>alert(1)</script> ![x](http://evil.example/a) | `rm` [b](javascript:1) "quoted" \x00 é \U0001f600'
WORKSPACE = {"name": "Test & Co", "timezone": "Europe/Berlin", "first_at": "2026-01-01T00:00:00+00:00",
             "last_at": "2026-03-20T00:00:00+00:00"}  # fmt: skip
SPEC = {"from": "2026-01-01", "to": "2026-03-12"}


def tickets_of(
    team: str, category: str, count: int, good: int, reopened: int, begin: str
) -> tuple[list[Any], list[Any]]:
    """Return `count` solved tickets, each with a survey: `good` of them good, `reopened` reopened."""
    tickets, surveys = [], []
    for i in range(count):
        created = at(begin) + timedelta(minutes=30 * i)
        name = f"{team}-{category}-{begin}-{i}"
        tickets.append({
            "ticket_id": name, "subject": HOSTILE, "team": team, "category": category,
            "agent": f"{team}'s <b>agent</b>",
            "channel": "email", "customer": "c@example.com", "status": "solved", "created_at": created,
            "first_replied_at": created + timedelta(hours=1), "first_reply_seconds": 3600.0,
            "first_solved_at": created + timedelta(hours=5), "solved_at": created + timedelta(hours=5),
            "full_resolution_seconds": 18_000.0, "reopen_count": int(i < reopened), "sentiment": -0.5,
            "sentiment_label": "negative", "urgency": "high",
        })  # fmt: skip
        surveys.append({"survey_id": name, "ticket_id": name, "kind": "csat", "score": 5.0 if i < good else 1.0,
                        "scale_max": 5.0, "responded_at": created + timedelta(hours=6), "team": team,
                        "channel": "email"})  # fmt: skip
    return tickets, surveys


@pytest.fixture(scope="module")
def unequal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QueryEngine]:
    """Two teams, one of them clearly worse; and a topic that grew."""
    settings = Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("data"), workers=1)
    worlds = (("Bad", "billing", 120, 40, 40, "2026-02-01"), ("Good", "billing", 120, 110, 2, "2026-02-03"),
              ("Good", "login", 100, 90, 2, "2026-02-05"), ("Good", "billing", 60, 55, 1, "2026-01-10"))  # fmt: skip
    made = [tickets_of(*w) for w in worlds]
    warehouse, engine = engine_of(
        settings, tickets=[t for m in made for t in m[0]], surveys=[s for m in made for s in m[1]]
    )
    yield engine
    warehouse.close()


@pytest.fixture(scope="module")
def random_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QueryEngine]:
    """A random world."""
    settings = Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("data"), workers=1)
    warehouse, engine = engine_of(settings, **random_world(4, 300))
    yield engine
    warehouse.close()


def made(engine: QueryEngine, name: str, format: str, **spec: str) -> bytes:
    return make_report(engine, OWNER, WORKSPACE, name, format=format, spec=spec or SPEC).content


@pytest.mark.parametrize("format", WRITERS)
@pytest.mark.parametrize("name", REPORTS)
def test_every_report_in_every_format_on_random_hostile_and_no_data(
    name: str, format: str, random_engine: QueryEngine, unequal: QueryEngine, settings: Settings
) -> None:
    for engine in (random_engine, unequal):
        assert len(made(engine, name, format)) > 500
    warehouse, empty = engine_of(settings)
    try:
        told = made(empty, name, format).decode()
    finally:
        warehouse.close()
    assert "No ticket" in told


def test_its_numbers_are_those_of_the_query(random_engine: QueryEngine) -> None:
    document = json.loads(made(random_engine, "insights", "json"))
    numbers = {n["label"]: n for b in document["blocks"] if b["kind"] == "numbers" for n in b["items"]}
    start, end = at("2025-12-31T23:00"), at("2026-03-11T23:00")
    asked = MetricQuery(metrics=("tickets_created", "backlog"), start=start, end=end, timezone="Europe/Berlin")
    totals = random_engine.query(OWNER, asked).totals
    assert numbers["Tickets created"]["value"] == f"{totals['tickets_created'].value:,.0f}"
    assert numbers["Backlog"]["value"] == f"{totals['backlog'].value:,.0f}"


def test_customers_texts_do_nothing_in_html(unequal: QueryEngine) -> None:
    html = made(unequal, "insights", "html").decode()
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "<b>agent</b>" not in html
    assert re.findall(r'(?:src|href)=["\'](?!#|data:)', html) == []


def test_customers_texts_do_nothing_in_markdown(unequal: QueryEngine) -> None:
    text = made(unequal, "insights", "md").decode()
    assert "![x](" not in text
    assert "<script>" not in text
    widths = {len(re.findall(r"(?<!\\)\|", line)) for line in text.splitlines() if line.startswith("| Bad-")}
    assert len(widths) == 1


def test_the_worse_team_is_named_with_its_numbers_and_the_better_is_not(unequal: QueryEngine) -> None:
    document = json.loads(made(unequal, "insights", "json", **{"from": "2026-02-01", "to": "2026-03-01"}))
    advice = [a for b in document["blocks"] if b["kind"] == "advicelist" for a in b["items"]]
    titles = " ".join(a["title"] for a in advice)
    assert "Customers of Bad (team) are less satisfied" in titles
    assert "Bad (team) is reopened more often" in titles
    assert "Customers of Good" not in titles
    satisfied = next(a for a in advice if "less satisfied" in a["title"])
    assert "33%" in satisfied["evidence"]
    assert "120" in satisfied["evidence"]
    assert satisfied["where"] == ["team=Bad"]


def test_without_a_difference_no_advice(settings: Settings) -> None:
    pairs = [tickets_of(team, "billing", 60, 50, 3, "2026-02-01") for team in ("A", "B", "C")]
    warehouse, engine = engine_of(
        settings, tickets=[t for p in pairs for t in p[0]], surveys=[s for p in pairs for s in p[1]]
    )
    try:
        document = json.loads(made(engine, "insights", "json", **{"from": "2026-02-01", "to": "2026-03-01"}))
    finally:
        warehouse.close()
    titles = [a["title"] for b in document["blocks"] if b["kind"] == "advicelist" for a in b["items"]]
    assert [t for t in titles if "(team)" in t] == []


def test_unknown_names_are_refused(random_engine: QueryEngine) -> None:
    with pytest.raises(UnknownNameError, match="insights"):
        made(random_engine, "insight", "md")
    with pytest.raises(UnknownNameError):
        made(random_engine, "insights", "docx")


@pytest.mark.parametrize(("value", "before", "unit", "better", "told", "tone"), [
    (120, 100, "count", "none", "+20.0 %", "plain"), (120, 100, "seconds", "down", "+20.0 %", "bad"),
    (0.9, 0.8, "ratio", "up", "+10.0 points", "good"), (0.1, 0.2, "score", "up", "-0.10", "bad"),
    (5, 0, "count", "down", "was 0", "plain"), (0, 0, "count", "down", "no change", "plain"),
    (None, 5, "count", "up", "", "plain"), (5, None, "count", "up", "", "plain"),
    (510, 1, "count", "up", "510 times", "good"),
    (0.80001, 0.8, "ratio", "up", "no change", "plain"),
])  # fmt: skip
def test_changes_are_said_in_the_units_of_the_metric(
    value: float | None, before: float | None, unit: str, better: str, told: str, tone: str
) -> None:
    assert change_text(value, before, unit, better) == (told, tone)


def test_the_two_proportion_test() -> None:
    # 40 of 120 against 200 of 220: pooled p = 240/340; z by hand.
    z = rate_deviate(40 / 120, 120, 200 / 220, 220)
    assert z == pytest.approx(-11.13, abs=0.01)
    assert rate_deviate(0.5, 0, 0.5, 10) == rate_deviate(1, 5, 1, 5) == share_deviate(1, 2, 0, 0) == 0
    assert rest_rate(0.5, 10, 0.75, 20) == (1.0, 10)


@given(st.text(max_size=60))
def test_markdown_cells_stay_on_one_line_and_hold_no_bare_bar(text: str) -> None:
    cell = plain(text)
    assert len(cell.splitlines()) <= 1
    assert not re.search(r"(?<!\\)(\\\\)*\|", cell)
