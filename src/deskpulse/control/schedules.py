"""Schedules of working hours: every version and every assignment is kept, with when and by whom it was made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Connection, and_, func, insert, select, update

from deskpulse.control.database import Database
from deskpulse.control.faults import no_workspace
from deskpulse.control.repository import Repository, checked
from deskpulse.control.schema import (
    KEY_CHARS,
    NAME_CHARS,
    PreferenceTable,
    ScheduleAssignmentTable,
    ScheduleVersionTable,
    WorkspaceTable,
    printable,
)
from deskpulse.core.business_time import Holiday, Mode, Schedule, WorkingHours
from deskpulse.core.clock import now
from deskpulse.core.errors import ConflictError, InputError, LimitError, NotFoundError
from deskpulse.core.events import bus
from deskpulse.core.schedule_book import Book
from deskpulse.core.schedule_text import refuse_overlap

Scope = Literal["team", "brand", "workspace"]
MODE = "working_time_mode"
"""The preference that says by which of a schedule's versions durations are counted."""


@dataclass(frozen=True, kw_only=True)
class Wording:
    """One wording of a version: version `number` said this from `written_at` until `replaced_at` (None: still)."""

    number: int
    wording: int
    hours: WorkingHours
    written_at: datetime
    written_by: str
    replaced_at: datetime | None
    replaced_by: str | None


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """Who worked by which schedule: a team, a brand, or with scope `workspace` (and no target) everybody else."""

    scope: Scope
    target: str
    schedule: str
    assigned_at: datetime
    assigned_by: str
    ended_at: datetime | None
    ended_by: str | None


class Schedules(Repository):
    """The schedules of workspaces. `by` names who does it."""

    def __init__(self, database: Database, *, max_versions: int, max_holidays: int) -> None:
        super().__init__(database)
        self._max_versions = max_versions
        self._max_holidays = max_holidays

    def book(self, workspace: str) -> Book | None:
        """Return the schedules in force and who works by them; None where there never was any."""
        with self._database.read() as connection:
            if connection.execute(select(ScheduleVersionTable.name).where(_of(workspace)).limit(1)).first() is None:
                return None
            schedules = _current(connection, workspace)
            assigned = _assigned(connection, workspace)
            mode = connection.execute(
                select(PreferenceTable.value).where(PreferenceTable.workspace == workspace, PreferenceTable.key == MODE)
            ).scalar()
        by_scope = {scope: {a.target: a.schedule for a in assigned if a.scope == scope} for scope in get_args(Scope)}
        return Book(
            schedules=schedules, teams=by_scope["team"], brands=by_scope["brand"],
            default=by_scope["workspace"].get(""), mode=mode or "as_of",
        )  # fmt: skip

    def list(self, workspace: str) -> tuple[Schedule, ...]:
        """Return the schedules in force, by name."""
        with self._database.read() as connection:
            return tuple(_current(connection, workspace).values())

    def get(self, workspace: str, name: str) -> Schedule:
        """Return the schedule of that name; NotFoundError when there is none."""
        with self._database.read() as connection:
            return _one(connection, workspace, name)

    def wordings(self, workspace: str, name: str) -> tuple[Wording, ...]:
        """Return all that versions of this schedule ever said, the oldest version and wording first."""
        table = ScheduleVersionTable
        statement = select(table).where(_of(workspace), table.name == name).order_by(table.number, table.wording)
        with self._database.read() as connection:
            rows = connection.execute(statement).all()
        told = ("number", "wording", "written_at", "written_by", "replaced_at", "replaced_by")
        return tuple(Wording(hours=_hours(row), **{k: getattr(row, k) for k in told}) for row in rows)

    def set(self, workspace: str, name: str, hours: WorkingHours, *, by: str, correct: int | None = None) -> Schedule:
        """Make a schedule, add a version to it, or with `correct` say anew what that version says; return it.

        A version begins after all others and ends the one before; the first may be without a beginning. A corrected
        version keeps its beginning unless `hours` has one. InputError: hours that overlap, versions not in order.
        LimitError: schedule_max_versions, schedule_max_holidays. NotFoundError: no version to correct.
        """
        checked("The schedule's name", name, NAME_CHARS)
        if "/" in name or name != name.strip():
            raise InputError(
                f"{printable(name[:80])!r} cannot name a schedule.", hint="Leave out slashes and outer spaces."
            )
        refuse_overlap(hours.weekly)
        if len(hours.holidays) > self._max_holidays:
            message = f"{len(hours.holidays):,} holidays are more than {self._max_holidays:,}."
            raise LimitError(message, setting="schedule_max_holidays")
        with self._database.write(workspace) as connection:
            self._database.hold(connection, f"schedules:{workspace}")
            known = _current(connection, workspace).get(name)
            versions = list(known.versions) if known else []
            number = correct if correct is not None else len(versions) + 1
            if correct is not None:
                if not 1 <= correct <= len(versions):
                    message = f"The schedule {name!r} has no version {correct} to correct."
                    raise NotFoundError(message, hint=f"It has {len(versions)}." if versions else "Make it first.")
                begin = hours.valid_from or versions[correct - 1].valid_from
                versions[correct - 1] = hours = _begun(hours, begin)
                _replace(connection, _version(workspace, name, correct), by)
            else:
                if len(versions) >= self._max_versions:
                    message = f"The schedule {name!r} has {len(versions):,} versions already."
                    raise LimitError(message, setting="schedule_max_versions", hint="Correct one of them instead.")
                if versions and hours.valid_from is None:
                    hours = _begun(hours, now())
                versions.append(hours)
            made = Schedule(name=name, versions=tuple(versions))  # refuses versions that are not in order
            _insert(connection, (workspace, name, number), hours, by)
        bus.announce("schedule.changed", workspace, schedule=name)
        return made

    def remove(self, workspace: str, name: str, *, by: str) -> None:
        """Take a schedule out of use; what it said stays on record. ConflictError while somebody works by it."""
        with self._database.write(workspace) as connection:
            self._database.hold(connection, f"schedules:{workspace}")
            _one(connection, workspace, name)
            users = [a for a in _assigned(connection, workspace) if a.schedule == name]
            if users:
                told = ", ".join(f"{a.scope} {a.target}".strip() for a in users[:5])
                raise ConflictError(f"The schedule {name!r} is in use: {told}.", hint="Assign another to them first.")
            table = ScheduleVersionTable
            _replace(connection, and_(_of(workspace), table.name == name, table.replaced_at.is_(None)), by)
        bus.announce("schedule.changed", workspace, schedule=name)

    def assign(self, workspace: str, scope: Scope, target: str, schedule: str | None, *, by: str) -> bool:
        """Let a team, a brand or the workspace (`target` "") work by a schedule, or with None by none of its own.

        Return whether that changed anything. NotFoundError: no such schedule.
        """
        if scope not in get_args(Scope):
            raise InputError(f"Schedules are not assigned to a {scope!r}.", hint="Use team, brand or workspace.")
        if (scope == "workspace") != (target == ""):
            raise InputError(f"{target!r} names no {scope}.", hint="Name the team or brand; the workspace has no name.")
        checked("The name", target or "-", KEY_CHARS)
        table = ScheduleAssignmentTable
        here = and_(table.workspace == workspace, table.scope == scope, table.target == target)
        with self._database.write(workspace) as connection:
            self._database.hold(connection, f"schedules:{workspace}")
            if schedule is not None:
                _one(connection, workspace, schedule)
            current = connection.execute(select(table.schedule).where(here, table.ended_at.is_(None))).scalar()
            if current == schedule:
                return False
            ended = {"ended_at": now(), "ended_by": by}
            connection.execute(update(table).where(here, table.ended_at.is_(None)).values(**ended))
            if schedule is not None:
                number = (connection.execute(select(func.max(table.number)).where(here)).scalar() or 0) + 1
                row = {"workspace": workspace, "scope": scope, "target": target, "number": number}
                fresh = {"schedule": schedule, "assigned_at": now(), "assigned_by": by}
                connection.execute(insert(table).values(**row, **fresh, ended_at=None, ended_by=None))
        bus.announce("schedule.changed", workspace, schedule=schedule or current)
        return True

    def assignments(self, workspace: str, *, ended: bool = False) -> tuple[Assignment, ...]:
        """Return who works by which schedule; with `ended` also who did."""
        with self._database.read() as connection:
            return _assigned(connection, workspace, ended=ended)

    def set_mode(self, workspace: str, mode: Mode) -> None:
        """Say by which versions durations are counted: those then in force, or the last one."""
        if mode not in get_args(Mode):
            raise InputError(f"There is no mode {str(mode)[:40]!r}.", hint="Use as_of or last_schedule.")
        keys = {"workspace": workspace, "key": MODE}
        with self._database.write(workspace) as connection:
            self._database.put(connection, PreferenceTable, keys, {"value": mode, "updated_at": now()})
        bus.announce("schedule.changed", workspace, mode=mode)

    def changed_at(self, workspace: str) -> datetime | None:
        """Return when schedules, assignments or the mode last changed; None when they never did."""
        version, one = ScheduleVersionTable, ScheduleAssignmentTable
        asked = [
            select(func.max(version.written_at)).where(version.workspace == workspace),
            select(func.max(version.replaced_at)).where(version.workspace == workspace),
            select(func.max(one.assigned_at)).where(one.workspace == workspace),
            select(func.max(one.ended_at)).where(one.workspace == workspace),
            select(PreferenceTable.updated_at).where(
                PreferenceTable.workspace == workspace, PreferenceTable.key == MODE
            ),
        ]
        with self._database.read() as connection:
            moments = [connection.execute(statement).scalar() for statement in asked]
        return max((m for m in moments if m is not None), default=None)


def _of(workspace: str) -> ColumnElement[bool]:
    return ScheduleVersionTable.workspace == workspace


def _version(workspace: str, name: str, number: int) -> ColumnElement[bool]:
    table = ScheduleVersionTable
    return and_(_of(workspace), table.name == name, table.number == number, table.replaced_at.is_(None))


def _current(connection: Connection, workspace: str) -> dict[str, Schedule]:
    table = ScheduleVersionTable
    rows = connection.execute(
        select(table).where(_of(workspace), table.replaced_at.is_(None)).order_by(table.name, table.number)
    )
    found: dict[str, list[WorkingHours]] = {}
    for row in rows:
        found.setdefault(row.name, []).append(_hours(row))
    return {name: Schedule(name=name, versions=tuple(versions)) for name, versions in found.items()}


def _one(connection: Connection, workspace: str, name: str) -> Schedule:
    found = _current(connection, workspace)
    if name not in found:
        if connection.execute(select(WorkspaceTable).where(WorkspaceTable.slug == workspace)).first() is None:
            raise no_workspace(workspace)
        hint = f"There are: {', '.join(found)}." if found else "Make one with `deskpulse schedules set`."
        raise NotFoundError(f"There is no schedule {printable(name[:80])!r}.", hint=hint)
    return found[name]


def _hours(row: Any) -> WorkingHours:
    return WorkingHours(
        weekly=tuple((first, end) for first, end in row.weekly), timezone=row.timezone, valid_from=row.valid_from,
        holidays=tuple(Holiday(day=date.fromisoformat(d), name=n, start=a, end=b) for d, n, a, b in row.holidays),
    )  # fmt: skip


def _begun(hours: WorkingHours, begin: datetime | None) -> WorkingHours:
    return WorkingHours(weekly=hours.weekly, timezone=hours.timezone, holidays=hours.holidays, valid_from=begin)


def _insert(connection: Connection, key: tuple[str, str, int], hours: WorkingHours, by: str) -> None:
    table, (workspace, name, number) = ScheduleVersionTable, key
    said = select(func.max(table.wording)).where(_of(workspace), table.name == name, table.number == number)
    wording = (connection.execute(said).scalar() or 0) + 1
    connection.execute(
        insert(table).values(
            workspace=workspace, name=name, number=number, wording=wording, weekly=[list(w) for w in hours.weekly],
            timezone=hours.timezone, valid_from=hours.valid_from, written_at=now(), written_by=by, replaced_at=None,
            replaced_by=None, holidays=[[h.day.isoformat(), printable(h.name), h.start, h.end] for h in hours.holidays],
        )
    )  # fmt: skip


def _replace(connection: Connection, which: ColumnElement[bool], by: str) -> None:
    connection.execute(update(ScheduleVersionTable).where(which).values(replaced_at=now(), replaced_by=by))


def _assigned(connection: Connection, workspace: str, *, ended: bool = False) -> tuple[Assignment, ...]:
    table = ScheduleAssignmentTable
    statement = select(table).where(table.workspace == workspace)
    if not ended:
        statement = statement.where(table.ended_at.is_(None))
    rows = connection.execute(statement.order_by(table.scope, table.target, table.number)).all()
    told = ("scope", "target", "schedule", "assigned_at", "assigned_by", "ended_at", "ended_by")
    return tuple(Assignment(**{k: getattr(row, k) for k in told}) for row in rows)
