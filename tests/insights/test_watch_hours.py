"""Hours are judged while the day goes on: a spike is told in the hour after it, and stays one incident as it grows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from starlette.testclient import TestClient
from tests.api.conftest import BEARER, TOKEN, import_file
from tests.metrics.world import OWNER, at, engine_of
from tests.worlds import write_csv

from deskpulse.api.app import create_app
from deskpulse.core.settings import Settings
from deskpulse.desk import Desk
from deskpulse.insights.brief.room import BriefRoom
from deskpulse.insights.watch import reading
from deskpulse.insights.watch.families import FAMILIES
from deskpulse.insights.watch.looking import Look, look

START, DAYS = at("2026-01-05"), 42
TODAY = START + timedelta(days=DAYS)
HOURLY = tuple(f for f in FAMILIES if f.metric == "tickets_created" and "channel" in f.by)


class Day:
    """Tickets as they come: four an hour by e-mail and four by chat."""

    def __init__(self) -> None:
        self.dice = np.random.default_rng(11)
        self.told = 0

    def hour(self, start: datetime, *, chats: float = 4.0) -> list[dict[str, str]]:
        found = []
        for channel, mean in (("email", 4.0), ("chat", chats)):
            for _ in range(int(self.dice.poisson(mean))):
                self.told += 1
                opened = start + timedelta(minutes=float(self.dice.uniform(0, 59)))
                found.append({"external_id": f"t{self.told}", "created_at": opened.isoformat(), "status": "open",
                              "subject": f"Order {self.told}", "channel": channel})  # fmt: skip
        return found


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[TestClient, Desk, Day]]:
    """A server that looks for anomalies, with six weeks of data up to midnight."""
    monkeypatch.setattr(reading, "FAMILIES", HOURLY)
    day = Day()
    past = [row for hour in range(DAYS * 24) for row in day.hour(START + timedelta(hours=hour))]
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", workers=1, anomaly_look_seconds=0.1)
    with Desk(settings) as desk:
        client = TestClient(create_app(desk, token=TOKEN), base_url="http://127.0.0.1:8080")
        import_file(client, write_csv(tmp_path / "past.csv", past), source="shop")
        desk.serve_journals()
        yield client, desk, day


def push(client: TestClient, rows: list[dict[str, str]], hour: datetime) -> dict[str, Any]:
    """Send rows, and return the list of anomalies when a look at all up to `hour` is done."""
    sent = client.post("/api/v1/push/tickets", json={"source": "shop", "rows": rows}, headers=BEARER)
    assert sent.status_code == 202, sent.text
    until = time.monotonic() + 60
    while time.monotonic() < until:
        found: dict[str, Any] = client.get("/api/v1/anomalies", params={"period": "7d"}, headers=BEARER).json()
        if found["look"] and (found["look"].get("hours_until") or "") >= hour.isoformat():
            return found
        time.sleep(0.1)
    raise AssertionError(f"no look at the hours up to {hour}")


def test_a_spike_is_told_in_the_hour_after_it_and_grows_as_one_incident(served: tuple[TestClient, Desk, Day]) -> None:
    client, desk, day = served
    names, ends = set(), []
    rows = [row for hour in range(10) for row in day.hour(TODAY + timedelta(hours=hour))]
    for hour in (9, 10, 11, 12, 13):
        start = TODAY + timedelta(hours=hour)
        # The first ticket of the next hour says that the hour is over.
        rows.append({"external_id": f"next{hour}", "created_at": (start + timedelta(hours=1, seconds=5)).isoformat(),
                     "subject": "Order", "status": "open", "channel": "email"})  # fmt: skip
        found = push(client, rows, start + timedelta(hours=1))
        rows = day.hour(start + timedelta(hours=1), chats=40.0 if hour < 12 else 4.0)
        told = [a for a in found["anomalies"] if a["from"] >= TODAY.isoformat()]
        if hour == 9:
            assert told == []
            continue
        [one] = told
        assert (one["metric"], one["slice"], one["grain"]) == ("tickets_created", "chat", "hour")
        assert one["from"] == (TODAY + timedelta(hours=10)).isoformat()
        names.add(one["anomaly_id"])
        ends.append(datetime.fromisoformat(one["to"]) - TODAY)
        if hour == 10:
            brief = BriefRoom(desk, desk.principal()).brief({})
            assert [a["anomaly_id"] for a in brief["anomalies"]] == [one["anomaly_id"]]
            assert found["look"]["until"] == TODAY.isoformat()  # days are still judged when they are over
    assert len(names) == 1
    assert ends[0] == timedelta(hours=11)
    assert ends[2] == timedelta(hours=13)
    shown = client.get(f"/api/v1/anomalies/{names.pop()}", headers=BEARER).json()
    assert shown["drivers"]["causes"][0]["slices"][0]["channel"] == "chat"


def tickets(hours: range, start: datetime, odd: dict[int, float], *, seed: int = 3) -> list[dict[str, Any]]:
    """Return five tickets an hour by each of two channels; `odd` says how many chats an hour has instead."""
    dice, found = np.random.default_rng(seed), []
    for hour in hours:
        for channel, mean in (("email", 5.0), ("chat", odd.get(hour, 5.0))):
            for _ in range(int(dice.poisson(mean))):
                opened = start + timedelta(hours=hour, minutes=float(dice.uniform(0, 60)))
                found.append({"ticket_id": f"t{len(found)}", "created_at": opened, "channel": channel,
                              "status": "open"})  # fmt: skip
    return found


def looked(rows: list[dict[str, Any]], last_at: datetime, timezone: str = "UTC") -> Look:
    settings = Settings(_env_file=None)
    warehouse, engine = engine_of(settings, tickets=[row for row in rows if row["created_at"] < last_at])
    try:
        return look(engine, OWNER, settings, timezone=timezone, first_at=rows[0]["created_at"], last_at=last_at,
                    off=())  # fmt: skip
    finally:
        warehouse.close()


def test_a_channel_that_stops_waits_for_late_data_and_is_told_the_same_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "FAMILIES", HOURLY)
    first = DAYS * 24 + 8
    rows = tickets(range(DAYS * 24 + 24), START, dict.fromkeys(range(first, first + 16), 0.0))
    told = {}
    for hours in (1, 8):
        found = looked(rows, START + timedelta(hours=first + hours, minutes=1)).bodies
        told[hours] = [b for b in found if datetime.fromisoformat(b["from"]) >= TODAY + timedelta(hours=7)]
    assert told[1] == []
    assert [(b["slice"], b["is_up"], b["title"]) for b in told[8]] == [
        ("chat", False, "No tickets created, Channel chat")]  # fmt: skip


@pytest.mark.parametrize(("first", "changed"), [("2026-02-16", "2026-03-29"), ("2026-09-14", "2026-10-25")])
def test_the_hour_that_the_clock_leaves_out_or_shows_twice_is_no_anomaly(
    monkeypatch: pytest.MonkeyPatch, first: str, changed: str
) -> None:
    monkeypatch.setattr(reading, "FAMILIES", HOURLY)
    local = ZoneInfo("Europe/Berlin")
    start = datetime.fromisoformat(first).replace(tzinfo=local)
    change = datetime.fromisoformat(changed).replace(tzinfo=local)
    hours = int((change - start).total_seconds() // 3600) + 48
    # Customers write by their clock: none at night, and on the day after as much as on the day before.
    dice, rows = np.random.default_rng(4), []
    for day in range(hours // 24 + 1):
        for hour in range(24):
            for channel in ("email", "chat"):
                for _ in range(int(dice.poisson(12.0 if 8 <= hour < 18 else 0.6))):
                    opened = (start + timedelta(days=day)).replace(hour=hour, minute=int(dice.integers(0, 60)))
                    rows.append({"ticket_id": f"t{len(rows)}", "created_at": opened.astimezone(START.tzinfo),
                                 "channel": channel, "status": "open"})  # fmt: skip
    rows.sort(key=lambda row: row["created_at"])
    found = looked(rows, (change + timedelta(days=1)).replace(hour=15, minute=1), "Europe/Berlin")
    assert [b["title"] for b in found.bodies if b["from"] >= change.isoformat()] == []
    spike = [{**row, "ticket_id": f"s{n}", "created_at": (change + timedelta(days=1)).replace(hour=13, minute=n % 60)
              .astimezone(START.tzinfo)} for n, row in enumerate(rows[:70])]  # fmt: skip
    found = looked(sorted([*rows, *spike], key=lambda row: row["created_at"]),
                   (change + timedelta(days=1)).replace(hour=14, minute=1), "Europe/Berlin")  # fmt: skip
    [one] = [b for b in found.bodies if b["from"] >= change.isoformat()]
    assert one["from"] == (change + timedelta(days=1)).replace(hour=13).isoformat()
