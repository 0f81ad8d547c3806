"""The benchmarks at small sizes: they run, and tell what they promise; their goals are for large ones."""

from __future__ import annotations

import pytest

from deskpulse.ops.bench import benchmarks, run_benchmark
from deskpulse.ops.benchmarks import ingest


def test_the_benchmarks_are_collected_by_name() -> None:
    assert set(benchmarks()) == {"ingest", "page", "query"}


def test_ingest_tells_speed_memory_and_the_comparison() -> None:
    pytest.importorskip("textblob", reason="TextBlob is not installed")
    said: list[str] = []
    report = run_benchmark("ingest", 300, say=said.append)
    found = {figure["name"]: figure for figure in report.as_dict()["figures"]}
    assert set(found) == {"tickets_per_second", "seconds", "peak_bytes", "plain_texts_per_second", "ratio"}
    speed, plain = found["tickets_per_second"]["value"], found["plain_texts_per_second"]["value"]
    assert speed == pytest.approx(300 / found["seconds"]["value"], rel=0.01)
    assert found["ratio"]["value"] == pytest.approx(speed / plain, abs=0.006)
    assert 50e6 < found["peak_bytes"]["value"] < 2e9
    assert [found[n]["goal"] for n in ("tickets_per_second", "peak_bytes", "ratio")] == [8_000, 2e9, 10]
    assert said[0] == "writing 300 tickets of about 60 words to a CSV"


def test_ingest_says_what_is_missing_for_the_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "plain_speed", lambda _: None)
    report = run_benchmark("ingest", 20)
    found = {figure.name: figure for figure in report.outcome.figures}
    assert found["ratio"].value is found["ratio"].is_reached is None
    assert any("TextBlob is not installed" in note for note in report.outcome.notes)
    assert "times as fast as that                          not measured" in report.text()
