"""Recommendations: planted weaknesses are found, even desks get none, and what was done is measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from math import sqrt
from pathlib import Path
from typing import Any

import pytest
from tests.metrics.world import at
from tests.worlds import write_csv
from typer.testing import CliRunner

import deskpulse as dp
from deskpulse.cli.main import app
from deskpulse.control import recommendations as kept
from deskpulse.core.errors import InputError, NotFoundError
from deskpulse.core.principal import Principal
from deskpulse.forecast.staffing.erlang import Work, figures
from deskpulse.insights.recommend.catalogue import rules
from deskpulse.insights.recommend.evidence import Evidence
from deskpulse.insights.recommend.fair import compare, pooled
from deskpulse.insights.recommend.model import Recommendation
from deskpulse.metrics.cuts import Part
from deskpulse.metrics.model import MetricQuery, Value

START, DAYS, TURN = at("2026-01-01"), 120, 60
"""Ben does badly with billing until the day of the turn; Logistics is slow with shipping all the time."""


def _rows(*, is_odd: bool = True) -> list[dict[str, str]]:
    rows = []
    for day in range(DAYS):
        for i in range(12):
            agent, category = (
                ("Ann", "Ben", "Cy", "Di")[i % 4],
                ("billing", "technical", "shipping")[(i // 4 + day) % 3],
            )
            opened = START + timedelta(days=day, minutes=97 * i)
            is_bad = agent == "Ben" and category == "billing" and day < TURN and is_odd
            is_slow = agent == "Di" and category == "shipping" and is_odd
            score = "1" if (day * 7 + i) % 10 < (7 if is_bad else 2) else "5"
            hours = 3 + (day + i) % 5 + (12 if is_slow else 0)
            rows.append({
                "Ticket ID": str(len(rows)), "Opened At": opened.isoformat(), "Subject": f"Order {len(rows)}",
                "Status": "Solved", "Assignee": agent, "Group": "Logistics" if agent == "Di" else "Front",
                "Category": category, "Priority": "Normal", "CSAT": score,
                "Solved At": (opened + timedelta(hours=hours)).isoformat(),
            })  # fmt: skip
    return rows


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recommend")
    with dp.open(folder / "data", timezone="UTC") as desk:
        desk.ingest(write_csv(folder / "t.csv", _rows()))
    return folder / "data"


@pytest.fixture
def desk(data: Path) -> Iterator[Any]:
    with dp.open(data, timezone="UTC") as opened:
        yield opened


UNTIL_TURN = {"start": "2026-01-01", "end": (START + timedelta(days=TURN)).date().isoformat()}


def test_what_was_planted_is_recommended_with_its_evidence(desk: Any) -> None:
    found = desk.recommendations(**UNTIL_TURN)["recommendations"]
    assert {(one["rule"], one["title"]) for one in found} == {
        ("training", "Train Ben on billing"), ("routing", "Route shipping from Logistics to Front"),
    }  # fmt: skip
    train, route = sorted(found, key=lambda one: one["rule"], reverse=True)
    rows = _rows()[: TURN * 12]
    ben = [r["CSAT"] == "5" for r in rows if r["Assignee"] == "Ben"]
    assert train["evidence"]["value"] == pytest.approx(sum(ben) / len(ben))
    expected = 0.0
    for category in ("billing", "technical", "shipping"):
        others = [r["CSAT"] == "5" for r in rows if r["Assignee"] != "Ben" and r["Category"] == category]
        own = sum(r["Assignee"] == "Ben" and r["Category"] == category for r in rows)
        expected += own * sum(others) / len(others)
    assert train["evidence"]["expected"] == pytest.approx(expected / len(ben))
    gain = train["gain"]
    assert gain["value"] == pytest.approx((expected - sum(ben)) / (TURN / 30))
    assert gain["low"] < gain["value"] < gain["high"]
    # The gain is that of the later part, which the choice did not know.
    line = START + timedelta(days=0.6 * TURN)
    shipped = [r for r in rows if r["Category"] == "shipping" and datetime.fromisoformat(r["Solved At"]) >= line]
    slow, quick = ([_hours(r) for r in shipped if r["Group"] == group] for group in ("Logistics", "Front"))
    saved = sum(slow) - len(slow) * sum(quick) / len(quick)
    assert route["gain"]["value"] == pytest.approx(saved / (0.4 * TURN / 30), rel=0.1)
    assert route["evidence"]["held_out_n"] < route["evidence"]["n"]
    assert route["gain"]["low"] > 0
    assert all(one["status"] == "open" and one["outcome"] is None for one in found)


def _hours(row: dict[str, str]) -> float:
    opened, solved = (datetime.fromisoformat(row[name]) for name in ("Opened At", "Solved At"))
    return (solved - opened).total_seconds() / 3600


def test_its_rows_are_as_many_as_it_counts(desk: Any) -> None:
    for one in desk.recommendations(**UNTIL_TURN)["recommendations"]:
        page = desk.drill(desk.query(one["metric"], where=list(one["where"]), **UNTIL_TURN))
        assert page["total"] == one["evidence"]["n"]


def test_an_even_desk_gets_no_recommendation(tmp_path: Path) -> None:
    with dp.open(tmp_path / "data", timezone="UTC") as desk:
        desk.ingest(write_csv(tmp_path / "t.csv", _rows(is_odd=False)))
        found = desk.recommendations(**UNTIL_TURN)
    assert (found["recommendations"], found["unknown"]) == ([], [])


def test_too_few_rows_recommend_nothing_and_say_so(desk: Any) -> None:
    found = desk.recommendations(start="2026-01-01", end="2026-01-05")
    assert found["recommendations"] == []
    assert "48, 200 are needed" in found["unknown"][0]


def test_what_was_done_is_measured_against_the_rest(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (train,) = (one for one in desk.recommendations(**UNTIL_TURN)["recommendations"] if one["rule"] == "training")
    turn = START + timedelta(days=TURN)
    monkeypatch.setattr(kept, "now", lambda: turn)
    told = desk.decide(train["id"], "accepted", "A course in March", **UNTIL_TURN)
    assert told["status"] == "accepted"
    monkeypatch.setattr(kept, "now", lambda: turn + timedelta(days=20))
    assert desk.decide(train["id"], "done")["decision"]["at"] == turn.isoformat()  # since it was accepted
    (one,) = desk.recommendations(status="done")["recommendations"]
    brought, rows = one["outcome"], _rows()
    days = DAYS - TURN
    sides = [
        [r["CSAT"] == "5" for r in rows if (r["Assignee"] == "Ben") == is_ben
         and (TURN - days if not is_after else TURN) * 1440 <= _minutes(r) < (TURN if not is_after else DAYS) * 1440]
        for is_ben in (True, False) for is_after in (False, True)
    ]  # fmt: skip
    before, after, rest_before, rest_after = (sum(s) / len(s) for s in sides)
    assert brought["change"] == pytest.approx((after - before) - (rest_after - rest_before))
    assert (brought["is_sure"], brought["is_better"]) == (True, True)
    error = sqrt(sum((sum(s) + 1) / (len(s) + 2) * (1 - (sum(s) + 1) / (len(s) + 2)) / len(s) for s in sides))
    assert brought["high"] - brought["change"] == pytest.approx(1.959964 * error, rel=1e-4)
    assert desk.decide(train["id"], "open")["status"] == "open"


def _minutes(row: dict[str, str]) -> float:
    return (datetime.fromisoformat(row["Opened At"]) - START).total_seconds() / 60


def test_what_cannot_be_decided_is_refused(desk: Any) -> None:
    with pytest.raises(InputError, match="no status 'maybe'"):
        desk.decide("x", "maybe")
    (train,) = (one for one in desk.recommendations(**UNTIL_TURN)["recommendations"] if one["rule"] == "training")
    with pytest.raises(NotFoundError, match="There is no recommendation"):
        desk.decide(train["id"], "accepted", where="agent = Cy", **UNTIL_TURN)
    with pytest.raises(NotFoundError, match="no recommendation 'x'"):
        desk.decide("x", "accepted")
    with pytest.raises(InputError, match="no status 'later'"):
        desk.recommendations(status="later")


def test_a_filter_is_part_of_what_it_is_about(desk: Any) -> None:
    whole, filtered = (
        [one for one in desk.recommendations(where=where, **UNTIL_TURN)["recommendations"] if one["rule"] == "training"]
        for where in ((), "category = billing")
    )
    assert filtered[0]["where"] == ["category = billing", *whole[0]["where"]]
    assert filtered[0]["id"] != whole[0]["id"]
    notes = desk.recommendations(where="category = billing", **UNTIL_TURN)["notes"]
    assert any("Self-service rate was not looked at" in note for note in notes), notes
    told = desk.decide(filtered[0]["id"], "declined", where="category = billing", **UNTIL_TURN)
    assert (told["status"], told["where"]) == ("declined", filtered[0]["where"])
    assert {one["id"]: one["status"] for one in desk.recommendations(**UNTIL_TURN)["recommendations"]}[
        whole[0]["id"]
    ] == "open"
    assert desk.decide(filtered[0]["id"], "open", where="category = billing", **UNTIL_TURN)["decision"] is None


def test_the_command_line_tells_the_same(data: Path) -> None:
    told = CliRunner().invoke(app, ["recommendations", "--from", "2026-01-01", "--to", UNTIL_TURN["end"],
                                    "--data-dir", str(data)])  # fmt: skip
    assert told.exit_code == 0, told.output
    assert "[open] Train Ben on billing" in told.output
    assert "answers that are good ones more a month, at colleagues' level" in told.output


class Canned(Evidence):
    """Evidence that is given, for rules whose facts a small file of tickets does not have."""

    cells: dict[tuple[str, ...], dict[Any, Part]]

    def has(self, metric: str, *by: str) -> bool:
        return (metric, *by) in self.cells

    def parts(self, metric: str, by: Sequence[str], where: Sequence[str] = ()) -> dict[Any, Part]:
        return self.cells.get((metric, *by), {})

    def total(self, metric: str) -> Value:
        part = self.cells[metric,][()]
        return Value(value=part.value, n=part.n)


def canned(
    rule: str, cells: dict[tuple[str, ...], dict[Any, Part]], leaving: dict[str, Any] | None = None
) -> list[Recommendation]:
    query = MetricQuery(metrics=("tickets_created",), start=START, end=START + timedelta(days=60))
    given = type("Given", (Canned,), {"cells": cells})
    evidence = given(None, Principal(workspace="w", user="u", role="owner"), query, at_risk=lambda: leaving)
    return list(rules()[rule].find(evidence))


def share(value: float, n: int) -> Part:
    return Part(value=value, n=n)


def test_hours_in_which_callers_give_up_want_people() -> None:
    slots = {(day, f"{hour:02d}"): share(0.05, 200) for day in ("Monday", "Friday") for hour in range(8, 18)}
    assert canned("staffing", {("call_abandonment_rate", "weekday", "hour"): slots}) == []
    slots |= {("Monday", "09"): share(0.25, 200), ("Monday", "10"): share(0.3, 200)}
    (one,) = canned("staffing", {("call_abandonment_rate", "weekday", "hour"): slots})
    assert one.title == "Staff the phones better at Monday 09–11"
    others = {slot: part for slot, part in slots.items() if slot != ("Monday", "09")}
    lost = 200 * (0.25 - pooled(list(others.values())).value)  # type: ignore[operator]
    others = {slot: part for slot, part in slots.items() if slot != ("Monday", "10")}
    lost += 200 * (0.3 - pooled(list(others.values())).value)  # type: ignore[operator]
    assert one.gain is not None
    assert one.gain.value == pytest.approx(lost / 2)
    assert "cannot be told" in one.notes[0]
    known = {("call_wait_seconds_mean", "weekday", "hour"): dict.fromkeys(slots, share(60.0, 200)),
             ("call_handle_time_seconds_mean", "weekday", "hour"): dict.fromkeys(slots, share(300.0, 200)),
             ("call_abandonment_rate", "weekday", "hour"): slots}  # fmt: skip
    (one,) = canned("staffing", known)
    told = one.evidence
    assert int(told["people_needed"]) > int(told["people"])  # type: ignore[arg-type]
    work = Work(rate=400 / (2 * (60 / 7) * 3600), handle_seconds=300.0, patience_seconds=60.0 / 0.275)
    now, then = (figures(work, int(told[name]), within_seconds=20.0) for name in ("people", "people_needed"))  # type: ignore[arg-type]
    assert abs(now.abandonment - 0.275) < 0.2
    assert then.abandonment <= float(told["expected"]) + 0.01  # type: ignore[arg-type]
    assert float(told["service_level"]) < float(told["service_level_needed"]) == then.service_level  # type: ignore[arg-type]


def test_what_is_asked_often_and_answered_at_once_wants_an_article() -> None:
    cells: dict[Any, dict[Any, Part]] = {
        ("one_touch_rate", "category"): {("how to",): share(0.9, 300), ("bug",): share(0.3, 700)},
        ("self_service_rate",): {(): share(0.2, 500)},
    }
    (one,) = canned("article", cells)
    assert one.title == "Write an article about how to"
    assert one.gain is not None
    assert one.gain.value == pytest.approx(150 * 0.9 * 0.2)
    (one,) = canned("article", {("one_touch_rate", "category"): cells["one_touch_rate", "category"]})
    assert one.gain is None
    assert "cannot be told" in one.notes[0]


def test_a_category_that_changes_hands_wants_another_process() -> None:
    cells = {("team_transfer_rate", "category"): {("returns",): share(0.4, 200), ("bug",): share(0.1, 800)}}
    (one,) = canned("process", cells)
    assert one.where == ("category = returns",)
    assert one.gain is not None
    assert one.gain.value == pytest.approx(200 / 2 * 0.3)


def test_unhappy_customers_who_write_again_want_a_call() -> None:
    cells = {
        ("tickets_created", "customer"): {("Mo",): share(0, 9), ("Jo",): share(0, 8), ("Al",): share(0, 1)},
        ("sentiment_mean", "customer"): {("Mo",): share(-0.5, 9), ("Jo",): share(0.4, 8)},
    }
    (one,) = canned("outreach", cells)
    assert one.title == "Call the customer who writes most and is not content"
    assert one.where == ("customer = Mo",)


def at_risk(*names: str) -> dict[str, Any]:
    """Return customers of whom every second one is four times as likely to leave as usual."""
    rows = [
        {"customer": name, "tickets_90": 6, "at_stake": 50.0,
         "prediction": {"value": 0.08 if i % 2 == 0 else 0.02, "baseline": 0.02, "version": 1,
                        "reasons": [{"label": "Tickets", "weight": 0.4}, {"label": "Tenure", "weight": -0.2}]}}
        for i, name in enumerate(names)
    ]  # fmt: skip
    return {"rows": rows, "asked": 900, "horizon_days": 60.0}


def test_customers_who_are_likely_to_leave_want_a_talk() -> None:
    cells = {
        ("tickets_created", "customer"): {("Mo",): share(0, 1)},
        ("sentiment_mean", "customer"): {("Mo",): share(0.5, 9), ("Al",): share(0.4, 8)},
    }
    assert canned("outreach", cells) == [], "nobody predicts it"
    (one,) = canned("outreach", cells, at_risk("Mo", "Jo", "Al", "Di"))
    assert one.title == "Talk to the 2 customers most likely to leave"
    assert one.where == ("customer in [Mo, Al]",)
    assert (one.evidence["expected_to_leave"], one.evidence["at_stake"], one.evidence["n"]) == (0.16, 100.0, 17)
    assert one.touched == pytest.approx(4)
    # Each pays 50 / 0.08 a year, and one in five of those who would leave in 60 days is assumed to stay.
    assert one.gain is not None
    assert one.gain.value == pytest.approx(2 * 0.2 * 50 / 2)
    assert 0 <= one.gain.low < one.gain.value < one.gain.high
    assert "assuming that a talk keeps 20%" in one.gain.about
    assert "assumes" in one.notes[0]
    assert one.lists[0] == {"customer": "Mo", "risk": 0.08, "at_stake": 50.0, "why": "Tickets"}
    poor = at_risk("Mo")
    poor["rows"][0]["at_stake"] = None
    (one,) = canned("outreach", cells, poor)
    assert one.gain is not None
    assert (one.gain.unit, one.gain.value) == ("customers", pytest.approx(0.2 * 0.08 / 2))
    (one,) = canned("outreach", cells, at_risk("Mo", "Jo"))
    assert one.title == "Talk to Mo, who is likely to leave"
    calm = at_risk("Mo", "Jo")
    assert canned("outreach", cells, {**calm, "rows": calm["rows"][1:]}) == []


def test_a_fair_comparison_weighs_kinds_alike() -> None:
    """Who gets the hard tickets alone is not worse for it."""
    cells = {("a", "easy"): share(0.9, 100), ("b", "easy"): share(0.9, 900), ("a", "hard"): share(0.5, 900),
             ("b", "hard"): share(0.5, 100)}  # fmt: skip
    found = {one.unit: one for one in compare(cells, is_share=True, least=30)}
    assert found["a"].difference == pytest.approx(0)
    assert found["a"].value == pytest.approx(0.54)
    assert compare({("a", None): share(1.0, 3), ("b", None): share(0.5, 500)}, is_share=True, least=30) == []


def _agents_rows(*, is_odd: bool) -> list[dict[str, str]]:
    """Return a team of five; Eve takes twice as long with returns, or nobody does."""
    rows = []
    for day in range(90):
        for i in range(20):
            agent, category = ("Ann", "Ben", "Cy", "Di", "Eve")[i % 5], ("returns", "billing")[(i // 5 + day) % 2]
            opened = START + timedelta(days=day, minutes=61 * i)
            hours = 4 + (day * 3 + i * 7) % 9
            hours *= 2 if is_odd and (agent, category) == ("Eve", "returns") else 1
            rows.append({
                "Ticket ID": str(len(rows)), "Opened At": opened.isoformat(), "Subject": f"Order {len(rows)}",
                "Status": "Solved", "Assignee": agent, "Group": "Front", "Category": category, "Priority": "Normal",
                "Solved At": (opened + timedelta(hours=hours)).isoformat(),
            })  # fmt: skip
    return rows


@pytest.mark.parametrize("is_odd", [True, False])
def test_an_agent_who_is_slow_with_a_category_is_found_and_held_out(tmp_path: Path, is_odd: bool) -> None:
    period = {"start": "2026-01-01", "end": "2026-04-01"}
    with dp.open(tmp_path / "data", timezone="UTC") as desk:
        desk.ingest(write_csv(tmp_path / "t.csv", _agents_rows(is_odd=is_odd)))
        found = [one for one in desk.recommendations(**period)["recommendations"] if one["rule"] == "routing"]
        if not is_odd:
            assert found == []
            return
        (one,) = found
        assert one["title"] == "Route returns from Eve to others who get it"
        assert (one["evidence"]["unit"], one["effort"], one["owner"]) == ("agent", "low", "who sets up routing")
        page = desk.drill(desk.query(one["metric"], where=list(one["where"]), **period))
        assert page["total"] == one["evidence"]["n"]
    line = START + timedelta(days=54)
    late = [r for r in _agents_rows(is_odd=True) if r["Category"] == "returns"
            and line <= datetime.fromisoformat(r["Solved At"]) < START + timedelta(days=90)]  # fmt: skip
    eve, others = ([_hours(r) for r in late if (r["Assignee"] == "Eve") == own] for own in (True, False))
    saved = sum(eve) - len(eve) * sum(others) / len(others)
    assert one["gain"]["value"] == pytest.approx(saved / (36 / 30), rel=0.05)
    assert 0 < one["gain"]["low"] < one["gain"]["value"] < one["gain"]["high"]
    assert one["evidence"]["held_out_n"] == len(eve)


def test_who_was_only_slow_at_first_is_not_routed_away_from(tmp_path: Path) -> None:
    """The later part does not bear it out: what is over brings nothing."""
    rows = _agents_rows(is_odd=True)
    plain = _agents_rows(is_odd=False)
    line = (START + timedelta(days=50)).isoformat()
    mixed = [odd if odd["Opened At"] < line else even for odd, even in zip(rows, plain, strict=True)]
    with dp.open(tmp_path / "data", timezone="UTC") as desk:
        desk.ingest(write_csv(tmp_path / "t.csv", mixed))
        found = desk.recommendations(start="2026-01-01", end="2026-04-01")["recommendations"]
    assert not [one for one in found if one["rule"] == "routing"]


def test_customers_who_write_again_are_compared_with_content_ones(tmp_path: Path) -> None:
    """Ten angry customers go on writing twice as often as ten content ones: that is what a call might save."""
    rows = []
    for day in range(90):
        for customer in range(20):
            is_angry = customer < 10
            if (day + customer) % (5 if is_angry else 10):
                continue
            opened = START + timedelta(days=day, minutes=customer)
            said = "This is terrible, awful, I hate it" if is_angry else "This is wonderful, I love it, thank you"
            rows.append({
                "Ticket ID": str(len(rows)), "Opened At": opened.isoformat(), "Subject": said, "Status": "Solved",
                "Customer": f"c{customer}@example.com", "Solved At": (opened + timedelta(hours=2)).isoformat(),
            })  # fmt: skip
    with dp.open(tmp_path / "data", timezone="UTC") as desk:
        desk.ingest(write_csv(tmp_path / "t.csv", rows))
        (one,) = [one for one in desk.recommendations(start="2026-01-01", end="2026-04-01")["recommendations"]
                  if one["rule"] == "outreach"]  # fmt: skip
    assert one["gain"]["value"] == pytest.approx(10 * (9 - 4.5) / 1.5, rel=0.05)
    assert one["gain"]["low"] < one["gain"]["value"] < one["gain"]["high"]
    assert "assumes" in one["notes"][0]
