"""The benchmark of forecasts at a small size: it runs and tells what it promises; its goals are for its own size."""

from __future__ import annotations

import pytest

from deskpulse.ops.bench import run_benchmark
from deskpulse.ops.benchmarks import forecast


def test_the_benchmark_tells_speed_accuracy_and_coverage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecast, "TICKETS", 1_500)
    monkeypatch.setattr(forecast, "WINDOWS", 2)
    monkeypatch.setattr(forecast, "HOURS", 24 * 42)
    monkeypatch.setattr(forecast, "DAYS", 120)
    monkeypatch.setattr(forecast, "PROCESSES", 1)
    report = run_benchmark("forecast", 2).as_dict()
    found = {figure["name"]: figure["value"] for figure in report["figures"]}
    assert set(found) == {
        "daily_seconds", "hourly_seconds", "hourly_processor_seconds", "accuracy", "least_accuracy", "chance",
        "accuracy_marked", "least_accuracy_marked", "over_naive", "coverage_80", "coverage_95", "hourly_wape",
    }  # fmt: skip
    assert 0 < found["hourly_wape"] < 0.5
    assert found["daily_seconds"] > 0
    assert len(report["details"]) == 7
    assert {"method", "wape", "naive wape"} <= set(report["details"][0])
