"""A kept forecast beside what came: its error so far, and the rule by which it has drifted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from math import comb
from typing import Any

Json = dict[str, Any]
DRIFT_LEAST, DRIFT_CHANCE, DRIFT_FACTOR = 5, 0.01, 2.0
"""A slice has drifted when, of five steps or more, as many lie outside the 95 % interval as chance would bring once in
a hundred times (divided by the number of slices, as each is another chance), or when the error is over twice what the
backtest told. A forecast has drifted when a slice of it has."""


def checked(one: Json, points: Sequence[tuple[Json, float | None]], slices: int = 1) -> Json:
    """Return a slice beside what came (None: not known yet); `slices` is how many are judged at once."""
    rows = [{**point, "actual": actual} for point, actual in points]
    known = [row for row in rows if row["actual"] is not None and row["value"] is not None]
    banded = [row for row in known if row.get("low_95") is not None]
    outside = sum(not row["low_95"] <= row["actual"] <= row["high_95"] for row in banded)
    found, expected = errors(known), one["accuracy"]["wape"]
    wape = found["wape"]
    is_off = wape is not None and expected is not None and wape > DRIFT_FACTOR * max(expected, 0.01)
    is_odd = bool(banded) and chance(outside, len(banded)) < DRIFT_CHANCE / slices
    return {
        "by": one["by"], "method": one["method"], **found, "expected_wape": expected, "outside_95": outside,
        "is_drifted": len(known) >= DRIFT_LEAST and (is_off or is_odd), "points": rows,
    }  # fmt: skip


def errors(known: Iterable[Json]) -> Json:
    """Return `n`, WAPE, bias and the shares within the intervals of points with value and actual; null without any."""
    rows = list(known)
    total = sum(abs(row["actual"]) for row in rows)
    off = [row["value"] - row["actual"] for row in rows]

    def covered(level: str) -> float | None:
        banded = [row for row in rows if row.get(f"low_{level}") is not None]
        within = sum(row[f"low_{level}"] <= row["actual"] <= row[f"high_{level}"] for row in banded)
        return within / len(banded) if banded else None

    return {"n": len(rows), "wape": sum(map(abs, off)) / total if total else None,
            "bias": sum(off) / total if total else None, "coverage_80": covered("80"),
            "coverage_95": covered("95")}  # fmt: skip


def summed(slices: Sequence[Json], ends_at: datetime, covered: datetime) -> tuple[str, Json]:
    """Return the state of a forecast, and its error so far over all slices and over those that drifted.

    `since` is when they began to be off.
    """
    rows = [row for one in slices for row in one["points"] if row["actual"] is not None and row["value"] is not None]
    expected = [one["expected_wape"] for one in slices if one["expected_wape"] is not None]
    most = max((one["n"] for one in slices), default=0)
    drifted = [one["by"] for one in slices if one["is_drifted"]]
    odd = [one for one in slices if one["is_drifted"]]
    told = [one["expected_wape"] for one in odd if one["expected_wape"] is not None]
    wrong = errors(
        row for one in odd for row in one["points"] if row["actual"] is not None and row["value"] is not None
    )
    off = sorted(row["from"] for one in slices if one["is_drifted"] for row in one["points"] if _is_outside(row))
    state = "drifted" if drifted else "holds" if most >= DRIFT_LEAST else "open"
    return state, {**errors(rows), "expected_wape": sum(expected) / len(expected) if expected else None,
                   "drifted": drifted, "since": off[0] if off else None,
                   "drifted_wape": wrong["wape"], "drifted_expected_wape": sum(told) / len(told) if told else None,
                   "outside_95": sum(one["outside_95"] for one in odd), "drifted_n": wrong["n"],
                   "is_over": covered >= ends_at}  # fmt: skip


def _is_outside(row: Json) -> bool:
    """Whether a value is known and lies outside of the 95 % interval; without one, whether it is known."""
    if row["actual"] is None or row["value"] is None:
        return False
    return row.get("low_95") is None or not row["low_95"] <= row["actual"] <= row["high_95"]


def chance(outside: int, count: int) -> float:
    """Return how likely at least `outside` of `count` steps miss a 95 % interval by chance."""
    return sum(comb(count, k) * 0.05**k * 0.95 ** (count - k) for k in range(outside, count + 1))
