"""A metric beside its own past: this month beside the same days a year before, and the best and worst months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from statistics import median

from deskpulse.core.errors import ForbiddenError, InputError
from deskpulse.core.periods import add_units
from deskpulse.insights.patterns.asking import Asked, Json
from deskpulse.metrics.lookup import METRICS, find_metric
from deskpulse.metrics.model import Metric, Slice, Value
from deskpulse.metrics.spread import kind_of_metric

BESIDE = ("tickets_created", "first_reply_time_seconds_median", "full_resolution_time_seconds_median", "csat",
          "sentiment_mean", "reopen_rate", "escalation_rate", "sla_met_rate", "backlog")  # fmt: skip
"""Metrics that are told beside the one that is asked for."""
MONTHS, LEAST_MONTHS = 12, 3
SURE = 0.05


def own_past(asked: Asked) -> Json:
    """Return `rows`, one a metric: this month so far, the same days a year before, and the last 12 whole months.

    Of what adds up everything is told a day, as months are not equally long.
    """
    last = asked.end_day - timedelta(days=1)
    month = last.replace(day=1)
    rows, notes = [], []
    for name in dict.fromkeys((asked.metric.name, *BESIDE)):
        if name not in METRICS or name in asked.engine.without_data([name]):
            continue
        try:
            rows.append(_row(asked, find_metric(name), month, asked.end_day))
        except (InputError, ForbiddenError) as error:
            notes.append(f"{find_metric(name).label}: {error.message}")
    return {"month": month.isoformat(), "until": asked.end_day.isoformat(), "rows": rows, "notes": notes}


def _row(asked: Asked, metric: Metric, month: date, end: date) -> Json:
    now, before = _now(asked, metric, month, end)
    spans = _months(asked, metric, month)
    adds = kind_of_metric(metric) in ("count", "sum")
    better = metric.better
    told: Json = {
        "metric": metric.name, "label": metric.label, "unit": metric.unit, "better": better, "per_day": adds,
        "now": now, "year_ago": before, "months": len(spans), "best": None, "median": None, "worst": None, "rank": None,
        "last_month": None, "unknown": "",
    }  # fmt: skip
    if len(spans) < LEAST_MONTHS:
        return told | {"unknown": f"{len(spans)} whole months of data; {LEAST_MONTHS} are needed."}
    ordered = sorted(spans, key=lambda one: one["value"], reverse=better != "down")
    latest = spans[-1]
    return told | {"best": ordered[0], "worst": ordered[-1], "median": median(one["value"] for one in spans),
                   "rank": ordered.index(latest) + 1, "last_month": latest}  # fmt: skip


def _now(asked: Asked, metric: Metric, month: date, end: date) -> tuple[Json, Json | None]:
    """Return this month so far, and the same days a year before with the p value of the difference."""
    year = add_units(month, "month", -12)
    days = (end - month).days
    year_end = min(year + timedelta(days=days), add_units(year, "month", 1))
    query = replace(asked.over(month, end), metrics=(metric.name,), grain=None)
    then = asked.over(year, year_end)
    if asked.first_at > then.start:
        return _cell(asked.engine.query(asked.principal, query).totals[metric.name], metric, days), None
    show = ("significance",) if kind_of_metric(metric) != "none" else ()
    query = replace(query, compare="slice", show=show, where=asked.query.where,
                    against=Slice(start=then.start, end=then.end, where=asked.query.where))  # fmt: skip
    found = asked.engine.query(asked.principal, query).totals[metric.name]
    p = (found.extras or {}).get("p")
    before = _cell(Value(found.compared, found.compared_n or 0), metric, (year_end - year).days)
    return _cell(found, metric, days), before | {"p": p, "is_sure": p is not None and p < SURE}


def _cell(found: Value, metric: Metric, days: int) -> Json:
    is_sum = kind_of_metric(metric) in ("count", "sum")
    value = found.value / days if is_sum and found.value is not None and days else found.value
    return {"value": value, "n": found.n, "days": days}


def _months(asked: Asked, metric: Metric, month: date) -> Sequence[Json]:
    """Return the last whole months that the data covers and that have a value, oldest first."""
    first = asked.first_at.astimezone(asked.local).date()
    oldest = add_units(month, "month", -MONTHS)
    begin = oldest if oldest >= first else add_units(first.replace(day=1), "month", first.day > 1)
    if begin >= month:
        return []
    result = asked.engine.query(asked.principal, replace(asked.over(begin, month), metrics=(metric.name,),
                                                         grain="month"))  # fmt: skip
    found = []
    for row in result.rows:
        start = date.fromisoformat((row.period or "")[:10])
        cell = _cell(row.values[metric.name], metric, (add_units(start, "month", 1) - start).days)
        if cell["value"] is not None:
            found.append({"month": start.isoformat()[:7], **cell})
    return found
