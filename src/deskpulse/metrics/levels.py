"""Levels: how many rows are open at the end of each period, from the changes that opened and closed them.

A row counts from `opens` on and no longer from `closes` on; a gap takes it out meanwhile. A row that closes before
it opens never counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from deskpulse.metrics.compile import Shape

GAPS, GAP_FROM, GAP_UNTIL = "ticket_gaps", "gap_from_at", "gap_until_at"


def level_changes(shape: Shape) -> ir.Table:
    """Return the changes of the level by keys and period; period -1 holds the level at the start.

    The level at the end of period i is the sum of the changes of periods -1 to i. Without periods it is the level
    at the end alone.
    """
    import ibis

    from deskpulse.metrics.compile import grouped, keyed
    from deskpulse.metrics.operations import MOMENT, bind

    if not shape.stride:
        standing = keyed(standing_rows(shape), shape)
        return grouped(standing, shape, {"m0_value": standing.count(), "m0_n": standing.count()})
    opens, closes = _columns(shape)
    rows = _lasting(shape)
    gaps = _gaps(shape, rows)
    start, end = bind("from_moment", MOMENT), bind("until_moment", MOMENT)
    parts = [_change(standing_rows(shape, at="from_moment"), shape, None, 1)]
    for source, moment, change in ((rows, opens, 1), (rows, closes, -1), (gaps, GAP_FROM, -1), (gaps, GAP_UNTIL, 1)):
        at = source[moment]
        parts.append(_change(source.filter(at >= start, at < end), shape, moment, change))
    changes = ibis.union(*parts)
    total = changes.change.sum()
    return grouped(changes, shape, {"m0_value": total, "m0_n": total})


def standing_rows(shape: Shape, columns: tuple[str, ...] = (), at: str = "until_moment") -> ir.Table:
    """Return the rows that make up the level just before the moment bound as `at`.

    `columns` of theirs or of their ticket are wanted too.
    """
    from deskpulse.metrics.compile import table
    from deskpulse.metrics.operations import MOMENT, bind

    end = bind(at, MOMENT)
    opens, closes = _columns(shape)
    rows = _lasting(shape, columns)
    rows = rows.filter(rows[opens] < end, rows[closes].isnull() | (rows[closes] >= end))
    gaps = table(GAPS)
    meanwhile = gaps.filter(gaps[GAP_FROM] < end, gaps[GAP_UNTIL] >= end, gaps[GAP_FROM] < gaps[GAP_UNTIL])
    return rows.anti_join(meanwhile, rows[shape.fact.ticket_key] == meanwhile.ticket_id)


def _columns(shape: Shape) -> tuple[str, str]:
    return str(shape.metrics[0].opens), str(shape.metrics[0].closes)


def _lasting(shape: Shape, columns: tuple[str, ...] = ()) -> ir.Table:
    from deskpulse.metrics.compile import fact_rows, key_columns

    opens, closes = _columns(shape)
    rows = fact_rows(shape, within=False, columns=columns)
    rows = rows.filter(rows[closes].isnull() | (rows[closes] > rows[opens]))
    if columns:
        return rows
    # Fewer columns: Ibis builds a union of narrow tables in half the time.
    return rows.select(*sorted({opens, closes, str(shape.fact.ticket_key)} | key_columns(shape)))


def _gaps(shape: Shape, rows: ir.Table) -> ir.Table:
    """Return the rows once per gap that touches the window, cut to the time that the row counts in."""
    import ibis

    from deskpulse.metrics.compile import table
    from deskpulse.metrics.operations import MOMENT, bind

    start, end = bind("from_moment", MOMENT), bind("until_moment", MOMENT)
    opens, closes = _columns(shape)
    gaps = table(GAPS).select(_gap_ticket="ticket_id", _from=GAP_FROM, _until=GAP_UNTIL)
    gaps = gaps.filter(gaps["_from"] < end, gaps["_until"] >= start)
    rows = rows.filter(rows[opens] < end, rows[closes].isnull() | (rows[closes] >= start))
    found = rows.inner_join(gaps, rows[shape.fact.ticket_key] == gaps["_gap_ticket"])
    until = ibis.ifelse(found[closes].isnull(), found["_until"], ibis.least(found["_until"], found[closes]))
    found = found.mutate(**{GAP_FROM: ibis.greatest(found["_from"], found[opens]), GAP_UNTIL: until})
    return found.filter(found[GAP_FROM] < found[GAP_UNTIL])


def _change(rows: ir.Table, shape: Shape, moment: str | None, change: int) -> ir.Table:
    """Return only the keys, the period of the change at `moment` (-1: before all periods) and the change."""
    import ibis

    from deskpulse.metrics.compile import keyed

    found = keyed(rows, shape, moment)
    if moment is None:
        found = found.mutate(period=ibis.literal(-1, "int64"))
    keys = [f"k{i}" for i in range(len(shape.by))]
    return found.select(*keys, "period", change=ibis.literal(change, "int64"))
