"""What is told beside values: recomputed here from the rows, or from other questions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from math import ceil
from statistics import NormalDist
from typing import Any

import pandas as pd
import pytest
from tests.metrics.conftest import World
from tests.metrics.world import OWNER, at

from deskpulse.core.errors import DeskpulseError, InputError, UnknownNameError
from deskpulse.core.settings import Settings
from deskpulse.metrics.model import MetricQuery, QueryResult
from deskpulse.metrics.query import QueryEngine
from deskpulse.metrics.segments import Saved
from deskpulse.metrics.statistics import _t_deviate, t_tail

QUERY = MetricQuery(metrics=("tickets_created",), start=at("2026-01-05"), end=at("2026-03-02"))
SEGMENTS = {
    "loud": "tag = vip or priority >= high", "Tier one": 'team = "Tier 1"', "both": 'segment in ["Tier one", loud]',
    "quick": "first_reply_seconds <= 4h", "all": "team is null or team is not null",
    "a": "segment = b", "b": "segment = a",
}  # fmt: skip
TARGETS = {"csat": 0.8, "tickets_created": 300.0}


@pytest.fixture(scope="module")
def engine(world: World, tmp_path_factory: pytest.TempPathFactory) -> QueryEngine:
    settings = Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("saved"))
    return QueryEngine(world[0], settings, Saved(lambda: SEGMENTS, lambda: TARGETS))


def ask(engine: QueryEngine, *metrics: str, **more: Any) -> QueryResult:
    more = {k: tuple(v) if isinstance(v, list) else v for k, v in more.items()}
    return engine.query(OWNER, replace(QUERY, metrics=metrics or QUERY.metrics, **more))


def extras(result: QueryResult, metric: str, name: str) -> list[Any]:
    return [(row.values[metric].extras or {})[name] for row in result.rows]


def frame(world: World, sql: str) -> pd.DataFrame:
    with world[0].reader() as reader:
        return reader.arrow(sql).to_pandas()


def test_running_totals_start_anew_in_every_group(engine: QueryEngine) -> None:
    result = ask(engine, by=["channel"], grain="week", show=["running_total"])
    table = result.to_arrow().to_pandas()
    expected = table.groupby("channel", dropna=False, sort=False)["tickets_created"].cumsum()
    assert extras(result, "tickets_created", "running_total") == expected.tolist()


def test_a_moving_average_of_counts_is_the_mean_and_of_shares_is_weighted(engine: QueryEngine) -> None:
    result = ask(engine, "tickets_created", "csat", grain="day", show=["moving_average:5"])
    table = result.to_arrow().to_pandas()
    expected = table["tickets_created"].rolling(5).mean()
    found = pd.Series(extras(result, "tickets_created", "moving_average"), dtype=float)
    pd.testing.assert_series_equal(found, expected, check_names=False)
    good = (table["csat"].fillna(0) * table["csat_n"]).rolling(5).sum() / table["csat_n"].rolling(5).sum()
    found = pd.Series(extras(result, "csat", "moving_average"), dtype=float)
    pd.testing.assert_series_equal(found, good, check_names=False)


def test_percent_of_total_is_of_the_same_period(engine: QueryEngine) -> None:
    result = ask(engine, by=["channel"], grain="month", show=["percent_of_total"])
    table = result.to_arrow().to_pandas()
    whole = table.groupby("period")["tickets_created"].transform("sum")
    assert extras(result, "tickets_created", "percent_of_total") == pytest.approx(
        (table["tickets_created"] / whole).tolist()
    )
    tags = ask(engine, by=["tag"], show=["percent_of_total"])  # rows of tags add up to more than the total
    for row in tags.rows:
        share = row.values["tickets_created"].n / tags.totals["tickets_created"].n
        assert (row.values["tickets_created"].extras or {})["percent_of_total"] == pytest.approx(share)


def test_change_is_against_the_comparison_or_the_period_before(engine: QueryEngine) -> None:
    result = ask(engine, compare="previous", by=["team"], show=["change", "percent_change"])
    for value in [row.values["tickets_created"] for row in result.rows] + [result.totals["tickets_created"]]:
        assert value.value is not None
        assert value.compared is not None
        assert value.extras == {"change": value.value - value.compared,
                                "percent_change": (value.value - value.compared) / value.compared}  # fmt: skip
    series = ask(engine, grain="week", show=["change"])
    values = [row.values["tickets_created"].value or 0.0 for row in series.rows]
    assert extras(series, "tickets_created", "change") == [
        None,
        *(b - a for a, b in pairwise(values)),
    ]


def test_segments_filter_cut_and_compare(engine: QueryEngine) -> None:
    whole = ask(engine).totals["tickets_created"].n
    loud = ask(engine, where=["tag = vip or priority >= high"]).totals["tickets_created"].n
    assert 0 < loud < whole
    assert ask(engine, where=["segment = loud"]).totals["tickets_created"].n == loud
    assert ask(engine, where=["segment != loud"]).totals["tickets_created"].n == whole - loud
    cut = ask(engine, by=["segment:loud"])
    assert {row.by: row.values["tickets_created"].n for row in cut.rows} == {("true",): loud, ("false",): whole - loud}
    beside = ask(engine, by=["team"], compare="segment:loud", show=["significance"])
    by_team = {
        row.by: row.values["tickets_created"].n for row in ask(engine, by=["team"], where=["segment = loud"]).rows
    }
    assert {row.by: row.values["tickets_created"].compared_n for row in beside.rows if row.by in by_team} == by_team
    assert any("independent" in note for note in beside.notes)
    either = ask(engine, where=['team = "Tier 1" or tag = vip or priority >= high']).totals["tickets_created"].n
    assert ask(engine, where=["segment = both"]).totals["tickets_created"].n == either
    two = ask(engine, by=["segment:loud", "segment:Tier one"], grain="month")
    assert sum(row.values["tickets_created"].n for row in two.rows) == whole
    levels = engine.query(OWNER, replace(QUERY, metrics=("backlog",), by=("segment:loud",)))
    assert sum(row.values["backlog"].n for row in levels.rows) == levels.totals["backlog"].n > 0


def test_a_saved_filter_that_changes_gives_another_answer(
    world: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    saved = {"it": "channel = email"}
    settings = Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("changing"))
    engine = QueryEngine(world[0], settings, Saved(lambda: saved, dict))
    query = replace(QUERY, by=("segment:it",))
    before = engine.query(OWNER, query)
    assert engine.query(OWNER, query).is_cached
    saved["it"] = "channel = chat"
    after = engine.query(OWNER, query)
    assert not after.is_cached
    assert after.rows != before.rows


def test_targets_and_peers(engine: QueryEngine) -> None:
    result = ask(engine, "csat", by=["agent"], compare="target", show=["change", "significance"])
    assert {row.values["csat"].compared for row in result.rows} == {0.8}
    result = ask(engine, "csat", "tickets_created", by=["agent"], compare="peers", show=["significance"])
    known = [row for row in result.rows if row.by != (None,)]
    for row in known:
        others = [r.values["csat"] for r in known if r is not row]
        rows = sum(v.n for v in others)
        pooled = sum((v.value or 0) * v.n for v in others) / rows
        own = row.values["csat"]
        assert (own.compared, own.compared_n) == (pytest.approx(pooled), rows)
        counts = [r.values["tickets_created"].value or 0 for r in known if r is not row]
        assert row.values["tickets_created"].compared == pytest.approx(sum(counts) / len(counts))
        extra = own.extras or {}
        better = [v for v in others if (v.value or 0) > (own.value or 0)]
        assert (extra["rank"], extra["peers"]) == (len(better) + 1, len(others))
    unknown = next(row for row in result.rows if row.by == (None,))
    assert unknown.values["csat"].compared is None


def test_intervals_of_means_and_medians_are_those_of_the_rows(engine: QueryEngine, world: World) -> None:
    names = ("sentiment_mean", "first_reply_time_seconds_median", "csat", "tickets_created")
    result = ask(engine, *names, by=["channel"], show=["interval"])
    rows = frame(world, "SELECT channel, sentiment, first_reply_seconds, time_problem, created_at, first_replied_at "
                        "FROM tickets WHERE NOT coalesce(is_spam OR is_merged, false)")  # fmt: skip
    start, end, z = pd.Timestamp(QUERY.start), pd.Timestamp(QUERY.end), NormalDist().inv_cdf(0.975)
    for row in result.rows:
        mine = rows[rows["channel"].isna() if row.by[0] is None else rows["channel"] == row.by[0]]
        created = mine[(mine["created_at"] >= start) & (mine["created_at"] < end)]
        mean = created["sentiment"].dropna()
        extra = row.values["sentiment_mean"].extras or {}
        if len(mean) < 2:
            assert (extra.get("low"), extra.get("high")) == (None, None)
        else:
            half = (float(extra["high"] or 0) - float(extra["low"] or 0)) / 2
            wide = _t_deviate(0.95, len(mean) - 1)
            assert t_tail(wide, len(mean) - 1) == pytest.approx(0.05)
            assert half == pytest.approx(mean.std() / len(mean) ** 0.5 * wide, rel=1e-6)
        replied = mine[
            (mine["first_replied_at"] >= start) & (mine["first_replied_at"] < end) & mine["time_problem"].isna()
        ]
        waits = sorted(replied["first_reply_seconds"].dropna())
        count = len(waits)
        spread = z * (count * 0.25) ** 0.5
        first, last = ceil(count / 2 - spread) - 1, ceil(count / 2 + spread)
        low, high = (waits[first], waits[last]) if 0 <= first <= last < count else (None, None)
        extra = row.values["first_reply_time_seconds_median"].extras or {}
        assert (extra["low"], extra["high"]) == (low, high)
        if low is not None and high is not None:
            assert low <= (row.values["first_reply_time_seconds_median"].value or 0) <= high


def test_a_difference_that_is_there_is_told_from_one_that_is_not(engine: QueryEngine) -> None:
    median = "first_reply_time_seconds_median"
    split = ask(engine, median, by=["segment:quick"], compare="peers", show=["significance"])
    assert all(0 <= float((row.values[median].extras or {})["p"]) < 1e-6 for row in split.rows)  # type: ignore[arg-type]
    same = ask(engine, median, compare="segment:all", show=["significance"])
    assert (same.totals[median].extras or {})["p"] == 1.0
    result = ask(engine, "sentiment_mean", by=["sentiment_label", "channel"], compare="previous", show=["significance"])
    assert any("Holm" in note and "Welch" in note for note in result.notes)
    for row in result.rows:
        extra = row.values["sentiment_mean"].extras or {}
        if extra["p"] is not None:
            assert float(extra["p"] or 0) <= float(extra["p_adjusted"] or 0) <= 1
    vip = ask(engine, "sentiment_mean", where=["sentiment < 0"], compare="segment:both", show=["significance"])
    assert (vip.totals["sentiment_mean"].extras or {})["p"] is not None


REFUSED: list[tuple[dict[str, Any], type[DeskpulseError], str]] = [
    ({"metrics": ("backlog",), "grain": "day", "show": ("running_total",)}, InputError, "tickets_created"),
    ({"metrics": ("first_reply_time_seconds_p90",), "grain": "day", "show": ("running_total",)}, InputError,
     "do not add up"),
    ({"metrics": ("first_reply_time_seconds_median",), "grain": "day", "show": ("moving_average:7",)}, InputError,
     "no percentile"),
    ({"metrics": ("first_reply_time_seconds_p90",), "by": ("team",), "show": ("percent_of_total",)}, InputError,
     "Of tickets_created it does"),
    ({"show": ("running_total",)}, InputError, "grain"),
    ({"show": ("change",)}, InputError, "compare=previous"),
    ({"show": ("significance",)}, InputError, "compare=previous"),
    ({"show": ("percent_of_total",)}, InputError, "by=channel"),
    ({"show": ("moving_average:1",), "grain": "day"}, InputError, "moving_average:7"),
    ({"show": ("moving_average:x",), "grain": "day"}, InputError, "moving_average:7"),
    ({"show": ("running_totals",), "grain": "day"}, UnknownNameError, "'running_total'"),
    ({"compare": "last_year"}, UnknownNameError, "'year'"),
    ({"compare": "peers"}, InputError, "by=agent"),
    ({"compare": "target", "metrics": ("backlog",)}, InputError, "no target"),
    ({"compare": "segment:lod"}, UnknownNameError, "'loud'"),
    ({"by": ("segment:lod",)}, UnknownNameError, "'loud'"),
    ({"where": ("segment = lod",)}, UnknownNameError, "'loud'"),
    ({"where": ("segment = a",)}, InputError, "a → b → a"),
    ({"where": ("segment > a",)}, InputError, "met or not"),
    ({"metrics": ("backlog",), "by": ("weekday",)}, InputError, "level"),
]  # fmt: skip


@pytest.mark.parametrize(("more", "kind", "told"), REFUSED, ids=[str(more) for more, _, _ in REFUSED])
def test_what_makes_no_sense_is_refused_with_the_nearest_choice(
    engine: QueryEngine, more: dict[str, Any], kind: type[DeskpulseError], told: str
) -> None:
    asked: Callable[[], object] = lambda: engine.query(OWNER, replace(QUERY, **more))  # noqa: E731
    with pytest.raises(InputError) as refused:
        asked()
    assert isinstance(refused.value, kind)
    assert told in str(refused.value)
