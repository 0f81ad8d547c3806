"""`deskpulse whatif FILE`: a scenario beside what is expected; and the saved ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from deskpulse.charts.formats import value_text
from deskpulse.cli.display import print_json, print_table
from deskpulse.cli.options import AsJson, DataDir, WorkspaceName, door
from deskpulse.cli.scenario_file import read_scenario_file
from deskpulse.client.door import Json

FIGURES = (
    ("contacts", "contacts", "number"), ("handle_seconds", "handle time", "seconds"),
    ("service_level", "in time", "ratio"), ("given_up", "give up", "number"),
    ("people_hours", "hours of people needed", "number"), ("people_most", "most people needed", "number"),
    ("planned_hours", "hours planned", "number"), ("short_hours", "hours short", "number"),
    ("backlog_end", "backlog at the end", "number"), ("backlog_most", "largest backlog", "number"),
    ("cost", "cost", "number"),
)  # fmt: skip


class _OfFile(TyperGroup):
    """A group in which anything that is no command is a file or a name to compare."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `compare` before a file."""
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = ["compare", *args]
        return super().parse_args(ctx, args)


whatif_app = typer.Typer(cls=_OfFile, help="Scenarios: what if more comes, or fewer are there.", no_args_is_help=False)
What = Annotated[str, typer.Argument(help="A file (YAML or JSON), or the name of a saved scenario.")]
File = Annotated[Path, typer.Argument(help="A file: YAML or JSON.")]
Name = Annotated[str, typer.Argument(help="Name of the scenario.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(whatif_app, name="whatif")


@whatif_app.callback(invoke_without_command=True)
def whatif(
    context: typer.Context, data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False
) -> None:
    """List the saved scenarios; with a file or a name, compare it with what is expected."""
    if context.invoked_subcommand is None:
        _list(data_dir, workspace, json=json)


@whatif_app.command("compare")
def compare(what: What, data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False) -> None:
    """Compare a scenario with what is expected without it; `deskpulse whatif FILE` does the same."""
    path = Path(what)
    asked: str | Json = read_scenario_file(path) if path.is_file() or path.suffix in _SUFFIXES else what
    with door(data_dir, workspace) as desk:
        found = desk.scenarios.compare(asked)
    print_json(found) if json else _tell(found)


@whatif_app.command("list")
def list_scenarios(data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False) -> None:
    """List the saved scenarios."""
    _list(data_dir, workspace, json=json)


def _list(data_dir: Path | None, workspace: str | None, *, json: bool) -> None:
    with door(data_dir, workspace) as desk:
        found = desk.scenarios.list()
    if json:
        print_json(found)
        return
    rows = [[s["name"], s["metric"], f"{s['changes']:,}", s["updated_at"][:16], s["about"]] for s in found["scenarios"]]
    if rows:
        print_table(["scenario", "metric", "changes", "saved", "about"], rows, numbers=frozenset({2}))
    else:
        typer.echo("No scenario is saved yet. Save one: deskpulse whatif save FILE.")


@whatif_app.command("show")
def show(name: Name, data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False) -> None:
    """Show a saved scenario as it was written."""
    with door(data_dir, workspace) as desk:
        found = desk.scenarios.show(name)
    if json:
        print_json(found)
        return
    for key, value in found["scenario"].items():
        if key != "changes":
            typer.echo(f"{key}: {', '.join(value) if isinstance(value, list) else value}")
    for change in found["scenario"]["changes"]:
        typer.echo(f"- {_change(change)}")


@whatif_app.command("save")
def save(
    file: File,
    name: Annotated[str | None, typer.Option(help="Its name; the file's own when left out.")] = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Keep a scenario under a name."""
    spec = read_scenario_file(file)
    with door(data_dir, workspace) as desk:
        saved = desk.scenarios.save(name or str(spec["name"]), {k: v for k, v in spec.items() if k != "name"})
    print_json(saved) if json else typer.echo(f"Saved: {saved['name']}, {saved['changes']:,} changes.")


@whatif_app.command("remove")
def remove(name: Name, data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False) -> None:
    """Forget a scenario."""
    with door(data_dir, workspace) as desk:
        gone = desk.scenarios.remove(name)
    print_json(gone) if json else typer.echo(f"Removed: {name}")


_SUFFIXES = (".yaml", ".yml", ".json")


def _tell(found: Json) -> None:
    typer.echo(f"{found['name'] or 'Scenario'}: {found['metric']} from {found['from']} to {found['until']}, "
               f"{found['label']}, {found['model']}, target {found['target'] or 'as usual'}.")  # fmt: skip
    for change in found["changes"]:
        typer.echo(f"- {_change(change)}")
    for note in found["notes"]:
        typer.echo(f"Note: {note}")
    rows = []
    for key, label, unit in FIGURES:
        before, after, moved = found["base"][key], found["scenario"][key], found["change"][key]
        if before is None and after is None:
            continue
        percent = "" if moved["percent"] is None else f"{round(moved['percent'], 1) + 0.0:+.1f} %"
        rows.append([label, _shown(before, unit), _shown(after, unit), percent])
    print_table(["", "expected", "scenario", ""], rows, numbers=frozenset({1, 2, 3}))


def _shown(value: Any, unit: str) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if unit == "number" else f"{value:.1%}" if unit == "ratio" else value_text(value, unit)


def _change(change: Json) -> str:
    words = [change["kind"].replace("_", " ")]
    for key, text in (("percent", "{:+g} %"), ("contacts", "{:g} contacts a day"), ("people", "{:g} people")):
        if key in change:
            words.append(text.format(change[key]))
    return " ".join([*words, *(f"{key.replace('_', ' ')} {change[key]}"
                               for key in ("day", "moved_from", "from", "to") if key in change)])  # fmt: skip
