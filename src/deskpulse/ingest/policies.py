"""Service-level policies as people ask for them and edit them: who may, what is answered, and what is recomputed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from deskpulse.access.principals import require
from deskpulse.control.policies import PolicyRecord
from deskpulse.core.errors import InputError
from deskpulse.core.schedule_text import moment_of
from deskpulse.core.service_levels import Policy, Promise, parse_targets
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.recompute import Touched, queue
from deskpulse.ingest.schedules import job_dict

Json = dict[str, Any]
_ORDER = ("targets", "conditions", "position", "valid_from")


class PolicyRoom:
    """The service-level policies of one workspace, for one principal. Reading needs a viewer, editing a manager.

    Every edit answers with the `job` that recomputes what it touched.
    """

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._control = context.control.policies
        self._workspace = context.workspace

    def list(self) -> Json:
        """Return the policies in force, in the order in which tickets try them."""
        self._may("viewer")
        versions = self._control.versions(self._workspace)
        return {"policies": [p.as_dict() for p in versions if p.valid_until is None]}

    def show(self, name: str) -> Json:
        """Return a policy with all its versions, and who wrote them."""
        self._may("viewer")
        records = self._control.records(self._workspace, name)
        return {**records[-1].policy.as_dict(), "versions": [_told(record) for record in records]}

    def set(self, name: str, order: Json) -> Json:
        """Make a policy, or a new version of it.

        `order`: `targets` in words (`first_reply: urgent 30m, * 4h business`) or as `{target: {seconds, is_business}}`,
        `conditions` (`{team: [Tier 1]}`), `position`, `valid_from`. What is left out stays as the policy has it.
        """
        self._may("manager")
        if unknown := set(order) - set(_ORDER):
            raise InputError(f"A policy has no {sorted(unknown)[0]!r}.", hint=f"It has: {', '.join(_ORDER)}.")
        known = [p for p in self._control.versions(self._workspace) if p.name == name]
        last = known[-1] if known else None
        if last is None and "targets" not in order:
            raise InputError(f"The policy {name!r} needs targets.", hint="For example first_reply: * 4h business.")
        begin = order.get("valid_from")
        policy = Policy(
            name=name,
            targets=_targets(order["targets"]) if "targets" in order else last.targets if last else {},
            conditions=_conditions(order["conditions"]) if "conditions" in order else last.conditions if last else {},
            position=_position(order.get("position"), last.position if last else 0),
            valid_from=None if begin is None else moment_of(str(begin)),
        )
        made = self._control.set(self._workspace, policy, by=self._context.principal.user)
        return {**made.as_dict(), "job": self._recompute(made.valid_from, f"version {made.version} of {name}")}

    def retire(self, name: str, order: Json) -> Json:
        """Let a policy promise nothing for what begins `at` (now) or later; what it promised before stays."""
        self._may("manager")
        end = None if order.get("at") is None else moment_of(str(order["at"]))
        self._control.retire(self._workspace, name, by=self._context.principal.user, at=end)
        kept = self._control.records(self._workspace, name)[-1].policy
        return {**kept.as_dict(), "job": self._recompute(kept.valid_until, f"{name} retired")}

    def _recompute(self, since: datetime | None, why: str) -> Json | None:
        """Queue the recomputing of the tickets in which something may have begun since then."""
        touched = Touched(everything=True, since=since.isoformat() if since else None)
        return job_dict(queue(self._context, touched, why))

    def _may(self, role: Any) -> None:
        require(self._context.principal, role)


def _told(record: PolicyRecord) -> Json:
    told = {"written_at": record.written_at.isoformat(), "written_by": record.written_by, "ended_by": record.ended_by}
    return record.policy.as_dict() | told


def _targets(given: Any) -> dict[str, Promise]:
    if isinstance(given, str):
        return parse_targets(given)
    try:
        return {
            str(target): Promise(
                seconds={str(priority): float(seconds) for priority, seconds in promise["seconds"].items()},
                is_business=bool(promise.get("is_business", False)),
            )
            for target, promise in given.items()
        }
    except (AttributeError, KeyError, TypeError, ValueError):
        raise InputError(
            "`targets` are no promises.", hint='Write {"first_reply": {"seconds": {"*": 14400}, "is_business": true}}.'
        ) from None


def _conditions(given: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(given, dict) or not all(isinstance(values, list) for values in given.values()):
        raise InputError("`conditions` is no object of lists.", hint='Write {"team": ["Tier 1", "Tier 2"]}.')
    return {str(name): tuple(map(str, values)) for name, values in given.items()}


def _position(given: Any, otherwise: int) -> int:
    if given is None:
        return otherwise
    if not isinstance(given, int) or isinstance(given, bool) or not -1_000_000 <= given <= 1_000_000:
        raise InputError(f"{given!r} is no position.", hint="Give a whole number; the smallest is tried first.")
    return given
