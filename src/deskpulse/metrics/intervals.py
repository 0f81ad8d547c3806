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
AGE, STANDING = "age_seconds", "is_standing"
ADDED = ((AGE, "float"), (STANDING, "bool"))
_ENDLESS = "_is_endless"


def ended(rows: ir.Table, fact: Fact) -> ir.Table:
    """Return the intervals: one without an end lasts as long as the data, one that ends before it starts is none."""
    import ibis

    from deskpulse.metrics.operations import MOMENT, bind

    until = rows[fact.until].fill_null(bind("as_of", MOMENT))
    aged = {}
    if fact.since:
        # What is not cut yet has neither; lists of whole intervals take them from the pieces.
        aged = {AGE: ibis.null("float64"), STANDING: ibis.literal(value=True), _ENDLESS: rows[fact.until].isnull()}
    rows = rows.mutate(**{str(fact.until): until, WITHIN: ibis.null("float64"), **aged})
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
    if shape.fact.since:
        rows = rows.mutate(_goes_until=Micros(rows[until]).to_expr())
    rows = rows.mutate(**{moment: ibis.greatest(rows[moment], start), until: ibis.least(rows[until], end)})
    if shape.cuts:
        borders = bind("cut_at", INTS).unnest().name("_low").as_table()
        borders = borders.mutate(_high=borders["_low"].lead().over(order_by=borders["_low"]))
        borders = borders.filter(borders["_high"].notnull())
        rows = rows.mutate(_begin=Micros(rows[moment]).to_expr(), _end=Micros(rows[until]).to_expr())
        rows = rows.inner_join(borders, [rows["_begin"] < borders["_high"], rows["_end"] > borders["_low"]])
        begin, finish = ibis.greatest(rows["_begin"], rows["_low"]), ibis.least(rows["_end"], rows["_high"])
        pieces = {moment: _moment(begin), until: _moment(finish), WITHIN: (finish - begin) / 1e6}
        return _aged(rows.mutate(**pieces).drop("_begin", "_end", "_low", "_high"), shape.fact)
    seconds = (Micros(rows[until]).to_expr() - Micros(rows[moment]).to_expr()) / 1e6
    return _aged(rows.mutate(**{WITHIN: seconds}), shape.fact)


def _aged(pieces: ir.Table, fact: Fact) -> ir.Table:
    """Return pieces with their age at their end and whether their interval goes on beyond it."""
    from deskpulse.metrics.operations import Micros

    if fact.since is None:
        return pieces
    end = Micros(pieces[str(fact.until)]).to_expr()
    age = (end - Micros(pieces[fact.since]).to_expr()) / 1e6
    standing = pieces[_ENDLESS] | (pieces["_goes_until"] > end)
    return pieces.mutate(**{AGE: age, STANDING: standing}).drop("_goes_until")


def _moment(value: ir.Value) -> ir.Value:
    from deskpulse.metrics.operations import MomentOf

    return MomentOf(value).to_expr()


def hour_borders(name: str, start: datetime, end: datetime, settings: Settings) -> list[int]:
    """Return the borders of the local hours of [start, end), in microseconds; LimitError when they are too many."""
    return [micros(b) for b in calendar(name, start, end, "hour", max_periods=settings.query_max_periods).bounds]
