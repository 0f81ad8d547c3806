"""`deskpulse schedules`: working hours, holidays, and who works by which."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from deskpulse.cli.display import print_json, print_table
from deskpulse.cli.options import AsJson, DataDir, WorkspaceName, door
from deskpulse.client.door import Door, Json
from deskpulse.client.schedules import JobListener, SchedulesDoor, finished
from deskpulse.core.errors import InputError

schedules_app = typer.Typer(help="Working hours that business times are counted by.", no_args_is_help=False)
Name = Annotated[str, typer.Argument(help="The schedule's name.")]
Correct = Annotated[int | None, typer.Option(help="Say anew what this version says, instead of making a new one.")]
ValidFrom = Annotated[str | None, typer.Option(help="From when it holds, ISO with offset; now when left out.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(schedules_app, name="schedules")


@schedules_app.callback(invoke_without_command=True)
def schedules(
    context: typer.Context, data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False
) -> None:
    """List the schedules and who works by them."""
    if context.invoked_subcommand is None:
        _list(data_dir, workspace, json=json)


@schedules_app.command("list")
def list_schedules(data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False) -> None:
    """List the schedules and who works by them."""
    _list(data_dir, workspace, json=json)


@schedules_app.command("show")
def show(name: Name, data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False) -> None:
    """Show a schedule: its versions, holidays, and what it said before."""
    with door(data_dir, workspace) as desk:
        found = desk.schedules.show(name)
    if json:
        print_json(found)
        return
    rows = [[str(v["version"]), v["valid_from"] or "always", v["hours"], str(len(v["holidays"]))]
            for v in found["versions"]]  # fmt: skip
    print_table(["version", "from", "hours", "holidays"], rows, numbers=frozenset({0, 3}))
    for holiday in found["versions"][-1]["holidays"]:
        part = f" {holiday['from']}-{holiday['to']}" if "from" in holiday else ""
        typer.echo(f"  {holiday['day']}{part}  {holiday['name']}")
    for said in found["history"]:
        if said["replaced_at"]:
            typer.echo(f"Version {said['version']} said until {said['replaced_at'][:16]}: {said['hours']}")


@schedules_app.command("set")
def set_schedule(
    name: Name,
    hours: Annotated[str, typer.Argument(help="E.g. 'Mon-Fri 09:00-17:30; Sat 22:00-06:00 Europe/Berlin'; or closed.")],
    valid_from: ValidFrom = None,
    correct: Correct = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Make a schedule, or change its hours: a new version from now on; what it said stays."""
    order = _given(hours=hours, valid_from=valid_from, correct=correct)
    with _schedules(data_dir, workspace) as (room, listener):
        answer = finished(room, room.set(name, order), listener)
    tell(answer, f"{name}: version {answer['version']} says {answer['hours']}.", json=json)


@schedules_app.command("assign")
def assign(
    schedule: Annotated[str | None, typer.Argument(help="The schedule; left out: none of its own.")] = None,
    team: Annotated[str | None, typer.Option(help="A team.")] = None,
    brand: Annotated[str | None, typer.Option(help="A brand.")] = None,
    everybody: Annotated[bool, typer.Option("--everybody", help="All who have none of their own.")] = False,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Let a team, a brand or everybody work by a schedule."""
    wanted = [("team", team)] * (team is not None) + [("brand", brand)] * (brand is not None)
    wanted += [("workspace", "")] * everybody
    if len(wanted) != 1:
        raise InputError("Say who works by the schedule.", hint="Give one of --team, --brand and --everybody.")
    scope, target = wanted[0]
    with _schedules(data_dir, workspace) as (room, listener):
        order = {"scope": scope, "target": target or "", "schedule": schedule}
        answer = finished(room, room.assign(order), listener)
    who = f"{scope} {target}" if target else "everybody"
    tell(answer, f"{who}: {schedule or 'no schedule of its own'}.", json=json)


@schedules_app.command("holidays")
def holidays(
    name: Name,
    file: Annotated[Path, typer.Argument(help="A CSV (date, name, from, to) or an iCalendar file.")],
    replace: Annotated[bool, typer.Option("--replace", help="Instead of those that are there.")] = False,
    valid_from: ValidFrom = None,
    correct: Correct = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Add the holidays of a file: a new version from now on, or a correction of one."""
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read: {error}.", hint="Give a CSV or iCalendar file in UTF-8.") from error
    order = {"text": text, "replace": replace, **_given(valid_from=valid_from, correct=correct)}
    with _schedules(data_dir, workspace) as (room, listener):
        answer = finished(room, room.holidays(name, order), listener)
    told = (
        f"{name}: version {answer['version']} has {len(answer['holidays'])} holidays, {answer['added']} of this file."
    )
    tell(answer, told, json=json)


@schedules_app.command("remove")
def remove(name: Name, data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False) -> None:
    """Take a schedule that nobody works by out of use; what it said stays on record."""
    with door(data_dir, workspace) as desk:
        answer = desk.schedules.remove(name)
    tell(answer, f"{name} is out of use.", json=json)


@schedules_app.command("mode")
def mode(
    mode: Annotated[str, typer.Argument(help="as_of or last_schedule.")],
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Count by the hours then in force (as_of), or by the last ones (last_schedule)."""
    with _schedules(data_dir, workspace) as (room, listener):
        answer = finished(room, room.set_mode(mode), listener)
    tell(answer, f"Working time is counted {mode}.", json=json)


@schedules_app.command("recompute")
def recompute(data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False) -> None:
    """Recompute the working time of all tickets, for example after a recomputing was cancelled."""
    with _schedules(data_dir, workspace) as (room, listener):
        answer = finished(room, room.recompute(), listener)
    tell(answer, "Working time is up to date.", json=json)


@contextmanager
def recomputing(data_dir: Path | None, workspace: str | None) -> Iterator[tuple[Door, JobListener]]:
    """Open the workspace, and a line on standard error for what an edit recomputes."""
    from rich.console import Console

    console = Console(stderr=True)
    with door(data_dir, workspace) as desk, console.status("") as status:

        def listener(job: Json) -> None:
            status.update(f"Recomputing: {job['text'] or 'waiting'}")

        yield desk, listener


@contextmanager
def _schedules(data_dir: Path | None, workspace: str | None) -> Iterator[tuple[SchedulesDoor, JobListener]]:
    with recomputing(data_dir, workspace) as (desk, listener):
        yield desk.schedules, listener


def _list(data_dir: Path | None, workspace: str | None, *, json: bool) -> None:
    with door(data_dir, workspace) as desk:
        found = desk.schedules.list()
    if json:
        print_json(found)
        return
    rows = [
        [s["name"], s["hours"], str(s["version"]), str(s["holidays"]),
         ", ".join(f"{a['scope']} {a['target']}".strip() for a in s["assigned_to"]) or "–"]
        for s in found["schedules"]
    ]  # fmt: skip
    print_table(["schedule", "hours", "version", "holidays", "works by it"], rows, numbers=frozenset({2, 3}))
    typer.echo(f"Counted {found['mode']}." if rows else "There are no schedules: business times are empty.")


def tell(answer: Json, said: str, *, json: bool) -> None:
    """Print an edit's answer, or what it did and what was recomputed."""
    if json:
        print_json(answer)
        return
    job = answer.get("job") or {}
    result = job.get("result") or {}
    told = f" {result['changed']:,} of {result['tickets']:,} tickets changed." if result else ""
    typer.echo(said + told + (f" The recomputing was {job['status']}." if job and not result else ""))


def _given(**values: object) -> Json:
    return {name: value for name, value in values.items() if value is not None}
