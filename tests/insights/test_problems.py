"""What needs a look: planted lists with their counts, ranked by rows times weight."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.metrics.world import at
from tests.worlds import write_csv
from typer.testing import CliRunner

import deskpulse as dp
from deskpulse.cli.main import app
from deskpulse.core.errors import UnknownNameError

START = at("2026-03-02")


def _rows() -> list[dict[str, str]]:
    """30 tickets, one a day: 2 customers with 4 each, 3 solved after five days, 6 open since the first days."""
    rows = []
    for day in range(30):
        opened = START + timedelta(days=day)
        hours = 120 if day in (10, 11, 12) else 2
        is_open = day < 6
        rows.append({
            "Ticket ID": str(day), "Opened At": opened.isoformat(), "Subject": f"Order {day}", "Customer": f"c{day}",
            "Status": "Open" if is_open else "Solved", "Priority": "Urgent" if day < 2 else "Normal",
            "Solved At": "" if is_open else (opened + timedelta(hours=hours)).isoformat(),
            "Updated At": (opened + timedelta(hours=1 if is_open else hours)).isoformat(),
        })  # fmt: skip
    for day in (*range(15, 19), *range(20, 24)):
        rows[day]["Customer"] = "Mo" if day < 19 else "Jo"
    return rows


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("problems")
    with dp.open(folder / "data", timezone="UTC") as desk:
        desk.ingest(write_csv(folder / "t.csv", _rows()))
    return folder / "data"


def test_lists_are_ranked_by_rows_times_weight(data: Path) -> None:
    with dp.open(data, timezone="UTC") as desk:
        found = desk.problems(start="2026-03-02", end="2026-04-01", limit=2)
        told = [(one["name"], one["count"], one["impact"]) for one in found["problems"]]
        assert told == [("stuck", 6, 18), ("unresolved_critical", 2, 10), ("repeat_customers", 2, 6),
                        ("long_resolution", 3, 3)]  # fmt: skip
        assert [one["of"] for one in found["problems"]] == ["tickets", "tickets", "customers", "tickets"]
        assert all(len(one["rows"]) == 2 for one in found["problems"])
        assert {"Escalated", "Very negative"} <= {*found["empty"], *(text.split(":")[0] for text in found["unknown"])}
        assert (
            desk.problems(where="priority = urgent", start="2026-03-02", end="2026-04-01")["problems"][0]["count"] == 2
        )
        with pytest.raises(UnknownNameError, match="chanel"):
            desk.problems(where="chanel = email")


def test_repeat_customers_are_those_who_write_again_about_the_same_topic(tmp_path: Path) -> None:
    rows = []
    for n in range(12):
        about = ("billing", "refund") if n < 4 else ("technical", "login") if n < 8 else ("", "")
        rows.append({
            "Ticket ID": str(n), "Opened At": (START + timedelta(days=n)).isoformat(), "Subject": f"Order {n}",
            "Customer": "Mo" if n % 4 != 3 else "Jo", "Status": "Open", "Category": about[0], "Subcategory": about[1],
        })  # fmt: skip
    with dp.open(tmp_path / "data", timezone="UTC") as desk:
        desk.ingest(write_csv(tmp_path / "t.csv", rows))
        found = desk.problems(start="2026-03-02", end="2026-04-01")
        [one] = [p for p in found["problems"] if p["name"] == "repeat_customers"]
    # Mo wrote nine times: three times about each topic, three times about nothing that is known.
    told = {(row["customer"], row["topic"], row["tickets"]) for row in one["rows"]}
    assert ("Mo", "billing / refund", 3) in told
    assert ("Mo", "technical / login", 3) in told
    assert not any(row["customer"] == "Jo" for row in one["rows"])


def test_the_command_line_tells_the_same(data: Path) -> None:
    told = CliRunner().invoke(app, ["problems", "--from", "2026-03-02", "--to", "2026-04-01", "--data-dir", str(data)])
    assert told.exit_code == 0, told.output
    assert told.output.startswith("Stuck: 6 tickets, impact 18")
    assert "Repeat customers: 2 customers, impact 6" in told.output
