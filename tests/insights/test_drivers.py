"""Why a number changed: parts that add up, causes that were planted, and what cannot be told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.metrics.world import OWNER, at, engine_of, random_world
from tests.worlds import write_csv
from typer.testing import CliRunner

import deskpulse as dp
from deskpulse.cli.main import app
from deskpulse.core.errors import ForbiddenError, InputError
from deskpulse.core.settings import Settings
from deskpulse.insights.drivers.model import Cut
from deskpulse.insights.drivers.phrases import rising
from deskpulse.insights.drivers.split import decompose
from deskpulse.metrics.cuts import Part
from deskpulse.metrics.model import MetricQuery, Slice
from deskpulse.metrics.query import QueryEngine

START, MIDDLE, END = at("2026-02-01"), at("2026-03-01"), at("2026-03-29")
PAIR = MetricQuery(
    metrics=("tickets_created",), start=MIDDLE, end=END, compare="slice", against=Slice(start=START, end=MIDDLE)
)

parts = st.builds(lambda value, n: Part(value=value if n else None, n=n), st.floats(-1e6, 1e6), st.integers(0, 500))


def _whole(cells: list[Part]) -> Part:
    n = sum(part.n for part in cells)
    return Part(value=sum((p.value or 0.0) * p.n for p in cells) / n if n else None, n=n)


@given(st.lists(st.tuples(parts, parts), min_size=1, max_size=12))
def test_mix_and_rate_of_all_slices_add_up_to_the_change_of_a_mean(cells: list[tuple[Part, Part]]) -> None:
    whole = (_whole([a for a, _ in cells]), _whole([b for _, b in cells]))
    if whole[0].value is None or whole[1].value is None:
        return
    cut = Cut(by=("x",), cells={(str(i),): sides for i, sides in enumerate(cells)})
    found = decompose(cut, whole, "pooled", "mean")
    size = max(1.0, *(abs(p.value or 0.0) for sides in cells for p in sides))
    assert found.rest == pytest.approx(0.0, abs=1e-9 * size)
    assert sum(e.size for e in found.effects) == pytest.approx(whole[1].value - whole[0].value, abs=1e-9 * size)


def test_a_shift_to_slower_work_is_mix_and_slower_work_is_rate() -> None:
    # 100 of 10 and 100 of 50, then 50 and 150: nobody became slower.
    cells = {("fast",): (Part(value=10.0, n=100), Part(value=10.0, n=50)),
             ("slow",): (Part(value=50.0, n=100), Part(value=50.0, n=150))}  # fmt: skip
    found = decompose(Cut(by=("x",), cells=cells), (Part(value=30.0, n=200), Part(value=40.0, n=200)), "pooled", "mean")
    assert [(e.rate, e.mix) for e in found.effects] == [(0.0, pytest.approx(6.25)), (0.0, pytest.approx(3.75))]
    with pytest.raises(InputError, match="do not make the whole"):
        decompose(Cut(by=("x",), cells=cells), (Part(value=31.0, n=200), Part(value=40.0, n=200)), "pooled", "mean")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QueryEngine]:
    settings = Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("data"))
    warehouse, engine = engine_of(settings, **random_world(5, 400))
    yield engine
    warehouse.close()


@pytest.mark.parametrize(
    "metric",
    ["tickets_created", "backlog", "csat", "first_reply_time_seconds_mean", "calls_offered", "customers_contacting",
     "talk_time_seconds_mean", "messages_per_ticket"],
)  # fmt: skip
def test_many_cuts_at_once_are_the_same_as_each_asked_for(world: QueryEngine, metric: str) -> None:
    query = replace(PAIR, metrics=(metric,))
    names = ("channel", "team", "customer_tier")
    found = world.cuts(OWNER, query, names, ((), (0,), (2,), (0, 1)))
    assert sum(part.n for part in found.of()[()]) > 0
    for by in ((), ("channel",), ("customer_tier",), ("channel", "team")):
        asked = world.query(OWNER, replace(query, by=by, exact=True))
        rows = {row.by: row.values[metric] for row in asked.rows} if by else {(): asked.totals[metric]}
        cells = found.of(*by)
        assert set(cells) <= set(rows)
        for key, value in rows.items():
            sides = cells.get(key, (Part(value=None, n=0),) * 2)
            assert [side.n for side in sides] == [value.compared_n, value.n]
            for side, told in zip(sides, (value.compared, value.value), strict=True):
                assert (side.value or 0.0) == pytest.approx(told or 0.0, rel=1e-12)


def _planted() -> list[dict[str, str]]:
    """Two even fortnights, but that the second has 120 chats about payments more, and one team is rated badly."""
    rows = []

    def add(day: int, channel: str, team: str, subject: str, score: str) -> None:
        opened = START + timedelta(days=day, minutes=7 * len(rows) % 1440)
        rows.append({
            "Ticket ID": str(len(rows)), "Opened At": opened.isoformat(), "Subject": subject, "Status": "Solved",
            "Channel": channel, "Group": team, "CSAT": score,
            "Solved At": (opened + timedelta(hours=2)).isoformat(),
        })  # fmt: skip

    for day in range(28):
        for i in range(24):
            team = ("Billing", "Tier 1", "Tier 2")[i % 3]
            bad = day >= 14 and team == "Tier 2" and (day + i // 3) % 2
            channel = ("Email", "Chat", "Phone", "Web")[i % 4]
            add(day, channel, team, f"Question about order {day * i}", "1" if bad else "5")
        for i in range(10 if day >= 14 else 0):
            add(day, "Chat", ("Billing", "Tier 1", "Tier 2")[i % 3], f"The payment page stays blank {i}", "")
    return rows


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("planted")
    with dp.open(folder / "data", timezone="UTC") as desk:
        desk.ingest(write_csv(folder / "t.csv", _planted()))
        yield desk


PERIODS: dict[str, Any] = {
    "start": START + timedelta(days=14),
    "end": START + timedelta(days=28),
    "before": (START, START + timedelta(days=14)),
}


def test_the_planted_cause_of_more_tickets_comes_first_with_its_words(planted: Any) -> None:
    found = planted.why("tickets_created", by=["channel", "team", "priority"], **PERIODS)
    assert (found["before"]["value"], found["after"]["value"], found["change"]) == (336, 476, 140)
    first = found["causes"][0]
    assert first["by"] == ["channel"]
    assert [(s["channel"], s["effect"]) for s in first["slices"]] == [("chat", 140)]
    assert first["explained"] == pytest.approx(1.0)
    assert any("payment page" in said["phrase"] for said in found["phrases"])
    assert found["summary"].startswith("Channel chat explains 100% of the change")
    assert found["may_be_chance"] is False
    for one in found["dimensions"]:
        shown = sum(e["effect"] for e in one["effects"])
        assert shown + one["others"] + one["rest"] == pytest.approx(140, abs=1e-9)
    listed = planted.tickets(start=PERIODS["start"], end=PERIODS["end"], where=first["slices"][0]["where"])
    assert listed["total"] == 14 * 6 + 140
    assert all("payment page" in t["subject"] or "order" in t["subject"] for t in found["tickets"])


def test_a_ratio_is_split_into_mix_and_rate(planted: Any) -> None:
    found = planted.why("csat", by=["channel", "team"], **PERIODS)
    first = found["causes"][0]
    assert (first["by"], [s["team"] for s in first["slices"]]) == (["team"], ["Tier 2"])
    (slice_,) = first["slices"]
    assert slice_["effect"] == pytest.approx(found["change"], abs=1e-9)
    assert slice_["mix"] == pytest.approx(0.0, abs=1e-9)
    assert slice_["z"] < -3
    assert found["is_better"] is False


def _paired() -> list[dict[str, str]]:
    """Two fortnights; in the second the chats of Billing, and no others of either, come five times and are bad."""
    rows: list[dict[str, str]] = []
    for day in range(28):
        for channel in ("Chat", "Email", "Phone"):
            for team in ("Billing", "Tier 1", "Tier 2"):
                is_hit = day >= 14 and (channel, team) == ("Chat", "Billing")
                for n in range(20 if is_hit else 4):
                    opened = START + timedelta(days=day, minutes=11 * len(rows) % 1440)
                    rows.append({
                        "Ticket ID": str(len(rows)), "Opened At": opened.isoformat(), "Subject": f"Order {n}",
                        "Status": "Solved", "Channel": channel, "Group": team,
                        "CSAT": "1" if (is_hit and n % 2) or n == 3 else "5",
                    })  # fmt: skip
    return rows


@pytest.mark.parametrize("metric", ["tickets_created", "csat"])
def test_a_cause_that_is_a_pair_of_dimensions_comes_first(tmp_path: Path, metric: str) -> None:
    with dp.open(tmp_path / "data", timezone="UTC") as desk:
        desk.ingest(write_csv(tmp_path / "t.csv", _paired()))
        found = desk.why(metric, by=["channel", "priority", "team"], **PERIODS)
    first = found["causes"][0]
    assert first["by"] == ["channel", "team"]
    assert [(s["channel"], s["team"]) for s in first["slices"]] == [("chat", "Billing")]
    assert first["slices"][0]["where"] == ["channel = chat", "team = Billing"]
    assert first["explained"] > 0.8
    assert found["summary"].startswith("Channel chat, Team Billing explains")


def test_known_events_stand_beside_it_where_they_touch_the_cause(planted: Any) -> None:
    def beside(**event: Any) -> list[tuple[str, str]]:
        made = planted.events.add({"name": "Deploy 7", "kind": "deploy", "start": "2026-02-15T08:00", **event})
        found = planted.why("tickets_created", by=["channel"], **PERIODS)
        planted.events.remove(made["event_id"])
        return [(b["kind"], b["about"]) for b in found["beside"]]

    assert beside() == [("deploy", "Known: Deploy 7 (deploy, Feb 15, 2026, 08:00), in the period.")]
    assert len(beside(where="channel = chat")) == len(beside(where="team = Billing")) == 1
    assert beside(where="channel = email") == []
    assert beside(start="2026-02-13")[0][1].endswith("(deploy, Feb 13, 2026), shortly before the period.")
    assert beside(start="2026-02-03", end="2026-02-05")[0][1].endswith("Feb 3 – Feb 4, 2026), in the period before.")
    assert beside(start="2026-01-01", end="2026-06-01") == beside(start="2026-01-20") == []


def test_what_did_not_change_and_what_cannot_be_told_is_said(planted: Any) -> None:
    even = planted.why("tickets_created", start=START + timedelta(days=7), end=START + timedelta(days=14))
    assert (even["change"], even["causes"], even["summary"]) == (0, [], "Tickets created did not change.")
    none = planted.why("csat", start=START, end=START + timedelta(days=7))
    assert none["change"] is None
    assert none["notes"] == ["There is nothing to compare: no data in the period before."]
    median = planted.why("full_resolution_time_seconds_median", **PERIODS)
    assert median["metric"] == "full_resolution_time_seconds_mean"
    assert "no parts that add up" in median["notes"][0]
    for metric, asked, told in (
        ("cost_per_contact", {}, "is made of"),
        ("tickets_created", {"by": ["tag"]}, "several values of tag"),
        ("tickets_created", {"by": ["nobody"]}, "nobody"),
        ("tickets_created", {"compare": "yesterday"}, "previous or year"),
    ):
        with pytest.raises(InputError, match=told):
            planted.why(metric, **asked)


def test_who_may_not_see_persons_gets_no_words(world: QueryEngine) -> None:
    blind = replace(OWNER, sees_personal_data=False)
    with pytest.raises(ForbiddenError):
        world.cuts(blind, PAIR, ("customer",), ((0,),))
    limited = replace(OWNER, row_filters=(("team", ("Tier 1",)),))
    everything = world.cuts(OWNER, PAIR, ("team",), ((0,),)).of("team")
    own = world.cuts(limited, PAIR, ("team",), ((0,),)).of("team")
    assert own == {("Tier 1",): everything[("Tier 1",)]}


def test_phrases_that_rose_are_told_once_and_whole() -> None:
    before = ["Where is my parcel?", "I cannot log in", "Refund please"] * 40
    after = [*before[:90], *["After the update the app shows error 7 at start"] * 30, *["Where is my parcel now?"] * 5]
    found, topics = rising(before, after)
    assert any("app shows error" in p.words for p in found)
    assert not any("parcel" in p.words for p in found)
    words = [p.words for p in found]
    assert not any(f" {a} " in f" {b} " for a in words for b in words if a != b)
    assert rising([], after) == rising(before, []) == ([], [])
    assert rising(before, before) == ([], [])
    assert "app shows error" in topics[0].label
    assert (topics[0].before, topics[0].after) == (0, 30)
    assert {after[place] for place in topics[0].texts} == {"After the update the app shows error 7 at start"}


def test_the_terminal_tells_it(tmp_path: Path) -> None:
    with dp.open(tmp_path / "data", timezone="UTC") as desk:
        desk.ingest(write_csv(tmp_path / "t.csv", _planted()))
    words = ["why", "tickets_created", "--from", "2026-02-15", "--to", "2026-03-01", "--by", "channel", "--by", "team"]
    done = CliRunner().invoke(app, [*words, "--data-dir", str(tmp_path / "data")])
    assert done.exit_code == 0, done.exception
    assert "Tickets created: 336 before, 476 after (+41.7%)" in done.output
    assert "Channel chat explains 100% of the change" in done.output
    assert "Cause: channel" in done.output
    assert "payment page" in done.output.split("Said more:")[1][:80]
