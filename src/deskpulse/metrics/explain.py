"""How a number comes about: what it means, the SQL that was run, and which rows had no say."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from deskpulse.core.settings import Settings
from deskpulse.metrics.compare import compared_period
from deskpulse.metrics.compile import Compiled, Shape, fact_rows, finish
from deskpulse.metrics.conditions import checked_text
from deskpulse.metrics.lookup import with_parts
from deskpulse.metrics.measure import measure, measure_all
from deskpulse.metrics.plan import Plan, Scan
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
    """Return `metrics` (definitions), `statements` (SQL and parameters, as run) and `left_out` (rows and reasons).

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
    left_out = []
    for scan in plan.scans:
        if not scan.metrics[0].is_level:
            whole = Window(over.start, over.end)
            scanned = Scanned(reader, plan, scan, over=whole, settings=settings)
            left_out += _left_out(reader, scan, scanned, {m: c.n for m, c in measured.totals.items()})
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
        "left_out": left_out,
    }


def _left_out(reader: Reader, scan: Scan, scanned: Scanned, counts: dict[str, int]) -> list[dict[str, Any]]:
    compiled = _compile_left_out(replace(scanned.shape(), metrics=()))
    row = reader.one(compiled.sql, scanned.bound(compiled.names))
    assert row is not None  # noqa: S101  an aggregate always has a row
    everything, spam, problems = (int(value) for value in row)
    found = []
    for metric in scan.metrics:
        silent = everything - spam - counts[metric.name]
        has_problems = metric.where is not None and scan.fact.table == "tickets" and metric.unit == "seconds"
        reasons = {"spam, deleted in the source, or merged into another ticket": spam}
        if has_problems:
            reasons["impossible times"] = problems
            silent -= problems
        reasons["no value for this metric"] = silent
        found += [
            {"metric": metric.name, "reason": reason, "rows": rows} for reason, rows in reasons.items() if rows > 0
        ]
    return found


@lru_cache(maxsize=128)
def _compile_left_out(shape: Shape) -> Compiled:
    import ibis

    everything = fact_rows(shape, with_spam=True)
    sound = fact_rows(shape)
    problems = sound.time_problem.notnull().sum() if "time_problem" in sound.columns else ibis.literal(0)
    sums = sound.aggregate(counted=sound[shape.fact.key].nunique() if shape.cuts else sound.count(), problems=problems)
    # Intervals may have been cut into several pieces.
    rows = everything[shape.fact.key].nunique() if shape.cuts else everything.count()
    whole = everything.aggregate(everything=rows)
    found = whole.cross_join(sums)
    return finish(
        found.select(
            everything=found.everything,
            spam=found.everything - found.counted,
            problems=ibis.coalesce(found.problems, 0),
        )
    )
