"""What people said of anomalies, and what follows from it: which later ones are like those that were none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

Json = dict[str, Any]
NOT_AN_ANOMALY, KNOWN_EVENT, FIXED = "not-an-anomaly", "known-event", "fixed"
VERDICTS = (NOT_AN_ANOMALY, KNOWN_EVENT, FIXED)
LARGER = 1.25
"""What is more than so much larger than what was said to be none is told all the same."""


def is_like(shape: Mapping[str, Any], marked: Mapping[str, Any]) -> bool:
    """Return whether an incident of `shape` is like one that was said to be no anomaly.

    Alike: the same metric and slice, the same direction, about as long, no larger; of one day the same weekday.
    """
    same = all(shape[name] == marked[name] for name in ("metric", "by", "value", "is_up", "length"))
    same = same and shape.get("finding", "level") == marked.get("finding", "level")
    is_same_day = shape["length"] != "day" or shape["weekday"] == marked["weekday"]
    return bool(same and is_same_day and shape["size"] <= LARGER * marked["size"])


def suppressed_by(anomaly_id: str, shape: Json, marks: Sequence[Json]) -> Json | None:
    """Return the mark for which an incident is not told: one of its like, or a known event of the same time.

    A known event covers what began while it lasted, in the same slice or as a whole.
    """
    starts_at, ends_at = (datetime.fromisoformat(shape[name]) for name in ("from", "to"))
    for mark in marks:
        if mark["anomaly_id"] == anomaly_id:
            continue
        other = mark["shape"]
        if mark["verdict"] == NOT_AN_ANOMALY and is_like(shape, other):
            return mark
        if mark["verdict"] == KNOWN_EVENT:
            begin, end = (datetime.fromisoformat(other[name]) for name in ("from", "to"))
            is_same = (shape["by"], shape["value"]) == (other["by"], other["value"]) or not other["by"]
            if is_same and begin <= starts_at < end and ends_at <= end:
                return mark
    return None


def precision(marks: Sequence[Json]) -> Json:
    """Return which share of what people judged was an anomaly: of all, and without what earlier marks would suppress.

    Known events and what was fixed were anomalies; marks are taken in the order in which they were made.
    """
    ordered = sorted(marks, key=lambda mark: (mark["marked_at"], mark["anomaly_id"]))
    told: list[bool] = []
    kept: list[bool] = []
    for place, mark in enumerate(ordered):
        was_one = mark["verdict"] != NOT_AN_ANOMALY
        told.append(was_one)
        shape = mark["shape"]
        if suppressed_by(mark["anomaly_id"], shape, ordered[:place]) is None:
            kept.append(was_one)
    return {
        "judged": len(told), "true": sum(told), "before": sum(told) / len(told) if told else None,
        "after": sum(kept) / len(kept) if kept else None, "suppressed": len(told) - len(kept),
        "lost": sum(told) - sum(kept),
    }  # fmt: skip
