"""The benchmarks at small sizes: they run, and tell what they promise; their goals are for large ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deskpulse.core.errors import InputError
from deskpulse.ops import browser
from deskpulse.ops.bench import benchmarks, run_benchmark
from deskpulse.ops.benchmarks import drivers, ingest, page, predictions, query
from deskpulse.ops.overview import OVERVIEW
from deskpulse.ops.sample_folder import built
from deskpulse.ops.upkeep_share import Upkept


def test_the_benchmarks_are_collected_by_name() -> None:
    assert set(benchmarks()) == {
        "drivers",
        "forecast",
        "hours",
        "ingest",
        "query",
        "page",
        "text",
        "insights",
        "predictions",
        "anomalies",
    }


def test_ingest_tells_speed_memory_and_the_comparison() -> None:
    pytest.importorskip("textblob", reason="TextBlob is not installed")
    said: list[str] = []
    report = run_benchmark("ingest", 300, say=said.append)
    found = {figure["name"]: figure for figure in report.as_dict()["figures"]}
    assert set(found) == {
        "tickets_per_second", "seconds", "peak_bytes", "plain_texts_per_second", "ratio",
        "plain_same_job_texts_per_second", "same_job_ratio",
    }  # fmt: skip
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
    assert re.search(r"times as fast as that +not measured", report.text())


def test_query_tells_the_percentiles_of_every_question(monkeypatch: pytest.MonkeyPatch) -> None:
    some = OVERVIEW[::4]  # two servers compile each of them
    monkeypatch.setattr(query, "SCOPES", 3)
    monkeypatch.setattr(query, "OVERVIEW", some)
    report = run_benchmark("query", 500)
    assert [row["question"] for row in report.outcome.details] == [question.name for question in some]
    for row in report.outcome.details:
        assert 0 < row["p50_ms"] <= row["p95_ms"] <= row["p99_ms"]
        assert row["raw_p50_ms"] > 0
        assert 0 < row["cached_p50_ms"] <= row["cached_p95_ms"]
    found = {figure.name: figure for figure in report.outcome.figures}
    assert found["slowest_p95_ms"].value == max(row["p95_ms"] for row in report.outcome.details)
    assert (found["p95_ms"].goal, found["rollup_p95_ms"].goal, found["overhead_ms"].goal) == (300, 100, 5)
    assert 0 < found["rollup_p50_ms"].value <= found["rollup_p95_ms"].value <= found["rollup_p99_ms"].value
    assert found["overhead_ms"].value is not None
    assert found["ingest_seconds"].value > 0
    assert (found["upkeep_percent"].goal, found["upkeep_percent"].value >= 0) == (10, True)


def test_two_sizes_are_told_by_their_ratio() -> None:
    def size(rows: int, seconds: float) -> query._Size:
        times = {q.name: query._Times(rolled_up=[seconds, seconds]) for q in OVERVIEW}
        return query._Size(rows, times, 1.0, Upkept(ingest=2.0, upkeep=0.1))

    found = {figure.name: figure for figure in query._ratios(size(1000, 0.03), size(100, 0.02))}
    assert (found["ratio_p50"].value, found["ratio_p95"].value) == (1.5, 1.5)
    assert (found["ratio_p95"].goal, size(1, 1.0).upkept.share) == (1.5, 5.0)
    with pytest.raises(InputError, match="compares no sizes"):
        run_benchmark("ingest", 20, compared=10)


def test_a_folder_is_filled_once(tmp_path: Path) -> None:
    said: list[str] = []
    end = built(tmp_path / "data", 200, said.append)
    assert built(tmp_path / "data", 200, said.append) == end
    assert said[-1].startswith("using the 200 tickets")
    with pytest.raises(InputError, match="something else than 300 tickets"):
        built(tmp_path / "data", 300, said.append)


@pytest.mark.browser
@pytest.mark.skipif(browser.missing() is not None, reason=str(browser.missing()))
def test_page_tells_when_it_was_painted_and_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "VISITS", 1)
    report = run_benchmark("page", 500)
    assert [row["visit"] for row in report.outcome.details] == ["first", "cold", "warm"]
    assert all(0 < row["first_paint_s"] <= row["drawn_s"] for row in report.outcome.details)
    found = {figure.name: figure for figure in report.outcome.figures}
    assert (found["first_paint_cold_s"].goal, found["drawn_cold_s"].goal) == (0.6, 1.8)
    assert all(figure.value for figure in found.values())
    assert not any("reported an error" in note for note in report.outcome.notes)


def test_page_says_when_there_is_no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "missing", lambda: "No browser was found.")
    report = run_benchmark("page", 500)
    assert {figure.value for figure in report.outcome.figures} == {None}
    assert "No browser was found." in report.outcome.notes


def test_hours_tells_how_fast_working_time_is_computed() -> None:
    report = run_benchmark("hours", 2_000)
    found = {figure.name: figure for figure in report.outcome.figures}
    assert found["seconds"].goal == 20
    assert found["seconds"].value
    assert found["tickets_per_second"].value == pytest.approx(2_000 / found["seconds"].value)
    assert 0.2 < (found["worked_share"].value or 0) < 0.6


def test_text_tells_each_trial_its_goal_and_the_speed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reviews = tmp_path / "data" / "feedback_uci_reviews" / "amazon_cells.csv"
    reviews.parent.mkdir(parents=True)
    reviews.write_text("text,positive\n" + "I love it,1\nawful and broken,0\n" * 3, "utf-8")
    (tmp_path / "docs").mkdir()
    page = tmp_path / "docs" / "quality.md"
    page.write_text("old", "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DESKPULSE_BENCH_DATA_DIR", str(tmp_path / "data"))
    report = run_benchmark("text", 300)
    found = {figure.name: figure for figure in report.outcome.figures}
    assert (found["reviews"].value, found["reviews"].goal, found["reviews"].is_reached) == (1.0, 0.855, True)
    assert found["banking"].value is None
    assert any("Banking77" in note for note in report.outcome.notes)
    assert found["texts_per_second"].goal == 10_000
    assert (found["texts_per_second_learned"].value or 0) > 0
    written = page.read_text("utf-8")
    assert "| UCI reviews, no set-up | 6 | accuracy | **1.0000** | 0.8550 | yes |" in written
    assert "VADER" in written
    assert "Not measured in this run: topics by name" in written
    assert report.text()


def test_drivers_tells_how_long_and_that_the_parts_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drivers, "METRICS", ("tickets_created", "csat"))
    monkeypatch.setattr(drivers, "DAYS", (30,))
    report = run_benchmark("drivers", 500)
    found = {figure.name: figure for figure in report.outcome.figures}
    assert (found["drivers_p95_seconds"].goal, found["brief_seconds"].goal) == (1, 3)
    assert found["largest_rest"].is_reached
    assert [(row["metric"], row["days"]) for row in report.outcome.details] == [("tickets_created", 30), ("csat", 30)]
    assert 0 < found["drivers_p50_seconds"].value <= found["drivers_p95_seconds"].value


def test_predictions_are_measured_on_a_sample_world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DESKPULSE_BENCH_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(predictions, "TICKETS", 4_000)
    monkeypatch.setattr(predictions, "WORLDS", 1)
    monkeypatch.setattr(predictions, "TICKET_TICKETS", 1_500)
    monkeypatch.setattr(predictions, "TICKET_WORLDS", 1)
    report = run_benchmark("predictions", 2)
    found = {figure.name: figure for figure in report.outcome.figures}
    assert found["sla_auc"].value is None
    for name in ("agent_resolution", "agent_solved"):
        team, last = found[f"{name}_team_mae"], found[f"{name}_last_mae"]
        assert team.value == last.value is not None
        assert team.goal
        assert last.goal
        assert 0.5 < found[f"{name}_within"].value <= 1
    time = found["ticket_time_error"]
    assert 0 < time.value < 1.3 * time.goal
    assert 0.5 < found["ticket_time_within"].value <= 1
    for name in ("escalation", "sla_breach", "reopening", "low_csat"):
        brier, auc = found[f"ticket_{name}_brier"], found[f"ticket_{name}_auc"]
        is_told = any(f"7, {name}:" in note for note in report.outcome.notes)
        assert (brier.value is not None and 0 < brier.value < 0.3 and auc.goal == 0.5) or is_told
    churn = found["churn_brier"]
    assert (churn.value is None) == (churn.goal is None) == any("customer_churn" in n for n in report.outcome.notes)
    assert any(row["cases"].startswith("agent_solved, world 7") for row in report.outcome.details)
