"""Two slices side by side: any filters, any periods, with what the difference is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deskpulse.analytics.links import address, row_links
from deskpulse.analytics.model import Plain
from deskpulse.core.errors import InputError
from deskpulse.core.periods import Period
from deskpulse.metrics import statistics
from deskpulse.metrics.compare import compared_period
from deskpulse.metrics.lookup import METRICS
from deskpulse.metrics.model import MetricQuery, QueryResult, Slice, Value
from deskpulse.metrics.request import period_of
from deskpulse.metrics.tickets import TicketQuery

if TYPE_CHECKING:
    from deskpulse.analytics.asking import Asking


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """The metrics of a left and a right slice, each with a filter, a period or both.

    A side without a filter of its own is the rest of the other's; without any slice the period stands beside the one
    before.

    p values are corrected for all metrics told, by Holm's method (1979).
    """

    name: str
    label: str
    about: str
    metrics: tuple[str, ...]

    def questions(self) -> str:
        """Return what it asks."""
        return ", ".join(f"`{name}`" for name in self.metrics) + ", of the left slice beside the right one"

    def answer(self, asking: Asking) -> Plain:
        """Ask, and return a row a metric: left, right, the change from right to left, and p."""
        metrics = _wanted(asking.options.get("metrics")) or self.metrics
        sides = _sides(asking, metrics)
        left, right = sides["left"], sides["right"]
        result, left_out = asking.query(
            metrics, where=left.where[len(asking.where) :], period=Period(start=left.start, end=left.end), against=right
        )
        told = {side: {"from": part.start.isoformat(), "to": part.end.isoformat(), "where": list(part.where)}
                for side, part in sides.items()}  # fmt: skip
        head: Plain = {"by": ["metric"], "grain": None, "left_out": left_out, **told}
        if result is None:
            return {**head, "metrics": [], "rows": [], "totals": {}, "missing": {}, "notes": [],
                    "reason": next(iter(left_out.values()))}  # fmt: skip
        missing = asking.missing(result)
        is_empty = all(v.value is None and v.compared is None for v in result.totals.values())
        rows = [] if is_empty else _rows(asking, result, right)
        return {**head, "metrics": list(result.query.metrics), "rows": rows, "totals": {}, "missing": missing,
                "notes": list(result.notes), "reason": next(iter(missing.values())) if is_empty else None}  # fmt: skip


def _rows(asking: Asking, result: QueryResult, right: Slice) -> list[Plain]:
    workspace = str(asking.workspace["slug"])
    links = row_links(result, None, workspace)
    mirrored = TicketQuery(start=right.start, end=right.end, timezone=asking.timezone, where=right.where)
    tested = {name: _extra(value, "p") for name, value in result.totals.items() if _extra(value, "p") is not None}
    adjusted = dict(zip(tested, statistics.holm([p or 0.0 for p in tested.values()]), strict=True))
    rows = []
    for name, value in result.totals.items():
        corrected = adjusted.get(name)
        is_clear = None if corrected is None else corrected < 1 - asking.settings.query_confidence
        rows.append({
            "metric": name,
            "left": {"value": value.value, "n": value.n, "link": links[name] if value.n else None},
            "right": {"value": value.compared, "n": value.compared_n or 0,
                      "link": f"{address(mirrored, workspace)}&metric={name}" if value.compared_n else None},
            "change": _extra(value, "change"), "percent_change": _extra(value, "percent_change"),
            "p": _extra(value, "p"), "p_adjusted": corrected, "is_significant": is_clear,
            "better": _better(name, value) if is_clear else None,
        })  # fmt: skip
    return rows


def _better(name: str, value: Value) -> str | None:
    """Return the side that is better by the metric's own direction."""
    direction = METRICS[name].better
    if direction == "none" or value.value is None or value.compared is None or value.value == value.compared:
        return None
    return "left" if (value.value > value.compared) == (direction == "up") else "right"


def _extra(value: Value, name: str) -> float | None:
    return (value.extras or {}).get(name)


def _wanted(text: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in (text or "").split(",") if part.strip()))


def _sides(asking: Asking, metrics: tuple[str, ...]) -> dict[str, Slice]:
    """Return both slices as the request has them."""
    filters = {side: asking.options.get(side) for side in ("left", "right")}
    for side, other in (("left", "right"), ("right", "left")):
        if filters[side] is None and filters[other] is not None and not _is_dated(asking, side):
            filters[side] = f"not ({filters[other]})"
    sides = {side: _side(asking, side, filters[side]) for side in filters}
    if sides["left"] != sides["right"]:
        return sides
    if any(filters.values()) or _is_dated(asking, "left"):
        raise InputError("Both sides are the same.", hint="Give left and right different filters or periods.")
    start, end = compared_period(MetricQuery(
        metrics=metrics, start=asking.period.start, end=asking.period.end, timezone=asking.timezone,
        compare="previous"))  # fmt: skip
    return sides | {"right": Slice(start=start, end=end, where=asking.where)}


def _is_dated(asking: Asking, side: str) -> bool:
    return any(asking.options.get(f"{side}_{key}") for key in ("period", "from", "to"))


def _side(asking: Asking, side: str, where: str | None) -> Slice:
    given = {key: asking.options.get(f"{side}_{key}") for key in ("period", "from", "to")}
    period = asking.period
    if any(given.values()):
        period = period_of(given, dict(asking.workspace), asking.timezone)
    return Slice(start=period.start, end=period.end, where=(*asking.where, *([where] if where else [])))
