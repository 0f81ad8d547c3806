"""Reads the cells of an answer from a rollup: kept cells, and those of stale days counted from the rows."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from deskpulse.metrics.clock import AEON, HOUR, Steps, moment_of, zone_steps
from deskpulse.metrics.conditions import Checked, Group
from deskpulse.metrics.model import Dimension, Metric
from deskpulse.metrics.rollups.choose import Choice
from deskpulse.metrics.rollups.count import cut_name, rows_sql, sketches_sql, sums_sql
from deskpulse.metrics.rollups.cubes import bucket_middle
from deskpulse.warehouse.engine import Params, Reader

_STRIDES = {"hour": "unit", "day": "unit", "week": "week", "month": "1", "quarter": "3", "year": "12"}
_NAMES = re.compile(r"\$([a-z]\w*)")


@dataclass(frozen=True)
class Asked:
    """What is asked of a cut: its dimensions, filters, periods and, for a top, the values kept apart."""

    by: tuple[Dimension, ...]
    filters: tuple[Checked, ...]
    zone: str
    periods: Any | None
    keep: tuple[str | None, ...] | None
    other: str
    most: int


class RollupReader:
    """One choice, read from one snapshot."""

    def __init__(self, reader: Reader, choice: Choice, asked: Asked, presence: tuple[Metric, ...]) -> None:
        self._reader, self._choice, self._asked = reader, choice, asked
        self._cube = choice.kept.cube
        shared = {m.where for m in presence}
        self._presence = f"{self._cube.presences[choice.metrics[0].name] if len(shared) == 1 else 'sum(r0)'} > 0"
        if self._cube.is_level:
            # A change within the period tells of a group even when all of them cancel out.
            self._presence = "sum(r0) > 0" if asked.periods is None else "(period >= 0 OR sum(r0) <> 0)"
        self._given: dict[str, Any] = {"most": asked.most + 1}

    def rows(self) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
        """Return the rows by keys, period (when there are any) and value and n of each metric; and that of the total.

        Groups without any row that has a say are left out. A level's period -1 holds the level at the start.
        """
        keys, names = self._keys()
        listed = []
        for metric in self._choice.metrics:
            answer = self._cube.answers[metric.name]
            listed += [answer.value if answer.sketch is None else "NULL::DOUBLE", f"({answer.n})::BIGINT"]
        inner = f"SELECT {''.join(f'{k}, ' for k in keys)}* FROM ({self._cells()}) {self._where()}"
        sets = f"GROUP BY GROUPING SETS (({', '.join(names)}), ())" if names else ""
        grouping = f"GROUPING({names[0]})" if names else "1"
        having = f"HAVING {self._presence} OR {grouping} = 1" if names else ""
        sql = f"SELECT {grouping}::INTEGER, {''.join(f'{n}, ' for n in names)}{', '.join(listed)} FROM ({inner}) " \
            f"{sets} {having} LIMIT $most"  # fmt: skip
        found = self._reader.rows(sql, self._bound(sql))
        groups = [row[1:] for row in found if row[0] == 0]
        total = [row[1 + len(names) :] for row in found if row[0] == 1]
        return groups, total

    def estimates(self, metric: Metric) -> tuple[dict[tuple[Any, ...], float], float | None]:
        """Return the estimated percentile by keys and period, and over all."""
        answer = self._cube.answers[metric.name]
        keys, names = self._keys()
        inner = f"SELECT {''.join(f'{k}, ' for k in keys)}bucket, n " \
            f"FROM ({self._cells(answer.sketch)}) {self._where()}"  # fmt: skip
        grouped = ", ".join((*names, "bucket"))
        sql = f"SELECT {grouped}, sum(n)::BIGINT AS n FROM ({inner}) GROUP BY {grouped}"
        frame = pl.from_arrow(self._reader.arrow(sql, self._bound(sql)))
        assert isinstance(frame, pl.DataFrame)  # noqa: S101
        total = _quantiles(frame, [], answer.quantile).get(())
        if not names:
            return {}, total
        return _quantiles(frame, names, answer.quantile), total

    def _keys(self) -> tuple[list[str], list[str]]:
        asked, keys, names = self._asked, [], []
        for i, dimension in enumerate(asked.by):
            if dimension.kind == "clock":
                value = self._clock(dimension)
            else:
                value = f"k{self._choice.cut.index(dimension.name)}"
                if asked.keep is not None:
                    self._given |= {"keep": [v for v in asked.keep if v is not None], "keep_null": None in asked.keep,
                                    "other": asked.other}  # fmt: skip
                    value = f"CASE WHEN coalesce(list_contains($keep::VARCHAR[], {value}), $keep_null::BOOLEAN) " \
                        f"THEN {value} ELSE $other END"  # fmt: skip
            keys.append(f"{value} AS g{i}")
            names.append(f"g{i}")
        if asked.periods is not None:
            keys.append(f"{self._period()} AS period")
            names.append("period")
        return keys, names

    def _clock(self, dimension: Dimension) -> str:
        choice = self._choice
        steps = zone_steps(self._asked.zone, _moment(choice.first), _moment(choice.until))
        local = self._stepped("clock", Steps(steps.at, tuple(by + AEON for by in steps.by)))
        return f"({local} % 24)" if dimension.column == "hour" else f"(({local} // 24 + 3) % 7)"

    def _stepped(self, key: str, steps: Steps) -> str:
        """Return SQL for `hour` plus a step function of whole hours."""
        self._given |= {f"{key}_by_{i}": by // HOUR for i, by in enumerate(steps.by)}
        self._given |= {f"{key}_at_{i}": at // HOUR for i, at in enumerate(steps.at) if i}
        last = len(steps.by) - 1
        whens = [f"WHEN hour < ${key}_at_{i + 1} THEN ${key}_by_{i}" for i in range(last)]
        return f"(hour + CASE {' '.join(whens)} ELSE ${key}_by_{last} END)" if whens else f"(hour + ${key}_by_0)"

    def _period(self) -> str:
        periods = self._asked.periods
        assert periods is not None  # noqa: S101
        units = f"({self._stepped('step', periods.steps)} // $unit)"
        self._given["unit"] = periods.unit // HOUR
        stride = _STRIDES[periods.grain]
        if stride == "week":
            self._given["shift"] = periods.shift
            units = f"(({units} + $shift) // 7)"
        elif stride != "unit":
            self._given |= {"shift": periods.shift, "first_day": periods.first_day}
            day = f"(DATE '1970-01-01' + ({units} + $first_day)::INTEGER)"
            units = f"((year({day}) * 12 + month({day}) - 1) // {int(stride)} - $shift)"
        if self._cube.is_level:
            self._given["first"] = self._choice.first
            return f"CASE WHEN hour < $first THEN -1 ELSE {units} END"
        return units

    def _where(self) -> str:
        number = iter(range(1_000_000))
        found = [self._meets(item, number) for item in self._asked.filters]
        return f"WHERE {' AND '.join(found)}" if found else ""

    def _meets(self, item: Checked, number: Iterator[int]) -> str:
        """Return SQL for whether a cell's keys meet a condition; never null."""
        if isinstance(item, Group):
            parts = [self._meets(part, number) for part in item.items]
            return f"(NOT {parts[0]})" if item.kind == "not" else f"({f' {item.kind.upper()} '.join(parts)})"
        dimension, found = item
        is_clock = dimension.kind == "clock"
        value = self._clock(dimension) if is_clock else f"k{self._choice.cut.index(dimension.name)}"
        if found.operator in ("is_null", "not_null"):
            return f"({value} IS {'NOT ' if found.operator == 'not_null' else ''}NULL)"
        values = [dimension.order.index(v) for v in found.values] if dimension.is_closed else list(found.values)
        key, kind = f"f{next(number)}", "BIGINT" if is_clock else "VARCHAR"
        self._given[key] = values if is_clock else [str(v) for v in values]
        met = f"coalesce(list_contains(${key}::{kind}[], {value}), false)"
        return met if found.operator == "in" else f"(NOT {met})"

    def _cells(self, sketch: int | None = None) -> str:
        """Return the SQL of the cut's cells in the window."""
        choice, cube = self._choice, self._cube
        self._given |= {"cut": cut_name(choice.cut), "until": choice.until}
        table = cube.table if sketch is None else cube.sketch_table
        kept = f"SELECT * FROM {table} WHERE cut = $cut AND hour < $until"
        if not cube.is_level:
            self._given["first"] = choice.first
            kept += " AND hour >= $first"
        if sketch is not None:
            self._given["sketch"] = sketch
            kept += " AND sketch = $sketch"
        if not choice.stale:
            return kept
        slot = "day" if sketch is not None else choice.kept.decided.slots[choice.cut]
        counted = sums_sql(cube, choice.cut, slot) if sketch is None else sketches_sql(cube, choice.cut, sketch)
        low, high = min(choice.stale), max(choice.stale) + 1
        starts = dict(zip(*choice.kept.days.table(low, high), strict=True))
        self._given |= {"low": _moment(low), "high": _moment(high), "hours": list(choice.stale),
                        "day_of": [starts[h] for h in choice.stale]}  # fmt: skip
        kept += " AND hour NOT IN (SELECT unnest($hours::BIGINT[]))"
        return f"WITH {rows_sql(cube, only=True)} {kept} UNION ALL BY NAME {counted}"

    def _bound(self, sql: str) -> Params:
        return {name: self._given[name] for name in set(_NAMES.findall(sql))}


def _quantiles(frame: pl.DataFrame, by: list[str], quantile: float) -> dict[tuple[Any, ...], float]:
    """Return the quantile (linear between neighbors, as the rows' is) by keys, from `bucket` and `n`."""
    if not frame.height:
        return {}
    found = {}
    ordered = frame.group_by([*by, "bucket"]).agg(pl.col("n").sum()).sort("bucket")
    for key, part in ordered.group_by(by, maintain_order=True) if by else [((), ordered)]:
        ends = part["n"].cum_sum()
        place = quantile * (int(ends[-1]) - 1)
        low, high = (int(ends.search_sorted(rank, side="right")) for rank in (math.floor(place), math.ceil(place)))
        share = place - math.floor(place)
        buckets = part["bucket"]
        found[key] = bucket_middle(buckets[low]) * (1 - share) + bucket_middle(buckets[high]) * share
    return found


def _moment(hour: int) -> datetime:
    return moment_of(hour * HOUR)


def rollup_cells(
    read: RollupReader, choice: Choice, dimensions: int, over: Any
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Return the rows and the total of a choice, estimated values put in; without keys the total is the one row."""
    width = dimensions + (1 if over.periods is not None else 0)
    rows, total = read.rows()
    for place, metric in enumerate(choice.metrics):
        if metric in choice.sketched:
            values, whole = read.estimates(metric)
            rows = [_with(row, width + 2 * place, values.get(row[:width])) for row in rows]
            total = [_with(row, 2 * place, whole) for row in total]
    return (rows, total) if width else (total, total)


def _with(row: tuple[Any, ...], at: int, value: float | None) -> tuple[Any, ...]:
    return (*row[:at], value, *row[at + 1 :])
