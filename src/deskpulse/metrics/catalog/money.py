"""Money as it was booked: revenue and costs."""

from __future__ import annotations

from deskpulse.metrics.currencies import check_amount
from deskpulse.metrics.declare import counted, summed
from deskpulse.metrics.facts import MONEY
from deskpulse.metrics.model import Direction, Metric


def _booked(kind: str, name: str, label: str, about: str, better: Direction) -> Metric:
    return summed(
        name, label, about, "own_amount", of=check_amount("r"), unit="money", fact=MONEY, better=better,
        where=lambda m: m.kind == kind, check_where=f"r.kind IN ('{kind}')",
    )  # fmt: skip


BOOKED = (
    _booked("revenue", "revenue", "Revenue", "Revenue booked in the period, linked to a ticket or not.", "up"),
    _booked("cost", "costs", "Costs", "Costs booked in the period, linked to a ticket or not.", "down"),
)

ENTRIES = counted(
    "money_entries", "Entries booked", "Revenue and cost entries booked in the period.", fact=MONEY,
)  # fmt: skip
