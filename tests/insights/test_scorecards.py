"""Scorecards: the planted stands out as plain Python computes it; few rows make no star, hard tickets no culprit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from math import hypot, log2, prod, sqrt
from pathlib import Path
from statistics import NormalDist, variance
from typing import Any

import pytest
from tests.metrics.world import at
from tests.worlds import write_csv
from typer.testing import CliRunner

import deskpulse as dp
from deskpulse.cli.main import app
from deskpulse.core.errors import InputError, UnknownNameError
from deskpulse.insights.recommend.fair import compare
from deskpulse.insights.scorecards.criteria import CRITERIA
from deskpulse.insights.scorecards.shrink import shrunk, true_variances
from deskpulse.metrics.cuts import Part

START, DAYS = at("2026-01-01"), 60
SPAN = {"start": "2026-01-01", "end": "2026-03-02"}
KINDS = ("billing", "technical")
BAD = {"billing": 0.3, "technical": 0.5}
"""Technical questions are rated worse by all; Di gets mostly those, Ben is bad with billing, Eve has four tickets."""


def _rows() -> list[dict[str, str]]:
    rows = []
    for i in range(DAYS * 12):
        agent = ("Ann", "Ben", "Cy", "Di")[i % 4]
        nth = i // 4
        kind = KINDS[nth % 5 != 0] if agent == "Di" else KINDS[nth % 5 == 0]
        bad = 0.9 if (agent, kind) == ("Ben", "billing") else BAD[kind]
        rows.append((agent, kind, "1" if (nth * 7 + i) % 10 < bad * 10 else "5", 3 + i % 5))
    rows += [("Eve", "billing", "5", 3)] * 4
    return [
        {"Ticket ID": str(i), "Opened At": (START + timedelta(minutes=110 * i)).isoformat(), "Subject": f"Order {i}",
         "Status": "Solved", "Assignee": agent, "Group": "Front", "Category": kind, "Priority": "Normal", "CSAT": score,
         "Solved At": (START + timedelta(minutes=110 * i, hours=hours)).isoformat()}
        for i, (agent, kind, score, hours) in enumerate(rows)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scorecards")
    with dp.open(folder / "data", timezone="UTC") as desk:
        desk.ingest(write_csv(folder / "t.csv", _rows()))
    return folder / "data"


@pytest.fixture
def desk(data: Path) -> Iterator[Any]:
    with dp.open(data, timezone="UTC") as opened:
        yield opened


ONLY = {"first_reply": 0, "resolution": 2, "satisfaction": 3, "first_contact": 0, "tone": 0, "quality": 0}


def _in_period() -> list[dict[str, str]]:
    return [r for r in _rows() if r["Solved At"] < "2026-03-02"]


def _by_hand() -> dict[str, tuple[float, float, float, float]]:
    """Return each agent's share of good answers, what others have on the same kinds, the error, and the rows."""
    good = [(r["Assignee"], r["Category"], r["CSAT"] == "5") for r in _in_period()]
    found = {}
    for agent in ("Ann", "Ben", "Cy", "Di"):
        own = [g for a, _, g in good if a == agent]
        expected = spread = 0.0
        for kind in KINDS:
            mine = [g for a, k, g in good if (a, k) == (agent, kind)]
            others = [g for a, k, g in good if a != agent and k == kind]
            expected += len(mine) * sum(others) / len(others)
            p, q = ((sum(x) + 1) / (len(x) + 2) for x in (mine, others))
            spread += len(mine) * p * (1 - p) + len(mine) ** 2 * q * (1 - q) / len(others)
        found[agent] = (sum(own) / len(own), expected / len(own), sqrt(spread) / len(own), len(own))
    return found


def _posterior(difference: float, error: float, units: list[tuple[float, float]]) -> tuple[float, float]:
    """Return mean and deviation of a true difference, over a fine grid of itself and of how far units differ."""
    most = 2 * max(max(abs(d), s) for d, s in units)
    deviations = [most * step / 80 for step in range(1, 81)]
    likely = [prod(NormalDist(0, hypot(tau, s)).pdf(d) for d, s in units) for tau in deviations]
    grid = [-0.8 + step / 250 for step in range(401)]
    seen = [NormalDist(x, error).pdf(difference) for x in grid]
    dense = [0.0] * len(grid)
    for tau, weight in zip(deviations, likely, strict=True):
        own = [NormalDist(0, tau).pdf(x) * at for x, at in zip(grid, seen, strict=True)]
        whole = sum(own)
        dense = [so_far + weight * one / whole for so_far, one in zip(dense, own, strict=True)]
    weights = [one / sum(dense) for one in dense]
    mean = sum(x * w for x, w in zip(grid, weights, strict=True))
    return mean, sqrt(sum((x - mean) ** 2 * w for x, w in zip(grid, weights, strict=True)))


def test_a_card_is_what_plain_python_computes(desk: Any) -> None:
    found = desk.scorecards(**SPAN, weights=ONLY)
    hand, rows = _by_hand(), _in_period()
    whole = sum(r["CSAT"] == "5" for r in rows) / len(rows)
    cards = {card["unit"]: card for card in found["scorecards"]}
    assert set(cards) == set(hand)
    for agent, (value, expected, error, n) in hand.items():
        told = {one["criterion"]: one for one in cards[agent]["criteria"]}
        csat, times = told["satisfaction"], told["resolution"]
        assert (csat["value"], csat["expected"], csat["n"]) == (pytest.approx(value), pytest.approx(expected), n)
        mean, deviation = _posterior(value - expected, error, [(v - e, s) for v, e, s, _ in hand.values()])
        adjusted = whole + mean
        assert csat["adjusted"] == pytest.approx(adjusted, abs=0.002)
        assert csat["high"] - csat["low"] == pytest.approx(2 * 1.959964 * deviation, rel=0.02)
        points = [
            min(100, max(0, 50 + 50 * (adjusted - whole) / 0.2)),
            50 - 50 * log2(times["adjusted"] / times["target"]),
        ]
        assert cards[agent]["score"] == pytest.approx((3 * points[0] + 2 * points[1]) / 5, abs=0.4)
        assert cards[agent]["low"] <= cards[agent]["score"] <= cards[agent]["high"]


def test_the_culprit_is_named_and_hard_tickets_make_none(desk: Any) -> None:
    found = desk.scorecards(**SPAN, weights=ONLY | {"resolution": 0})
    cards = {card["unit"]: card for card in found["scorecards"]}
    assert found["scorecards"][-1]["unit"] == "Ben"
    assert cards["Ben"]["verdict"] == "below target"
    raw = {agent: value for agent, (value, *_) in _by_hand().items()}
    assert raw["Di"] < raw["Cy"]
    assert cards["Di"]["verdict"] != "below target"
    note = cards["Ben"]["coaching"]
    assert note["is_sure"]
    assert (note["criterion"], note["kind"]["category"]) == ("satisfaction", "billing")
    assert "billing" in note["text"]
    bad = {r["Ticket ID"] for r in _rows() if (r["Assignee"], r["Category"], r["CSAT"]) == ("Ben", "billing", "1")}
    assert len(note["tickets"]) == 3
    assert {ticket["ticket_id"].split(":")[-1] for ticket in note["tickets"]} <= bad


def test_few_rows_make_no_star(desk: Any) -> None:
    found = desk.scorecards(**{**SPAN, "end": "2026-03-10"}, weights=ONLY)
    assert "Eve" not in {card["unit"] for card in found["scorecards"]}
    (eve,) = (one for one in found["too_few"] if one["unit"] == "Eve")
    assert eve["rows"] == {"resolution": 4, "satisfaction": 4}
    assert shrunk(0.4, 0.2, true_variances([0.4], [0.2])) == (0.0, 0.0)  # nobody beside
    mean, deviation = shrunk(0.4, 0.2, ((0.04, 1.0),))
    assert (mean, deviation) == (pytest.approx(0.2), pytest.approx(0.2 / sqrt(2)))
    even = true_variances([0.01, -0.01, 0.02, -0.02], [0.2] * 4)
    apart = true_variances([0.5, -0.5, 0.6, -0.6], [0.05] * 4)
    assert 0 < shrunk(0.2, 0.2, even)[0] < 0.1
    assert shrunk(0.6, 0.05, apart)[0] > 0.59


def test_single_rows_of_many_kinds_are_not_certain() -> None:
    """The spread of a mean of one row is not 0: the others' stands in."""
    values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]
    cells = {("b", str(k)): Part(value=5.5, n=10, squares=sum(v * v for v in values)) for k in range(4)}
    cells |= {("a", str(k)): Part(value=1.0, n=1, squares=1.0) for k in range(4)}
    (one,) = (c for c in compare(cells, is_share=False, least=4) if c.unit == "a")
    assert one.error == pytest.approx(sqrt(4 * variance(values) * (1 + 1 / 10)) / 4)


def test_targets_and_weights_are_those_given_or_kept(desk: Any) -> None:
    desk.set_target("csat", 0.95)
    found = desk.scorecards("team", **SPAN, targets={"resolution": 3600})
    told = {one["name"]: (one["target"], one["target_from"]) for one in found["criteria"]}
    assert told["satisfaction"] == (0.95, "the workspace's target")
    assert told["resolution"] == (3600, "given")
    assert any(text.startswith(CRITERIA["quality"].label) for text in found["unknown"])
    desk.set_target("csat", None)
    assert found["scorecards"] == []  # a single team stands beside nobody
    assert found["too_few"][0]["unit"] == "Front"


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [({"by": "channel"}, InputError, "by 'channel'"), ({"weights": {"speed": 1}}, UnknownNameError, "speed"),
     ({"weights": {"tone": -1}}, InputError, "0 or more"),
     ({"targets": {"tone": float("nan")}}, InputError, "a number"),
     ({"limit": 0}, InputError, "1 to 500"), ({"where": "chanel = x"}, UnknownNameError, "chanel")],
)  # fmt: skip
def test_nonsense_is_refused(desk: Any, asked: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        desk.scorecards(**SPAN, **asked)


def test_the_command_line_tells_the_same(data: Path) -> None:
    told = CliRunner().invoke(app, ["scorecards", "--from", "2026-01-01", "--to", "2026-03-02", "--weight",
                                    "resolution=0", "--target", "satisfaction=0.7",
                                    "--data-dir", str(data)])  # fmt: skip
    assert told.exit_code == 0, told.output
    assert "Ben: Satisfaction:" in told.output
    assert "Surely below target: Ben" in told.output
