"""The benchmark of anomalies at a small size; its goals are for its own size."""

from __future__ import annotations

import pytest

from deskpulse.core.settings import Settings
from deskpulse.ops.bench import run_benchmark
from deskpulse.ops.benchmarks import insights


def test_the_benchmark_counts_false_and_found_and_says_what_is_not_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setattr(insights, "KINDS", ("noise", "season"))
    monkeypatch.setattr(insights, "STEPS", {"5 minutes": 300.0})
    monkeypatch.setattr(insights, "POINTS", 1500)
    monkeypatch.setattr(insights, "SETTLED", 500)
    monkeypatch.setattr(insights, "EVENT_AT", 1200)
    monkeypatch.setattr(insights, "Settings", lambda: Settings(_env_file=None, bench_data_dir=tmp_path))
    report = run_benchmark("insights", 1).as_dict()
    found = {figure["name"]: figure["value"] for figure in report["figures"]}
    assert found["found_share"] == 1.0
    assert 0 <= found["false_in_1000"] < 10
    assert found["quiet_points_per_second"] > 0
    assert found["nab_score"] is None
    assert "not measured" in report["notes"][0]
    assert [row["series"] for row in report["details"]] == ["noise", "season"]
