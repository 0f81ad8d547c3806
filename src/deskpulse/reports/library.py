"""The one way to make a report: look it up, ask, write."""

from __future__ import annotations

from typing import Any

from deskpulse.core.clock import now
from deskpulse.core.errors import UnknownNameError
from deskpulse.core.periods import zone
from deskpulse.core.principal import Principal
from deskpulse.core.registry import collect
from deskpulse.metrics.query import QueryEngine
from deskpulse.metrics.request import period_of
from deskpulse.reports import catalog
from deskpulse.reports.asking import Asking
from deskpulse.reports.model import Document, Made, Report
from deskpulse.reports.writers import WRITERS

REPORTS: dict[str, Report] = collect(catalog, Report)


def list_reports() -> list[dict[str, Any]]:
    """Describe every report."""
    return [{"name": r.name, "label": r.label, "about": r.about, "formats": sorted(WRITERS)} for r in REPORTS.values()]


def make_report(
    engine: QueryEngine,
    principal: Principal,
    workspace: dict[str, Any],
    name: str,
    *,
    format: str,
    spec: dict[str, Any],
) -> Document:
    """Make the report `name` over the period that `spec` names, written as `format` (md, html, json)."""
    if name not in REPORTS:
        raise UnknownNameError("report", name, set(REPORTS))
    if format not in WRITERS:
        raise UnknownNameError("format", format, set(WRITERS))
    report, timezone = REPORTS[name], workspace["timezone"]
    period = period_of(spec, workspace, timezone)
    asking = Asking(engine=engine, principal=principal, period=period, timezone=timezone)
    local = zone(timezone)
    last = workspace.get("last_at")
    made = Made(
        name=report.name, label=report.label, workspace=workspace["name"], period=asking.period_text(),
        as_of=str(last)[:16].replace("T", " ") + " UTC" if last else "no data",
        made_at=f"{now().astimezone(local):%Y-%m-%d %H:%M} {timezone}", blocks=report.build(asking),
    )  # fmt: skip
    writer = WRITERS[format]
    return Document(content=writer.write(made), media_type=writer.media_type)
