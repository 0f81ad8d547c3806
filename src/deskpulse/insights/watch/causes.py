"""Why an incident was: what drove it, which detectors agree, what else happened, which tickets to read."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil
from typing import Any

import numpy as np

from deskpulse.core.errors import InputError, LimitError
from deskpulse.core.principal import Principal
from deskpulse.insights.drivers.known import known_beside
from deskpulse.insights.drivers.room import DriverRoom
from deskpulse.insights.judge import judge
from deskpulse.insights.model import WARM_UP, Track
from deskpulse.insights.watch.model import Json
from deskpulse.metrics.filters import Bounds, parse_where
from deskpulse.metrics.host import Host
from deskpulse.metrics.model import MetricQuery, Slice

AGREED_DAYS = 365
UNEXPLAINED = ("backlog",)
"""A level has no period: the change between two moments is explained by `deskpulse why`."""


def explained(host: Host, principal: Principal, body: Json, timezone: str) -> Json:
    """Return `drivers` (None where nothing can be split, with `note`), and the `detectors` that are heard there."""
    heard = [*body.get("heard_by", []), *_heard(host, principal, body, timezone)]
    if body.get("finding") == "volatility":
        note = "What swings has no single change that could be split; the days that stand out are marked."
        return {"drivers": None, "note": note, "detectors": heard}
    return {**_drivers(host, principal, body, timezone), "detectors": heard}


def with_known(host: Host, principal: Principal, body: Json, why: Json) -> Json:
    """Return `why` as it was found, beside it what is known of the time now."""
    drivers = why["drivers"]
    if drivers is None:
        return why
    start, end, first, last = (
        datetime.fromisoformat(drivers[side][name]) for side in ("after", "before") for name in ("from", "to")
    )
    asked = MetricQuery(metrics=(body["metric"],), start=start, end=end, compare="slice",
                        against=Slice(start=first, end=last))  # fmt: skip
    parts = [one["where"] for cause in drivers["causes"][:1] for one in cause["slices"]] or [[]]
    slices = [parse_where([*body["where"], *part], Bounds()) for part in parts]
    known = known_beside(host.control, host.settings, principal.workspace, asked, slices)
    others = [one for one in drivers["beside"] if not one.get("event_id")]
    return why | {"drivers": drivers | {"beside": [*known, *others]}}


def _drivers(host: Host, principal: Principal, body: Json, timezone: str) -> Json:
    """Split the change of the lead's metric against the same weekdays before: of the whole when that was odd, too."""
    start, end = datetime.fromisoformat(body["from"]), datetime.fromisoformat(body["to"])
    back = timedelta(days=7 * ceil((end - start) / timedelta(days=7)))
    is_whole = any(m["by"] is None and m["metric"] == body["metric"] for m in body["members"])
    spec = {"metric": body["metric"], "from": start.isoformat(), "to": end.isoformat(), "timezone": timezone,
            "before_from": (start - back).isoformat(), "before_to": (end - back).isoformat(),
            "where": [] if is_whole else body["where"]}  # fmt: skip
    try:
        found = DriverRoom(host, principal).why(spec)
    except (InputError, LimitError) as error:
        return {"drivers": None, "note": str(error)}
    kept = (
        "summary",
        "causes",
        "phrases",
        "topics",
        "beside",
        "tickets",
        "before",
        "after",
        "change",
        "notes",
        "may_be_chance",
    )
    return {"drivers": {name: found[name] for name in kept}, "note": ""}


def _heard(host: Host, principal: Principal, body: Json, timezone: str) -> list[str]:
    """Return the detectors of `insights/detectors` that are heard while it lasts, on the year before it."""
    start, end = datetime.fromisoformat(body["from"]), datetime.fromisoformat(body["to"])
    asked = MetricQuery(metrics=(body["metric"],), start=end - timedelta(days=AGREED_DAYS), end=end, timezone=timezone,
                        grain="day", where=tuple(body["where"]))  # fmt: skip
    rows = host.numbers(principal).query(principal, asked).rows
    values = np.array([_number(row.values[body["metric"]].value) for row in rows], dtype=float)
    known = np.isfinite(values)
    days = max(ceil((end - start) / timedelta(days=1)), 1)
    if known.sum() <= WARM_UP + days:
        return []
    times = np.arange(len(values), dtype=float)[known] * 86_400.0
    told = judge(Track(values=values[known], times=times))
    last = len(told.strength)
    return list(dict.fromkeys(name for place in range(max(last - days, 0), last) for name in told.agreed(place)))


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)
