"""`deskpulse models`: learn from the labels that the data carries, and choose which model works."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated

import typer

from deskpulse.cli.display import print_json, print_table
from deskpulse.cli.options import AsJson, DataDir, WorkspaceName, door

models_app = typer.Typer(help="Models learned from your own labels.", no_args_is_help=False)
Task = Annotated[str, typer.Argument(help="category, urgency, sentiment or emotion.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(models_app, name="models")


@models_app.callback(invoke_without_command=True)
def models(
    context: typer.Context, data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False
) -> None:
    """List the learned models with their figures on texts held out."""
    if context.invoked_subcommand is None:
        list_models(None, data_dir, workspace, json)


@models_app.command("list")
def list_models(
    task: Annotated[str | None, typer.Argument(help="Only those of this task.")] = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """List the learned models with their figures on texts held out."""
    with door(data_dir, workspace) as desk:
        found = desk.models.list(task)
    if json:
        print_json(found)
        return
    if not found["models"]:
        typer.echo(f"Nothing is learned yet. Learn: deskpulse models train {'|'.join(found['learnable'])}")
        return
    head = ["task", "version", "active", "texts", "macro-F1", "accuracy", "error", "created"]
    rows = []
    for one in found["models"]:
        held = one["metrics"]["held_out"]
        figures = [_share(held[name]) for name in ("macro_f1", "accuracy", "calibration_error")]
        active, texts = "yes" if one["is_active"] else "", f"{one['features']['texts']:,}"
        rows.append([one["task"], str(one["version"]), active, texts, *figures, one["created_at"][:10]])
    print_table(head, rows, numbers=frozenset(range(3, 7)))
    typer.echo("Figures are on texts held out; error: how far confidence is from the share that is right.")


@models_app.command("train")
def train(
    task: Task,
    source: Annotated[
        str | None,
        typer.Option("--from", help="categories, tags, priorities, surveys or corrections."),
    ] = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Learn from the labels that the data carries; the model works when it beats what works now."""
    from deskpulse.client.models import read_anew, trained

    listener = teller(quiet=json)
    with door(data_dir, workspace) as desk:
        job = trained(desk.models, desk.models.train(task, source), listener)
        if job["result"] and job["result"]["is_active"]:
            read_anew(desk.models, listener)
    if json:
        print_json(job)
        return
    if (done := job["result"]) is None:
        typer.echo("The training was stopped; nothing of it is kept.")
        return
    held = done["held_out"]
    typer.echo(
        f"{task} version {done['version']}, from {done['texts']:,} texts: macro-F1 {held['macro_f1']:.3f}, accuracy"
        f" {held['accuracy']:.3f} on {held['n']:,} texts held out."
    )
    rivals = ", ".join(f"{name} {figure:.3f}" for name, figure in done["rivals"].items())
    if done["is_active"]:
        typer.echo(f"It is active ({rivals}).")
    else:
        typer.echo(f"It is not active: {done['waits_because'] or 'it does not beat what works now'} ({rivals}).")


@models_app.command("activate")
def activate(
    task: Task,
    version: Annotated[int, typer.Argument(min=1, help="The version's number.")],
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Make a version active, to go back for example; the texts are read anew."""
    from deskpulse.client.models import read_anew

    with door(data_dir, workspace) as desk:
        done = desk.models.activate(task, version)
        read_anew(desk.models, teller(quiet=json))
    print_json(done) if json else typer.echo(f"{task} is told by version {version} from now on.")


@models_app.command("retire")
def retire(task: Task, data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False) -> None:
    """Let the shipped step do a task again; the texts are read anew."""
    from deskpulse.client.models import read_anew

    with door(data_dir, workspace) as desk:
        done = desk.models.retire(task)
        read_anew(desk.models, teller(quiet=json))
    print_json(done) if json else typer.echo(f"{task} is told by the shipped step from now on.")


@models_app.command("refresh")
def refresh(
    everything: Annotated[bool, typer.Option("--everything", help="All texts, not only what is due.")] = False,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Read texts anew that were understood by steps or models that count no longer."""
    from deskpulse.client.models import trained

    with door(data_dir, workspace) as desk:
        job = desk.models.refresh(everything=everything)["job"]
        done = trained(desk.models, job, teller(quiet=json)) if job else None
    if json:
        print_json({"job": done})
    elif done is None:
        typer.echo("All texts are understood as they would be now.")
    elif result := done["result"]:
        read = f"{result['texts']:,} texts of {result['tickets']:,} tickets were read anew"
        typer.echo(f"{read}; {result['changed']:,} tickets are not what they were.")
    else:
        typer.echo("It was stopped; what was read stays.")


def teller(*, quiet: bool) -> Callable[[dict[str, object]], None]:
    """Return what writes each new word of a job to standard error."""
    told = ""

    def listener(job: dict[str, object]) -> None:
        nonlocal told
        if not quiet and job["text"] and job["text"] != told:
            told = str(job["text"])
            sys.stderr.write(f"{told}\n")

    return listener


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
