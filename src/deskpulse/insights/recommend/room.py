"""Recommendations as people ask for them, and what they say of them."""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from typing import Any

from deskpulse.access.principals import require
from deskpulse.control.recommendations import STATUSES, Decision
from deskpulse.core.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from deskpulse.core.principal import Principal
from deskpulse.insights.predictions.room import PredictionRoom
from deskpulse.insights.recommend.catalogue import rules
from deskpulse.insights.recommend.evidence import Evidence, gather
from deskpulse.insights.recommend.model import Recommendation
from deskpulse.insights.recommend.outcome import outcome
from deskpulse.metrics.filters import filter_text
from deskpulse.metrics.host import Host
from deskpulse.metrics.lookup import find_metric

Json = dict[str, Any]
AT_RISK = 50
"""Customers that are looked at for outreach, the most likely to leave first."""
LEAST_ROWS = 200
"""Tickets that a period needs before anything is recommended from it."""


class RecommendationRoom:
    """Tells one principal what to do about a workspace, and keeps what people decide."""

    def __init__(self, host: Host, principal: Principal) -> None:
        self._host = host
        self._engine, self._kept = host.numbers(principal), host.control.recommendations
        self._principal = principal
        self._workspace = host.describe_workspace(principal)

    def all(self, spec: Json | None = None) -> Json:
        """Return what the last 90 days (or `period`, from/to; `where`, timezone) recommend, what touches most first.

        `status` keeps those that are open, accepted, declined or done. Those that people decided about stay listed,
        with what they brought, when the evidence no longer asks for them.
        """
        require(self._principal, "viewer")
        began, given = time.perf_counter(), spec or {}
        status = given.get("status") or None
        if status not in (None, "open", *STATUSES):
            raise InputError(f"There is no status {status!r}.", hint=f"Write open, {', '.join(STATUSES)}.")
        if self._workspace.get("last_at") is None:
            return {"recommendations": [], "unknown": ["There is no data yet."], "notes": [], "seconds": 0.0}
        evidence = self._gather(given)
        items, unknown = self._items(evidence)
        return {
            "from": evidence.query.start.isoformat(), "to": evidence.query.end.isoformat(),
            "recommendations": [one for one in items if status is None or one["status"] == status],
            "unknown": unknown, "notes": list(dict.fromkeys(evidence.notes)),
            "seconds": round(time.perf_counter() - began, 3),
        }  # fmt: skip

    def decide(self, recommendation_id: str, status: str, note: str = "", spec: Json | None = None) -> Json:
        """Keep that a recommendation is accepted, declined or done (or `open` again); return it as it is now.

        `spec` is the one that listed it: another period or filter may recommend something else. NotFoundError when
        neither that evidence nor a person knows it; InputError for an unknown status.
        """
        require(self._principal, "manager")
        if status not in ("open", *STATUSES):
            raise InputError(f"There is no status {status!r}.", hint=f"Write open, {', '.join(STATUSES)}.")
        known: list[Json] = []
        if self._workspace.get("last_at") is not None:
            evidence = self._gather(spec or {})
            known = self._items(evidence)[0]
        item = next((one for one in known if one["id"] == recommendation_id), None)
        if item is None:
            raise NotFoundError(
                f"There is no recommendation {recommendation_id!r}.",
                hint="List them, and decide with the same period and filters.",
            )
        told = {k: v for k, v in item.items() if k not in ("status", "decision", "outcome")}
        slug = self._principal.workspace
        if status == "open":
            self._kept.forget(slug, recommendation_id)
            return told | self._decision(None, evidence)
        self._kept.decide(slug, recommendation_id, status, by=self._principal.user, note=note, told=told)
        decision = next(one for one in self._kept.list(slug) if one.recommendation_id == recommendation_id)
        return told | self._decision(decision, evidence)

    def _gather(self, given: Json) -> Evidence:
        found = gather(self._engine, self._principal, self._workspace, given)
        # Risks rest on all that customers did: they are not of some rows only.
        return found if found.query.where else replace(found, at_risk=self._at_risk)

    def _at_risk(self) -> Json | None:
        try:
            return PredictionRoom(self._host, self._principal).customers({"limit": AT_RISK})
        except (ConflictError, ForbiddenError):
            return None

    def _items(self, evidence: Evidence) -> tuple[list[Json], list[str]]:
        """Return what the evidence recommends, then what people decided about before, and what cannot be told."""
        found, unknown = self._found(evidence)
        decided = {one.recommendation_id: one for one in self._kept.list(self._principal.workspace)}
        items = [self._item(one, decided.pop(one.id, None), evidence) for one in found]
        return items + [self._decided(one, evidence) for one in decided.values()], unknown

    def _found(self, evidence: Evidence) -> tuple[list[Recommendation], list[str]]:
        if evidence.query.end <= evidence.query.start:
            return [], ["The period has no whole day."]
        rows = evidence.whole("tickets_created", evidence.query).n
        if rows < LEAST_ROWS:
            return [], [f"Too few tickets to recommend anything from: {rows:,}, {LEAST_ROWS} are needed."]
        # Whose rows were filtered for is part of what it is about, and of what will be measured.
        asked = tuple(item if isinstance(item, str) else filter_text(item) for item in evidence.query.where)
        each = (replace(one, where=(*asked, *one.where)) for rule in rules().values() for one in rule.find(evidence))
        found = {one.id: one for one in each}
        return sorted(found.values(), key=lambda one: (-one.touched * max(1.0, min(one.z, 10.0)), one.id)), []

    def _item(self, one: Recommendation, decision: Decision | None, evidence: Evidence) -> Json:
        told = {key: value for key, value in asdict(one).items() if key != "z"}
        told |= {"id": one.id, "label": rules()[one.rule].label, "where": list(one.where), "notes": list(one.notes),
                 "measured_by": f"{find_metric(one.metric).label} of these rows, {_DAYS}"}  # fmt: skip
        return told | self._decision(decision, evidence)

    def _decided(self, decision: Decision, evidence: Evidence) -> Json:
        """Return a recommendation as it was when somebody decided; its evidence asks for it no longer."""
        return {**decision.told, "id": decision.recommendation_id} | self._decision(decision, evidence)

    def _decision(self, decision: Decision | None, evidence: Evidence) -> Json:
        if decision is None:
            return {"status": "open", "decision": None, "outcome": None}
        told = {"by": decision.decided_by, "at": decision.decided_at.isoformat(), "note": decision.note}
        brought = None
        if decision.status in ("accepted", "done"):
            whole = replace(evidence, query=replace(evidence.query, where=()))  # its own filters say what it is about
            brought = outcome(whole, decision.told["metric"], decision.told["where"], decision.decided_at)
        return {"status": decision.status, "decision": told, "outcome": brought}


_DAYS = "before and after, against the rest of the desk"
