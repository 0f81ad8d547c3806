"""The SQL that counts a cube from its rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from deskpulse.metrics.clock import moment_of
from deskpulse.metrics.rollups.cubes import Cube, Cut, bucket_sql
from deskpulse.metrics.rollups.stored import Decided
from deskpulse.warehouse.rollups import HOUR

DAY_STARTS = "days AS (SELECT unnest($hours::BIGINT[]) AS hour, unnest($day_of::BIGINT[]) AS day)"


def rows_sql(cube: Cube, cuts: Iterable[Cut], *, only: bool = False) -> str:
    """Return common table expressions that end with `rows`: the cube's rows with their `hour`, their `day` and what the
    `cuts` need.

    Binds $low and $high (moments), $hours and $day_of; with `only`, rows of hours that are not in $hours are left out.
    """
    found = f"based AS (SELECT *, epoch_us(moment) // {HOUR} AS hour FROM ({cube.base}) " \
        "WHERE moment >= $low AND moment < $high)"  # fmt: skip
    join = "JOIN" if only else "LEFT JOIN"
    summed = (*(f"r{i}" for i in range(cube.sums)), *(f"s{i}" for i in range(cube.sketches)))
    columns = ", ".join(("hour", "day", *(f"d{i}" for i in dims_of(cube, cuts)), *summed))
    return f"{DAY_STARTS}, {found}, rows AS MATERIALIZED (SELECT {columns} FROM based {join} days USING (hour))"


def dims_of(cube: Cube, cuts: Iterable[Cut]) -> list[int]:
    """Return the numbers of the columns that hold the dimensions of `cuts`."""
    return sorted({cube.position(name) for cut in cuts for name in cut})


def keys_sql(cube: Cube, cut: Cut) -> tuple[str, str]:
    """Return the two key columns of a cut."""
    found = []
    for name in cut:
        at = cube.position(name)
        found.append(f"unnest(d{at})" if cube.dims[at].kind == "list" else f"d{at}")
    return (found + ["NULL::VARCHAR"] * 2)[0], (found + ["NULL::VARCHAR"] * 2)[1]


def cut_name(cut: Cut) -> str:
    """Return the name that a cut's cells carry."""
    return " ".join(cut)


def sums_sql(cube: Cube, cut: Cut, slot: str) -> str:
    """Return a SELECT from `rows` of one cut's cells: cut, k0, k1, hour, r0…."""
    k0, k1 = keys_sql(cube, cut)
    kept = ", ".join(f"r{i}" for i in range(cube.sums))
    sums = ", ".join(f"sum(r{i}) AS r{i}" for i in range(cube.sums))
    return (
        f"SELECT '{cut_name(cut)}' AS cut, k0, k1, hour, {sums} "
        f"FROM (SELECT {k0} AS k0, {k1} AS k1, {slot} AS hour, {kept} FROM rows) GROUP BY k0, k1, hour"
    )


def sketches_sql(cube: Cube, cut: Cut, sketch: int) -> str:
    """Return a SELECT from `rows` of one cut's sketch cells: cut, k0, k1, hour, sketch, and lists of bucket and n."""
    k0, k1 = keys_sql(cube, cut)
    inner = f"SELECT {k0} AS k0, {k1} AS k1, day AS hour, {bucket_sql(f's{sketch}')} AS bucket FROM rows " \
        f"WHERE s{sketch} IS NOT NULL"  # fmt: skip
    flat = f"SELECT k0, k1, hour, bucket, count(*) AS n FROM ({inner}) GROUP BY k0, k1, hour, bucket"
    return (
        f"SELECT '{cut_name(cut)}' AS cut, k0, k1, hour, {sketch} AS sketch, list(bucket)::SMALLINT[] AS bucket, "
        f"list(n)::INTEGER[] AS n FROM ({flat}) GROUP BY k0, k1, hour"
    )


def count_sql(cube: Cube, decided: Decided) -> tuple[str, str | None]:
    """Return the statements that count all kept cuts, and all kept sketches (None: none are), of some days."""
    sums = " UNION ALL ".join(sums_sql(cube, cut, slot) for cut, slot in decided.slots.items())
    counted = [sketches_sql(cube, cut, i) for cut in decided.sketched for i in range(cube.sketches)]
    sketches = f"WITH {rows_sql(cube, decided.sketched)} {' UNION ALL '.join(counted)}" if counted else None
    return f"WITH {rows_sql(cube, decided.slots)} {sums}", sketches


def read_sql(cube: Cube, decided: Decided, runs: Sequence[tuple[int, int]]) -> tuple[str, dict[str, Any]]:
    """Return the statement that reads the cube's rows of some runs of hours, for `cells.counted`, and what it binds."""
    dims = dims_of(cube, decided.slots)
    columns = (*(f"d{i}" for i in dims), *(f"r{i}" for i in range(cube.sums)), *(f"s{i}" for i in range(cube.sketches)))
    given = {"low": moment_of(runs[0][0] * HOUR), "high": moment_of(runs[-1][1] * HOUR)}
    within = ["moment >= $low AND moment < $high"]
    if len(runs) > 1:
        given |= {f"from_{i}": moment_of(first * HOUR) for i, (first, _) in enumerate(runs)}
        given |= {f"until_{i}": moment_of(until * HOUR) for i, (_, until) in enumerate(runs)}
        either = (f"(moment >= $from_{i} AND moment < $until_{i})" for i in range(len(runs)))
        within.append(f"({' OR '.join(either)})")
    sql = f"SELECT epoch_us(moment) // {HOUR} AS hour, {', '.join(columns)} FROM ({cube.base}) " \
        f"WHERE {' AND '.join(within)}"  # fmt: skip
    return sql, given


def hours_sql(runs: Iterable[tuple[int, int]]) -> str:
    """Return the condition that `hour` is in one of the runs."""
    return f"({' OR '.join(f'(hour >= {first:d} AND hour < {until:d})' for first, until in runs)})"


def create_sql(cube: Cube) -> tuple[str, ...]:
    """Return the statements that make the cube's tables anew, empty."""
    sums = ", ".join(f"r{i} DOUBLE" for i in range(cube.sums))
    return (
        f"CREATE OR REPLACE TABLE {cube.table} (cut VARCHAR, k0 VARCHAR, k1 VARCHAR, hour BIGINT, {sums})",
        f"CREATE OR REPLACE TABLE {cube.sketch_table} "
        "(cut VARCHAR, k0 VARCHAR, k1 VARCHAR, hour BIGINT, sketch INTEGER, bucket SMALLINT[], n INTEGER[])",
    )


def cells_sql(cube: Cube, cuts: Iterable[Cut]) -> str:
    """Return the statement that estimates, over some days, the rows and each cut's cells by hour and by day, and its
    sketches' buckets."""
    cuts, parts = tuple(cuts), ["count(*)"]
    for cut in cuts:
        columns = [f"d{cube.position(name)}" for name in cut]
        for slot in ("hour", "day"):
            parts.append(f"approx_count_distinct({_row([*columns, slot])})")
        parts += [
            f"approx_count_distinct(CASE WHEN s{i} IS NOT NULL THEN {_row([*columns, 'day', bucket_sql(f's{i}')])} END)"
            for i in range(cube.sketches)
        ]
    return f"WITH {rows_sql(cube, cuts)} SELECT {', '.join(parts)} FROM rows"


def _row(columns: Iterable[str]) -> str:
    return f"hash({', '.join(columns)})"
