"""The benchmark of forecasts at a small size: it runs and tells what it promises; its goals are for its own size."""

from __future__ import annotations

import numpy as np
import pytest

from deskpulse.forecast.results import Accuracy, Expected
from deskpulse.ops.bench import run_benchmark
from deskpulse.ops.benchmarks import forecast

SLOW = 20
"""Tests share their machine: the goal holds where nothing else runs."""


def test_the_benchmark_tells_speed_accuracy_and_coverage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecast, "TICKETS", 1_500)
    monkeypatch.setattr(forecast, "READ_TICKETS", 500)
    monkeypatch.setattr(forecast, "WINDOWS", 2)
    monkeypatch.setattr(forecast, "HOURS", 24 * 42)
    monkeypatch.setattr(forecast, "DAYS", 120)
    monkeypatch.setattr(forecast, "PROCESSES", 1)
    report = run_benchmark("forecast", 2).as_dict()
    found = {figure["name"]: figure["value"] for figure in report["figures"]}
    assert set(found) == {
        "daily_seconds", "hourly_seconds", "hourly_processor_seconds", "accuracy", "least_accuracy", "chance",
        "accuracy_marked", "least_accuracy_marked", "over_naive", "coverage_off", "hourly_wape", "stored_p95_seconds",
        *(f"{name}_{of}" for name in ("over_naive", "coverage_80", "coverage_95") for of in forecast.SETS),
    }  # fmt: skip
    goals = {figure["name"]: figure["goal"] for figure in report["figures"]}
    assert {goals[f"over_naive_{of}"] for of in forecast.SETS} | {goals["over_naive"]} == {0.02}
    assert (goals["coverage_off"], goals["stored_p95_seconds"]) == (0.05, 0.1)
    assert found["over_naive"] == max(found[f"over_naive_{of}"] for of in forecast.SETS)
    assert 0 < found["stored_p95_seconds"] < 0.1 * SLOW, "reading what is kept fits nothing"
    assert 0 < found["hourly_wape"] < 0.5
    assert found["daily_seconds"] > 0
    assert len(report["details"]) == 7
    assert {"method", "wape", "naive wape"} <= set(report["details"][0])


def look_alike(wape: float | None, naive: float | None, within: float | None) -> Expected:
    """A series' forecast of which only the error and the coverage matter."""
    accuracy = Accuracy(wape=wape, coverage_80=within, coverage_95=None if within is None else within + 0.15)
    return Expected(method="x", label="X", points=np.ones(7), bands=None, accuracy=accuracy,
                    naive=Accuracy(wape=naive), tried=(), notes=())  # fmt: skip


def test_a_set_that_is_worse_than_the_naive_or_covers_too_little_is_not_hidden_by_the_others() -> None:
    sets = {
        "daily": [look_alike(0.05, 0.1, 0.8)] * 60,
        "hourly": [look_alike(0.2, 0.2, 0.82)],
        "teams": [look_alike(0.11, 0.1, 0.7), look_alike(0.1, 0.1, 0.72), look_alike(0.1, None, None)],
        "marked": [look_alike(None, None, None)],
    }
    over = {figure.name: figure for figure in forecast._against_naive(sets)}
    assert over["over_naive_daily"].value == pytest.approx(-0.5)
    assert over["over_naive_teams"].value == pytest.approx(0.05)
    assert (over["over_naive_teams"].is_reached, over["over_naive_daily"].is_reached) == (False, True)
    assert over["over_naive_marked"].value is over["over_naive_marked"].is_reached is None
    assert (over["over_naive"].value, over["over_naive"].is_reached) == (pytest.approx(0.05), False)
    covered = {figure.name: figure for figure in forecast._covered(sets)}
    assert covered["coverage_80_teams"].value == pytest.approx(0.71)
    assert covered["coverage_95_daily"].value == pytest.approx(0.95)
    assert covered["coverage_off"].value == pytest.approx(0.09)
    assert covered["coverage_off"].is_reached is False
