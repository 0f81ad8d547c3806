"""Who leads: values of a dimension ranked by a metric, with enough rows behind each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deskpulse.analytics.model import Plain
from deskpulse.core.errors import InputError
from deskpulse.metrics.lookup import find_metric
from deskpulse.metrics.model import Row

if TYPE_CHECKING:
    from deskpulse.analytics.asking import Asking

DIGITS = 12
"""Values that agree in so many digits are equal: they come from sums in any order."""


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """The metric that the request names, by the dimension that it names; equal values share a rank.

    The metric's own direction says what is better; where neither is, the request must (`order`).
    """

    name: str
    label: str
    about: str

    def questions(self) -> str:
        """Return what it asks."""
        return "the metric asked for, with its interval, by the dimension asked for"

    def answer(self, asking: Asking) -> Plain:
        """Ask, and return those with enough rows, the best first, and how many have too few."""
        name, least = str(asking.options["metric"]), int(asking.options["least_n"])
        best = _best(name, asking.options.get("order"))
        result, left_out = asking.query((name,), by=asking.by[:1], show=("interval",))
        head: Plain = {"by": list(asking.by[:1]), "grain": None, "left_out": left_out, "better": best, "least_n": least}
        if result is None:
            return {**head, "metrics": [], "rows": [], "totals": {}, "missing": {}, "notes": [], "too_few": [],
                    "reason": left_out.get(name)}  # fmt: skip
        named = [row for row in result.rows if row.by[0] is not None and row.values[name].value is not None]
        ranked = sorted((row for row in named if row.values[name].n >= least), key=lambda row: _key(row, name, best))
        few = [row for row in named if row.values[name].n < least]
        rows, totals = asking.told(result, tuple(ranked))
        keys = [_key(row, name, best)[0] for row in ranked]
        counts, first = Counter(keys), {key: i for i, key in reversed(list(enumerate(keys, 1)))}
        for told, key in zip(rows, keys, strict=True):
            told["rank"], told["is_tied"] = first[key], counts[key] > 1
        limit = int(asking.options["limit"])
        missing = asking.missing(result)
        why = None if ranked else missing.get(name) or f"Nobody has {least} rows or more behind {name}."
        return {**head, "metrics": [name], "rows": rows[:limit], "ranked": len(rows), "totals": totals,
                "missing": missing, "notes": list(result.notes), "reason": why,
                "too_few": sorted(({asking.by[0]: row.by[0], "n": row.values[name].n} for row in few),
                                  key=lambda told: -int(told["n"] or 0))[:limit]}  # fmt: skip


def _best(metric: str, order: str | None) -> str:
    """Return "up" when more is better; the metric's own direction holds before what the request says."""
    own = find_metric(metric).better
    if own != "none":
        if order and order != own:
            raise InputError(f"Of {metric}, {'more' if own == 'up' else 'less'} is better, not the other way.",
                             hint="Leave order out.")  # fmt: skip
        return own
    if not order:
        raise InputError(f"Of {metric} neither more nor less is better, so nobody leads.",
                         hint="Say order=up (most first) or order=down, or take another metric.")  # fmt: skip
    return order


def _key(row: Row, metric: str, best: str) -> tuple[float, str]:
    value = row.values[metric].value or 0.0
    rounded = float(f"{value:.{DIGITS}g}")
    return (-rounded if best == "up" else rounded), str(row.by[0])
