"""What the frame of a page shows: navigation, period, filters; as plain data for the component and the skeleton."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from deskpulse.core.errors import InputError
from deskpulse.metrics.dimensions import DIMENSIONS
from deskpulse.metrics.model import Filter
from deskpulse.web.catalog import all_pages
from deskpulse.web.icons import ICONS
from deskpulse.web.view import NOTHING, View, days_text, local_days, local_zone, shown_value
from deskpulse.web.workspaces import is_sample, shown_name

if TYPE_CHECKING:
    from deskpulse.web.visit import Visit

# Those that a person is offered to filter by; more can stand in an address.
OFFERED = ("channel", "status", "priority", "category", "subcategory", "team", "agent", "company", "brand", "tag",
           "language", "sentiment_label", "urgency", "emotion", "escalation_kind",
           "indicator", "source", "ticket_type")  # fmt: skip
SHOWN_VALUES = 2


def frame(visit: Visit) -> dict[str, Any]:
    """Return what the frame shows for this visit."""
    view, workspace = visit.view, visit.workspace
    shared = replace(view, own={})
    return {
        "title": visit.page.label,
        "home": f"/?{View().query(visit.slug)}",
        "workspace": visit.slug,
        "workspaceName": shown_name(workspace),
        "sample": sample_note(visit),
        "workspaces": [
            {"slug": w["slug"], "name": shown_name(w), "href": f"{visit.page.path}?{View().query(w['slug'])}"}
            for w in visit.desk.workspaces()
        ],
        "nav": [
            {"name": page.name, "label": page.label, "icon": ICONS[page.icon], "on": page.name == visit.page.name,
             "href": f"{page.path}?{shared.query(visit.slug)}"}
            for page in all_pages()
        ],
        "hasComparison": visit.page.has_comparison,
        "asOf": as_of_text(workspace),
        "seen": f"{visit.local(visit.seen_at):%H:%M}",
        "period": period_frame(view, workspace) if visit.page.has_period and visit.has_data else None,
        "hasFilters": (visit.page.has_period or visit.page.has_filters) and visit.has_data,
        "filters": filter_chips(view.filters),
        "dimensions": [
            {"name": name, "label": DIMENSIONS[name].label, "about": DIMENSIONS[name].about}
            for name in OFFERED if name in DIMENSIONS
        ],
        "notice": visit.notice,
        "isBusy": False,
    }  # fmt: skip


def sample_note(visit: Visit) -> dict[str, str] | None:
    """Return what is said above the sample world: that it is one, and where one's own files go; None elsewhere."""
    if not is_sample(visit.workspace):
        return None
    own = View().query(visit.desk.settings.workspace)
    if visit.page.shows_data:
        text = "This is the sample world: an invented company's tickets."
        return {"text": text, "link": "Import your own", "href": f"/import?{own}"}
    text = "This is the sample world, which nothing else is mixed with: files go into a workspace of your own."
    return {"text": text, "link": "Import into my workspace", "href": f"/import?{own}"}


def period_frame(view: View, workspace: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the period picker shows."""
    local = local_zone(workspace)
    try:
        window = view.window(workspace)
    except InputError:
        window = View().window(workspace)
    first, last = local_days(window, local)
    return {
        "name": view.period,
        "from": first.isoformat(),
        "until": last.isoformat(),
        "text": days_text(window, local),
        "compare": view.compare or "",
    }


def filter_chips(filters: tuple[Filter, ...]) -> list[dict[str, Any]]:
    """Return the filters as chips: what is filtered by, and a short text of the values."""
    chips = []
    for condition in filters:
        declared = DIMENSIONS.get(condition.dimension)
        values = list(condition.values) or [NOTHING]
        names = [shown_value(condition.dimension, value) for value in values]
        negated = condition.operator in ("not_in", "not_null")
        shown = ", ".join(names[:SHOWN_VALUES]) + (
            f" + {len(values) - SHOWN_VALUES} more" if len(values) > SHOWN_VALUES else ""
        )
        chips.append({
            "dimension": condition.dimension,
            "label": declared.label if declared else condition.dimension,
            "text": f"not {shown}" if negated else shown,
            "values": [] if negated else values,
        })  # fmt: skip
    return chips


def as_of_text(workspace: Mapping[str, Any]) -> str:
    """Return the last moment of the data on the workspace's clocks; "" without data."""
    last = workspace.get("last_at")
    if not last:
        return ""
    moment = (datetime.fromisoformat(last) if isinstance(last, str) else last).astimezone(local_zone(workspace))
    return f"{moment:%b} {moment.day}, {moment.year}, {moment:%H:%M}"
