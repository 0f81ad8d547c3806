"""`deskpulse evaluate forecast` on files of all sorts."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.forecast.made import calls, daily
from typer.testing import CliRunner

from deskpulse.cli.main import app
from deskpulse.core.clock import frozen_at
from deskpulse.core.errors import InputError, LimitError, NotFoundError, UnknownNameError, UnreadableFileError
from deskpulse.core.settings import Settings
from deskpulse.ops.evaluation.forecast import Wanted, evaluate_forecast
from deskpulse.ops.evaluation.series import read_series

SETTINGS = Settings(_env_file=None)
KEYS = {"method", "mase", "wape", "bias", "coverage_80", "coverage_95", "naive", "windows", "horizon", "seconds"}


def write(path: Path, rows: list[tuple[object, ...]], head: str = "at,value") -> Path:
    path.write_text(head + "\n" + "\n".join(",".join(str(c) for c in row) for row in rows) + "\n", "utf-8")
    return path


def days_file(folder: Path, values: Any, first: date = date(2025, 1, 6)) -> Path:
    return write(folder / "days.csv", [(first + timedelta(days=n), int(v)) for n, v in enumerate(values)])


def evaluated(*options: object) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["evaluate", "forecast", *map(str, options), "--json"])
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_calls_without_dates_are_evaluated_by_rows(tmp_path: Path) -> None:
    days, _ = calls(110, missing=(40,))
    path = tmp_path / "calls.csv.gz"
    path.write_bytes(gzip.compress(("calls\n" + "\n".join(str(int(v)) for v in days.ravel())).encode()))
    found = evaluated("--data", path, "--value", "calls", "--season", 24, "--season", 120, "--horizon", 24,
                      "--windows", 15, "--step", 24, "--sum", "day", "--method", "day_profile")  # fmt: skip
    assert found.keys() >= KEYS | {"wape_sum"}
    assert (found["windows"], found["horizon"], found["steps"]) == (15, 24, 110 * 24)
    assert found["wape"] < 0.9 * found["naive"]["wape"]
    assert found["mase"] < found["naive"]["mase"]
    assert found["wape_sum"] < found["wape"]
    assert found["coverage_80"] == pytest.approx(0.8, abs=0.1)
    assert found["coverage_95"] == pytest.approx(0.95, abs=0.05)


@pytest.mark.data
def test_a_banks_calls_reach_their_goals(real_data: Path) -> None:
    path = real_data / "calls_us_bank_5min" / "calls.csv.gz"

    def found(horizon: int, windows: int) -> dict[str, Any]:
        wanted = Wanted(data=path, value="calls", horizon=horizon, windows=windows, step=169, seasons=(169, 845),
                        sum_day=True)  # fmt: skip
        return evaluate_forecast(wanted, SETTINGS).as_dict()

    day, week = found(169, 40), found(845, 36)
    assert day["wape"] <= 0.092
    assert day["wape_sum"] <= 0.062
    assert week["wape"] <= 0.098
    for one in (day, week):
        assert one["coverage_80"] == pytest.approx(0.8, abs=0.05)
        assert one["coverage_95"] == pytest.approx(0.95, abs=0.05)
        assert one["mase"] < one["naive"]["mase"]


def test_days_are_read_and_told_in_words(tmp_path: Path) -> None:
    path = days_file(tmp_path, daily(150))
    shown = CliRunner().invoke(app, ["evaluate", "forecast", "--data", str(path), "--time", "at", "--value", "value",
                                     "--grain", "day", "--horizon", "7", "--windows", "4", "--method",
                                     "season_level"])  # fmt: skip
    assert shown.exit_code == 0, shown.output
    assert "WAPE" in shown.stdout
    assert "same as last season" in shown.stdout


def series(path: Path, **more: Any) -> Any:
    return read_series(path, **({"value": "value", "time": "at", "grain": "day", "settings": SETTINGS} | more))


def test_doubled_missing_and_future_rows_are_mended_and_told(tmp_path: Path) -> None:
    values = daily(100)
    rows: list[tuple[object, ...]] = [(date(2025, 1, 6) + timedelta(days=n), int(v)) for n, v in enumerate(values)]
    rows += [rows[5], (rows[6][0], 11), (date(2031, 1, 1), 3), ("no date", 4), (rows[8][0], "none")]
    del rows[20]
    with frozen_at(datetime(2026, 1, 1, tzinfo=UTC)):
        found = series(write(tmp_path / "a.csv", rows))
    assert len(found.values) == 100
    assert np.isnan(found.values[20])
    assert found.values[5] == values[5]
    assert found.values[6] == values[6] + 11
    said = " ".join(found.notes)
    for part in ("future", "say the same again", "were added", "cannot", "no numbers", "without a time"):
        assert part in said or part == "cannot"


def test_weekdays_only_leave_the_weekend_out_of_the_week(tmp_path: Path) -> None:
    rows = [(d, n % 7 + 3) for n in range(120) if (d := date(2025, 1, 6) + timedelta(days=n)).weekday() < 5]
    found = series(write(tmp_path / "a.csv", rows))
    assert found.seasons == (5,)
    assert len(found.values) == len(rows)
    assert not np.isnan(found.values).any()
    assert any("closed" in note for note in found.notes)


def test_office_hours_give_an_open_day_and_an_open_week(tmp_path: Path) -> None:
    start = datetime(2025, 1, 6, tzinfo=UTC)
    rows = [(t.isoformat(), 5) for n in range(24 * 40) if (t := start + timedelta(hours=n)).weekday() < 5
            and 9 <= t.hour < 17]  # fmt: skip
    found = series(write(tmp_path / "a.csv", rows), grain="hour")
    assert (found.seasons, found.day_size) == ((8, 40), 8)


def test_the_hours_of_a_clock_change_stand_where_the_wall_clock_has_them(tmp_path: Path) -> None:
    start = datetime(2025, 10, 20, tzinfo=UTC)
    rows = [((start + timedelta(hours=n)).isoformat(), 10) for n in range(24 * 14)]
    found = series(write(tmp_path / "a.csv", rows), grain="hour", timezone="Europe/Berlin")
    assert len(found.values) == 24 * 14 - 1, "the doubled hour is one step"
    assert (found.values == 10).all(), "and no twice as high one"


def test_counts_that_leave_zeros_out_and_negative_ones(tmp_path: Path) -> None:
    rows = [(date(2025, 1, 1) + timedelta(days=n), 1 + n % 2) for n in range(90) if n % 5]
    found = series(write(tmp_path / "a.csv", rows))
    assert (found.values == 0).sum() == 17  # the first day of all has no row to begin at
    rows = [(date(2025, 1, 1) + timedelta(days=n), -3 if n == 50 else 4 + n % 3) for n in range(200)]
    found = series(write(tmp_path / "b.csv", rows))
    assert found.kind == "count"
    assert np.isnan(found.values[50])
    rows = [(date(2025, 1, 1) + timedelta(days=n), (-1) ** n) for n in range(50)]
    assert series(write(tmp_path / "c.csv", rows)).kind == "number"


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    path = days_file(tmp_path, daily(30))
    with pytest.raises(UnknownNameError, match="valu"):
        series(path, value="valu")
    with pytest.raises(UnknownNameError, match="grain"):
        series(path, grain="fortnight")
    with pytest.raises(UnknownNameError, match="kind"):
        series(path, kind="tickets")
    with pytest.raises(NotFoundError):
        series(tmp_path / "none.csv")
    (tmp_path / "a.pdf").write_text("x")
    with pytest.raises(UnreadableFileError):
        series(tmp_path / "a.pdf")
    (tmp_path / "bad.csv.gz").write_bytes(b"no gzip")
    with pytest.raises(UnreadableFileError):
        series(tmp_path / "bad.csv.gz")
    with pytest.raises(InputError, match="no number"):
        series(write(tmp_path / "b.csv", [("2025-01-01", "x"), ("2025-01-02", "y")]))
    with pytest.raises(LimitError, match="forecast_max_points"):
        series(write(tmp_path / "c.csv", [("1990-01-01", 1), ("2025-01-02", 2)]), grain="5min")
    with pytest.raises(InputError, match="days to sum"):
        evaluate_forecast(Wanted(data=path, value="value", horizon=7, time="at", grain="day", sum_day=True), SETTINGS)
