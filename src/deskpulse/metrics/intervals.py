"""Intervals: rows that last, cut to the window and at the borders of its periods."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from deskpulse.core.settings import Settings
from deskpulse.metrics.clock import calendar, micros
from deskpulse.metrics.model import Fact

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from deskpulse.metrics.compile import Shape

WITHIN = "within_seconds"


def ended(rows: ir.Table, fact: Fact) -> ir.Table:
    """Return the intervals: one without an end lasts as long as the data, one that ends before it starts is none."""
    import ibis

    from deskpulse.metrics.operations import MOMENT, bind

    until = rows[fact.until].fill_null(bind("as_of", MOMENT))
    rows = rows.mutate(**{str(fact.until): until, WITHIN: ibis.null("float64")})
    return rows.filter(rows[fact.time] < rows[fact.until])


def cut(rows: ir.Table, shape: Shape) -> ir.Table:
    """Return the intervals cut to the window, with `cuts` once for each stretch of $cut_at that they touch.

    The moment and the end become those of the piece, `within_seconds` its length.
    """
    import ibis

    from deskpulse.metrics.operations import INTS, MOMENT, Micros, bind

    moment, until = shape.moment, str(shape.fact.until)
    start, end = bind("from_moment", MOMENT), bind("until_moment", MOMENT)
    rows = rows.filter(rows[moment] < end, rows[until] > start)
    rows = rows.mutate(**{moment: ibis.greatest(rows[moment], start), until: ibis.least(rows[until], end)})
    if shape.cuts:
        borders = bind("cut_at", INTS).unnest().name("_low").as_table()
        borders = borders.mutate(_high=borders["_low"].lead().over(order_by=borders["_low"]))
        borders = borders.filter(borders["_high"].notnull())
        rows = rows.mutate(_begin=Micros(rows[moment]).to_expr(), _end=Micros(rows[until]).to_expr())
        rows = rows.inner_join(borders, [rows["_begin"] < borders["_high"], rows["_end"] > borders["_low"]])
        begin, finish = ibis.greatest(rows["_begin"], rows["_low"]), ibis.least(rows["_end"], rows["_high"])
        pieces = {moment: _moment(begin), until: _moment(finish), WITHIN: (finish - begin) / 1e6}
        return rows.mutate(**pieces).drop("_begin", "_end", "_low", "_high")
    return rows.mutate(**{WITHIN: (Micros(rows[until]).to_expr() - Micros(rows[moment]).to_expr()) / 1e6})


def _moment(value: ir.Value) -> ir.Value:
    from deskpulse.metrics.operations import MomentOf

    return MomentOf(value).to_expr()


def hour_borders(name: str, start: datetime, end: datetime, settings: Settings) -> list[int]:
    """Return the borders of the local hours of [start, end), in microseconds; LimitError when they are too many."""
    return [micros(b) for b in calendar(name, start, end, "hour", max_periods=settings.query_max_periods).bounds]
