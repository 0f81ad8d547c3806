"""Families of metrics that differ in a column or a statistic only, each with its check written another way."""

from __future__ import annotations

from typing import Any

from deskpulse.metrics.facts import TICKETS, has_sound_times
from deskpulse.metrics.model import Direction, Expr, Fact, Metric, Unit

QUANTILES = {"median": 0.5, "p90": 0.9, "p95": 0.95}
ALL = ("mean", "median", "p90", "p95")
_LABELS = {"mean": "mean", "median": "median", "p90": "90 %", "p95": "95 %"}
_WORDS = {
    "mean": "Mean {}.",
    "median": "Median {}.",
    "p90": "Nine in ten took no longer than this: {}.",
    "p95": "Nineteen in twenty took no longer than this: {}.",
}


def check(fact: Fact, select: str, time: str = "", where: str = "") -> str:
    """Return the SQL of `select` over the fact's rows `r` in [$start, $end) that `where` keeps, spam's apart."""
    spam = "coalesce(r.is_spam OR r.is_merged, false) = false"
    if fact.table != "tickets":
        out = "(t.is_spam OR t.is_merged)" if fact.is_course else "t.is_spam"
        spam = f"NOT EXISTS (SELECT 1 FROM tickets AS t WHERE t.ticket_id = r.ticket_id AND {out})"
    moment = f"r.{time or fact.time}"
    kept = f" AND {where}" if where else ""
    return (
        f"SELECT {select} FROM {fact.table} AS r WHERE {spam} "
        f"AND {moment} BETWEEN $start AND $end AND {moment} <> $end{kept}"
    )


def check_quantile(fact: Fact, of: str, quantile: float, time: str = "", where: str = "") -> str:
    """Return the SQL of a percentile: each value weighs by how near its rank is to the one that is wanted."""
    select = f"{of} AS x, row_number() OVER (ORDER BY {of}) - 1 AS i, count(*) OVER () AS c"
    kept = f"{where} AND {of} IS NOT NULL" if where else f"{of} IS NOT NULL"
    inner = check(fact, select, time, kept)
    weight = f"greatest(0, 1 - abs(i - {quantile} * (c - 1)))"
    return f"SELECT sum(x * {weight}), coalesce(max(c), 0) FROM ({inner})"


def both(one: Expr | None, other: Expr) -> Expr:
    """Return the condition that both hold; `one` may be absent."""
    if one is None:
        return other
    return lambda rows: one(rows) & other(rows)


def known(column: str) -> Expr:
    """Return the condition that a column has a value."""
    return lambda rows: rows[column].notnull()


def statistics(
    stem: str,
    label: str,
    about: str,
    column: str,
    *,
    fact: Fact = TICKETS,
    time: str = "",
    of: tuple[str, ...] = ALL,
    where: Expr | None = None,
    check_where: str = "",
    unit: Unit = "seconds",
    better: Direction = "down",
    drill: tuple[str, ...] = (),
    tags: tuple[str, ...] = (),
) -> tuple[Metric, ...]:
    """Return `<stem>_mean`, `_median` … of one column over the rows where it is known.

    `about` is a noun phrase that follows "Median", with the period: "time from … of tickets solved in the period".
    Tickets with impossible times are left out of seconds.
    """
    if fact is TICKETS and unit == "seconds":
        where = both(where, has_sound_times)
        check_where = f"{check_where} AND r.time_problem IS NULL" if check_where else "r.time_problem IS NULL"
    kept = both(where, known(column))
    found = []
    for statistic in of:
        given: dict[str, Any]
        if statistic == "mean":
            given = {"numerator": lambda rows: rows[column].sum(), "denominator": lambda rows: rows.count(),
                     "check_sql": check(fact, f"avg(r.{column}), count(r.{column})", time, check_where),
                     "formula": f"sum of {column} ÷ rows with a known {column}"}  # fmt: skip
        else:
            quantile = QUANTILES[statistic]
            given = {"value": lambda rows, q=quantile: rows[column].quantile(q),
                     "check_sql": check_quantile(fact, f"r.{column}", quantile, time, check_where),
                     "formula": f"{_percentile(statistic)} of {column}"}  # fmt: skip
        given["formula"] += f", by {time or fact.time}"
        found.append(
            Metric(
                name=f"{stem}_{statistic}", label=f"{label} ({_LABELS[statistic]})", fact=fact, unit=unit,
                about=_WORDS[statistic].format(about), better=better, time=time or None, where=kept,
                drill=_drill(fact, drill, time, column), tags=(stem, *tags), **given,
            )
        )  # fmt: skip
    return tuple(found)


def _percentile(statistic: str) -> str:
    return "median" if statistic == "median" else f"{statistic[1:]}th percentile (linear between neighbors)"


def _drill(fact: Fact, drill: tuple[str, ...], *more: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*(drill or fact.drill), *filter(None, more))))


def times(stem: str, label: str, about: str, column: str, *, business: bool = True, **given: Any) -> tuple[Metric, ...]:
    """Return the statistics of a duration, `<stem>_seconds_…`, and of its working time, `<stem>_business_seconds_…`.

    `column` ends in "seconds"; its working time is the column that ends in "business_seconds".
    """
    found = statistics(f"{stem}_seconds", label, about, column, **given)
    if business:
        working = f"{column.removesuffix('seconds')}business_seconds"
        found += statistics(
            f"{stem}_business_seconds", f"{label} in working time", f"{about}; working hours only", working, **given
        )
    return found


def counted(
    name: str,
    label: str,
    about: str,
    *,
    fact: Fact = TICKETS,
    time: str = "",
    where: Expr | None = None,
    check_where: str = "",
    formula: str = "",
    better: Direction = "none",
    drill: tuple[str, ...] = (),
    tags: tuple[str, ...] = (),
) -> Metric:
    """Return the number of rows that `where` keeps."""
    noun = {"ticket_gaps": "reopenings", "sla_targets": "targets"}.get(fact.name, fact.name.replace("_", " "))
    said = f"count of {noun}{' with ' + formula if formula else ''} by {time or fact.time}"
    return Metric(
        name=name, label=label, about=about, fact=fact, time=time or None, unit="count", better=better,
        over_time="sum", where=where, value=lambda rows: rows.count(), formula=said,
        drill=_drill(fact, drill, time), tags=tags,
        check_sql=check(fact, f"count(r.{fact.key}), count(r.{fact.key})", time, check_where),
    )  # fmt: skip


def share(
    name: str,
    label: str,
    about: str,
    *,
    hit: Expr,
    check_hit: str,
    formula: str,
    fact: Fact = TICKETS,
    time: str = "",
    where: Expr | None = None,
    check_where: str = "",
    better: Direction = "up",
    drill: tuple[str, ...] = (),
    tags: tuple[str, ...] = (),
    settings: tuple[str, ...] = (),
) -> Metric:
    """Return the share of the rows that `where` keeps for which `hit` holds (an unknown `hit` does not)."""
    return Metric(
        name=name, label=label, about=about, fact=fact, time=time or None, unit="ratio", better=better, where=where,
        numerator=lambda rows: hit(rows).sum(), denominator=lambda rows: rows.count(),
        formula=f"{formula}, by {time or fact.time}", drill=_drill(fact, drill, time), tags=tags, settings=settings,
        check_sql=check(fact, f"avg(CASE WHEN {check_hit} THEN 1 ELSE 0 END), count(*)", time, check_where),
    )  # fmt: skip


def flagged(name: str, label: str, about: str, column: str, **given: Any) -> Metric:
    """Return the share of the rows with a known flag for which it is true."""
    return share(
        name, label, about, hit=lambda rows: rows[column], check_hit=f"r.{column}", where=known(column),
        check_where=f"r.{column} IN (true, false)", formula=f"rows with {column} ÷ rows with a known {column}", **given,
    )  # fmt: skip


def summed(
    name: str,
    label: str,
    about: str,
    column: str,
    *,
    of: str = "",
    unit: Unit = "count",
    fact: Fact = TICKETS,
    time: str = "",
    where: Expr | None = None,
    check_where: str = "",
    better: Direction = "none",
    drill: tuple[str, ...] = (),
    tags: tuple[str, ...] = (),
) -> Metric:
    """Return the sum of one column over the rows where it is known; `of` is its SQL where no table has it."""
    of = of or f"r.{column}"
    return Metric(
        name=name, label=label, about=about, fact=fact, time=time or None, unit=unit, better=better,
        over_time="sum", where=both(where, known(column)), value=lambda rows: rows[column].sum(),
        formula=f"sum of {column}, by {time or fact.time}", drill=_drill(fact, drill, time, column), tags=tags,
        check_sql=check(fact, f"coalesce(avg({of}) * count({of}), 0), count({of})", time, check_where),
    )  # fmt: skip
