"""The list of tickets: which columns it has, and rows as texts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from deskpulse.charts.formats import NO_DATA, duration, fixed
from deskpulse.metrics.lookup import find_metric
from deskpulse.metrics.model import Metric
from deskpulse.metrics.tickets import TicketQuery
from deskpulse.web.view import View, local_zone, shown_value

PAGE_ROWS = 100
NOTE_CHARACTERS = 160
TICKET_COLUMNS = ("subject", "created_at", "status", "priority", "channel", "category", "team", "agent")
_HIDDEN = ("ticket_id", "description", "customer", "scale_max")
_LABELS = {"created_at": "Created", "solved_at": "Solved", "responded_at": "Answered", "subject": "Subject",
           "first_reply_seconds": "First reply", "full_resolution_seconds": "Resolution time",
           "first_replied_at": "First reply at", "first_solved_at": "First solved", "reopened_at": "Reopened",
           "reopen_count": "Reopenings", "agent_reply_count": "Agent replies", "message_count": "Messages",
           "is_one_touch": "One touch", "sentiment_label": "Sentiment", "is_sla_met": "SLA met",
           "handoff_count": "Handoffs"}  # fmt: skip
_WIDTHS = {
    "subject": "minmax(220px, 2.6fr)",
    "comment": "minmax(160px, 2fr)",
    "priority": "84px",
    "status": "92px",
    "channel": "minmax(80px, 0.8fr)",
    "team": "minmax(128px, 1.2fr)",
}
_TIME_WIDTH, _NUMBER_WIDTH, _WIDTH = "128px", "96px", "minmax(96px, 1fr)"
TONES = {
    "urgent": "bad", "high": "warn", "critical": "bad", "negative": "bad", "positive": "good",
    "new": "even", "open": "warn", "pending": "even", "on_hold": "even", "solved": "good", "closed": "even",
}  # fmt: skip
_TONED = frozenset({"status", "priority", "urgency", "sentiment_label"})


def list_columns(metric: Metric | None) -> tuple[str, ...]:
    """Return the columns of the list: the usual ones, or those that a metric says make its number plain."""
    if metric is None:
        return TICKET_COLUMNS
    chosen = metric.drill or metric.fact.drill
    kept = [column for column in chosen if column not in _HIDDEN and not column.endswith("_id")]
    first = ("subject",) if metric.fact.ticket_key else ()
    return tuple(dict.fromkeys((*first, *kept, metric.moment)))


def heads(columns: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the heads of the columns."""
    return [
        {
            "name": name,
            "label": label_of(name),
            "width": _width(name),
            "isSortable": name != "tags",
            "kind": _kind(name),
        }
        for name in columns
    ]


def list_query(view: View, workspace: Mapping[str, Any], cursor: str | None = None) -> TicketQuery:
    """Return the query for a page of the list that the view's own search, sort and metric ask for."""
    metric = chosen_metric(view)
    period = view.window(workspace)
    columns = list_columns(metric)
    sort, is_down = chosen_sort(view, columns)
    beside = ("scale_max",) if metric and "scale_max" in (metric.drill or metric.fact.drill) else ()
    of_ticket = ("ticket_id", "description", "customer") if metric is None or metric.fact.ticket_key else ()
    return TicketQuery(
        start=period.start, end=period.end, timezone=workspace["timezone"], where=view.filters,
        metric=metric.name if metric else None, text=view.own.get("search", ""), sort=sort, descending=is_down,
        limit=PAGE_ROWS, cursor=cursor, columns=(*columns, *beside, *of_ticket),
    )  # fmt: skip


def chosen_metric(view: View) -> Metric | None:
    """Return the metric whose tickets are listed; UnknownNameError when there is none of that name."""
    name = view.own.get("metric", "")
    return find_metric(name) if name else None


def chosen_sort(view: View, columns: tuple[str, ...]) -> tuple[str, bool]:
    """Return the column to sort by and whether downwards; what cannot be sorted by is not."""
    given = view.own.get("sort", "")
    name = given.removeprefix("-")
    metric = chosen_metric(view)
    if name not in columns:
        return (metric.moment if metric else "created_at"), True
    return name, given.startswith("-")


def row_of(
    row: Mapping[str, Any], columns: tuple[str, ...], view: View, workspace: Mapping[str, Any]
) -> dict[str, Any]:
    """Return one row of the list as texts; `href` opens its ticket."""
    local = local_zone(workspace)
    ticket_id = row.get("ticket_id")
    metric = chosen_metric(view)
    keys = ((metric.fact.key,) if metric else ()) + ("ticket_id",)
    own = f"/tickets?{view.query(workspace['slug'], ticket=ticket_id)}" if ticket_id else None
    return {
        "key": next((str(row[key]) for key in keys if row.get(key)), ""),
        "id": ticket_id,
        "href": own,
        "cells": [_cell(name, row, local) for name in columns],
    }


def cell_of(name: str, value: Any, local: ZoneInfo) -> dict[str, Any]:
    """Return a column's value as text, with a color where it has one."""
    if value is None:
        return {"text": NO_DATA}
    if name in _TONED:
        return {"text": shown_value(name, str(value)), "tone": TONES.get(str(value), "")}
    if isinstance(value, datetime):
        return {"text": time_text(value, local), "title": full_time(value, local)}
    if isinstance(value, bool):
        return {"text": "yes" if value else "no"}
    if name.endswith("_seconds"):
        return {"text": duration(float(value)), "title": f"{fixed(float(value), 0)} seconds"}
    if isinstance(value, float):
        return {"text": fixed(value, 0 if value == int(value) else 2)}
    if isinstance(value, list | tuple):
        return {"text": ", ".join(shown_value(name, str(one)) for one in value) or NO_DATA}
    return {"text": shown_value(name, str(value)), "title": str(value)[:200]}


def time_text(moment: datetime, local: ZoneInfo) -> str:
    """Return a moment on the workspace's clocks, short: "Jun 3, 14:05", with the year."""
    there = moment.astimezone(local)
    return f"{there:%b} {there.day}, {there:%Y}, {there:%H:%M}"


def full_time(moment: datetime, local: ZoneInfo) -> str:
    """Return a moment on the workspace's clocks with weekday, seconds and zone."""
    there = moment.astimezone(local)
    return f"{there:%A}, {there:%b} {there.day}, {there:%Y, %H:%M:%S} ({local.key})"


def label_of(column: str) -> str:
    """Return the name of a column for people."""
    words = column.removesuffix("_at").removesuffix("_seconds").removeprefix("is_").replace("_", " ")
    return _LABELS.get(column, words[:1].upper() + words[1:])


def _cell(name: str, row: Mapping[str, Any], local: ZoneInfo) -> dict[str, Any]:
    cell = _subject(row) if name == "subject" else cell_of(name, row.get(name), local)
    if name == "score" and row.get("score") is not None and row.get("scale_max"):
        cell["text"] += f" of {row['scale_max']:g}"
    return cell


def _subject(row: Mapping[str, Any]) -> dict[str, Any]:
    subject = (row.get("subject") or "").strip()
    body = " ".join((row.get("description") or "").split())[:NOTE_CHARACTERS]
    who = (row.get("customer") or "").strip()
    note = " · ".join(part for part in (who, body if subject else "") if part)
    return {"text": subject or body or "(no subject)", "note": note or str(row.get("ticket_id") or "")}


def _width(name: str) -> str:
    if name.endswith("_at"):
        return _TIME_WIDTH
    if name.endswith(("_seconds", "_count")) or name in ("score", "scale_max", "sentiment") or name.startswith("is_"):
        return _NUMBER_WIDTH
    return _WIDTHS.get(name, _WIDTH)


def _kind(name: str) -> str:
    if name == "subject":
        return "subject"
    return "time" if name.endswith("_at") else "text"
