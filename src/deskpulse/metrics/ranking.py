"""Which values of a dimension a top N keeps."""

from __future__ import annotations

from dataclasses import replace

from deskpulse.core.settings import Settings
from deskpulse.metrics.assemble import Assembly
from deskpulse.metrics.measure import measure
from deskpulse.metrics.measure import rank as rank_rows
from deskpulse.metrics.plan import Plan, scans_of
from deskpulse.metrics.rollups.stored import EMPTY, Catalogue
from deskpulse.metrics.scanned import Window
from deskpulse.metrics.span import Span
from deskpulse.warehouse.engine import Reader


def rank(
    reader: Reader, plan: Plan, over: Window, settings: Settings, span: Span, *, rollups: Catalogue = EMPTY
) -> tuple[str | None, ...]:
    """Return the values of the one dimension with the largest first metric over the window, at most `top`, and None.

    Rows without a value are neither among the largest nor a part of the rest: they stand by themselves. A derived
    metric is computed for every value; LimitError when these are more than an answer may hold.
    """
    first, top = plan.metrics[0], plan.query.top or 1
    if not first.parts:
        wide = replace(plan, query=replace(plan.query, top=top + 1))
        named = [v for v in rank_rows(reader, wide, over, settings, rollups=rollups) if v is not None]
        return (*named[:top], None)
    alone = replace(plan, metrics=(first,), scans=scans_of((first,)))
    measured = measure(reader, alone, Window(over.start, over.end), settings, rollups=rollups)
    assembly = Assembly(alone, span, measured, None, settings)
    values = {key[0]: assembly.cell(first, key).value for key in measured.groups if key[0] is not None}

    def place(value: str) -> tuple[bool, float, str]:
        size = values[value]
        return size is None, -(size or 0.0), value

    return (*sorted(values, key=place)[:top], None)
