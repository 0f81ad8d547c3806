"""What a workspace saves for its questions: `deskpulse segments …` and `deskpulse targets …`."""

from __future__ import annotations

from typing import Annotated

import typer

from deskpulse.cli.display import print_json, print_table
from deskpulse.cli.options import AsJson, DataDir, WorkspaceName, door

Name = Annotated[str, typer.Argument(help="Name of the segment.")]
MetricName = Annotated[str, typer.Argument(help="Name of the metric.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    segments = typer.Typer(help='Filters with names, for segment = "name" and --by segment:name.', no_args_is_help=True)
    for name, command in (("list", list_segments), ("save", save_segment), ("delete", delete_segment)):
        segments.command(name)(command)
    targets = typer.Typer(help="What metrics should be, for --compare target.", no_args_is_help=True)
    for name, order in (("list", list_targets), ("set", set_target), ("delete", delete_target)):
        targets.command(name)(order)
    app.add_typer(segments, name="segments")
    app.add_typer(targets, name="targets")


def list_segments(data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False) -> None:
    """List the segments."""
    with door(data_dir, workspace) as desk:
        found = desk.segments()
    if json:
        print_json({"segments": found})
        return
    print_table(["segment", "filter", "about"], [[s["name"], s["filter"], s["about"]] for s in found])


def save_segment(
    name: Name,
    filter: Annotated[str, typer.Argument(help='Filter, e.g. "priority >= high and not tag = internal".')],
    about: Annotated[str, typer.Option(help="What it is for.")] = "",
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Keep a filter under a name."""
    with door(data_dir, workspace) as desk:
        saved = desk.save_segment(name, filter, about)
    if json:
        print_json(saved)
        return
    typer.echo(f"Saved: {name}. {saved['tickets']:,} tickets are in it now.")


def delete_segment(name: Name, data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False) -> None:
    """Forget a segment."""
    with door(data_dir, workspace) as desk:
        desk.delete_segment(name)
    if json:
        print_json({"deleted": name})
        return
    typer.echo(f"Deleted: {name}")


def list_targets(data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False) -> None:
    """List the targets."""
    with door(data_dir, workspace) as desk:
        found = desk.targets()
    if json:
        print_json({"targets": found})
        return
    print_table(["metric", "target"], [[metric, f"{value:g}"] for metric, value in found.items()])


def set_target(
    metric: MetricName,
    value: Annotated[float, typer.Argument(help="In the metric's unit: a ratio from 0 to 1, seconds, …")],
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Set what a metric should be."""
    with door(data_dir, workspace) as desk:
        saved = desk.set_target(metric, value)
    if json:
        print_json(saved)
        return
    typer.echo(f"Saved: {metric} should be {value:g}.")


def delete_target(
    metric: MetricName, data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False
) -> None:
    """Forget a target."""
    with door(data_dir, workspace) as desk:
        desk.delete_target(metric)
    if json:
        print_json({"deleted": metric})
        return
    typer.echo(f"Deleted: {metric}")
