"""The morning brief: what was planted is told first with its cause, what is even is not told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from tests.metrics.world import at
from tests.worlds import write_csv
from typer.testing import CliRunner

import deskpulse as dp
from deskpulse.cli.main import app
from deskpulse.core.errors import InputError

START = at("2026-02-02")
WEEKS = 9


def _rows(*, weeks: int = WEEKS, is_odd: bool = True) -> list[dict[str, str]]:
    """Weeks of about 170 tickets; in the last one chats about a blank page come, and one team is rated badly."""
    rows: list[dict[str, str]] = []

    def add(opened: datetime, channel: str, team: str, subject: str, score: str) -> None:
        rows.append({
            "Ticket ID": str(len(rows)), "Opened At": opened.isoformat(), "Subject": subject, "Status": "Solved",
            "Channel": channel, "Group": team, "CSAT": score, "Solved At": (opened + timedelta(hours=3)).isoformat(),
        })  # fmt: skip

    for day in range(weeks * 7):
        is_last = is_odd and day >= (weeks - 1) * 7
        for i in range(24 + day * 7 % 5):
            team = ("Billing", "Tier 1", "Tier 2")[i % 3]
            opened = START + timedelta(days=day, minutes=50 * i)
            is_bad = is_last and team == "Tier 2" and (day + i // 3) % 2
            add(opened, ("Email", "Chat")[i % 2], team, f"Order {day * i}", "1" if is_bad or i % 9 == 0 else "5")
        for i in range(40 if is_last else 0):
            add(START + timedelta(days=day, minutes=20 * i), "Chat", "Tier 1", f"The page stays blank {i}", "")
    rows.append(rows[-1] | {"Ticket ID": "last", "Opened At": (START + timedelta(days=weeks * 7, hours=1)).isoformat()})
    return rows


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("brief")
    with dp.open(folder / "data", timezone="UTC") as desk:
        desk.ingest(write_csv(folder / "t.csv", _rows()))
    return folder / "data"


@pytest.fixture
def desk(data: Path) -> Iterator[Any]:
    with dp.open(data, timezone="UTC") as opened:
        yield opened


def test_what_is_not_as_usual_is_told_with_its_cause(desk: Any) -> None:
    found = desk.insights()
    assert (found["from"][:10], found["to"][:10]) == ("2026-03-30", "2026-04-06")
    news = {item["metric"]: item for item in found["news"]}
    assert {"tickets_created", "csat"} <= set(news)
    assert found["headline"].startswith(f"{len(news)} of ")
    came = news["tickets_created"]
    by_day = [sum(24 + day * 7 % 5 for day in range(week * 7, week * 7 + 7)) for week in range(WEEKS)]
    assert came["usual"] == median(by_day[:-1])
    assert came["value"] == by_day[-1] + 7 * 40
    assert came["severity"] == "high"
    assert came["drivers"]["causes"][0]["slices"][0]["where"]
    assert any("blank" in phrase for phrase in came["drivers"]["phrases"])
    worse = news["csat"]
    assert worse["is_worse"] is True
    assert worse["difference"] == f"{(worse['usual'] - worse['value']) * 100:.1f} points below"
    assert came["difference"] == f"{came['value'] / came['usual'] - 1:.0%} above"
    assert f"({came['difference']})" in came["text"]
    assert "Tier 2" in worse["drivers"]["summary"]
    assert found["news"][0]["is_worse"] is not False
    assert "Full resolution time (mean)" in found["as_usual"]


def test_an_even_past_is_no_news(desk: Any) -> None:
    found = desk.insights(until="2026-03-30")
    assert found["news"] == []
    assert found["headline"].endswith("are as usual.")


def test_too_short_a_history_says_so(desk: Any) -> None:
    found = desk.insights(until="2026-02-16")
    assert found["news"] == []
    assert any("too short" in text for text in found["unknown"])
    assert "too short" in found["headline"]
    for days, told in ((0, "1 to 90"), (91, "1 to 90"), ("week", "whole number")):
        with pytest.raises(InputError, match=told):
            desk.insights(days=days)


def test_an_empty_workspace_has_no_news(tmp_path: Path) -> None:
    with dp.open(tmp_path / "data") as empty:
        assert empty.insights()["headline"] == "There is no data yet."


def test_the_terminal_tells_the_news(data: Path) -> None:
    done = CliRunner().invoke(app, ["insights", "--data-dir", str(data)])
    assert done.exit_code == 0, done.exception
    assert "Tickets created:" in done.output
    assert "As usual:" in done.output
