"""Incidents keep their names from look to look, while they grow and another of their slices may come to stand first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from deskpulse.control.anomalies import FoundAnomaly
from deskpulse.insights.watch.looking import Look
from deskpulse.insights.watch.model import Json
from deskpulse.insights.watch.telling import anomaly_id


def named(found: Look, before: Sequence[FoundAnomaly]) -> list[str]:
    """Return a name for each incident of a look: that of the same one of the look before, else a new one.

    The same is what overlaps it and is led by the same slice of the same number; else what leads one of them is a
    member of the other, as when the hours that came since, or the whole day, let another slice stand first.
    """
    names: list[str | None] = [None] * len(found.bodies)
    free = {one.anomaly_id: one for one in before}
    for is_same in (_is_led_alike, _is_kin):
        for place, body in enumerate(found.bodies):
            if names[place] is None:
                names[place] = _taken(body, free, is_same)
    taken = {name for name in names if name is not None}
    for place, incident in enumerate(found.incidents):
        if names[place] is None:
            fresh = anomaly_id(incident)
            names[place] = f"{fresh}-{place}" if fresh in taken else fresh
            taken.add(str(names[place]))
    return [str(name) for name in names]


def _taken(body: Json, free: dict[str, FoundAnomaly], is_same: Callable[[Json, Json], bool]) -> str | None:
    start, end = (datetime.fromisoformat(body[name]) for name in ("from", "to"))
    for name, one in free.items():
        if one.starts_at < end and start < one.ends_at and is_same(one.body, body):
            del free[name]
            return name
    return None


def _is_led_alike(one: Json, other: Json) -> bool:
    return _series(one) == _series(other)


def _is_kin(one: Json, other: Json) -> bool:
    return _series(one) in map(_series, other["members"]) or _series(other) in map(_series, one["members"])


def _series(body: Json) -> tuple[Any, ...]:
    finding = body.get("finding", "level")  # older looks knew levels alone
    return finding, body["metric"], body["by"], body["slice"], body["is_up"]
