"""Levels: how many rows are open at the end of each period, from the changes that opened and closed them.

A row counts from `opens` on and no longer from `closes` on (of several columns, the earliest); a gap of its ticket
takes it out meanwhile. A row that closes before it opens never counts. A level at the start of a period leaves out the
changes within it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from deskpulse.metrics.compile import Shape

CLOSED = "_closed_at"
FAR = datetime(9999, 1, 1, tzinfo=UTC)
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
    opens = _opens(shape)
    rows = _lasting(shape)
    start, end = bind("from_moment", MOMENT), bind("until_moment", MOMENT)
    parts = [_change(standing_rows(shape, at="from_moment"), shape, None, 1)]
    sources = [(rows, opens, 1), (rows, CLOSED, -1)]
    if shape.fact.has_gaps:
        gaps = _gaps(shape, rows)
        sources += [(gaps, GAP_FROM, -1), (gaps, GAP_UNTIL, 1)]
    for source, moment, change in sources:
        at = source[moment]
        parts.append(_change(source.filter(at >= start, at < end), shape, moment, change))
    changes = ibis.union(*parts)
    total = changes.change.sum()
    return grouped(changes, shape, {"m0_value": total, "m0_n": total})


def standing_rows(shape: Shape, columns: tuple[str, ...] = (), at: str = "") -> ir.Table:
    """Return the rows that make up the level just before the moment bound as `at`, else as the metric says.

    `columns` of theirs or of their ticket are wanted too.
    """
    from deskpulse.metrics.compile import table
    from deskpulse.metrics.operations import MOMENT, bind

    end = bind(at or ("from_moment" if shape.metrics[0].is_start else "until_moment"), MOMENT)
    rows = _lasting(shape, columns)
    rows = rows.filter(rows[_opens(shape)] < end, rows[CLOSED].isnull() | (rows[CLOSED] >= end))
    if not shape.fact.has_gaps:
        return rows
    gaps = table(GAPS)
    meanwhile = gaps.filter(gaps[GAP_FROM] < end, gaps[GAP_UNTIL] >= end, gaps[GAP_FROM] < gaps[GAP_UNTIL])
    return rows.anti_join(meanwhile, rows[shape.fact.ticket_key] == meanwhile.ticket_id)


def _opens(shape: Shape) -> str:
    return str(shape.metrics[0].opens)


def closed_at(rows: ir.Table, closes: tuple[str, ...]) -> ir.Value:
    """Return the earliest of the columns `closes` that has a value."""
    import ibis

    from deskpulse.metrics.operations import MOMENT

    if len(closes) == 1:
        return rows[closes[0]]
    # A bound far ahead stands for null, as engines differ in what the least of a null is.
    ends = [rows[name].fill_null(ibis.literal(FAR, MOMENT)) for name in closes]
    return ibis.least(*ends).nullif(ibis.literal(FAR, MOMENT))


def _lasting(shape: Shape, columns: tuple[str, ...] = ()) -> ir.Table:
    from deskpulse.metrics.compile import fact_rows, key_columns

    opens, closes = _opens(shape), shape.metrics[0].closing
    rows = fact_rows(shape, within=False, columns=(*columns, *closes))
    rows = rows.mutate(**{CLOSED: closed_at(rows, closes)})
    rows = rows.filter(rows[CLOSED].isnull() | (rows[CLOSED] > rows[opens]))
    if columns:
        return rows
    # Fewer columns: Ibis builds a union of narrow tables in half the time.
    needed = {opens, CLOSED} | key_columns(shape) | ({str(shape.fact.ticket_key)} if shape.fact.has_gaps else set())
    return rows.select(*sorted(needed))


def _gaps(shape: Shape, rows: ir.Table) -> ir.Table:
    """Return the rows once per gap that touches the window, cut to the time that the row counts in."""
    import ibis

    from deskpulse.metrics.compile import table
    from deskpulse.metrics.operations import MOMENT, bind

    start, end = bind("from_moment", MOMENT), bind("until_moment", MOMENT)
    opens = _opens(shape)
    gaps = table(GAPS).select(_gap_ticket="ticket_id", _from=GAP_FROM, _until=GAP_UNTIL)
    gaps = gaps.filter(gaps["_from"] < end, gaps["_until"] >= start)
    rows = rows.filter(rows[opens] < end, rows[CLOSED].isnull() | (rows[CLOSED] >= start))
    found = rows.inner_join(gaps, rows[shape.fact.ticket_key] == gaps["_gap_ticket"])
    until = ibis.ifelse(found[CLOSED].isnull(), found["_until"], ibis.least(found["_until"], found[CLOSED]))
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
