"""Patterns: what is planted is found with its size and its rows, chance is not, and too little data says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.worlds import write_csv
from typer.testing import CliRunner

import deskpulse as dp
from deskpulse.cli.main import app
from deskpulse.core.errors import InputError, UnknownNameError
from deskpulse.insights.patterns.effects import corrected, group_effects, lift, regress, strength
from deskpulse.insights.patterns.months import month_effects

START = datetime(2025, 1, 6, tzinfo=UTC)
DAYS = 420
HOURS = tuple(range(8, 18))
FRIDAY, NOON = 0.5, 3.0
BILLING_A_DAY = 1.004
"""Billing grows by so much a day."""
TOLD: dict[str, Any] = {}
"""What the terminal said of the data before it was opened here."""


def tickets() -> list[dict[str, str]]:
    """Return 420 days of tickets: Fridays half, 12:00 three times as much; billing grows; urgent ones are escalated
    four times as often; customers of returns come back after five days; those of security leave."""
    dice = np.random.default_rng(4)
    found: list[dict[str, str]] = []

    def add(opened: datetime, category: str, customer: str) -> None:
        found.append({
            "Ticket ID": f"t{len(found)}", "Opened At": opened.isoformat(), "Subject": f"About {category}",
            "Status": "Solved", "Category": category, "Customer ID": customer, "Channel": "Email",
            "Priority": "Urgent" if dice.random() < 0.2 else "Normal",
        })  # fmt: skip
        rate = 0.4 if found[-1]["Priority"] == "Urgent" else 0.1
        found[-1]["Escalated"] = "true" if dice.random() < rate else "false"

    for day in range(DAYS):
        at = START + timedelta(days=day)
        level = FRIDAY if at.weekday() == 4 else 1.0
        shares = {"billing": 4 * BILLING_A_DAY**day, "returns": 4.0, "account": 8.0, "security": 2.0}
        for category, mean in shares.items():
            for _ in range(int(dice.poisson(level * mean))):
                weights = np.array([NOON if hour == 12 else 1.0 for hour in HOURS])
                hour = int(dice.choice(HOURS, p=weights / weights.sum()))
                opened = at + timedelta(hours=hour, minutes=int(dice.integers(0, 60)))
                who = f"{category[0]}{dice.integers(0, 900)}"
                add(opened, category, who)
                if category == "returns" and dice.random() < 0.5:
                    add(opened + timedelta(days=5), category, who)
    return found


def customers(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the customers: one in three who wrote about security is lost 20 days after the last ticket."""
    dice = np.random.default_rng(9)
    last: dict[str, str] = {}
    for row in rows:
        last[row["Customer ID"]] = max(last.get(row["Customer ID"], ""), row["Opened At"])
    found = []
    for who, at in sorted(last.items()):
        leaves = dice.random() < (0.33 if who[0] == "s" else 0.02)
        gone = datetime.fromisoformat(at) + timedelta(days=20)
        found.append({"Customer ID": who, "Name": f"Customer {who}", "Created At": "2024-01-01",
                      "Churned At": gone.isoformat() if leaves else ""})  # fmt: skip
    return found


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    return tickets()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, str]]) -> Path:
    folder = tmp_path_factory.mktemp("patterns")
    with dp.open(folder / "data", timezone="UTC") as desk:
        desk.ingest(write_csv(folder / "tickets.csv", rows))
        desk.ingest(write_csv(folder / "customers.csv", customers(rows)))
    for words in ([], ["--json"]):
        done = CliRunner().invoke(app, ["patterns", *words, "--data-dir", str(folder / "data")])
        assert done.exit_code == 0, done.output
        TOLD["terminal json" if words else "terminal"] = done.output
    return folder / "data"


@pytest.fixture(scope="module")
def desk(data: Path) -> Iterator[Any]:
    with dp.open(data, timezone="UTC") as opened:
        yield opened


@pytest.fixture(scope="module")
def found(desk: Any) -> Any:
    return desk.patterns()


@pytest.fixture(scope="module")
def frame(rows: list[dict[str, str]], found: Any) -> Any:
    table = pd.DataFrame(rows)
    table["at"] = pd.to_datetime(table["Opened At"], utc=True)
    table = table[(table["at"] >= found["from"]) & (table["at"] < found["to"])].copy()
    table["day"] = table["at"].dt.floor("D")
    return table


def values(found: Any, season: str) -> dict[str, Any]:
    one = next(s for s in found["seasons"] if s["season"] == season)
    assert not one["unknown"]
    return {value["key"]: value for value in one["values"]}


def test_weekdays_are_what_pandas_counts_and_the_planted_one_stands_out(found: Any, frame: Any) -> None:
    told = values(found, "weekday")
    days = frame.groupby("day").size().reindex(pd.date_range(found["from"], found["to"], inclusive="left", tz="UTC"),
                                               fill_value=0)  # fmt: skip
    means = days.groupby(days.index.day_name()).mean()
    assert {key: one["value"] for key, one in told.items()} == pytest.approx(means.to_dict())
    usual = float(days.mean())
    friday = told["Friday"]
    assert friday["relative"] == pytest.approx(means["Friday"] / usual - 1)
    assert friday["is_sure"]
    assert friday["n"] == int((frame["at"].dt.day_name() == "Friday").sum())
    assert next(s for s in found["seasons"] if s["season"] == "weekday")["strength"] > 0.3


def test_hours_are_what_pandas_counts_and_lead_to_their_rows(desk: Any, found: Any, frame: Any) -> None:
    told = values(found, "hour")
    counts = frame.groupby(frame["at"].dt.hour).size()
    assert {int(key): one["n"] for key, one in told.items() if one["n"]} == counts.to_dict()
    noon = told["12"]
    truth = NOON / (12 / 24) - 1
    assert noon["low"] < truth < noon["high"]
    assert noon["is_sure"]
    assert told["03"]["relative"] == -1.0
    assert desk.tickets(metric="tickets_created", where=['hour = "12"'], start=found["from"],
                        end=found["to"])["total"] == noon["n"]  # fmt: skip
    grid = {(one["weekday"], one["hour"]): one["n"] for one in found["heatmap"]["cells"]}
    by_cell = frame.groupby([frame["at"].dt.day_name(), frame["at"].dt.strftime("%H")]).size()
    assert {key: n for key, n in grid.items() if n} == by_cell.to_dict()


def test_the_category_that_grows_is_told_with_its_slope(found: Any) -> None:
    told = {one["value"]: one for one in found["growth"]["values"]}
    billing = told["billing"]
    assert billing["way"] == "grows"
    truth = BILLING_A_DAY ** (364 / 12) - 1
    assert billing["low"] < truth < billing["high"]
    assert billing["low"] > 0
    assert billing["share_now"] > billing["share_then"]
    assert "season" in found["growth"]["notes"][0]
    assert told["account"]["way"] != "grows"


def test_customers_who_come_back_are_what_pandas_counts(found: Any, rows: list[dict[str, str]]) -> None:
    table = pd.DataFrame(rows)
    table["at"] = pd.to_datetime(table["Opened At"], utc=True)
    table = table.sort_values(["at", "Ticket ID"])
    table["days"] = -table.groupby(["Customer ID", "Category"])["at"].diff(-1).dt.total_seconds() / 86_400
    end = table["at"].max()
    own = table[(table["at"] >= found["from"]) & (table["at"] < found["to"])
                & (table["at"] + timedelta(days=30) <= end)]  # fmt: skip
    told = {one["value"]: one for one in found["repeats"]["values"]}
    for category, part in own.groupby("Category"):
        back = part[part["days"] <= 30]
        assert told[category]["n"] == len(part)
        assert told[category]["back"] == len(back)
        assert told[category]["customers_back"] == back["Customer ID"].nunique()
    assert told["returns"]["is_sure"]
    assert told["returns"]["low"] > 1.5
    assert told["returns"]["days"][1] == pytest.approx(5.0)
    assert found["repeats"]["share_low"] < found["repeats"]["share"] < found["repeats"]["share_high"]


def test_what_goes_before_escalations_has_its_planted_lift(found: Any) -> None:
    told = {(one["by"], one["value"]): one for one in found["escalations"]["values"]}
    urgent = told["priority", "urgent"]
    assert urgent["is_sure"]
    assert urgent["low"] < 4.0 < urgent["high"]
    assert {key for key, one in told.items() if one["is_sure"] and one["times"] > 1} == {("priority", "urgent")}


def test_what_goes_before_a_loss_is_found_and_nothing_else(found: Any) -> None:
    losses = found["losses"]
    assert not losses["unknown"]
    sure = {(one["by"], one["value"]) for one in losses["values"] if one["is_sure"] and one["times"] > 1}
    assert sure == {("category", "security")}
    assert losses["tested"] > 4
    assert losses["churn_rate"] is not None


def test_own_past_tells_a_year_before_and_the_last_months(desk: Any, found: Any, frame: Any) -> None:
    row = next(one for one in found["past"]["rows"] if one["metric"] == "tickets_created")
    month = pd.Timestamp(found["past"]["month"], tz="UTC")
    own = frame[frame["at"] >= month]
    days = (pd.Timestamp(found["to"], tz="UTC") - month).days
    assert row["now"]["value"] == pytest.approx(len(own) / days)
    before = frame[(frame["at"] >= month - pd.DateOffset(years=1))
                   & (frame["at"] < month - pd.DateOffset(years=1) + timedelta(days=days))]  # fmt: skip
    assert row["year_ago"]["n"] == len(before)
    assert row["year_ago"]["is_sure"]
    per_day = frame.groupby(frame["at"].dt.strftime("%Y-%m")).size()
    best = row["best"]
    assert best["n"] == per_day[best["month"]]
    assert row["months"] == 12


def test_slices_have_their_own_seasons(desk: Any) -> None:
    found = desk.patterns(by="category", parts="seasons")
    account = next(one for one in found["seasons"] if (one["slice"], one["season"]) == ("account", "weekday"))
    friday = next(one for one in account["values"] if one["key"] == "Friday")
    assert friday["low"] < FRIDAY / ((6 + FRIDAY) / 7) - 1 < friday["high"]
    told = {(one["slice"], one["season"]) for one in found["seasons"]}
    assert ("billing", "weekday") in told
    assert set(found) & {"growth", "past", "losses"} == set()
    first = next(one for one in found["seasons"] if (one["slice"], one["season"]) == ("billing", "weekday"))
    assert "category+%3D+billing" in first["values"][0]["link"]


def test_shares_have_seasons_too(desk: Any, frame: Any) -> None:
    found = desk.patterns("escalation_rate", parts="seasons")
    told = values(found, "weekday")
    by_day = frame.assign(hit=frame["Escalated"] == "true").groupby(frame["at"].dt.day_name())["hit"].mean()
    assert {key: one["value"] for key, one in told.items()} == pytest.approx(by_day.to_dict())
    assert not any(one["is_sure"] for season in found["seasons"] for one in season["values"])


def test_three_days_say_what_they_cannot_tell(tmp_path: Path, rows: list[dict[str, str]]) -> None:
    with dp.open(tmp_path / "data", timezone="UTC") as desk:
        assert desk.patterns()["unknown"] == ["There is no data yet."]
        desk.ingest(write_csv(tmp_path / "t.csv", [row for row in rows if row["Opened At"] < "2025-01-10"]))
        found = desk.patterns()
    assert all(one["unknown"] and not one["values"] for one in found["seasons"])
    assert found["growth"]["unknown"]
    assert found["repeats"]["unknown"]
    assert found["escalations"]["unknown"]
    assert found["losses"]["unknown"]
    assert all(one["unknown"] for one in found["past"]["rows"])


def test_what_is_asked_wrongly_is_refused(desk: Any) -> None:
    with pytest.raises(UnknownNameError):
        desk.patterns("ticket_created")
    with pytest.raises(UnknownNameError):
        desk.patterns(parts="tides")
    with pytest.raises(InputError):
        desk.patterns(by="weather")


def test_the_terminal_tells_the_same(found: Any) -> None:
    for text in ("By weekday", "Friday", "billing", "grows", "returns", "urgent", "security", "12:00"):
        assert text in TOLD["terminal"]
    assert json.loads(TOLD["terminal json"])["seasons"] == found["seasons"]


def test_the_brief_tells_what_grows(desk: Any) -> None:
    growth = desk.insights()["growth"]
    assert [one["value"] for one in growth["values"] if one["way"] == "grows"] == ["billing"]


def test_quiet_series_name_a_difference_in_few_answers_alone() -> None:
    dice = np.random.default_rng(2)
    named = 0
    for _ in range(200):
        level = np.repeat(np.exp(dice.normal(0, 0.1, 20)), 7)
        sums = dice.poisson(30 * level).astype(float)
        effects = group_effects(sums, np.ones(140), groups=np.tile(np.arange(7), 20), rows=sums,
                                clusters=np.repeat(np.arange(20), 7), names=list("abcdefg"))  # fmt: skip
        named += any(one.is_sure for one in corrected(effects))
    assert named / 200 < 0.1


def test_the_error_of_an_effect_is_the_jackknifes() -> None:
    dice = np.random.default_rng(3)
    groups, clusters = np.tile(np.arange(7), 30), np.repeat(np.arange(30), 7)
    sums = dice.poisson(20 * (1 + 0.3 * (groups == 2))).astype(float)

    def effect(kept: Any) -> float:
        return float(sums[kept & (groups == 2)].mean() / sums[kept].mean() - 1)

    one = group_effects(sums, np.ones(210), groups=groups, clusters=clusters, names=list("abcdefg"), rows=sums)[2]
    every = np.array([effect(clusters != week) for week in range(30)])
    error = np.sqrt(29 / 30 * ((every - every.mean()) ** 2).sum())
    assert (one.high - one.low) / 2 / 2.045 == pytest.approx(error, rel=0.05)


def test_the_regression_is_that_of_statsmodels() -> None:
    models = pytest.importorskip("statsmodels.api")
    dice = np.random.default_rng(5)
    rows = np.column_stack([np.ones(80), np.arange(80) / 12, dice.normal(size=80)])
    values, weights = rows @ [1.0, 0.3, -0.2] + dice.normal(size=80), dice.uniform(1, 3, 80)
    own = regress(rows, values, weights, lag=4)
    theirs = models.WLS(values, rows, weights=weights).fit(
        cov_type="HAC", cov_kwds={"maxlags": 4, "use_correction": True}
    )
    assert own.coefficients == pytest.approx(theirs.params)
    assert np.sqrt(np.diag(own.covariance)) == pytest.approx(theirs.bse)


def test_months_come_out_as_planted_beside_growth() -> None:
    dice = np.random.default_rng(6)
    first = datetime(2024, 1, 1, tzinfo=UTC).date()
    days = [first + timedelta(days=n) for n in range(720)]
    season = np.array([1, 1, 1, 1, 1, 1, 0.7, 1, 1, 1, 1, 1.3])
    usual = np.exp(np.log(season).mean())
    level = np.array([season[day.month - 1] for day in days]) * np.exp(np.arange(720) / 900)
    sums = dice.poisson(60 * level).astype(float)
    told = month_effects(days, sums, np.ones(720), sums, is_count=True)
    assert told is not None
    effects = {int(one.key): one for one in corrected(told[0])}
    for month, truth in ((7, 0.7), (12, 1.3)):
        assert effects[month].low < truth / usual - 1 < effects[month].high
        assert effects[month].is_sure
        assert effects[month].periods == 2
    assert not any(one.is_sure for key, one in effects.items() if key not in (7, 12))
    assert told[1] is not None
    assert told[1] > 0.3


def test_a_lift_is_the_ratio_of_two_shares_and_nothing_of_nothing() -> None:
    one = lift("a", hits=30, n=100, other_hits=15, others=100)
    assert one is not None
    assert one.relative == pytest.approx(1.0)
    assert one.low < 1.0 < one.high
    wide = lift("a", hits=30, n=100, other_hits=15, others=100, design=4.0)
    assert wide is not None
    assert np.log1p(wide.high) - np.log1p(one.relative) == pytest.approx(
        2 * (np.log1p(one.high) - np.log1p(one.relative)))  # fmt: skip
    assert lift("a", hits=0, n=100, other_hits=0, others=100) is None
    assert strength(np.zeros(3), np.ones(3), groups=np.arange(3), blocks=np.zeros(3, dtype=np.int64)) is None
