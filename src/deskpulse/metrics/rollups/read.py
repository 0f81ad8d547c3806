"""Reads the cells of an answer from a rollup: kept cells, and those of stale days counted from the rows."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import polars as pl

from deskpulse.metrics.clock import AEON, HOUR, INTRADAY, Calendar, Steps, moment_of, zone_steps
from deskpulse.metrics.conditions import Checked, Group
from deskpulse.metrics.model import Dimension, Metric
from deskpulse.metrics.rollups.choose import Choice
from deskpulse.metrics.rollups.count import cut_name, rows_sql, sketches_sql, sums_sql
from deskpulse.metrics.rollups.cubes import bucket_middle
from deskpulse.warehouse.engine import Params, Reader

_STRIDES = {**dict.fromkeys((*INTRADAY, "day"), "unit"), "week": "week", "month": "1", "quarter": "3", "year": "12"}
_NAMES = re.compile(r"\$([a-z]\w*)")
_COLUMNS = re.compile(r"\br\d+\b")
_SUM = re.compile(r'NULL::DOUBLE|\(?(?:coalesce\()?sum\("?r\d+"?\)(?:, 0\))?\)?(?:::BIGINT)?', re.IGNORECASE)


Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Asked:
    """What is asked of a cut: its dimensions, filters, each window's periods and, for a top, the values kept apart."""

    by: tuple[Dimension, ...]
    filters: tuple[Checked, ...]
    zone: str
    periods: tuple[Calendar | None, ...]
    keep: tuple[str | None, ...] | None
    other: str
    most: int


class RollupReader:
    """One cut, read from one snapshot over one or several windows: one statement answers for all of them.

    `choices` are of the same cube, cut and metrics, over windows that do not overlap. Each hour belongs to a part: a
    window, or (of a level, which is what all changes before add up to) the time before one or between two.
    """

    def __init__(self, reader: Reader, choices: Sequence[Choice], asked: Asked, presence: tuple[Metric, ...]) -> None:
        self._reader, self._choices, self._asked = reader, choices, asked
        self._choice = choices[0]
        self._cube = self._choice.kept.cube
        self._has_periods = asked.periods[0] is not None
        spans = sorted((c.first, c.until) for c in choices)
        self._spans = spans
        if self._cube.is_level:
            # A level at the end of a window needs no border at its start.
            edges = {b for first, until in spans for b in ((first, until) if self._has_periods else (until,))}
            self._edges = sorted(edges)[:-1]
        else:
            self._edges = [first for first, _ in spans[1:]]
        shared = {m.where for m in presence}
        self._presence = f"{self._cube.presences[self._choice.metrics[0].name] if len(shared) == 1 else 'sum(r0)'} > 0"
        self._given: dict[str, Any] = {"most": (asked.most + 1) * len(choices)}

    def read(self) -> list[tuple[Rows, Rows]]:
        """Return for each window the rows and the row of its total; without keys the total is the one row.

        A row has the keys, the period (when there are any) and value and n of each metric. Groups without any row that
        has a say are left out. A level's period -1 holds the level at the start.
        """
        found = self._read_sums()
        parts = [self._part(choice) for choice in self._choices]
        width = len(self._asked.by) + self._has_periods
        if self._cube.is_level:
            found = {part: self._level(found, part, width) for part in parts}
        elif self._choice.sketched:
            self._put_estimates(found, width)
        answers = [found.get(part, ([], [])) for part in parts]
        return [(rows, total) if width else (total, total) for rows, total in answers]

    def _part(self, choice: Choice) -> int:
        """Return the number of the part that a window is, or (of a level without periods) ends with."""
        return bisect_right(self._edges, choice.until - 1)

    def _read_sums(self) -> dict[int, tuple[Rows, Rows]]:
        """Return the rows by keys and period, and those over all, of each part."""
        keys, names = self._keys()
        listed = []
        for metric in self._choice.metrics:
            answer = self._cube.answers[metric.name]
            listed += [answer.value if answer.sketch is None else "NULL::DOUBLE", f"({answer.n})::BIGINT"]
        # Sums of groups add up to the total: one set of groups is planned in less time than two.
        adds = bool(names) and all(_SUM.fullmatch(value) for value in listed)
        columns = sorted({*_COLUMNS.findall(" ".join(listed)), *_COLUMNS.findall(self._presence)})
        inner = self._selected(keys, columns)
        own = ["part"] if self._edges else []
        if adds:
            grouping, sets = "0", f"GROUP BY {', '.join((*own, *names))}"
        elif names:
            grouping = f"GROUPING({names[0]})"
            sets = f"GROUP BY GROUPING SETS (({', '.join((*own, *names))}), ({', '.join(own)}))"
        else:
            grouping, sets = "1", "GROUP BY part" if own else ""
        having = "" if not names or self._cube.is_level else f"HAVING {self._presence}"
        if having and not adds:
            having += f" OR {grouping} = 1"
        told = ", ".join((*(own or ["0"]), f"{grouping}::INTEGER", *names, *listed))
        sql = f"SELECT {told} FROM ({inner}) {sets} {having} LIMIT $most"
        found: dict[int, tuple[Rows, Rows]] = {}
        for part, is_total, *row in self._reader.rows(sql, self._bound(sql)):
            rows, total = found.setdefault(part, ([], []))
            if is_total:
                total.append(tuple(row[len(names) :]))
            else:
                rows.append(tuple(row))
        if adds:
            for rows, total in found.values():
                total.append(_added(row[len(names) :] for row in rows))
        return found

    def _level(self, found: dict[int, tuple[Rows, Rows]], part: int, width: int) -> tuple[Rows, Rows]:
        """Return the rows of a level's window and its total: all changes before it are the level at its start."""
        before: dict[tuple[Any, ...], int] = {}
        keys = width - self._has_periods
        for earlier in range(part + (not self._has_periods)):
            for row in found.get(earlier, ([], []))[0]:
                before[row[:keys]] = before.get(row[:keys], 0) + int(row[-1] or 0)
        start = (-1,) if self._has_periods else ()
        # Without periods only what is there at the end is a group; a change within a period always tells of one.
        told = [(*k, *start, n, n) for k, n in before.items() if (n if self._has_periods else n > 0)]
        own = found.get(part, ([], []))[0] if self._has_periods else []
        whole = sum(int(row[-1] or 0) for i in range(part + 1) for row in found.get(i, ([], []))[1])
        return [*told, *own], [(whole, whole)]

    def _put_estimates(self, found: dict[int, tuple[Rows, Rows]], width: int) -> None:
        """Put the estimated percentiles into the rows and totals of each part."""
        answers = {m.name: self._cube.answers[m.name] for m in self._choice.sketched}
        sketches = sorted({a.sketch for a in answers.values() if a.sketch is not None})
        keys, names = self._keys()
        own = ["sketch", *(["part"] if self._edges else [])]
        inner = self._selected(keys, ("sketch", "bucket", "n"), sketches)
        grouped = ", ".join((*own, *names, "bucket"))
        sql = f"SELECT {grouped}, sum(n)::BIGINT AS n FROM ({inner}) GROUP BY {grouped}"
        frame = pl.from_arrow(self._reader.arrow(sql, self._bound(sql)))
        assert isinstance(frame, pl.DataFrame)  # noqa: S101
        frame = frame.with_columns(pl.col("part") if self._edges else pl.lit(0).alias("part"))
        for place, metric in enumerate(self._choice.metrics):
            answer = answers.get(metric.name)
            if answer is None:
                continue
            told = frame.filter(pl.col("sketch") == answer.sketch)
            whole = _quantiles(told, ["part"], answer.quantile)
            values = _quantiles(told, ["part", *names], answer.quantile) if names else {}
            for part, (rows, total) in found.items():
                rows[:] = [_with(r, width + 2 * place, values.get((part, *r[:width]))) for r in rows]
                total[:] = [_with(r, 2 * place, whole.get((part,))) for r in total]

    def _keys(self) -> tuple[list[str], list[str]]:
        asked = self._asked
        keys: list[str] = [f"{self._part_sql()} AS part"] if self._edges else []
        names: list[str] = []
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
        if self._has_periods:
            keys.append(f"{self._periods()} AS period")
            names.append("period")
        return keys, names

    def _part_sql(self) -> str:
        self._given |= {f"edge_{i}": edge for i, edge in enumerate(self._edges)}
        whens = [f"WHEN hour < $edge_{i} THEN {i}" for i in range(len(self._edges))]
        return f"CASE {' '.join(whens)} ELSE {len(self._edges)} END"

    def _clock(self, dimension: Dimension) -> str:
        steps = zone_steps(self._asked.zone, _moment(self._spans[0][0]), _moment(self._spans[-1][1]))
        local = self._stepped("clock", Steps(steps.at, tuple(by + AEON for by in steps.by)))
        return f"({local} % 24)" if dimension.column == "hour" else f"(({local} // 24 + 3) % 7)"

    def _stepped(self, key: str, steps: Steps) -> str:
        """Return SQL for `hour` plus a step function of whole hours."""
        self._given |= {f"{key}_by_{i}": by // HOUR for i, by in enumerate(steps.by)}
        self._given |= {f"{key}_at_{i}": at // HOUR for i, at in enumerate(steps.at) if i}
        last = len(steps.by) - 1
        whens = [f"WHEN hour < ${key}_at_{i + 1} THEN ${key}_by_{i}" for i in range(last)]
        return f"(hour + CASE {' '.join(whens)} ELSE ${key}_by_{last} END)" if whens else f"(hour + ${key}_by_0)"

    def _periods(self) -> str:
        """Return SQL for the index of the period that an hour is in; -1 in no window."""
        found = []
        for i, (choice, periods) in enumerate(zip(self._choices, self._asked.periods, strict=True)):
            assert periods is not None  # noqa: S101
            found.append((self._part(choice), self._period(f"p{i}", periods)))
        if not self._edges:
            return found[0][1]
        is_told = not self._cube.is_level
        last = found.pop()[1] if is_told else "-1"
        whens = [f"WHEN {self._part_sql()} = {part} THEN {sql}" for part, sql in found]
        return f"CASE {' '.join(whens)} ELSE {last} END"

    def _period(self, key: str, periods: Calendar) -> str:
        units = f"({self._stepped(key, periods.steps)} // ${key}_unit)"
        self._given[f"{key}_unit"] = periods.unit // HOUR
        stride = _STRIDES[periods.grain]
        if stride == "week":
            self._given[f"{key}_shift"] = periods.shift
            return f"(({units} + ${key}_shift) // 7)"
        if stride != "unit":
            self._given |= {f"{key}_shift": periods.shift, f"{key}_first_day": periods.first_day}
            day = f"(DATE '1970-01-01' + ({units} + ${key}_first_day)::INTEGER)"
            return f"((year({day}) * 12 + month({day}) - 1) // {int(stride)} - ${key}_shift)"
        return units

    def _selected(self, keys: Sequence[str], columns: Sequence[str], sketches: Sequence[int] = ()) -> str:
        """Return the SQL of the cells that the filters keep, with `keys` and these columns of theirs."""
        number = iter(range(1_000_000))
        source, conditions = self._cells(columns, sketches)
        conditions += [self._meets(item, number) for item in self._asked.filters]
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        told = [f"unnest({c}) AS {c}" if sketches and c != "sketch" else c for c in columns]
        return f"SELECT {', '.join((*keys, *told)) or 'hour'} FROM {source}{where}"

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

    def _cells(self, columns: Sequence[str], sketches: Sequence[int] = ()) -> tuple[str, list[str]]:
        """Return what to read the cut's cells in the windows from, its sums or those of `sketches`, and where."""
        choice, cube = self._choice, self._cube
        self._given |= {"cut": cut_name(choice.cut), "until": self._spans[-1][1]}
        table = cube.sketch_table if sketches else cube.table
        conditions = ["cut = $cut", "hour < $until"]
        if not cube.is_level:
            self._given["first"] = self._spans[0][0]
            conditions.append("hour >= $first")
            for i, ((_, until), (first, _)) in enumerate(pairwise(self._spans)):
                if until < first:
                    self._given |= {f"gap_{i}": until, f"gap_end_{i}": first}
                    conditions.append(f"(hour < $gap_{i} OR hour >= $gap_end_{i})")
        if sketches:
            conditions.append(f"sketch IN ({', '.join(map(str, sketches))})")
        stale = sorted({hour for c in self._choices for hour in c.stale})
        if not stale:
            return table, conditions
        slot = choice.kept.decided.slots[choice.cut]
        counted = [sketches_sql(cube, choice.cut, i) for i in sketches] or [sums_sql(cube, choice.cut, slot)]
        low, high = stale[0], stale[-1] + 1
        starts = dict(zip(*choice.kept.days.table(low, high), strict=True))
        self._given |= {"low": _moment(low), "high": _moment(high), "hours": stale,
                        "day_of": [starts[h] for h in stale]}  # fmt: skip
        conditions.append("hour NOT IN (SELECT unnest($hours::BIGINT[]))")
        kept = f"SELECT cut, k0, k1, hour, {', '.join(columns)} FROM {table} WHERE {' AND '.join(conditions)}"
        fresh = " UNION ALL ".join(f"SELECT cut, k0, k1, hour, {', '.join(columns)} FROM ({one})" for one in counted)
        return f"(WITH {rows_sql(cube, [choice.cut], only=True)} {kept} UNION ALL {fresh})", []

    def _bound(self, sql: str) -> Params:
        return {name: self._given[name] for name in set(_NAMES.findall(sql))}


def _quantiles(frame: pl.DataFrame, by: list[str], quantile: float) -> dict[tuple[Any, ...], float]:
    """Return the quantile (linear between neighbors, as the rows' is) by keys, from `bucket` and `n`."""
    if not frame.height:
        return {}
    ordered = frame.group_by([*by, "bucket"]).agg(pl.col("n").sum()).sort([*by, "bucket"])
    ends, place = pl.col("n").cum_sum(), quantile * (pl.col("n").sum() - 1)
    found = ordered.group_by(by).agg(
        pl.col("bucket").filter(ends > place.floor()).first().alias("low"),
        pl.col("bucket").filter(ends > place.ceil()).first().alias("high"),
        (place - place.floor()).alias("share"),
    )
    return {
        key: bucket_middle(low) * (1 - share) + bucket_middle(high) * share
        for *key_, low, high, share in found.rows()
        for key in (tuple(key_),)
    }


def _added(rows: Iterable[Sequence[Any]]) -> tuple[Any, ...]:
    """Return the sums of the columns, None where all values are."""
    columns = [[value for value in column if value is not None] for column in zip(*rows, strict=True)]
    return tuple(sum(values) if values else None for values in columns)


def _moment(hour: int) -> datetime:
    return moment_of(hour * HOUR)


def _with(row: tuple[Any, ...], at: int, value: float | None) -> tuple[Any, ...]:
    return (*row[:at], value, *row[at + 1 :])
