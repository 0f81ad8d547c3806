"""Every fact that is computed is defined in the docs, and nothing is that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

from deskpulse.ingest.lifecycle import FACT_COLUMNS
from deskpulse.warehouse.schema import TICKETS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "definitions.md"
STATE = {"ticket_id", "status", "priority", "channel", "customer_id", "customer", "agent_id", "team_id", "team"}
"""Columns that say how a ticket is now; "who is right" tells how they are settled."""


def test_every_fact_is_defined() -> None:
    named = set(re.findall(r"`([a-z_]+)`", PAGE.read_text("utf-8")))
    assert set(FACT_COLUMNS) - STATE - named == set()


def test_defined_facts_exist() -> None:
    facts = PAGE.read_text("utf-8").split("## Metrics that tools define differently")[0]
    rows = [line for line in facts.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([a-z_]+)`", row.split("|")[1])}
    assert named
    assert named - set(TICKETS.column_names) == set()
