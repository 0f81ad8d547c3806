"""Service-level policies: every version is kept, with when and by whom it was written or retired."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from deskpulse.control.database import Database
from deskpulse.control.repository import Repository, checked
from deskpulse.control.schema import NAME_CHARS, PolicyVersionTable
from deskpulse.core.clock import now
from deskpulse.core.errors import InputError, LimitError, NotFoundError
from deskpulse.core.events import bus
from deskpulse.core.service_levels import Policy, Promise, in_order, refuse_disorder


@dataclass(frozen=True, kw_only=True)
class PolicyRecord:
    """A version of a policy with who wrote it when, and who ended it."""

    policy: Policy
    written_at: datetime
    written_by: str
    ended_by: str | None


class Policies(Repository):
    """The service-level policies of workspaces. `by` names who does it."""

    def __init__(self, database: Database, *, max_versions: int) -> None:
        super().__init__(database)
        self._max_versions = max_versions

    def versions(self, workspace: str) -> tuple[Policy, ...]:
        """Return every version of every policy, retired ones too, in the order in which tickets try them."""
        return in_order(record.policy for record in self.records(workspace))

    def records(self, workspace: str, name: str | None = None) -> tuple[PolicyRecord, ...]:
        """Return every version (of one policy, when named) with its authors; NotFoundError for an unknown name."""
        with self._database.read() as connection:
            found = _records(connection, workspace, name)
        if name is not None and not found:
            raise NotFoundError(f"There is no service-level policy named {name!r}.")
        return found

    def changed_at(self, workspace: str) -> datetime | None:
        """Return when a policy was last written or ended; None when there never was one."""
        statement = select(func.max(PolicyVersionTable.changed_at)).where(PolicyVersionTable.workspace == workspace)
        with self._database.read() as connection:
            moment: datetime | None = connection.execute(statement).scalar()
        return moment

    def set(self, workspace: str, policy: Policy, *, by: str) -> Policy:
        """Make a policy, or a version of it that ends the one before; return it with its number.

        The first version holds from ever unless it says since when; a later one from its `valid_from`, else from now.
        InputError: a beginning before that of the version before. LimitError: policy_max_versions.
        """
        checked("The policy's name", policy.name, NAME_CHARS)
        with self._database.write(workspace) as connection:
            self._database.hold(connection, f"policies:{workspace}")
            before = [record.policy for record in _records(connection, workspace, policy.name)]
            if len(before) >= self._max_versions:
                message = f"The policy {policy.name!r} has {len(before):,} versions already."
                raise LimitError(message, setting="policy_max_versions")
            begin = policy.valid_from or (now() if before else None)
            made = replace(policy, version=len(before) + 1, valid_from=begin, valid_until=None)
            if before:
                if before[-1].valid_until is None:
                    refuse_disorder([before[-1], made])
                    _end(connection, _is(workspace, policy.name, len(before)), begin, by)
                elif begin is None or begin < before[-1].valid_until:
                    raise InputError(
                        f"The policy {policy.name!r} was in force until {before[-1].valid_until.isoformat()}.",
                        hint="Let the new version begin after that.",
                    )
            moment = now()
            row = _row(workspace, made) | {"written_at": moment, "written_by": by, "changed_at": moment}
            connection.execute(insert(PolicyVersionTable).values(**row))
        bus.announce("policy.changed", workspace, policy=policy.name)
        return made

    def retire(self, workspace: str, name: str, *, by: str, at: datetime | None = None) -> None:
        """Let a policy promise nothing for what begins from `at` (now) on; what was promised before stays."""
        with self._database.write(workspace) as connection:
            self._database.hold(connection, f"policies:{workspace}")
            found = _records(connection, workspace, name)
            if not found or found[-1].policy.valid_until is not None:
                raise NotFoundError(f"There is no service-level policy named {name!r} in force.")
            end = at or now()
            begin = found[-1].policy.valid_from
            if begin is not None and end < begin:
                raise InputError(f"The policy {name!r} begins at {begin.isoformat()} only.", hint="Choose a later end.")
            _end(connection, _is(workspace, name, len(found)), end, by)
        bus.announce("policy.changed", workspace, policy=name)


def _is(workspace: str, name: str, number: int) -> ColumnElement[bool]:
    table = PolicyVersionTable
    return (table.workspace == workspace) & (table.name == name) & (table.number == number)


def _end(connection: Connection, which: ColumnElement[bool], end: datetime | None, by: str) -> None:
    connection.execute(update(PolicyVersionTable).where(which).values(valid_until=end, ended_by=by, changed_at=now()))


def _records(connection: Connection, workspace: str, name: str | None) -> tuple[PolicyRecord, ...]:
    table = PolicyVersionTable
    statement = select(table).where(table.workspace == workspace)
    if name is not None:
        statement = statement.where(table.name == name)
    rows = connection.execute(statement.order_by(table.name, table.number)).all()
    return tuple(
        PolicyRecord(policy=_policy(row), written_at=row.written_at, written_by=row.written_by, ended_by=row.ended_by)
        for row in rows
    )


def _row(workspace: str, policy: Policy) -> dict[str, Any]:
    targets = {
        name: {"seconds": dict(promise.seconds), "is_business": promise.is_business}
        for name, promise in policy.targets.items()
    }
    return {
        "workspace": workspace, "name": policy.name, "number": policy.version, "position": policy.position,
        "conditions": {name: list(values) for name, values in policy.conditions.items()}, "targets": targets,
        "valid_from": policy.valid_from, "valid_until": policy.valid_until, "ended_by": None,
    }  # fmt: skip


def _policy(row: Any) -> Policy:
    return Policy(
        name=row.name, version=row.number, position=row.position,
        conditions={name: tuple(values) for name, values in row.conditions.items()},
        targets={name: Promise(**promise) for name, promise in row.targets.items()},
        valid_from=row.valid_from, valid_until=row.valid_until,
    )  # fmt: skip
