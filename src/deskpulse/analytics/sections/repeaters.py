"""Customers who write again and again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deskpulse.analytics.model import Plain

if TYPE_CHECKING:
    from deskpulse.analytics.asking import Asking


@dataclass(frozen=True, kw_only=True)
class Repeaters:
    """Customers with at least `analytics_repeat_tickets` tickets in the period, most first.

    Of the `page_max_rows` customers with most tickets; where all of them repeat, there may be more, and it says so.
    """

    name: str
    label: str
    about: str
    metrics: tuple[str, ...] = ("tickets_created",)

    def questions(self) -> str:
        """Return what it asks."""
        return ", ".join(f"`{name}`" for name in self.metrics) + (
            " by `customer`, the largest first; decided by `analytics_repeat_tickets`"
        )

    def answer(self, asking: Asking) -> Plain:
        """Ask, and return the first of them and how many there are."""
        least, most = asking.settings.analytics_repeat_tickets, asking.settings.page_max_rows
        result, left_out = asking.query(self.metrics, by=("customer",), top=most, compares=False)
        head: Plain = {"by": ["customer"], "grain": None, "left_out": left_out,
                       "thresholds": {"analytics_repeat_tickets": least}, "link": None}  # fmt: skip
        if result is None:
            return {**head, "metrics": [], "rows": [], "totals": {}, "missing": {}, "notes": [], "count": None,
                    "reason": next(iter(left_out.values()))}  # fmt: skip
        named = [row for row in result.rows if not row.is_other and row.by[0] is not None]
        again = [row for row in named if (row.values[self.metrics[0]].value or 0) >= least]
        again.sort(key=lambda row: (-(row.values[self.metrics[0]].value or 0), str(row.by[0])))
        rows, totals = asking.told(result, tuple(again[: int(asking.options["limit"])]))
        notes = list(result.notes)
        if len(again) >= most:
            notes.append(f"At least {most:,} customers repeat; ask for a shorter period to see all (page_max_rows).")
        missing = asking.missing(result)
        return {**head, "metrics": list(result.query.metrics), "rows": rows, "totals": totals, "missing": missing,
                "notes": notes, "count": None if self.metrics[0] in missing else len(again),
                "reason": missing.get(self.metrics[0])}  # fmt: skip
