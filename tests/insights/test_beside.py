"""What stands beside a change: edited hours and policies, days off, agents who left or came, more work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.metrics.world import OWNER, at, engine_of

from deskpulse.control import Control
from deskpulse.core.business_time import Holiday, WorkingHours
from deskpulse.core.service_levels import Policy, parse_targets
from deskpulse.core.settings import Settings
from deskpulse.insights.drivers.beside import beside
from deskpulse.metrics.model import MetricQuery, Slice
from deskpulse.metrics.query import QueryEngine

BEFORE, NOW, END = at("2026-03-02"), at("2026-03-16"), at("2026-03-30")
NINE_TO_FIVE = tuple((1440 * day + 540, 1440 * day + 1020) for day in range(5))
Tell = Callable[..., list[tuple[str, str, str | None]]]


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    settings = Settings(_env_file=None, data_dir=tmp_path)
    with Control.open(settings.control_database_url, settings) as opened:
        opened.workspaces.create("test", "Test", timezone="Europe/Berlin")
        yield opened


def tickets(*spans: tuple[str, datetime, int], created: bool = True) -> list[dict[str, Any]]:
    """Return so many tickets of an agent, one an hour from a moment on, solved at once."""
    rows: list[dict[str, Any]] = []
    for agent, first, count in spans:
        for n in range(count):
            opened = first + timedelta(hours=n)
            rows.append({"ticket_id": f"t{len(rows)}", "created_at": opened, "solved_at": opened, "agent": agent,
                         "first_solved_at": opened, "status": "solved"})  # fmt: skip
    return rows


@pytest.fixture
def tell(control: Control, tmp_path: Path) -> Iterator[Tell]:
    opened: list[Any] = []

    def told(*spans: tuple[str, datetime, int], metric: str = "csat") -> list[tuple[str, str, str | None]]:
        settings = Settings(_env_file=None, data_dir=tmp_path)
        warehouse, engine = engine_of(settings, tickets=tickets(*spans or (("Ann", BEFORE, 30), ("Ann", NOW, 30))))
        opened.append(warehouse)
        return _beside(control, engine, settings, metric)

    yield told
    for one in opened:
        one.close()


def _beside(
    control: Control, engine: QueryEngine, settings: Settings, metric: str
) -> list[tuple[str, str, str | None]]:
    asked = MetricQuery(metrics=(metric,), start=NOW, end=END, timezone="Europe/Berlin", compare="slice",
                        against=Slice(start=BEFORE, end=NOW))  # fmt: skip
    found = beside(control, engine, OWNER, asked, settings=settings, slices=[()])
    return [(one["kind"], one["about"], one["at"]) for one in found]


def test_nothing_is_told_where_nothing_happened(tell: Tell) -> None:
    assert tell() == []


def test_hours_that_were_edited_in_either_period_are_told_and_others_are_not(control: Control, tell: Tell) -> None:
    for valid_from in (None, BEFORE - timedelta(days=1), BEFORE, NOW + timedelta(days=1), END):
        hours = WorkingHours(weekly=NINE_TO_FIVE, valid_from=valid_from)
        control.schedules.set("test", "Office", hours, by="Mo")
    told = [one for one in tell() if one[0] == "schedule"]
    assert told == [
        ("schedule", "The working hours 'Office' changed.", BEFORE.isoformat()),
        ("schedule", "The working hours 'Office' changed.", (NOW + timedelta(days=1)).isoformat()),
    ]


@pytest.mark.parametrize(
    ("changed", "is_told"),
    [(BEFORE - timedelta(seconds=1), False), (BEFORE, True), (END - timedelta(seconds=1), True), (END, False)],
)
def test_a_policy_that_was_edited_is_told(
    control: Control, tell: Tell, monkeypatch: pytest.MonkeyPatch, changed: datetime, is_told: bool
) -> None:
    monkeypatch.setattr("deskpulse.control.policies.now", lambda: changed)
    control.policies.set("test", Policy(name="Gold", targets=parse_targets("first_reply: urgent 1h")), by="Mo")
    told = [one for one in tell() if one[0] == "policy"]
    assert told == ([("policy", "A service-level policy was edited.", changed.isoformat())] if is_told else [])


def test_whole_days_off_are_told_with_their_schedules_and_period(control: Control, tell: Tell) -> None:
    days = (Holiday(day=date(2026, 3, 3)), Holiday(day=date(2026, 3, 17)), Holiday(day=date(2026, 3, 30)),
            Holiday(day=date(2026, 3, 18), start=0, end=720), Holiday(day=date(2026, 3, 1)))  # fmt: skip
    for name, some in (("Office", days), ("Night", days[:1])):
        control.schedules.set("test", name, WorkingHours(weekly=NINE_TO_FIVE, holidays=some), by="Mo")
    told = [one for one in tell() if one[0] == "day_off"]
    # Of the zone's days: the end of the period, 02:00 in Berlin, lies on March 30.
    assert told == [
        ("day_off", "A day off in Night, Office, in the period before.", "2026-03-03"),
        ("day_off", "A day off in Office, in the period after.", "2026-03-17"),
    ]


def test_agents_who_left_or_came_are_told_the_busiest_first_and_few_tickets_are_not(tell: Tell) -> None:
    told = tell(("Ann", BEFORE, 30), ("Ann", NOW, 30), ("Leo", BEFORE, 25), ("Mia", NOW, 40), ("Tom", NOW, 19))
    people = [one for one in told if one[0] == "agent"]
    assert people == [
        ("agent", "Mia began to solve tickets (0 before, 40 after).", None),
        ("agent", "Leo solved none any more (25 before, 0 after).", None),
    ]


def test_much_more_or_less_work_is_told_but_not_beside_itself(tell: Tell) -> None:
    more = (("Ann", BEFORE, 50), ("Ann", NOW, 60))
    assert ("volume", "60 tickets came, +20% against the 50 before.", None) in tell(*more)
    assert not [one for one in tell(*more, metric="tickets_created") if one[0] == "volume"]
    assert not [one for one in tell(("Ann", BEFORE, 50), ("Ann", NOW, 59)) if one[0] == "volume"]
    less = tell(("Ann", BEFORE, 50), ("Ann", NOW, 40))
    assert ("volume", "40 tickets came, -20% against the 50 before.", None) in less
    assert not [one for one in tell(("Ann", NOW, 40)) if one[0] == "volume"]
