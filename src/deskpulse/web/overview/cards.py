"""The Overview page's cards: answers in, plain data for the components out."""

from __future__ import annotations

import re
from typing import Any

from deskpulse.charts.catalog import chart
from deskpulse.charts.formats import NO_DATA, change, period_text, value_text
from deskpulse.charts.model import ChartData, Mark, Series
from deskpulse.charts.palette import SERIES_TOKENS
from deskpulse.charts.sparkline import sparkline_paths
from deskpulse.metrics.dimensions import DIMENSIONS, WEEKDAYS
from deskpulse.metrics.lookup import find_metric
from deskpulse.metrics.model import Filter, QueryResult, Row
from deskpulse.web.view import NOTHING, View, shown_value, tickets_address
from deskpulse.web.why.address import COMPARED, why_address

OTHER = "All others"
"""The name of what is folded together; a category may itself be called "Other"."""
NO_HOURS = "A level at the end of a day cannot be filtered by weekday or hour."
FEW = 5
"""With fewer rows than this behind a number, it is shown in gray."""
Content = dict[str, Any]
Marks = tuple[Mark, ...]
_NOUNS = {"tickets": ("ticket", "tickets"), "surveys": ("answer", "answers")}


class Slots:
    """Which color a name of a dimension has: the first free one, kept for as long as the page is open."""

    def __init__(self) -> None:
        self._taken: dict[str, dict[str, int]] = {}

    def of(self, dimension: str, name: str) -> int:
        """Return the slot of `name`."""
        taken = self._taken.setdefault(dimension, {})
        return taken.setdefault(name, len(taken))


def pending(title: str, about: str, *, height: int, has_legend: bool = False) -> Content:
    """Return a card whose numbers are still on their way; it has the size that it will have."""
    legend = [{"name": "\u00a0", "token": "grid", "value": None}] if has_legend else None
    return {"title": title, "about": about, "height": height, "state": "loading", "legend": legend}


def kpi_pending(metric: str) -> Content:
    """Return a key figure without its number."""
    declared = find_metric(metric)
    label = short_label(metric)
    return {"name": metric, "label": label, "title": declared.label, "value": "", "about": declared.about, "facts": [],
            "state": "loading"}  # fmt: skip


def kpi(answer: QueryResult, metric: str, view: View, workspace: str) -> Content:
    """Return a key figure: its value over the whole period, the change, and its course."""
    declared = find_metric(metric)
    if metric not in answer.totals:
        why = [{"name": "Not shown", "text": NO_HOURS}]
        return kpi_pending(metric) | {"value": NO_DATA, "facts": why, "state": "ready"}
    total = answer.totals[metric]
    moved = change(total.value, total.compared, declared.unit, declared.better)
    course = [row.values[metric].value for row in answer.rows]
    paths = sparkline_paths(course[:-1] if is_partial(answer) and len(course) > 2 else course)
    facts = [("Based on", count_text(total.n, declared.fact.name)), ("Formula", declared.formula)]
    if view.compare:
        before = "Period before" if view.compare == "previous" else "Year before"
        told = value_text(total.compared, declared.unit)
        facts.insert(1, (before, f"{told} ({count_text(total.compared_n or 0, declared.fact.name)})"))
    return {
        "name": metric,
        "label": short_label(metric),
        "title": declared.label,
        "value": value_text(total.value, declared.unit),
        "about": declared.about,
        "facts": [{"name": name, "text": text} for name, text in facts if text],
        "change": moved.text if moved else "",
        "arrow": moved.arrow if moved else "",
        "tone": moved.tone if moved else "",
        "why": why_address(view, workspace, metric) if moved and view.compare in COMPARED else "",
        "line": paths.line,
        "area": paths.area,
        "href": tickets_address(view, workspace, metric=metric) if total.n else "",
        "state": "ready",
    }


def volume(answer: QueryResult, cut: str, view: View, slots: Slots, *, base: Content, marks: Marks = ()) -> Content:
    """Return the ticket volume over time, cut by a dimension."""
    periods = periods_of(answer)
    by_name: dict[str, dict[str | None, float | None]] = {}
    for row in answer.rows:
        by_name.setdefault(name_of(cut, row), {})[row.period] = row.values["tickets_created"].value
    totals = {name: sum(value or 0 for value in values.values()) for name, values in by_name.items()}
    names = sorted(by_name, key=lambda name: (name == OTHER, -totals[name]))
    series = tuple(
        Series(
            name=name,
            values=tuple(by_name[name].get(period) for period in periods),
            role="other" if name == OTHER else "main",
            slot=None if name == OTHER else slots.of(cut, name),
        )
        for name in names
        if totals[name]
    )
    data = ChartData(
        title=base["title"], categories=periods, axis=answer.query.grain or "day", series=series,
        selected=shown(cut, view), is_partial=is_partial(answer), marks=marks,
    )  # fmt: skip
    return drawn(base, "area", data) | {"legend": series_legend(data)}


def share(answer: QueryResult, dimension: str, view: View, slots: Slots, base: Content) -> Content:
    """Return the parts of a whole, by the answer's only metric, as a donut."""
    metric = answer.query.metrics[0]
    rows = sorted(answer.rows, key=lambda row: (row.is_other, -(row.values[metric].value or 0)))
    names = tuple(name_of(dimension, row) for row in rows)
    data = ChartData(
        title=base["title"], categories=names, selected=shown(dimension, view),
        series=(Series(name="Tickets", values=tuple(row.values[metric].value for row in rows)),),
        slots=tuple(None if name == OTHER else slots.of(dimension, name) for name in names),
    )  # fmt: skip
    legend = [
        legend_item(name, "other" if slot is None else SERIES_TOKENS[slot % len(SERIES_TOKENS)], data)
        for name, slot in zip(data.categories, data.slots, strict=True)
    ]
    return drawn(base, "donut", data) | {"legend": legend}


def hours(answer: QueryResult, view: View, base: Content) -> Content:
    """Return weekday × hour as a heatmap; an hour without tickets in a period with data is 0."""
    found = {row.by: row.values["tickets_created"].value for row in answer.rows}
    known = any(value is not None for value in found.values())
    columns = DIMENSIONS["hour"].order
    data = ChartData(
        title=base["title"], categories=columns, axis="hour_of_day",
        selected=view.selected("weekday") | view.selected("hour"),
        series=tuple(
            Series(name=day, values=tuple(found.get((day, hour), 0 if known else None) for hour in columns))
            for day in WEEKDAYS
        ),
    )  # fmt: skip
    return drawn(base, "heatmap", data)


def buckets(answer: QueryResult, dimension: str, metric: str, view: View, base: Content) -> Content:
    """Return how a duration is spread over its ranges."""
    found = {row.by[0]: row.values[metric].value for row in answer.rows}
    names = DIMENSIONS[dimension].order
    if not any(found.values()):
        return base | {"state": "empty", "message": "Nothing was solved in this period."}
    values = tuple(found.get(name, 0) for name in names)
    data = ChartData(
        title=base["title"], categories=names, selected=view.selected(dimension),
        series=(Series(name=find_metric(metric).label, values=values),),
    )  # fmt: skip
    return drawn(base, "histogram", data)


def line(answer: QueryResult, metric: str, view: View, base: Content, *, slot: int, marks: Marks = ()) -> Content:
    """Return one metric over time, with the compared period as a dashed line."""
    declared = find_metric(metric)
    if metric not in answer.totals:
        return base | {"state": "empty", "message": NO_HOURS, "legend": None}
    series = [Series(name=declared.label, values=tuple(row.values[metric].value for row in answer.rows), slot=slot)]
    compared = tuple(row.values[metric].compared for row in answer.rows)
    if view.compare and any(value is not None for value in compared):
        name = "Period before" if view.compare == "previous" else "Year before"
        series.append(Series(name=name, values=compared, role="compared"))
    data = ChartData(
        title=base["title"], categories=periods_of(answer), axis=answer.query.grain or "day", series=tuple(series),
        unit=declared.unit, is_partial=is_partial(answer), marks=marks,
    )  # fmt: skip
    card = drawn(base, "line", data)
    if all(value is None for value in series[0].values):
        return base | {"state": "empty", "message": "There is no data in this period.", "legend": None}
    return card | {"legend": series_legend(data, is_filter=False)}


def ranking(answer: QueryResult, dimension: str, view: View, workspace: str, base: Content) -> Content:
    """Return a table of a dimension's values with several metrics."""
    metrics = answer.query.metrics
    chosen = shown(dimension, view)
    rows = []
    for row in answer.rows:
        if row.is_other:
            continue
        name = name_of(dimension, row)
        rows.append({
            "name": name,
            "value": name,
            "isOn": name in chosen,
            "isDimmed": bool(chosen) and name not in chosen,
            "href": tickets_address(view, workspace, metric=metrics[0], extra=(condition(dimension, row),)),
            "cells": [_cell(row, metric) for metric in metrics],
        })  # fmt: skip
    return base | {"rows": rows, "state": "ready", "message": "Nothing was solved in this period."}


def ranking_columns(dimension: str, metrics: tuple[str, ...]) -> list[Content]:
    """Return the heads of a ranking: the name, then the metrics; the first is drawn as a bar."""
    heads: list[Content] = [
        {"name": dimension, "label": DIMENSIONS[dimension].label, "about": DIMENSIONS[dimension].about}
    ]
    for place, metric in enumerate(metrics):
        declared = find_metric(metric)
        heads.append({"name": metric, "label": short_label(metric), "about": declared.about, "isBar": place == 0,
                      "isMinor": place > 2})  # fmt: skip
    return heads


def drawn(base: Content, kind: str, data: ChartData) -> Content:
    """Return a card with the picture of `data` and the same numbers as a table, or with what is to say instead."""
    if data.is_empty or not data.categories:
        return base | {"state": "empty", "message": "There is no data in this period."}
    return base | {
        "state": "ready",
        "option": chart(kind).build(data),
        "shape": f"{kind} {len(data.series)}",
        "table": table(data),
        "summary": summary(data),
        "picks": True,
    }


def table(data: ChartData) -> Content:
    """Return the numbers of a chart as a table: a row for each category, a column for each series."""
    written = (lambda text: text) if data.axis in ("name", "hour_of_day", "weekday") else (
        lambda text: period_text(text, data.axis)
    )  # fmt: skip
    return {
        "head": ["", *(series.name for series in data.series)],
        "rows": [
            [written(category), *(value_text(series.values[i], data.unit) for series in data.series)]
            for i, category in enumerate(data.categories)
        ],
    }


def summary(data: ChartData) -> str:
    """Return what a chart shows in a sentence, for those who cannot see it."""
    names = ", ".join(series.name for series in data.series[:8])
    values = [
        value for series in data.series if series.role != "compared" for value in series.values if value is not None
    ]
    return (
        f"{data.title}: {names}. {len(data.categories)} values from {value_text(min(values), data.unit)} to "
        f"{value_text(max(values), data.unit)}. The numbers can be shown as a table."
    )


def series_legend(data: ChartData, *, is_filter: bool = True) -> list[Content]:
    """Return the legend of a chart's series; a single series needs none."""
    if len(data.series) < 2 and not is_filter:
        return []
    items = []
    for place, series in enumerate(data.series):
        slot = place if series.slot is None else series.slot
        token = series.role if series.role in ("other", "compared") else SERIES_TOKENS[slot % len(SERIES_TOKENS)]
        item = legend_item(series.name, token, data)
        items.append(item if is_filter else item | {"value": None, "isDashed": series.role == "compared"})
    return items


def legend_item(name: str, token: str, data: ChartData) -> Content:
    """Return one entry of a legend; what was folded together cannot be picked."""
    return {"name": name, "token": token, "value": None if name == OTHER else name, "isOn": name in data.selected,
            "isDimmed": data.is_dimmed(name)}  # fmt: skip


def name_of(dimension: str, row: Row) -> str:
    """Return the name of a row's first dimension value as it is shown."""
    return OTHER if row.is_other else shown_value(dimension, row.by[0])


def shown(dimension: str, view: View) -> frozenset[str]:
    """Return the selected values of a dimension as they are shown."""
    return frozenset(value if value == NOTHING else shown_value(dimension, value) for value in view.selected(dimension))


def values_by_name(dimension: str, answer: QueryResult) -> dict[str, str]:
    """Return the value behind every name that a card shows."""
    return {
        name_of(dimension, row): NOTHING if row.by[0] is None else row.by[0] for row in answer.rows if not row.is_other
    }


def condition(dimension: str, row: Row) -> Filter:
    """Return the filter that keeps exactly a row's value."""
    value = row.by[0]
    return Filter(dimension=dimension, operator="is_null") if value is None else Filter(
        dimension=dimension, values=(value,)
    )  # fmt: skip


def count_text(n: int, fact: str) -> str:
    """Return how many rows are behind a number: "1,204 tickets"."""
    one, many = _NOUNS.get(fact, ("row", "rows"))
    return f"{n:,} {one if n == 1 else many}"


def short_label(metric: str) -> str:
    """Return a metric's label without the remark in brackets at its end."""
    return re.sub(r" \([^)]*\)$", "", find_metric(metric).label)


def is_partial(answer: QueryResult) -> bool:
    """Return whether the data ends before the last period of `answer` does."""
    return answer.as_of is not None and answer.query.grain is not None and answer.as_of < answer.query.end


def _cell(row: Row, metric: str) -> Content:
    declared, cell = find_metric(metric), row.values[metric]
    return {"value": cell.value, "text": value_text(cell.value, declared.unit),
            "title": count_text(cell.n, declared.fact.name), "isFew": cell.n < FEW}  # fmt: skip


def periods_of(answer: QueryResult) -> tuple[str, ...]:
    """Return the periods of an answer over time, in order."""
    return tuple(dict.fromkeys(row.period for row in answer.rows if row.period is not None))
