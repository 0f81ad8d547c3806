"""When it happens: a metric by hour, weekday, day or week, with the busiest and the quietest times named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from deskpulse.analytics.model import Plain
from deskpulse.core.periods import zone
from deskpulse.metrics.lookup import METRICS
from deskpulse.metrics.model import Grain, QueryResult, Row

if TYPE_CHECKING:
    from deskpulse.analytics.asking import Asking

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PEAKS = 3


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """The metric that the request names, by clock dimensions or a grain.

    A count is compared per day: a period may hold five Mondays and four Tuesdays. Days after the latest moment of the
    data do not count. Other metrics are compared as they are, where at least `analytics_least_n` rows are behind them.
    """

    name: str
    label: str
    about: str
    by: tuple[str, ...] = ()
    grain: Grain | None = None

    def questions(self) -> str:
        """Return what it asks."""
        return "the metric asked for by " + (self.grain or ", ".join(f"`{name}`" for name in self.by))

    def answer(self, asking: Asking) -> Plain:
        """Ask, and return the rows with `per_day`, the peaks and the quietest times."""
        metric = str(asking.options["metric"])
        result, left_out = asking.query((metric,), by=self.by, grain=self.grain)
        head: Plain = {"by": list(self.by), "grain": self.grain, "left_out": left_out}
        if result is None:
            return {**head, "metrics": [], "rows": [], "totals": {}, "missing": {}, "notes": [], "peaks": [],
                    "quietest": [], "reason": left_out.get(metric)}  # fmt: skip
        missing = asking.missing(result)
        kept = () if metric in missing else result.rows
        rows, totals = asking.told(result, kept)
        days = _days(asking) if self.by else {}
        is_sum = METRICS[metric].over_time == "sum"
        rated: list[tuple[float, Plain]] = []
        for told, row in zip(rows, kept, strict=True):
            value = row.values[metric]
            rate = value.value
            if is_sum and self.by and rate is not None:
                count = days.get(row.by[0] if "weekday" in self.by else None, 0)
                rate = rate / count if count else None
                told["per_day"] = rate
            is_known = is_sum or value.n >= asking.settings.analytics_least_n
            if rate is not None and is_known and self._is_whole(result, row, asking):
                rated.append((rate, {"name": _name(self.by, row), "value": value.value, "n": value.n, "rate": rate}))
        mean = sum(rate for rate, _ in rated) / len(rated) if rated else None
        for rate, told in rated:
            told["times_the_mean"] = rate / mean if mean else None
        ordered = sorted(rated, key=lambda pair: -pair[0])
        return {**head, "metrics": [metric], "rows": rows, "totals": totals, "missing": missing,
                "notes": list(result.notes), "peaks": [told for _, told in ordered[:PEAKS]],
                "quietest": [told for _, told in ordered[::-1][:PEAKS]],
                "reason": missing.get(metric)}  # fmt: skip

    def _is_whole(self, result: QueryResult, row: Row, asking: Asking) -> bool:
        """Return whether a day or week lies wholly within the period and the data, so that it can be compared."""
        if self.grain is None or row.period is None:
            return True
        local = zone(asking.timezone)
        length = timedelta(days=7 if self.grain == "week" else 1)
        first = result.query.start.astimezone(local).date().isoformat()
        until = min(result.query.end, asking.moment or result.query.end).astimezone(local).date()
        return row.period[:10] >= first and row.period[:10] <= (until - length).isoformat()


def _name(by: tuple[str, ...], row: Row) -> str:
    parts = dict(zip(by, row.by, strict=True))
    hour = parts.get("hour")
    clock = f"{hour}:00" if hour is not None else None
    return " ".join(part for part in (parts.get("weekday"), clock, row.period) if part)


def _days(asking: Asking) -> Mapping[str | None, int]:
    """Return how many local days the period has up to the latest moment, by weekday and (under None) in all."""
    local = zone(asking.timezone)
    end = min(asking.period.end, asking.moment or asking.period.end)
    day, last = asking.period.start.astimezone(local).date(), (end - timedelta(microseconds=1)).astimezone(local).date()
    whole, rest = divmod((last - day).days + 1, 7) if last >= day else (0, 0)
    found: dict[str | None, int] = {WEEKDAYS[(day.weekday() + i) % 7]: whole + (1 if i < rest else 0) for i in range(7)}
    return {**found, None: whole * 7 + rest}
