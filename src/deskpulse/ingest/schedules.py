"""Working hours as people ask for them and edit them: who may, what is answered, and what an edit recomputes."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any, cast

from deskpulse.access.principals import require
from deskpulse.control.jobs import Job
from deskpulse.control.schedules import Assignment, Scope
from deskpulse.core.business_time import Holiday, Mode, Schedule, WorkingHours
from deskpulse.core.errors import InputError, LimitError, NotFoundError
from deskpulse.core.holiday_lists import ReadOptions, merged, read_holidays
from deskpulse.core.schedule_text import holiday_from_dict, hours_to_dict, moment_of, parse_hours, print_hours
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.recompute import KIND, Touched, queue

Json = dict[str, Any]
_SET = {"hours", "weekly", "timezone", "holidays", "valid_from", "correct"}


class ScheduleRoom:
    """The schedules of one workspace, for one principal. Reading needs a viewer, editing a manager.

    Every edit answers with the `job` that recomputes what it touched, None where that is nothing.
    """

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._control = context.control.schedules
        self._by = context.principal.user

    def list(self) -> Json:
        """Return the schedules with the hours now in force, who works by them, and the mode."""
        self._may("viewer")
        assigned = self._control.assignments(self._workspace)
        book = self._control.book(self._workspace)
        return {
            "schedules": [_summary(s, assigned) for s in self._control.list(self._workspace)],
            "assignments": [_assignment(a) for a in assigned],
            "mode": book.mode if book else "as_of",
        }

    def show(self, name: str) -> Json:
        """Return a schedule whole: its versions, what they said before they were corrected, who works by it."""
        self._may("viewer")
        found = self._control.get(self._workspace, name)
        assigned = self._control.assignments(self._workspace, ended=True)
        history = [
            {"version": w.number, "wording": w.wording, **hours_to_dict(w.hours), "written_by": w.written_by,
             "written_at": w.written_at.isoformat(), "replaced_at": _iso(w.replaced_at), "replaced_by": w.replaced_by}
            for w in self._control.wordings(self._workspace, name)
        ]  # fmt: skip
        return {
            **_summary(found, [a for a in assigned if a.ended_at is None]),
            "versions": [{"version": n, **hours_to_dict(v)} for n, v in enumerate(found.versions, 1)],
            "history": history,
            "assignments": [_assignment(a) for a in assigned if a.schedule == name],
        }

    def set(self, name: str, order: Json) -> Json:
        """Make a schedule, add a version to it, or with `correct` say anew what that version says.

        `order`: `hours` in words (or `weekly` in minutes), `timezone`, `holidays`, `valid_from`, `correct`. What is
        left out stays as the schedule has it.
        """
        self._may("manager")
        if unknown := set(order) - _SET:
            raise InputError(f"A schedule has no {sorted(unknown)[0]!r}.", hint=f"It has: {', '.join(sorted(_SET))}.")
        correct = order.get("correct")
        return self._written(name, self._hours(name, order), correct)

    def holidays(self, name: str, order: Json) -> Json:
        """Add holidays to a schedule, from `text` (CSV or iCalendar) or a list `holidays`.

        With `replace` they come instead of those that are there. They make a new version from `valid_from` (default:
        now) on, or with `correct` belong to that version.
        """
        self._may("manager")
        before = self._control.get(self._workspace, name)
        correct = order.get("correct")
        basis = _version_of(before, correct)
        settings = self._context.settings
        options = ReadOptions(
            timezone=basis.timezone, most=settings.schedule_max_holidays, years_ahead=settings.holiday_years_ahead
        )
        text, given = order.get("text"), order.get("holidays")
        if (text is None) == (given is None):
            raise InputError("Holidays come as a text or as a list.", hint="Give text or holidays, not both.")
        added = read_holidays(text, options) if text is not None else _holidays(given, options.most)
        kept = () if order.get("replace") else basis.holidays
        hours = WorkingHours(
            weekly=basis.weekly, timezone=basis.timezone, holidays=merged([*kept, *added]),
            valid_from=_moment(order.get("valid_from")),
        )  # fmt: skip
        return {**self._written(name, hours, correct), "added": len(added)}

    def assign(self, order: Json) -> Json:
        """Let a team, a brand or everybody (`scope`, `target`) work by `schedule`; None: by none of its own."""
        self._may("manager")
        scope, target = cast(Scope, order.get("scope")), str(order.get("target") or "")
        schedule = order.get("schedule")
        is_changed = self._control.assign(self._workspace, scope, target, schedule, by=self._by)
        touched = Touched()
        if is_changed:
            touched = Touched(
                teams=(target,) if scope == "team" else (), brands=(target,) if scope == "brand" else (),
                everybody=scope == "workspace",
            )  # fmt: skip
        job = queue(self._context, touched, f"{scope} {target} works by {schedule or 'no schedule of its own'}")
        return {"scope": scope, "target": target, "schedule": schedule, "job": job_dict(job)}

    def remove(self, name: str) -> Json:
        """Take a schedule out of use; ConflictError while somebody works by it."""
        self._may("manager")
        self._control.remove(self._workspace, name, by=self._by)
        return {"name": name, "job": None}

    def set_mode(self, mode: str) -> Json:
        """Count each stretch by the hours then in force (`as_of`), or all of it by the last ones (`last_schedule`)."""
        self._may("manager")
        self._control.set_mode(self._workspace, cast(Mode, mode))  # which refuses any other text
        return {"mode": mode, "job": job_dict(queue(self._context, Touched(everything=True), f"the mode is {mode}"))}

    def recompute(self) -> Json:
        """Recompute the working time of all tickets."""
        self._may("manager")
        return {"job": job_dict(queue(self._context, Touched(everything=True), "asked for"))}

    def job(self, job_id: str) -> Json:
        """Return a recomputing: its state, progress and result."""
        self._may("viewer")
        return job_dict(self._found(job_id)) or {}

    def cancel(self, job_id: str) -> Json:
        """Stop a recomputing after the tickets at hand; `recompute` makes up for the rest."""
        self._may("manager")
        self._found(job_id)
        return job_dict(self._context.control.jobs.cancel(self._workspace, job_id)) or {}

    @property
    def _workspace(self) -> str:
        return self._context.workspace

    def _may(self, role: Any) -> None:
        require(self._context.principal, role)

    def _found(self, job_id: str) -> Job:
        job = self._context.control.jobs.get(self._workspace, job_id)
        if job.kind != KIND:
            raise NotFoundError(
                f"{job_id!r} recomputes no working time.", hint="Use the id that an edit answered with."
            )
        return job

    def _hours(self, name: str, order: Json) -> WorkingHours:
        known = next((s for s in self._control.list(self._workspace) if s.name == name), None)
        basis = _version_of(known, order.get("correct")) if known else None
        timezone = order.get("timezone") or (basis.timezone if basis else None)
        if order.get("weekly") is not None:
            weekly = _pairs(order["weekly"])
        elif order.get("hours") is not None:
            weekly, timezone = parse_hours(str(order["hours"]), timezone=timezone or self._local())
        elif basis is not None:
            weekly = basis.weekly
        else:
            raise InputError(f"The schedule {name!r} needs hours.", hint="Give hours such as Mon-Fri 09:00-17:00.")
        given, most = order.get("holidays"), self._context.settings.schedule_max_holidays
        kept = basis.holidays if basis else ()
        return WorkingHours(
            weekly=weekly, timezone=timezone or self._local(), valid_from=_moment(order.get("valid_from")),
            holidays=kept if given is None else _holidays(given, most),
        )  # fmt: skip

    def _local(self) -> str:
        return self._context.control.workspaces.get(self._workspace).timezone

    def _written(self, name: str, hours: WorkingHours, correct: int | None) -> Json:
        """Write a version; queue the recomputing of the tickets that lie where it is in force, or was."""
        known = next((s for s in self._control.list(self._workspace) if s.name == name), None)
        made = self._control.set(self._workspace, name, hours, by=self._by, correct=correct)
        number = correct or len(made.versions)
        begins = [made.versions[number - 1].valid_from]
        if correct and known:
            begins.append(known.versions[number - 1].valid_from)
        since = None if number == 1 or None in begins else min(b for b in begins if b is not None)
        until = made.versions[number].valid_from if number < len(made.versions) else None
        users = [a for a in self._control.assignments(self._workspace) if a.schedule == name]
        touched = Touched(
            teams=tuple(a.target for a in users if a.scope == "team"),
            brands=tuple(a.target for a in users if a.scope == "brand"),
            everybody=any(a.scope == "workspace" for a in users), since=_iso(since), until=_iso(until),
        )  # fmt: skip
        job = queue(self._context, touched, f"version {number} of {name}")
        return {"name": name, "version": number, **hours_to_dict(made.versions[number - 1]), "job": job_dict(job)}


def _version_of(schedule: Schedule, number: Any) -> WorkingHours:
    if number is None:
        return schedule.versions[-1]
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= len(schedule.versions):
        message = f"The schedule {schedule.name!r} has no version {number!r} to correct."
        raise NotFoundError(message, hint=f"It has {len(schedule.versions)}.")
    return schedule.versions[number - 1]


def _pairs(given: Any) -> tuple[tuple[int, int], ...]:
    try:
        return tuple((int(first), int(end)) for first, end in given)
    except (TypeError, ValueError):
        raise InputError(
            "`weekly` holds no pairs of minutes.", hint="Write [[540, 1020]]: Monday nine to five."
        ) from None


def _holidays(given: Any, most: int) -> tuple[Holiday, ...]:
    if not isinstance(given, list):
        raise InputError("`holidays` is no list.", hint='Write [{"day": "2026-12-25", "name": "Christmas"}].')
    if len(given) > most:
        raise LimitError(f"{len(given):,} holidays are more than {most:,}.", setting="schedule_max_holidays")
    return merged(holiday_from_dict(one) for one in given)


def _moment(text: Any) -> datetime | None:
    return None if text is None else moment_of(str(text))


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _summary(schedule: Schedule, assigned: Any) -> Json:
    last = schedule.versions[-1]
    users = [a for a in assigned if a.schedule == schedule.name]
    return {
        "name": schedule.name, "version": len(schedule.versions), "hours": print_hours(last.weekly, last.timezone),
        "timezone": last.timezone, "holidays": len(last.holidays), "valid_from": _iso(last.valid_from),
        "assigned_to": [{"scope": a.scope, "target": a.target} for a in users],
    }  # fmt: skip


def _assignment(assignment: Assignment) -> Json:
    told = asdict(assignment)
    return {**told, "assigned_at": _iso(assignment.assigned_at), "ended_at": _iso(assignment.ended_at)}


def job_dict(job: Job | None) -> Json | None:
    """Return a job as people see it."""
    if job is None:
        return None
    return {
        "job_id": job.job_id, "status": job.status, "why": job.payload.get("why"), "fraction": job.fraction,
        "text": job.text, "result": job.result, "error": job.error, "created_at": _iso(job.created_at),
        "finished_at": _iso(job.finished_at),
    }  # fmt: skip
