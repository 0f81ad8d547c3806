"""How a number comes about: what it means, the SQL that was run, and which rows had no say."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from deskpulse.core.settings import Settings
from deskpulse.metrics.compare import compared_period
from deskpulse.metrics.conditions import checked_text
from deskpulse.metrics.left_out import left_out, schedules
from deskpulse.metrics.lookup import with_parts
from deskpulse.metrics.measure import measure, measure_all
from deskpulse.metrics.plan import Plan
from deskpulse.metrics.ranking import rank
from deskpulse.metrics.rollups.stored import EMPTY, Catalogue
from deskpulse.metrics.scanned import Scanned, Window, window
from deskpulse.metrics.span import Span
from deskpulse.warehouse.engine import Given, Params, Reader


@dataclass
class _Noting:
    """A reader that notes what it runs."""

    reader: Reader
    noted: list[dict[str, Any]] = field(default_factory=list)

    def arrow(self, sql: str, params: Params = None, given: Given = None) -> Any:
        return self._note(sql, params).arrow(sql, params, given)

    def rows(self, sql: str, params: Params = None) -> list[tuple[Any, ...]]:
        return self._note(sql, params).rows(sql, params)

    def one(self, sql: str, params: Params = None) -> tuple[Any, ...] | None:
        return self._note(sql, params).one(sql, params)

    def _note(self, sql: str, params: Params) -> Reader:
        self.noted.append({"sql": sql, "parameters": params})
        return self.reader


def explain(
    reader: Reader, plan: Plan, settings: Settings, span: Span, *, rollups: Catalogue = EMPTY
) -> dict[str, Any]:
    """Return `metrics` (definitions), `statements` (SQL and parameters, as run), `looked_at` and `left_out` (rows and
    reasons) and `schedules` (whose working hours counted).

    The question is answered once, so the statements are those that answer it.
    """
    noting = _Noting(reader)
    query = plan.query
    over = window(plan, query.start, query.end, settings)
    keep = rank(noting, plan, over, settings, span, rollups=rollups) if query.top is not None else None
    windows, other = [over], over
    if query.compare in ("previous", "year"):
        windows.append(window(plan, *compared_period(query), settings))
    elif query.against is not None:
        other = window(plan, *compared_period(query), settings)
    measured = measure_all(noting, plan, windows, settings, keep, rollups=rollups)[0]
    if plan.beside is not None:
        measure(noting, replace(plan, filters=plan.beside), other, settings, keep, rollups=rollups)
    silent: list[dict[str, Any]] = []
    looked_at: dict[str, int] = {}
    hours: list[dict[str, Any]] = []
    for scan in plan.scans:
        scanned = Scanned(reader, plan, scan, over=Window(over.start, over.end), settings=settings)
        found, counts = left_out(reader, scan, scanned)
        silent, looked_at = silent + found, looked_at | counts
        hours += schedules(reader, scan, scanned)
    return {
        "metrics": [
            {
                "name": m.name,
                "label": m.label,
                "about": m.about,
                "formula": m.formula,
                "unit": m.unit,
                "fact": m.fact.name,
                "grain": m.fact.grain,
                "moment": m.moment,
                "check_sql": m.check_sql,
                "parts": list(m.parts),
                "settings": {name: getattr(settings, name) for name in m.settings},
            }
            for m in with_parts(plan.metrics)
        ],
        "from": query.start.isoformat(),
        "to": query.end.isoformat(),
        "timezone": query.timezone,
        "as_of": span.watermark.isoformat() if span.watermark else None,
        "totals": {name: {"value": cell.value, "n": cell.n} for name, cell in measured.totals.items()},
        "filters": [checked_text(item) for item in plan.filters],
        "statements": noting.noted,
        "looked_at": looked_at,
        "left_out": silent,
        "schedules": hours,
    }
