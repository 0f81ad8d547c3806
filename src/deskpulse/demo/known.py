"""What the lamp makers know of their own doing, as they would write it down; what goes wrong is not among it."""

from __future__ import annotations

from datetime import datetime, timedelta

from deskpulse.demo.cast import BRANDS
from deskpulse.demo.incidents import OFFICE, timeline

ASSISTANT_DAYS = 300
"""Days before the world's end on which the assistant began to answer."""


def known_events(until: datetime, *, quiet: bool = False) -> list[dict[str, str]]:
    """Return the known events of the world that ends at `until` (aware): name, kind, start, where, note."""
    line = timeline(until, quiet=quiet)
    found = [
        {"name": f"{BRANDS[1]} goes on sale", "kind": "launch", "start": _day(line.launch),
         "where": f'brand = "{BRANDS[1]}"', "note": "The second brand."},
        {"name": "The assistant answers first", "kind": "deploy",
         "start": _day(until - timedelta(days=ASSISTANT_DAYS)), "note": "In the chat window."},
    ]  # fmt: skip
    if line.price:
        found.append({"name": "New price list", "kind": "price_change", "start": _day(line.price),
                      "where": "category = billing", "note": "Announced by a help article that day."})  # fmt: skip
    return found


def _day(moment: datetime) -> str:
    return moment.astimezone(OFFICE).date().isoformat()
