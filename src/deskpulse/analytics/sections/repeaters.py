"""Customers who write again and again about the same thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deskpulse.analytics.model import Plain
from deskpulse.metrics.model import Filter, QueryResult, Row

if TYPE_CHECKING:
    from deskpulse.analytics.asking import Asking

TOPIC = ("category", "subcategory")
CUT = ("customer", *TOPIC)


@dataclass(frozen=True, kw_only=True)
class Repeaters:
    """Customers with at least `analytics_repeat_tickets` tickets about one topic in the period, most first.

    A topic is a category and its subcategory, where tickets have one. They are looked for among the `page_max_rows`
    customers with most tickets; where all of these have enough, there may be more, and it says so.
    """

    name: str
    label: str
    about: str
    metrics: tuple[str, ...] = ("tickets_created",)

    def questions(self) -> str:
        """Return what it asks."""
        return ", ".join(f"`{name}`" for name in self.metrics) + (
            " by `customer`, `category` and `subcategory`, the largest first; decided by `analytics_repeat_tickets`"
        )

    def answer(self, asking: Asking) -> Plain:
        """Ask, and return the first of them and how many there are."""
        least = asking.settings.analytics_repeat_tickets
        most = min(asking.settings.page_max_rows, asking.settings.filter_max_values)
        result, left_out = asking.query(self.metrics, by=("customer",), top=most, compares=False)
        head: Plain = {"by": list(CUT), "grain": None, "left_out": left_out,
                       "thresholds": {"analytics_repeat_tickets": least}, "link": None}  # fmt: skip
        if result is None:
            return {**head, "metrics": [], "rows": [], "totals": {}, "missing": {}, "notes": [], "count": None,
                    "reason": next(iter(left_out.values()))}  # fmt: skip
        often = [str(row.by[0]) for row in result.rows
                 if not row.is_other and row.by[0] is not None and self._tickets(row) >= least]  # fmt: skip
        found = self._by_topic(asking, often)
        again = [row for row in found.rows if row.by[1] is not None and self._tickets(row) >= least] if found else []
        again.sort(key=lambda row: (-self._tickets(row), tuple(map(str, row.by))))
        rows = asking.told(found, tuple(again[: int(asking.options["limit"])]))[0] if found else []
        missing = asking.missing(result)
        return {**head, "metrics": list(result.query.metrics), "totals": asking.told(result, ())[1],
                "rows": [{**row, "topic": _topic(row), "tickets": row[self.metrics[0]]["value"]} for row in rows],
                "missing": missing, "notes": [*result.notes, *self._notes(found, len(often) >= most)],
                "count": None if self.metrics[0] in missing else len(again),
                "reason": missing.get(self.metrics[0])}  # fmt: skip

    def _tickets(self, row: Row) -> float:
        return row.values[self.metrics[0]].value or 0

    def _by_topic(self, asking: Asking, customers: Sequence[str]) -> QueryResult | None:
        """Return the tickets of these customers by topic; None without any."""
        if not customers:
            return None
        only = Filter(dimension="customer", values=tuple(customers))
        return asking.query(self.metrics, by=CUT, where=(only,), compares=False)[0]

    def _notes(self, found: QueryResult | None, may_be_more: bool) -> list[str]:
        notes = []
        unknown = sum(self._tickets(row) for row in found.rows if row.by[1] is None) if found else 0
        if unknown:
            notes.append(f"{unknown:,.0f} tickets of customers who write often have no category: no topic is told.")
        if may_be_more:
            notes.append("There may be more who repeat; ask for a shorter period to see all (page_max_rows).")
        return notes


def _topic(row: Plain) -> str:
    return " / ".join(str(row[name]) for name in TOPIC if row[name] is not None)
