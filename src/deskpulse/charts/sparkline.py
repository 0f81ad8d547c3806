"""A sparkline as two SVG paths, for cards and table cells that need no chart library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Paths:
    """`line` is the stroke, `area` the filling below it; both are SVG path data, empty without values."""

    line: str
    area: str


def sparkline_paths(values: Sequence[float | None], *, width: int = 120, height: int = 32, pad: float = 2) -> Paths:
    """Return the paths of `values` in a box of `width` × `height`.

    A None leaves a gap, a constant lies in the middle. A line with gaps has no filling.
    """
    known = [value for value in values if value is not None]
    if not known:
        return Paths(line="", area="")
    low, span = min(known), max(known) - min(known)
    step = width / max(len(values) - 1, 1)

    def point(index: int, value: float) -> tuple[float, float]:
        share = (value - low) / span if span else 0.5
        return index * step, height - pad - share * (height - 2 * pad)

    line, area = [], []
    for run in _runs(values):
        points = [point(index, value) for index, value in run]
        if len(points) == 1:  # a lone value is a short dash, so that it can be seen
            (x, y) = points[0]
            points = [(max(x - 2, 0), y), (min(x + 2, width), y)]
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        line.append(path)
        area.append(f"{path}L{points[-1][0]:.1f} {height}L{points[0][0]:.1f} {height}Z")
    return Paths(line="".join(line), area="".join(area) if len(area) == 1 else "")


def _runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    runs: list[list[tuple[int, float]]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((index, value))
    return [run for run in runs if run]
