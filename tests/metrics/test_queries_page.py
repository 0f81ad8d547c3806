"""The page about questions is tested against the code: its filters are read and run, its words exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.metrics.conftest import World
from tests.metrics.world import OWNER

from deskpulse.core.settings import Settings
from deskpulse.metrics.query import QueryEngine
from deskpulse.metrics.segments import Saved
from deskpulse.metrics.shows import SHOWS
from deskpulse.metrics.tickets import TicketQuery

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "queries.md").read_text("utf-8")
CELLS = [
    row.split("|")[1] for row in PAGE.split("## Filters")[1].split("## Segments")[0].splitlines() if row[:3] == "| `"
]
EXAMPLES = [text for cell in CELLS for text in re.findall(r"`([^`]+)`", cell)]
EXAMPLES += [*re.findall(r"```filter\n(.*)\n```", PAGE), "category = Billing and payments", "not csat_score <= 2"]


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_filters_that_are_shown_work(world: World, settings: Settings, text: str) -> None:
    saved = Saved(lambda: {"VIP in Europe": "tag = vip"}, dict)
    engine = QueryEngine(world[0], settings, saved)
    assert engine.tickets(OWNER, TicketQuery(where=(text,))).total >= 0


def test_there_are_examples_and_every_extra_is_told() -> None:
    assert len(EXAMPLES) > 20
    assert [name for name in SHOWS if f"`{name}" not in PAGE] == []
