"""Levels: how many rows are open at the end of each period, from the changes that opened and closed them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskpulse.metrics.model import Metric

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from deskpulse.metrics.compile import Shape

GAPS, GAP_FROM, GAP_UNTIL = "ticket_gaps", "gap_from_at", "gap_until_at"


def level_changes(shape: Shape) -> ir.Table:
    """Return the changes of the level by keys and period; period -1 holds all from before $from_moment.

    The level at the end of period i is the sum of the changes of periods -1 to i. A row counts from `opens` on and
    no longer from `closes` on; a gap takes its row out meanwhile. Rows that close before they open never count.
    """
    import ibis

    from deskpulse.metrics.compile import grouped
    from deskpulse.metrics.operations import MOMENT, bind

    metric = shape.metrics[0]
    rows = open_rows(shape)
    start, end = bind("from_moment", MOMENT), bind("until_moment", MOMENT)
    gaps = _gaps(rows, metric)
    parts = []
    for source, moment, change in (
        (rows, metric.opens, 1), (rows, metric.closes, -1), (gaps, GAP_FROM, -1), (gaps, GAP_UNTIL, 1)
    ):  # fmt: skip
        at = source[moment]
        changed = _keyed(source.filter(at < end), shape, str(moment), start)
        parts.append(changed.mutate(change=ibis.literal(change, "int64")))
    changes = ibis.union(*parts)
    total = changes.change.sum()
    return grouped(changes, shape, {"m0_value": total, "m0_n": total})


def open_rows(shape: Shape) -> ir.Table:
    """Return the rows that are open at some moment in [$from_moment, $until_moment) or were opened in it."""
    from deskpulse.metrics.compile import fact_rows
    from deskpulse.metrics.operations import MOMENT, bind

    metric = shape.metrics[0]
    rows = fact_rows(shape, within=False)
    opens, closes = rows[metric.opens], rows[metric.closes]
    lasting = closes.isnull() | ((closes > opens) & (closes >= bind("from_moment", MOMENT)))
    return rows.filter(opens < bind("until_moment", MOMENT), lasting)


def _gaps(rows: ir.Table, metric: Metric) -> ir.Table:
    """Return the rows once per gap, cut to the time that the row counts in."""
    import ibis

    from deskpulse.metrics.compile import table

    gaps = table(GAPS).select(_gap_ticket="ticket_id", _from=GAP_FROM, _until=GAP_UNTIL)
    found = rows.inner_join(gaps, rows[metric.fact.ticket_key] == gaps["_gap_ticket"])
    opens, closes = found[metric.opens], found[metric.closes]
    until = ibis.ifelse(closes.isnull(), found["_until"], ibis.least(found["_until"], closes))
    found = found.mutate(**{GAP_FROM: ibis.greatest(found["_from"], opens), GAP_UNTIL: until})
    return found.filter(found[GAP_FROM] < found[GAP_UNTIL])


def _keyed(rows: ir.Table, shape: Shape, moment: str, start: ir.Value) -> ir.Table:
    """Return only the keys and the period of the change at `moment`; before `start` it is -1."""
    import ibis

    from deskpulse.metrics.compile import keyed

    keys = [f"k{i}" for i in range(len(shape.by))]
    found = keyed(rows, shape, moment)
    if not shape.stride:
        return found.select(*keys) if keys else found.select(_one=ibis.literal(1, "int8"))
    found = found.mutate(period=ibis.ifelse(found[moment] < start, ibis.literal(-1, "int64"), found.period))
    return found.select(*keys, "period")


def standing_rows(shape: Shape, columns: tuple[str, ...] = ()) -> ir.Table:
    """Return the rows that make up the level at $until_moment, with these columns of theirs or of their ticket."""
    from deskpulse.metrics.compile import fact_rows, table
    from deskpulse.metrics.operations import MOMENT, bind

    metric = shape.metrics[0]
    end = bind("until_moment", MOMENT)
    rows = fact_rows(shape, within=False, columns=columns)
    opens, closes = rows[metric.opens], rows[metric.closes]
    rows = rows.filter(opens < end, closes.isnull() | ((closes > opens) & (closes >= end)))
    gaps = table(GAPS)
    meanwhile = gaps.filter(gaps[GAP_FROM] < end, gaps[GAP_UNTIL] >= end, gaps[GAP_FROM] < gaps[GAP_UNTIL])
    return rows.anti_join(meanwhile, rows[metric.fact.ticket_key] == meanwhile.ticket_id)
