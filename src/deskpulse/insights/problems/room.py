"""The lists of what needs a look, ranked by what they touch."""

from __future__ import annotations

import time
from typing import Any

from deskpulse.access.principals import require
from deskpulse.analytics.compose import compose
from deskpulse.core.principal import Principal
from deskpulse.metrics.host import Host

Json = dict[str, Any]
COMPOSITION = "problem-areas"
WEIGHTS = {
    "unresolved_critical": 5.0, "sla_at_risk": 3.0, "stuck": 3.0, "repeat_customers": 3.0, "escalated": 2.0,
    "very_negative": 2.0, "passed_around": 1.0, "long_resolution": 1.0,
}  # fmt: skip
"""How much one row of a list weighs: what still harms and can be helped most, what is over least."""


class ProblemRoom:
    """Tells one principal which lists of a workspace need a look."""

    def __init__(self, host: Host, principal: Principal) -> None:
        self._host, self._principal = host, principal
        self._engine = host.numbers(principal)
        self._workspace = host.describe_workspace(principal)

    def problems(self, spec: Json | None = None) -> Json:
        """Return the lists that are not empty, the largest impact (rows × weight) first.

        `spec` has period (30d) or from and to, where, timezone, and limit (rows told of each list). Each has its
        count, thresholds, first rows and the address of all; `empty` names the lists without rows, `unknown` says
        why others cannot be told.
        """
        require(self._principal, "viewer")
        began = time.perf_counter()
        told = compose(
            self._engine, self._principal, self._host.settings, {**self._workspace}, name=COMPOSITION,
            spec=spec or {},
        ).as_dict()  # fmt: skip
        found = [_told(section) for section in told["sections"] if section["count"]]
        return {
            "from": told["from"], "to": told["to"], "as_of": told["as_of"], "timezone": told["timezone"],
            "problems": sorted(found, key=lambda one: (-one["impact"], one["name"])),
            "empty": [section["label"] for section in told["sections"] if section["count"] == 0],
            "unknown": [f"{section['label']}: {section['reason']}" for section in told["sections"]
                        if section["count"] is None],
            "seconds": round(time.perf_counter() - began, 3),
        }  # fmt: skip


def _told(section: Json) -> Json:
    weight = WEIGHTS[section["name"]]
    return {
        "name": section["name"], "label": section["label"], "about": section["about"], "count": section["count"],
        "of": "customers" if "customer" in section["by"] else "tickets", "weight": weight,
        "impact": weight * section["count"], "thresholds": section["thresholds"], "link": section["link"],
        "rows": section["rows"], "notes": section["notes"],
    }  # fmt: skip
