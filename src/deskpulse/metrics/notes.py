"""What an answer has to say beside its numbers: what they rest on, and why some of them are unknown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from deskpulse.core.settings import Settings
from deskpulse.metrics.assemble import Assembly
from deskpulse.metrics.compile import Compiled, Shape, fact_rows, finish
from deskpulse.metrics.lookup import METRICS, base_metrics, find_metric, with_parts
from deskpulse.metrics.measure import measure
from deskpulse.metrics.model import Metric, Row, Value
from deskpulse.metrics.plan import Plan, scans_of
from deskpulse.metrics.scanned import Measured, Scanned, Window
from deskpulse.metrics.span import Span
from deskpulse.warehouse.engine import Reader

BUSINESS = "_business_seconds"
_MONEY = ("money", "linked_money")


@dataclass(frozen=True)
class _Asked:
    """A question as a whole: without cuts and periods."""

    reader: Reader
    plan: Plan
    span: Span
    settings: Settings
    over: Window

    def measured(self, *metrics: Metric) -> tuple[Plan, Measured]:
        plan = replace(self.plan, metrics=metrics, scans=scans_of(metrics))
        return plan, measure(self.reader, plan, self.over, self.settings)


def notes_on(
    reader: Reader, plan: Plan, span: Span, settings: Settings, over: Window, *, rows: Iterable[Row],
    totals: Mapping[str, Value],
) -> tuple[str, ...]:  # fmt: skip
    """Return what is to be told about an answer of `rows` and `totals`, each in a sentence or two."""
    known = with_parts(plan.metrics)
    notes = [
        f"A ticket may have several values of {d.label.lower()}: it counts under each of them, so rows may add up to "
        "more than the total."
        for d in plan.by
        if d.kind == "list"
    ]
    if plan.beside is not None and any(show.name == "significance" for show in plan.shows):
        notes.append("A row may be on both sides of the comparison; the tests take the sides for independent.")
    for name in dict.fromkeys(name for metric in known for name in metric.settings):
        notes.append(f"The setting {name} is {getattr(settings, name)}.")
    for metric in known:
        if none := [p for p in metric.optional if span.is_without(base_metrics([find_metric(p)]))]:
            notes.append(f"There is no data for {', '.join(none)}: {metric.name} takes it for 0.")
    if span.watermark is None:
        return (*notes, "There is no data yet.")
    if plan.query.end > span.watermark:
        notes.append(f"The data ends at {_told(span.watermark)}; the period goes on after that.")
    asked = _Asked(reader, replace(plan, by=()), span, settings, Window(over.start, over.end))
    notes += _currencies(asked)
    for metric in plan.metrics:
        if totals[metric.name].value is None:
            notes.append(f"{metric.name} is unknown: {_why(asked, metric)}.")
        elif metric.parts and any(row.values[metric.name].value is None for row in rows):
            notes.append(f"{metric.name} is unknown where {_or(metric.parts)} is, or where it would divide by 0.")
    return (*notes, *_beginnings(plan, span))


def _told(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _or(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else names[0]


def _beginnings(plan: Plan, span: Span) -> Iterator[str]:
    """Yield where data begins within the period: before that it is not known what there was."""
    facts = {m.fact.table: span.first[m.fact.name] for m in base_metrics(plan.metrics)}
    for table, first in facts.items():
        if first is not None and plan.query.start < first < plan.query.end:
            yield f"The data of {table} begins at {_told(first)}; what was before is not known."


def _why(asked: _Asked, metric: Metric) -> str:
    """Return why the metric has no value over the window: of a derived one, which part has none."""
    span, over, table = asked.span, asked.over, metric.fact.table
    if metric.parts:
        parts = tuple(find_metric(name) for name in metric.parts)
        plan, found = asked.measured(*parts)
        values = Assembly(plan, span, found, None, asked.settings).totals()
        for part in parts:
            lacks = part.name in metric.optional and span.is_without(base_metrics([part]))
            if values[part.name].value is None and not lacks:
                return f"{part.name} is not known, as {_why(asked, part)}"
        zero = [part.name for part in parts if values[part.name].value == 0]
        return f"it would divide by 0 ({', '.join(zero) or 'its parts cancel out'})"
    first = span.first[metric.fact.name]
    if first is None:
        return f"there is no data of {table}"
    if over.end <= first:
        return f"the data of {table} begins at {_told(first)}, after the period"
    if span.watermark is not None and over.start > span.watermark:
        return "the data ends before the period"
    calendar = METRICS.get(metric.name.replace(BUSINESS, "_seconds"))
    if BUSINESS in metric.name and calendar is not None and asked.measured(calendar)[1].totals[calendar.name].n:
        return "no working hours hold for its rows (deskpulse schedules sets them)"
    return f"no row of {table} in the period has a say in it ({metric.formula})"


def _currencies(asked: _Asked) -> Iterator[str]:
    """Yield in which currency money is counted, and what is not counted for want of a rate."""
    scan = next((scan for scan in asked.plan.scans if scan.fact.name in _MONEY), None)
    if scan is None:
        return
    scanned = Scanned(asked.reader, asked.plan, scan, over=asked.over, settings=asked.settings)
    compiled = _compile_currencies(replace(scanned.shape(), metrics=()))
    found = asked.reader.rows(compiled.sql, scanned.bound(compiled.names))
    others = [row for row in found if row[0] is not None and row[0] != row[1]]
    if not others:
        return
    own = others[0][1]
    why = "the setting currency" if asked.settings.currency else "most entries are in it"
    yield f"Money is counted in {own} ({why})."
    if converted := [str(name) for name, _, rows, without in others if rows > without]:
        yield f"Amounts in {', '.join(converted)} are converted by the rate of their month (exchange_rates)."
    if lacking := [f"{without} in {name}" for name, _, _, without in others if without]:
        yield (
            f"Entries without a rate for their month are in no sum: {', '.join(lacking)}. Import exchange_rates "
            f"(currency, valid_on, rate: {own} for one unit)."
        )


@lru_cache(maxsize=64)
def _compile_currencies(shape: Shape) -> Compiled:
    """Return SQL of `currency, own currency, entries with an amount, those that cannot be converted`."""
    rows = fact_rows(shape)
    rows = rows.filter(rows.amount.notnull())
    found = rows.group_by("currency").aggregate(
        own=rows.own_currency.max(), entries=rows.count(), lacking=rows.own_amount.isnull().sum()
    )
    return finish(found.order_by("currency").select("currency", "own", "entries", "lacking"))
