"""What was told of an earlier period: its anomalies with what people said of them, and the known events of its days."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from deskpulse.control import Control
from deskpulse.control.anomalies import AnomalyMark, FoundAnomaly
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.insights.drivers.similar import Alike
from deskpulse.metrics.happenings import known_happenings

Json = dict[str, Any]
MOST = 3


def told_then(control: Control, settings: Settings, principal: Principal, alike: Alike, metric: str) -> Json:
    """Return `anomalies` and `events` of an earlier period: of each anomaly how long it lasted, what people said it
    was, and its cause where that was looked for. Those of `metric` come first, then those of the period's slices; who
    sees some of the rows alone gets none.
    """
    workspace, start, end = principal.workspace, alike.start, alike.end
    timezone = control.workspaces.get(workspace).timezone
    happened = known_happenings(control, workspace, start, end, timezone=timezone, settings=settings)
    events = [{"event_id": one.event.event_id, "name": one.event.name, "kind": one.event.kind} for one in happened]
    if principal.row_filters:
        return {"anomalies": [], "events": events[:MOST]}
    marks = {mark.anomaly_id: mark for mark in control.anomalies.marks(workspace)}
    found = [one for one in control.anomalies.list(workspace) if one.starts_at < end and start < one.ends_at]
    slices = {(by, value) for by, value, _ in alike.slices}

    def order(one: FoundAnomaly) -> tuple[bool, bool, datetime]:
        return one.body["metric"] != metric, (one.body["by"], one.body["slice"]) not in slices, one.starts_at

    found.sort(key=order)
    return {"anomalies": [_anomaly(one, marks.get(one.anomaly_id)) for one in found[:MOST]], "events": events[:MOST]}


def _anomaly(one: FoundAnomaly, mark: AnomalyMark | None) -> Json:
    drivers = (one.why or {}).get("drivers") or {}
    return {
        "anomaly_id": one.anomaly_id, "title": one.body["title"], "severity": one.body["severity"],
        "from": one.starts_at.isoformat(), "to": one.ends_at.isoformat(),
        "days": round((one.ends_at - one.starts_at).total_seconds() / 86_400, 2),
        "verdict": mark.verdict if mark else None, "note": mark.note if mark else "",
        "cause": drivers.get("summary", ""),
    }  # fmt: skip
