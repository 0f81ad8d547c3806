"""Which column goes to which target: the choice whose confidences add up to the most."""

from __future__ import annotations

Pairs = dict[tuple[str, str], float]


def assign(confidence: Pairs) -> dict[str, str]:
    """Return target to column, one to one, with the largest sum of `confidence` by (target, column).

    The Hungarian method with potentials, O(targets² · columns); pairs that are not in `confidence` are not made.
    """
    targets = list(dict.fromkeys(t for t, _ in confidence))
    columns = list(dict.fromkeys(c for _, c in confidence))
    if not targets:
        return {}
    # Every target may also stay without a column, at no gain: a column of its own for each.
    cost = [
        [-confidence.get((t, c), -1e6) for c in columns] + [0.0 if i == j else 1e6 for j in range(len(targets))]
        for i, t in enumerate(targets)
    ]
    chosen = _cheapest(cost)
    return {t: columns[c] for t, c in zip(targets, chosen, strict=True) if c < len(columns)}


def _cheapest(cost: list[list[float]]) -> list[int]:
    """Return the column of each row in the cheapest one-to-one choice (rows ≤ columns)."""
    rows, columns = len(cost), len(cost[0])
    row_price, column_price = [0.0] * (rows + 1), [0.0] * (columns + 1)
    taken_by = [0] * (columns + 1)
    for row in range(1, rows + 1):
        taken_by[0] = row
        column, came_from = _free_column(cost, row_price, column_price, taken_by)
        while column:
            taken_by[column] = taken_by[came_from[column]]
            column = came_from[column]
    chosen = {taken_by[j]: j - 1 for j in range(1, columns + 1) if taken_by[j]}
    return [chosen[row] for row in range(1, rows + 1)]


def _free_column(
    cost: list[list[float]], row_price: list[float], column_price: list[float], taken_by: list[int]
) -> tuple[int, list[int]]:
    """Return the free column that the newest row reaches most cheaply, and from which column each was reached."""
    columns = len(column_price) - 1
    came_from, least, used = [0] * (columns + 1), [float("inf")] * (columns + 1), [False] * (columns + 1)
    column = 0
    while True:
        used[column] = True
        at, step, following = taken_by[column], float("inf"), 0
        for j in range(1, columns + 1):
            if used[j]:
                continue
            gap = cost[at - 1][j - 1] - row_price[at] - column_price[j]
            if gap < least[j]:
                least[j], came_from[j] = gap, column
            if least[j] < step:
                step, following = least[j], j
        for j in range(columns + 1):
            if used[j]:
                row_price[taken_by[j]] += step
                column_price[j] -= step
            else:
                least[j] -= step
        column = following
        if taken_by[column] == 0:
            return column, came_from
