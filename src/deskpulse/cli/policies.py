"""`deskpulse policies`: what is promised to whom, and by when."""

from __future__ import annotations

from typing import Annotated

import typer

from deskpulse.cli.display import print_json, print_table
from deskpulse.cli.options import AsJson, DataDir, WorkspaceName, door
from deskpulse.cli.schedules import recomputing, tell
from deskpulse.client.door import Json
from deskpulse.client.schedules import finished
from deskpulse.core.errors import InputError

policies_app = typer.Typer(help="Service levels: what is promised to whom, and by when.", no_args_is_help=False)
Name = Annotated[str, typer.Argument(help="The policy's name.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(policies_app, name="policies")


@policies_app.callback(invoke_without_command=True)
def policies(
    context: typer.Context, data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False
) -> None:
    """List the policies in force, in the order in which tickets try them."""
    if context.invoked_subcommand is not None:
        return
    with door(data_dir, workspace) as desk:
        found = desk.policies.list()
    if json:
        print_json(found)
        return
    rows = [[p["name"], _who(p), p["text"] or "nothing", str(p["version"])] for p in found["policies"]]
    if rows:
        print_table(["policy", "for", "promises", "version"], rows, numbers=frozenset({3}))
    else:
        typer.echo("There are no policies. Make one: deskpulse policies set standard 'first_reply: * 4h'.")


@policies_app.command("show")
def show(name: Name, data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False) -> None:
    """Show a policy with all its versions."""
    with door(data_dir, workspace) as desk:
        found = desk.policies.show(name)
    if json:
        print_json(found)
        return
    rows = [
        [str(v["version"]), v["valid_from"] or "always", v["valid_until"] or "", _who(v), v["text"], v["written_by"]]
        for v in found["versions"]
    ]
    print_table(["version", "from", "until", "for", "promises", "written by"], rows, numbers=frozenset({0}))


@policies_app.command("set")
def set_policy(
    name: Name,
    targets: Annotated[str | None, typer.Argument(help="E.g. 'first_reply: urgent 30m, * 4h business'.")] = None,
    where: Annotated[list[str] | None, typer.Option("--for", help="team=Tier 1,Tier 2; several.")] = None,
    position: Annotated[int | None, typer.Option(help="Tickets try the smallest first.")] = None,
    valid_from: Annotated[str | None, typer.Option(help="From when it holds, ISO with offset.")] = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Make a policy, or a new version of it; what it promised before stays."""
    conditions = _conditions(where) if where is not None else None
    order = {"targets": targets, "conditions": conditions, "position": position, "valid_from": valid_from}
    with recomputing(data_dir, workspace) as (desk, listener):
        given = {key: value for key, value in order.items() if value is not None}
        answer = finished(desk.schedules, desk.policies.set(name, given), listener)
    tell(answer, f"{name}: version {answer['version']} promises {answer['text'] or 'nothing'}.", json=json)


@policies_app.command("retire")
def retire(
    name: Name,
    at: Annotated[str | None, typer.Option(help="When, ISO with offset; now when left out.")] = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Let a policy promise nothing any more; what it promised before stays."""
    with recomputing(data_dir, workspace) as (desk, listener):
        answer = finished(desk.schedules, desk.policies.retire(name, {"at": at}), listener)
    tell(answer, f"{name} ends {answer['valid_until']}.", json=json)


def _conditions(given: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text in given:
        name, sign, values = text.partition("=")
        if not sign:
            raise InputError(f"{text!r} is no condition.", hint="Write --for team='Tier 1,Tier 2'.")
        found[name.strip()] = [value.strip() for value in values.split(",") if value.strip()]
    return found


def _who(policy: Json) -> str:
    return "; ".join(f"{name} {', '.join(values)}" for name, values in policy["conditions"].items()) or "everybody"
