"""Every kind of oddity that is watched for is found where it is planted, and nowhere in a world without any."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from tests.metrics.world import OWNER, at, engine_of

from deskpulse.core.settings import Settings
from deskpulse.insights.watch.looking import look

START, DAYS = at("2025-03-03"), 330
CHANNELS = ("email", "chat", "phone")
TEAMS = ("Billing", "Tier 1", "Tier 2")
CATEGORIES = {"Billing": "billing", "Tier 1": "account", "Tier 2": "technical"}
WEEK = (1.2, 1.1, 1.0, 1.0, 1.0, 0.7, 0.6)
A_DAY, QUIET_HOURS, CALLS, REVIEWS = 60.0, 5, 45.0, 12
# What is planted: the days on which it lasts, from the first day of the world.
SPIKE, DROP, SILENT, NIGHT = (200, 201), (215, 218), (231, 232), (242, 243)
SLOW, TONE, SWINGS, TEAM = (250, 260), (205, 209), (270, 298), (222, 243)
AGENT, QUALITY, REFUNDS, REVENUE = (260, 290), (255, 285), (232, 260), (280, 310)
COST, GIVEN_UP, TALK, TOGETHER = (295, 325), (264, 268), (300, 314), (316, 317)
TURNS, MOODS, RUSH, WAIT = (262, 290), (292, 320), (238, 239), (246, 250)


class World:
    """Eleven months of a small desk; with `planted`, everything above happens to it."""

    def __init__(self, *, planted: bool) -> None:
        self.dice = np.random.default_rng(17)
        self.planted = planted
        names = ("tickets", "surveys", "calls", "reviews", "money", "roster", "agents")
        self.tables: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
        self.tables["agents"] = [{"agent_id": "a0", "name": "Ann", "hourly_cost": 25.0}]
        for day in range(DAYS):
            self._tickets(day)
            self._calls(day)
            self._reviews_and_money(day)

    def on(self, day: int, span: tuple[int, int]) -> bool:
        return self.planted and span[0] <= day < span[1]

    def _tickets(self, day: int) -> None:
        dice, opened_on = self.dice, START + timedelta(days=day)
        noise = float(np.exp(dice.normal(0, 0.04)))
        for channel, share in zip(CHANNELS, (0.5, 0.3, 0.2), strict=True):
            mean = A_DAY * share * WEEK[day % 7] * noise
            if channel == "email" and self.on(day, SPIKE):
                mean *= 2.5
            if channel == "phone" and self.on(day, DROP):
                mean *= 0.15
            if channel == "chat" and self.on(day, SILENT):
                mean = 0.0
            for _ in range(int(dice.poisson(mean))):
                self._ticket(day, opened_on + timedelta(hours=float(dice.uniform(QUIET_HOURS, 24))), channel)
        if self.on(day, NIGHT):
            for _ in range(14):
                self._ticket(day, opened_on + timedelta(hours=3, minutes=float(dice.uniform(0, 60))), "email")

    def _ticket(self, day: int, opened: datetime, channel: str) -> None:
        dice = self.dice
        team = TEAMS[int(dice.choice(3, p=[0.35, 0.35, 0.3]))]
        agent = f"{team} {int(dice.integers(0, 2))}"
        reply = float(np.exp(dice.normal(8.0, 0.6)))
        if team == "Tier 2" and self.on(day, SLOW):
            reply *= 3.0
        if agent == "Billing 1" and self.on(day, AGENT):
            reply *= 3.0
        if self.on(day, SWINGS) and channel == "email":
            reply *= 2.2 if day % 2 else 1 / 2.2
        mood = float(np.clip(dice.normal(0.0, 0.35), -1, 1))
        if team == "Tier 1" and self.on(day, TONE):
            mood = float(np.clip(mood - 0.6, -1, 1))
        if channel == "phone" and self.on(day, MOODS):
            mood = float(np.clip(mood + (0.35 if day % 2 else -0.35), -1, 1))
        turn = 2.5 if team == "Tier 2" and self.on(day, TURNS) else 1.0
        solve = float(np.exp(dice.normal(9.5, 0.5)))
        if self.on(day, TOGETHER):
            reply, mood = reply * 0.4, mood - 0.35
        number = len(self.tables["tickets"])
        solved = opened + timedelta(seconds=reply + solve)
        self.tables["tickets"].append({
            "ticket_id": f"t{number}", "created_at": opened, "channel": channel, "team": team, "agent": agent,
            "category": CATEGORIES[team], "first_replied_at": opened + timedelta(seconds=reply),
            "first_reply_seconds": reply, "solved_at": solved, "full_resolution_seconds": reply + solve,
            "status": "solved", "sentiment": mood, "sentiment_volatility": turn * float(dice.gamma(4.0, 0.05)),
            "sentiment_label": "negative" if mood < -0.3 else "positive" if mood > 0.3 else "neutral",
        })  # fmt: skip
        if dice.random() < 0.6:
            good = 0.55 if team == "Billing" and self.on(day, TEAM) else 0.85
            self.tables["surveys"].append({
                "survey_id": f"s{number}", "ticket_id": f"t{number}", "kind": "csat", "scale_max": 5.0, "team": team,
                "agent": agent, "channel": channel, "responded_at": opened + timedelta(seconds=reply),
                "score": 5.0 if dice.random() < good else 1.0,
            })  # fmt: skip

    def _calls(self, day: int) -> None:
        dice = self.dice
        rush = 40 if self.on(day, RUSH) else 0
        for n in range(int(dice.poisson(CALLS * WEEK[day % 7])) + rush):
            number, queue = len(self.tables["calls"]), ("sales", "support")[int(n >= rush and dice.random() < 0.6)]
            lost = dice.random() < (0.35 if queue == "support" and self.on(day, GIVEN_UP) else 0.06)
            started = START + timedelta(days=day, hours=float(dice.uniform(8, 20)))
            wait, talk = float(dice.exponential(40.0)), float(np.exp(dice.normal(5.5, 0.5)))
            if queue == "sales" and self.on(day, TALK):
                talk *= 2.0
            if queue == "support" and self.on(day, WAIT):
                wait *= 3.0
            self.tables["calls"].append({
                "call_id": f"c{number}", "started_at": started, "queue": queue, "direction": "inbound",
                "outcome": "abandoned" if lost else "completed", "wait_seconds": wait,
                "answered_at": None if lost else started + timedelta(seconds=wait),
                "talk_seconds": None if lost else talk, "hold_seconds": 0.0, "wrap_up_seconds": 0.0,
                "ended_at": started + timedelta(seconds=wait + talk),
            })  # fmt: skip

    def _reviews_and_money(self, day: int) -> None:
        dice, noon = self.dice, START + timedelta(days=day, hours=12)
        for n in range(REVIEWS):
            score = dice.normal(3.2 if n % 3 == 0 and self.on(day, QUALITY) else 4.2, 0.4)
            self.tables["reviews"].append({
                "review_id": f"r{day}-{n}", "ticket_id": f"t{n}", "reviewed_at": noon, "team": TEAMS[n % 3],
                "score": float(np.clip(score, 1, 5)), "agent": f"{TEAMS[n % 3]} 0",
            })  # fmt: skip
        times = {"refund": 2.5 if self.on(day, REFUNDS) else 1.0, "sale": 0.35 if self.on(day, REVENUE) else 1.0}
        for reason, factor in times.items():
            for n in range(10):
                self.tables["money"].append({
                    "entry_id": f"{reason}{day}-{n}", "booked_at": noon, "reason": reason, "currency": "EUR",
                    "kind": "revenue" if reason == "sale" else "cost", "ticket_id": f"t{n}",
                    "amount": float(factor * dice.lognormal(3.0, 0.3)),
                })  # fmt: skip
        hours = 14.0 if self.on(day, COST) else 8.0
        self.tables["roster"].append({
            "shift_id": f"w{day}", "agent_id": "a0", "activity": "work", "is_paid": True,
            "started_at": START + timedelta(days=day, hours=8),
            "ended_at": START + timedelta(days=day, hours=8 + hours),
        })  # fmt: skip


def looked(*, planted: bool) -> tuple[list[dict[str, Any]], float]:
    made = World(planted=planted)
    settings = Settings(_env_file=None)
    _, engine = engine_of(settings, **made.tables)
    end = START + timedelta(days=DAYS)
    found = look(engine, OWNER, settings, timezone="UTC", first_at=START, last_at=end, off=())
    return list(found.bodies), (DAYS - 28) / 7


@pytest.fixture(scope="module")
def found() -> list[dict[str, Any]]:
    return looked(planted=True)[0]


FIRST = "first_reply_time_seconds_mean"
PLANTED: dict[str, tuple[set[str], str | None, tuple[int, int], bool | None, str]] = {
    "volume spike": ({"tickets_created"}, "email", SPIKE, True, "level"),
    "volume drop": ({"tickets_created"}, "phone", DROP, False, "level"),
    "silence of a channel": ({"tickets_created"}, "chat", SILENT, False, "level"),
    "activity at a rare time": ({"tickets_created"}, "03", NIGHT, True, "level"),
    "response time": ({FIRST}, "Tier 2", SLOW, True, "level"),
    "extreme sentiment": ({"sentiment_mean", "negative_sentiment_rate"}, "Tier 1", TONE, None, "level"),
    "team performance": ({"csat"}, "Billing", TEAM, False, "level"),
    "agent performance": ({FIRST}, "Billing 1", AGENT, True, "level"),
    "quality": ({"quality_score_mean"}, "Billing", QUALITY, False, "level"),
    "refunds": ({"refunded"}, None, REFUNDS, True, "level"),
    "revenue": ({"revenue_linked"}, None, REVENUE, False, "level"),
    "cost": ({"cost_per_contact"}, None, COST, True, "level"),
    "calls given up": ({"call_abandonment_rate"}, "support", GIVEN_UP, True, "level"),
    "calls that take long": ({"call_handle_time_seconds_mean"}, "sales", TALK, True, "level"),
    "moods that turn within tickets": ({"sentiment_volatility_mean"}, "Tier 2", TURNS, True, "level"),
    "moods that swing from day to day": (
        {"sentiment_mean", "negative_sentiment_rate"},
        "phone",
        MOODS,
        True,
        "volatility",
    ),
    "a rush of calls": ({"calls_offered"}, "sales", RUSH, True, "level"),
    "calls that wait": ({"call_wait_seconds_mean"}, "support", WAIT, True, "level"),
    "swings": ({FIRST}, "email", SWINGS, True, "volatility"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_every_kind_is_found_where_it_is_planted(found: list[dict[str, Any]], name: str) -> None:
    metrics, value, (first, last), is_up, finding = PLANTED[name]
    begin, end = START + timedelta(days=first), START + timedelta(days=last)
    members = [
        m for body in found for m in body["members"]
        if m["metric"] in metrics and m["slice"] == value and m["finding"] == finding
        and datetime.fromisoformat(m["from"]) < end and begin < datetime.fromisoformat(m["to"])
        and (is_up is None or m["is_up"] == is_up)
    ]  # fmt: skip
    assert members, [body["title"] for body in found]


def test_money_has_its_currency_and_days_are_told_as_people_write_them(found: list[dict[str, Any]]) -> None:
    assert {body["currency"] for body in found} == {"EUR"}
    [one] = [body for body in found if body["slice"] == "email" and body["from"][:10] == "2025-09-19"]
    assert "on Sep 19, 2025" in one["text"]


def test_a_world_without_any_raises_no_more_alarms_than_the_setting() -> None:
    quiet, weeks = looked(planted=False)
    assert len(quiet) / weeks <= Settings(_env_file=None).anomaly_false_alarms_per_week
