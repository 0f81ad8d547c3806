"""Tickets that need a look: how many there are, the first of them, and where the rest can be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from deskpulse.analytics.model import Plain
from deskpulse.core.errors import ForbiddenError, InputError
from deskpulse.core.periods import Period
from deskpulse.metrics.tickets import TicketQuery

if TYPE_CHECKING:
    from deskpulse.analytics.asking import Asking
    from deskpulse.core.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Listing:
    """Rows behind `metric` (else tickets created in the period) that `where` keeps.

    `where` makes the filters of the settings and the latest moment. `age_of` is the column whose age, until that
    moment, each row tells as `age_seconds`. `thresholds` are the settings that decide.
    """

    name: str
    label: str
    about: str
    where: Callable[[Settings, datetime], tuple[str, ...]]
    metric: str | None = None
    sort: str = ""
    descending: bool = True
    age_of: str = ""
    thresholds: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    over: Callable[[Asking], Period] | None = None

    def questions(self) -> str:
        """Return what it asks."""
        what = f"rows of `{self.metric}`" if self.metric else "tickets created"
        by = ", ".join(f"`{name}`" for name in self.thresholds)
        return f"{what}, the first by `{self.sort or 'created_at'}`" + (f"; decided by {by}" if by else "")

    def answer(self, asking: Asking) -> Plain:
        """List the first rows, with the count of all and the address of the rest."""
        thresholds = {name: getattr(asking.settings, name) for name in self.thresholds}
        head: Plain = {"by": [], "grain": None, "metrics": [], "thresholds": thresholds, "missing": {}, "notes": []}
        nothing: Plain = {**head, "rows": [], "totals": {}, "count": None, "link": None, "left_out": {}}
        if asking.moment is None:
            return {**nothing, "reason": "There is no data yet."}
        period = self.over(asking) if self.over else asking.period
        query = TicketQuery(
            start=period.start, end=period.end, where=self.where(asking.settings, asking.moment), metric=self.metric,
            sort=self.sort, descending=self.descending, limit=int(asking.options["limit"]), columns=self.columns,
        )  # fmt: skip
        try:
            page, link = asking.tickets(query)
        except (InputError, ForbiddenError) as error:
            asking.refusals.append(error)
            return {**nothing, "reason": error.message}
        rows = [self._told(row, asking.moment) for row in page.as_dict()["rows"]]
        return {**head, "rows": rows, "count": page.total, "link": link, "left_out": {}, "reason": None,
                "totals": {"tickets": {"value": page.total, "n": page.total,
                                       "link": link if page.total else None}}}  # fmt: skip

    def _told(self, row: dict[str, Any], moment: datetime) -> Plain:
        since = row.get(self.age_of) if self.age_of else None
        if self.age_of:
            row["age_seconds"] = (moment - datetime.fromisoformat(since)).total_seconds() if since else None
        return row
