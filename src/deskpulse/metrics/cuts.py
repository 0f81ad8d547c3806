"""One metric in many cuts at once, in two periods: all cuts of one reading of the rows, by grouping sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from deskpulse.core.errors import InputError
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.metrics.compile import Compiled, Shape, measured_rows
from deskpulse.metrics.lookup import check_dimension, find_dimension
from deskpulse.metrics.model import Dimension, Metric
from deskpulse.metrics.plan import Plan, Scan, refuse_unseen
from deskpulse.metrics.scanned import Cell, Key, Scanned, Window, cell_of, refuse_rows
from deskpulse.metrics.spread import kind_of_metric, spread_metrics
from deskpulse.warehouse.engine import Reader

Sets = tuple[tuple[int, ...], ...]
"""Cuts as numbers of dimensions; () is the whole."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A metric over some rows; `squares` is the sum of the squares of what it adds, for sums and means."""

    value: float | None
    n: int
    squares: float | None = None


NOTHING = Part(value=None, n=0)


@dataclass(frozen=True, kw_only=True)
class Cuts:
    """A metric by cut (names of dimensions) and key, in the compared period and in the question's own."""

    cells: Mapping[tuple[str, ...], Mapping[Key, tuple[Part, Part]]]

    def of(self, *by: str) -> Mapping[Key, tuple[Part, Part]]:
        """Return the slices of one cut."""
        return self.cells[by]


@lru_cache(maxsize=128)
def compile_cuts(shape: Shape, sets: Sets) -> Compiled:
    """Return the SQL that aggregates the shape's rows once for each of `sets`.

    Its columns are `k0…` (null where the set has them not), the aggregates, and `cut`: a bit for each dimension that
    the row's set has not, the last dimension's the lowest.
    """
    import sqlglot.expressions as sge

    from deskpulse.metrics.operations import Duck, names_bound

    found = measured_rows(shape)
    tree: Any = Duck().to_sqlglot(found)
    keys = [one.unalias() for one in tree.expressions[: len(shape.by)]]
    groups = [sge.Tuple(expressions=[keys[i].copy() for i in one]) for one in sets]
    tree.set("group", sge.Group(grouping_sets=[sge.GroupingSets(expressions=groups)]))
    # DuckDB refuses GROUPING() of nothing: without dimensions there is the whole alone.
    all_keys = [key.copy() for key in keys]
    number = sge.Anonymous(this="GROUPING", expressions=all_keys) if keys else sge.Literal.number(0)
    tree = tree.select(sge.alias_(number, "cut"))
    return Compiled(f"{tree.sql('duckdb')} LIMIT $most", (*names_bound(found), "most"), is_additive=False)


def cut_dimensions(principal: Principal, metric: Metric, names: Sequence[str]) -> tuple[Dimension, ...]:
    """Return dimensions that cut the metric's rows into parts; InputError, ForbiddenError where one does not."""
    for name in names:
        check_dimension(metric, name)
        refuse_unseen(principal, name)
        if find_dimension(name).kind == "list":
            raise InputError(f"A row may have several values of {name}: its slices are no parts.", hint="Leave it out.")
    return tuple(find_dimension(name) for name in names)


def read_cuts(
    reader: Reader, plans: tuple[Plan, Plan], windows: tuple[Window, Window], sets: Sets, settings: Settings
) -> Cuts:
    """Return the one metric of the plans by `sets` of their dimensions: the first plan over the first window beside
    the second over the second. LimitError when there are more cells than an answer may have.
    """
    by = plans[0].by
    found: dict[tuple[str, ...], dict[Key, list[Part]]] = {tuple(by[i].name for i in one): {} for one in sets}
    for side, (plan, over) in enumerate(zip(plans, windows, strict=True)):
        for names, key, part in _side(reader, plan, over, sets, settings):
            found[names].setdefault(key, [NOTHING, NOTHING])[side] = part
    return Cuts(cells={names: {key: (a, b) for key, (a, b) in cells.items()} for names, cells in found.items()})


def _side(
    reader: Reader, plan: Plan, over: Window, sets: Sets, settings: Settings
) -> list[tuple[tuple[str, ...], Key, Part]]:
    metric, by = plan.metrics[0], plan.by
    beside = spread_metrics(metric, settings.query_confidence) if kind_of_metric(metric) in ("sum", "mean") else ()
    scan = Scan(metric.fact, metric.moment, (metric, *beside))
    scanned = Scanned(reader, plan, scan, over=over, settings=settings)
    compiled = compile_cuts(scanned.shape(by), sets)
    most = settings.query_max_rows
    rows = reader.rows(compiled.sql, {**scanned.bound(compiled.names), "most": most + 1})
    if len(rows) > most:
        refuse_rows(most)
    numbers = {sum(1 << (len(by) - 1 - i) for i in range(len(by)) if i not in one): one for one in sets}
    found = []
    for row in rows:
        places = numbers[row[-1]]
        whole = scanned.key(row)
        cell: Cell = cell_of(metric, row[len(by)], row[len(by) + 1])
        squares = float(row[len(by) + 2]) if beside and row[len(by) + 2] is not None else None
        part = Part(value=cell.value, n=cell.n, squares=squares)
        found.append((tuple(by[i].name for i in places), tuple(whole[i] for i in places), part))
    return found
