"""What a scan costs from the rows and from a rollup, in estimated milliseconds, so that the cheaper one answers.

The figures were measured on two cores (docs/decisions/0005-rollups.md says how); only their proportions matter.
"""

from __future__ import annotations

from collections.abc import Sequence

from deskpulse.metrics.rollups.choose import Choice

STATEMENT = 3.0  # planning and answering a statement that reads nearly nothing
ROW = 10e-6  # a row of the period
MEASURED_ROW = 70e-6  # more for each percentile, of groups and of the total
LEVEL_ROW = 20e-6  # a row of the fact: a level looks at all that ever opened
TICKET = 8e-6  # a ticket of the workspace, where a row's ticket says whether it is spam
CELL = 2.5e-6  # a cell of any cut in the period
OWN_CELL = 30e-6  # a cell of the cut that answers
STALE = 4.0  # counting stale days in the same statement
_KEPT_BY_A_FILTER = 0.3  # of the rows, by a condition whose values are not looked at


def rows_ms(choices: Sequence[Choice], metrics: int, percentiles: int, *, tickets: int, conditions: int) -> float:
    """Return what the windows of `choices` cost from the rows: one statement each, for percentiles' totals another."""
    if not metrics:
        return 0.0
    cube = choices[0].kept.cube
    joined = TICKET * tickets if cube.fact.table != "tickets" else 0.0
    spent = 0.0
    for choice in choices:
        if cube.is_level:
            spent += 2 * STATEMENT + joined + LEVEL_ROW * choice.kept.width.rows_within()
            continue
        rows = choice.kept.width.rows_within(choice.first, choice.until)
        statements = 2 if percentiles else 1
        spent += statements * (STATEMENT + joined + ROW * rows)
        spent += percentiles * MEASURED_ROW * rows * _KEPT_BY_A_FILTER**conditions
    return spent


def rollup_ms(choices: Sequence[Choice], wholes: Sequence[Choice]) -> float:
    """Return what the windows cost from the cut of `choices`, and from that of `wholes` for their totals."""
    spent = 0.0
    for parts in filter(None, (choices, wholes)):
        one = parts[0]
        width, is_level = one.kept.width, one.kept.cube.is_level
        first = None if is_level else min(p.first for p in parts)
        until = max(p.until for p in parts)
        rows = sum(width.rows_within(None if is_level else p.first, p.until) for p in parts)
        spent += STATEMENT + CELL * width.cells_within(first, until)
        spent += OWN_CELL * rows / max(1.0, one.kept.decided.ratios.get(one.cut, 1.0))
        if one.sketched:
            buckets = rows * one.kept.decided.sketched[one.cut]
            spent += STATEMENT + CELL * width.sketch_cells_within(first, until) + OWN_CELL * buckets
        stale = sorted(hour for p in parts for hour in p.stale)
        if stale:
            spent += STALE + ROW * width.rows_within(stale[0], stale[-1] + 1)
    return spent
