"""The traps are there, and each is what its name says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from tests.demo.conftest import UNTIL, Frames, frames

from deskpulse.demo import trap_table

TICKETS = 600
BERLIN = ZoneInfo("Europe/Berlin")
TRAPS = {trap.name: trap for trap in trap_table(TICKETS, until=UNTIL)}


@pytest.fixture(scope="module")
def small() -> Frames:
    return frames(TICKETS)


def of(world: Frames, name: str, table: str) -> pl.DataFrame:
    """Return the rows of `table` that belong to the trap's tickets."""
    return world[table].filter(pl.col("ticket_id").is_in(TRAPS[name].ticket_ids))


def ticket(world: Frames, name: str) -> dict[str, Any]:
    return of(world, name, "tickets").row(0, named=True)


def test_all_traps_are_named(small: Frames) -> None:
    assert set(TRAPS) == {
        "dst_day", "holiday", "night_shift", "reopened", "bot_first_reply", "deleted_agent", "empty_period",
        "closed_before_opened", "no_reply", "agent_created", "fan_out",
    }  # fmt: skip
    for trap in TRAPS.values():
        assert of(small, trap.name, "tickets").height == len(trap.ticket_ids)
        assert trap.about


def test_dst_day(small: Frames) -> None:
    apart = []
    for ticket_id in TRAPS["dst_day"].ticket_ids:
        asked, answered = (
            small["messages"].filter(pl.col("ticket_id") == ticket_id).sort("sent_at")["sent_at"].to_list()
        )
        on_the_wall = answered.astimezone(BERLIN).replace(tzinfo=None) - asked.astimezone(BERLIN).replace(tzinfo=None)
        assert answered - asked == timedelta(hours=1)
        apart.append(on_the_wall)
    assert apart == [timedelta(hours=2), timedelta(0)]


def test_holiday_and_night_shift(small: Frames) -> None:
    opened = ticket(small, "holiday")["created_at"].astimezone(BERLIN)
    assert (opened.month, opened.day) == (12, 25)
    night = ticket(small, "night_shift")
    replied = of(small, "night_shift", "messages")["sent_at"].max().astimezone(BERLIN)
    assert night["created_at"].astimezone(BERLIN).date() < replied.date()
    assert night["team"] == "Night desk"


def test_reopened(small: Frames) -> None:
    changes = of(small, "reopened", "ticket_events").filter(pl.col("field") == "status").sort("happened_at")
    assert changes["new_value"].to_list() == ["solved", "open", "solved"]


def test_bot_first_reply(small: Frames) -> None:
    kinds = of(small, "bot_first_reply", "messages").sort("sent_at")["author_kind"].to_list()
    assert kinds == ["customer", "bot", "agent"]


def test_deleted_agent(small: Frames) -> None:
    assert ticket(small, "deleted_agent")["agent_id"] not in set(small["agents"]["agent_id"])


def test_closed_before_opened(small: Frames) -> None:
    row = ticket(small, "closed_before_opened")
    assert row["closed_at"] < row["created_at"]


def test_no_reply(small: Frames) -> None:
    assert set(of(small, "no_reply", "messages")["author_kind"]) == {"customer"}
    assert ticket(small, "no_reply")["status"] == "solved"


def test_agent_created(small: Frames) -> None:
    first = of(small, "agent_created", "messages").sort("sent_at").row(0, named=True)
    assert (first["author_kind"], first["sent_at"]) == ("agent", ticket(small, "agent_created")["created_at"])


def test_fan_out(small: Frames) -> None:
    assert [of(small, "fan_out", t).height for t in ("calls", "surveys", "messages")] == [2, 3, 6]


def test_empty_period(small: Frames) -> None:
    pro = small["tickets"].filter(pl.col("brand") == "Lumora Pro")
    assert pro.height > 20
    assert pro["created_at"].min() >= UNTIL - timedelta(days=365)
    assert TRAPS["empty_period"].ticket_ids == ()


def test_a_quiet_world_has_the_same_traps() -> None:
    quiet = trap_table(TICKETS, until=UNTIL, quiet=True)
    assert [t.name for t in quiet] == list(TRAPS)
