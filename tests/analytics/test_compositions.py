"""Compositions, held against the rows behind them, against SQL by hand, and against who asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.metrics.world import OWNER, engine_of, random_world

from deskpulse.analytics.compose import COMPOSITIONS, compose, list_compositions
from deskpulse.core.errors import InputError, UnknownNameError
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.metrics.lookup import METRICS
from deskpulse.metrics.request import ticket_query

Plain = dict[str, Any]
EACH = pytest.mark.parametrize("name", COMPOSITIONS)


class Small:
    """A small world, and the ways in which tests look at it."""

    def __init__(self, settings: Settings, **tables: list[Plain]) -> None:
        self.settings = settings
        self.warehouse, self.engine = engine_of(settings, **tables)

    def workspace(self, principal: Principal = OWNER) -> Plain:
        """Describe the workspace as the desk does."""
        return {"slug": "test", "timezone": "Europe/Berlin", **self.engine.data_span(principal)}

    def ask(self, name: str, principal: Principal = OWNER, **spec: Any) -> Plain:
        """Answer a composition."""
        workspace = self.workspace(principal)
        return compose(self.engine, principal, self.settings, workspace, name=name, spec=spec).as_dict()

    def section(self, name: str, section: str, principal: Principal = OWNER, **spec: Any) -> Plain:
        """Answer one section of a composition."""
        found: Plain = next(s for s in self.ask(name, principal, **spec)["sections"] if s["name"] == section)
        return found

    def rows_behind(self, link: str, principal: Principal = OWNER) -> int:
        """Return how many rows an address lists."""
        asked = {key: values if key == "where" else values[0] for key, values in parse_qs(urlsplit(link).query).items()}
        assert asked.pop("workspace") == "test"
        return self.engine.tickets(principal, ticket_query(asked, self.workspace(principal))).total

    def sql(self, text: str, **values: Any) -> Any:
        """Return the first value that a statement gives."""
        with self.warehouse.reader() as reader:
            row = reader.one(text, values)
        assert row is not None
        return row[0]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    """A random world of 300 tickets; tests do not change it."""
    folder = tmp_path_factory.mktemp("data")
    settings = Settings(_env_file=None, data_dir=folder, workers=1, analytics_repeat_tickets=2, analytics_least_n=3,
                        forecast_slow_points=1, forecast_windows=2, forecast_choice_windows=2)  # fmt: skip
    world = Small(settings, **random_world(3, 300))
    yield world
    world.warehouse.close()


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    """A world without any rows."""
    world = Small(Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("data"), workers=1))
    yield world
    world.warehouse.close()


def cells(section: Plain) -> list[tuple[str, Plain]]:
    rows = [*section["rows"], section["totals"]]
    return [(name, cell) for row in rows for name, cell in row.items() if isinstance(cell, dict) and "link" in cell]


@EACH
def test_every_value_leads_to_as_many_rows_as_it_counts(small: Small, name: str) -> None:
    for i, section in enumerate(small.ask(name)["sections"]):
        told = cells(section)
        assert all((cell["link"] is None) == (not cell["n"]) for _, cell in told)
        if counted := [cell for _, cell in told if cell["n"]]:  # one of each section: a list compiles its own SQL
            cell = counted[(i * 7) % len(counted)]
            assert small.rows_behind(cell["link"]) == cell["n"]


@EACH
def test_a_value_is_that_of_the_same_question_asked_alone(small: Small, name: str) -> None:
    from deskpulse.metrics.request import metric_query

    answer = small.ask(name)
    for section in answer["sections"]:
        for metric in section["metrics"] if not section["by"] and not section.get("where") else []:
            if name == "live":
                continue
            spec = {"metrics": [metric], "from": answer["from"], "to": answer["to"]}
            alone = small.engine.query(OWNER, metric_query(spec, small.workspace())).totals[metric]
            assert (section["totals"][metric]["value"], section["totals"][metric]["n"]) == (
                pytest.approx(alone.value) if alone.value is not None else None, alone.n)  # fmt: skip
    assert set(answer["definitions"]) == {m for s in answer["sections"] for m in s["metrics"]}
    assert all(told["about"] for told in answer["definitions"].values())


@EACH
def test_no_data_is_null_with_a_reason(nothing: Small, name: str) -> None:
    answer = nothing.ask(name)
    assert answer["as_of"] is None
    for section in answer["sections"]:
        assert not section["rows"]
        assert section["reason"] or section["missing"], section["name"]
        assert all(cell["value"] is None for _, cell in cells(section))


@EACH
def test_rows_of_others_count_nowhere(small: Small, name: str) -> None:
    """The principal's rows are those of a world in which there are no others."""
    mine = replace(OWNER, row_filters=(("team", ("Billing",)),))
    spec: Plain = {} if COMPOSITIONS[name].is_now else {"from": "2026-01-01", "to": "2027-01-01"}
    limited, filtered = small.ask(name, mine, **spec), small.ask(name, where=["team = Billing"], **spec)
    whole = small.ask(name, **spec)
    if limited["as_of"] == filtered["as_of"]:
        for own, other in zip(limited["sections"], filtered["sections"], strict=True):
            known = {m: cell for m, cell in own["totals"].items() if m not in ("tickets",)}
            assert {m: (c["value"], c["n"]) for m, c in known.items()} == {
                m: (other["totals"][m]["value"], other["totals"][m]["n"]) for m in known}  # fmt: skip
    for own, all_of_it in zip(limited["sections"], whole["sections"], strict=True):
        for row in own["rows"]:
            assert row.get("team", "Billing") in ("Billing", None) or "age_seconds" not in row
        assert (own.get("count") or 0) <= (all_of_it.get("count") or 0)
        for metric, cell in own["totals"].items():
            if metric in all_of_it["totals"]:
                assert cell["n"] <= all_of_it["totals"][metric]["n"]


def test_who_sees_no_personal_data_is_told_no_customers(small: Small) -> None:
    masked = replace(OWNER, sees_personal_data=False)
    answer = small.ask("problem-areas", masked, **{"from": "2025-01-01", "to": "2028-01-01"})
    repeat = next(s for s in answer["sections"] if s["name"] == "repeat_customers")
    assert repeat["rows"] == []
    assert "does not see" in repeat["reason"]
    assert all(row.get("customer") is None for s in answer["sections"] for row in s["rows"])


def test_problem_areas_count_what_sql_counts(small: Small) -> None:
    spec = {"from": "2025-01-01", "to": "2028-01-01"}
    answer = small.ask("problem-areas", limit=5, **spec)
    found = {s["name"]: s for s in answer["sections"]}
    moment = datetime.fromisoformat(answer["as_of"])
    settings, seen = small.settings, "NOT coalesce(is_spam OR is_merged, false)"
    period = "created_at >= '2024-12-31 23:00+00' AND created_at < '2027-12-31 23:00+00'"
    open_then = (
        f"FROM tickets AS t WHERE {seen} AND created_at <= $at AND (solved_at IS NULL OR solved_at > $at) AND NOT "
        "EXISTS (SELECT 1 FROM ticket_gaps AS g WHERE g.ticket_id = t.ticket_id AND gap_from_at <= $at "
        "AND gap_until_at > $at)"
    )
    sound = "AND time_problem IS NULL"
    expected = {
        "very_negative": small.sql(
            f"SELECT count(*) FROM tickets WHERE {seen} AND {period} AND sentiment <= $least",
            least=settings.analytics_negative_sentiment),
        "long_resolution": small.sql(
            f"SELECT count(*) FROM tickets WHERE {seen} {sound} AND full_resolution_seconds > $most "
            f"AND {period.replace('created_at', 'solved_at')}", most=settings.analytics_long_resolution_seconds),
        "escalated": small.sql(f"SELECT count(*) FROM tickets WHERE {seen} AND {period} AND is_escalated"),
        "repeat_customers": small.sql(
            "SELECT count(*) FROM (SELECT customer FROM tickets "
            f"WHERE {seen} AND {period} AND customer IS NOT NULL AND category IS NOT NULL "
            "GROUP BY customer, category, subcategory HAVING count(*) >= 2)"),
        "unresolved_critical": small.sql(
            f"SELECT count(*) {open_then} AND (priority = 'urgent' OR urgency = 'critical')", at=moment),
        "stuck": small.sql(
            f"SELECT count(*) {open_then} AND updated_at < $before", at=moment,
            before=moment - timedelta(seconds=settings.analytics_stuck_seconds)),
    }  # fmt: skip
    assert {name: found[name]["count"] for name in expected} == expected
    assert sum(expected.values()) > 50
    for name, section in found.items():
        assert len(section["rows"]) == min(5, section["count"]), name
        if section["link"]:
            assert small.rows_behind(section["link"]) == section["count"], name
    oldest = found["unresolved_critical"]["rows"]
    ages = [row["age_seconds"] for row in oldest]
    assert ages == sorted(ages, reverse=True)
    assert ages[0] == (moment - datetime.fromisoformat(oldest[0]["created_at"])).total_seconds()


def ratings(**scores: list[float]) -> Plain:
    """Return a world in which agents have these CSAT scores."""
    at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    tickets, surveys = [], []
    for agent, given in scores.items():
        for i, score in enumerate(given):
            key = f"{agent}-{i}"
            tickets.append({"ticket_id": key, "agent": agent, "team": "A", "created_at": at, "status": "open"})
            surveys.append({"survey_id": key, "ticket_id": key, "agent": agent, "team": "A", "kind": "csat",
                            "score": score, "scale_max": 5.0, "offered_at": at, "responded_at": at})  # fmt: skip
    return {"tickets": tickets, "surveys": surveys}


def test_a_leaderboard_needs_enough_rows_and_shares_ranks(settings: Settings) -> None:
    good, bad = 5.0, 1.0
    world = Small(settings, **ratings(lucky=[good], ann=[good, good, bad, bad], bob=[bad, bad, good, good],
                                      cy=[good, good, good, bad], dee=[bad] * 4))  # fmt: skip
    try:
        board = world.section("leaderboards", "board", least_n=2)
        assert [(row["agent"], row["rank"], row["is_tied"]) for row in board["rows"]] == [
            ("cy", 1, False), ("ann", 2, True), ("bob", 2, True), ("dee", 4, False)]  # fmt: skip
        assert board["too_few"] == [{"agent": "lucky", "n": 1}]
        assert board["rows"][0]["csat"]["low"] < 0.75 < board["rows"][0]["csat"]["high"]
        led = world.section("leaderboards", "board", least_n=1)["rows"]
        assert led[0]["agent"] == "lucky"
        worst = world.section("leaderboards", "board", metric="tickets_created", order="down", least_n=1)["rows"]
        assert worst[0]["agent"] == "lucky"
        with pytest.raises(InputError, match="nobody leads"):
            world.ask("leaderboards", metric="tickets_created")
        with pytest.raises(InputError, match="more is better"):
            world.ask("leaderboards", metric="csat", order="down")
        none = world.section("leaderboards", "board", least_n=50)
        assert none["rows"] == []
        assert "50 rows" in none["reason"]
    finally:
        world.warehouse.close()


def test_less_is_better_leads_where_it_is(small: Small) -> None:
    spec = {"from": "2025-01-01", "to": "2028-01-01", "metric": "first_reply_time_seconds_median"}
    values = [row[spec["metric"]]["value"] for row in small.section("leaderboards", "board", **spec)["rows"]]
    assert len(values) > 1
    assert values == sorted(values)


def test_two_slices_side_by_side_are_two_questions(small: Small) -> None:
    from deskpulse.metrics.request import metric_query

    period = {"from": "2025-01-01", "to": "2028-01-01"}
    told = small.section("comparisons", "sides", left="channel = email", right="channel = chat or priority = high",
                         metrics="tickets_created,reopen_rate,handle_time_seconds_mean", **period)  # fmt: skip
    assert [row["metric"] for row in told["rows"]] == ["tickets_created", "reopen_rate", "handle_time_seconds_mean"]
    for row in told["rows"]:
        for side, where in (("left", "channel = email"), ("right", "channel = chat or priority = high")):
            asked = metric_query({"metrics": [row["metric"]], "where": [where], **period}, small.workspace())
            alone = small.engine.query(OWNER, asked).totals[row["metric"]]
            assert (row[side]["value"], row[side]["n"]) == (alone.value, alone.n)
            assert small.rows_behind(row[side]["link"]) == alone.n
        assert row["change"] == pytest.approx(row["left"]["value"] - row["right"]["value"])
        assert 0 <= row["p"] <= row["p_adjusted"] <= 1


def test_a_side_left_out_is_the_rest_and_none_is_the_period_before(small: Small) -> None:
    period = {"from": "2025-01-01", "to": "2028-01-01"}
    told = small.section("comparisons", "sides", left="channel = email", metrics="tickets_created", **period)
    whole = small.sql("SELECT count(*) FROM tickets WHERE NOT coalesce(is_spam OR is_merged, false)")
    assert told["rows"][0]["left"]["n"] + told["rows"][0]["right"]["n"] == whole
    assert told["right"]["where"] == ["not (channel = email)"]
    before = small.section("comparisons", "sides", **{"from": "2026-03-01", "to": "2026-04-01"})
    assert before["right"]["from"].startswith("2026-01-31T23:00")
    assert before["right"]["to"] == before["left"]["from"]
    with pytest.raises(InputError, match="same"):
        small.ask("comparisons", left="channel = email", right="channel = email", **period)


def test_a_large_difference_is_significant_and_its_better_side_named(settings: Settings) -> None:
    world = Small(settings, **ratings(ann=[5.0] * 60 + [1.0] * 5, bob=[5.0] * 20 + [1.0] * 45))
    try:
        told = world.section("comparisons", "sides", left="agent = ann", right="agent = bob", metrics="csat")["rows"]
        assert (told[0]["is_significant"], told[0]["better"]) == (True, "left")
    finally:
        world.warehouse.close()


def test_peaks_are_per_day_and_named(settings: Settings) -> None:
    """Five Mondays of 2 tickets and four Tuesdays of 2: neither leads by having come oftener."""
    monday = datetime(2026, 3, 2, 9, tzinfo=UTC)
    days = [monday + timedelta(days=7 * w + d) for w in range(5) for d in (0, 1) if (w, d) != (4, 1)]
    tickets = [{"ticket_id": f"{day:%j}-{i}", "created_at": day, "status": "open"} for day in days for i in range(2)]
    tickets += [{"ticket_id": f"w{w}-{i}", "created_at": monday + timedelta(days=7 * w + 2, hours=5), "status": "open"}
                for w in range(4) for i in range(3)]  # fmt: skip
    world = Small(settings, tickets=tickets)
    try:
        spec = {"from": "2026-03-02", "to": "2026-03-31", "timezone": "UTC"}
        weekdays = world.section("trends", "weekdays", **spec)
        assert weekdays["peaks"][0]["name"] == "Wednesday"
        rates = {row["weekday"]: row["tickets_created"]["value"] and row["per_day"] for row in weekdays["rows"]}
        assert (rates["Monday"], rates["Tuesday"], rates["Wednesday"]) == (2.0, 2.0, 3.0)
        assert world.section("trends", "hourly", **spec)["peaks"][0]["name"] == "09:00"
        assert world.section("trends", "week", **spec)["peaks"][0]["name"] == "Wednesday 14:00"
        assert world.section("trends", "daily", **spec)["peaks"][0]["n"] == 3
        assert {p["name"] for p in world.section("trends", "weekly", **spec)["peaks"]} <= {
            "2026-03-02", "2026-03-09", "2026-03-16", "2026-03-23"}  # fmt: skip
    finally:
        world.warehouse.close()


def test_live_tells_what_stands_at_the_latest_moment(settings: Settings) -> None:
    at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    minutes = [at - timedelta(minutes=m) for m in range(60)]
    world = Small(
        settings,
        tickets=[
            {"ticket_id": "chat", "channel": "chat", "status": "open", "priority": "urgent", "created_at": minutes[9]},
            {"ticket_id": "done", "channel": "chat", "status": "solved", "created_at": minutes[50],
             "solved_at": minutes[40]},
            {"ticket_id": "new", "channel": "email", "status": "new", "created_at": at},
        ],
        calls=[
            {"call_id": "waits", "started_at": minutes[2], "direction": "inbound"},
            {"call_id": "talks", "started_at": minutes[8], "answered_at": minutes[7], "direction": "inbound"},
            {"call_id": "over", "started_at": minutes[30], "answered_at": minutes[29], "ended_at": minutes[20],
             "outcome": "completed"},
            {"call_id": "old record", "started_at": minutes[50], "outcome": "completed"},
        ],
        agent_states=[
            {"state_id": "1", "agent": "ann", "state": "busy", "started_at": minutes[30], "ended_at": minutes[10]},
            {"state_id": "2", "agent": "ann", "state": "available", "started_at": minutes[10]},
            {"state_id": "3", "agent": "bob", "state": "busy", "started_at": minutes[40]},
        ],
    )  # fmt: skip
    try:
        answer = world.ask("live")
        found = {s["name"]: s for s in answer["sections"]}
        assert answer["as_of"] == at.isoformat()
        assert found["active_contacts"]["totals"]["calls_in_progress"]["value"] == 2
        assert found["queue"]["totals"]["calls_waiting"]["value"] == 1
        assert found["open_chats"]["totals"]["backlog"]["value"] == 1
        assert found["open"]["totals"]["backlog"]["value"] == 2
        assert {r["agent_state"]: r["agents_in_state"]["value"] for r in found["agents"]["rows"]} == {
            "available": 1, "busy": 1}  # fmt: skip
        assert [row["ticket_id"] for row in found["newest"]["rows"]] == ["new", "chat", "done"]
        assert [row["ticket_id"] for row in found["critical"]["rows"]] == ["chat"]
    finally:
        world.warehouse.close()


def test_what_cannot_be_asked_so_is_left_out_and_the_rest_answered(small: Small) -> None:
    told = small.section("revenue", "whole", where=["channel = email"])
    assert "staff_cost" in told["left_out"]
    assert "revenue" in told["metrics"]
    by_channel = small.section("performance", "staffing", by="channel")
    assert by_channel["rows"] == []
    assert "channel" in by_channel["reason"]


@pytest.mark.parametrize(("name", "spec", "told"), [
    ("performance", {"where": ["chanel = email"]}, "chanel"),
    ("performance", {"by": "teem"}, "teem"),
    ("performance", {"metric": "csat"}, "metric"),
    ("performance", {"compare": "yesterday"}, "yesterday"),
    ("performance", {"from": "2026-05-01", "to": "2026-04-01"}, "before"),
    ("trends", {"metric": "csatt"}, "csatt"),
    ("trends", {"metric": "backlog", "by": "team"}, "by"),
    ("leaderboards", {"least_n": "few"}, "whole number"),
    ("leaderboards", {"order": "best"}, "best"),
    ("leaderboards", {"limit": 100_000}, "limit"),
    ("live", {"period": "30d"}, "period"),
    ("prophecies", {}, "prophecies"),
])  # fmt: skip
def test_a_wrong_request_says_what_is_wrong(small: Small, name: str, spec: Plain, told: str) -> None:
    with pytest.raises((InputError, UnknownNameError), match=told):
        small.ask(name, **spec)


def test_a_comparison_stands_beside_every_value(small: Small) -> None:
    answer = small.section("performance", "quality", compare="previous")
    assert all("compared" in cell for _, cell in cells(answer))
    assert "change" in answer["totals"]["csat"]


@EACH
def test_a_composition_as_a_table_has_every_value(small: Small, name: str) -> None:
    made = compose(small.engine, OWNER, small.settings, small.workspace(), name=name, spec={})
    values = sum(
        1 for section in made.sections for row in (*section["rows"], section["totals"])
        for cell in row.values() if isinstance(cell, dict) and "value" in cell
    )  # fmt: skip
    assert made.to_arrow().num_rows == values > 0


def test_the_catalogue_names_real_metrics() -> None:
    described = list_compositions()
    assert {c["name"] for c in described} == set(COMPOSITIONS)
    for composition in COMPOSITIONS.values():
        for section in composition.sections:
            assert section.about.endswith(".")
            assert set(getattr(section, "metrics", ())) <= set(METRICS)
        assert all(key for key, _ in composition.example)


def test_predictions_are_those_of_the_forecast_room(small: Small) -> None:
    from deskpulse.forecast.known_days import KnownDays
    from deskpulse.forecast.room import make_forecast

    told = small.ask("predictions", metric="tickets_created", horizon="5d", method="linear_trend", by="team")
    expected, accuracy = told["sections"]
    spec = {"metric": "tickets_created", "horizon": "5d", "methods": ["linear_trend"], "by": ["team"]}
    made = make_forecast(small.engine, OWNER, spec, timezone="Europe/Berlin", settings=small.settings,
                         known=KnownDays())  # fmt: skip
    wanted = {(f["by"][0], p["period"]): p["value"] for f in made["forecasts"] for p in f["points"]}
    found = {(row["team"], row["period"]): row["tickets_created"]["value"] for row in expected["rows"]}
    assert found == wanted
    assert {row["team"]: row["wape"] for row in accuracy["rows"]} == {
        f["by"][0]: f["accuracy"]["wape"] for f in made["forecasts"]
    }
    assert accuracy["rows"][0].keys() >= {"naive_wape", "trend", "method", "coverage_95"}
    with pytest.raises(InputError, match="no horizon"):
        small.ask("predictions", horizon="soon")
