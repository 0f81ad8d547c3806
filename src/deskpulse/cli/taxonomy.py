"""`deskpulse taxonomy`: the categories that tickets are sorted into, from a file or by name."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from deskpulse.cli.display import print_json, print_table
from deskpulse.cli.models import teller
from deskpulse.cli.options import AsJson, DataDir, WorkspaceName, door
from deskpulse.client.door import Door, Json
from deskpulse.core.errors import InputError

taxonomy_app = typer.Typer(help="The categories that tickets are sorted into.", no_args_is_help=False)
File = Annotated[Path, typer.Argument(help="A TOML file, such as export writes.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(taxonomy_app, name="taxonomy")


@taxonomy_app.callback(invoke_without_command=True)
def taxonomy(
    context: typer.Context, data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False
) -> None:
    """List the categories."""
    if context.invoked_subcommand is None:
        show(data_dir, workspace, json)


@taxonomy_app.command("show")
def show(data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False) -> None:
    """List the categories, with how many words and phrases speak for each."""
    with door(data_dir, workspace) as desk:
        found = desk.taxonomy.show()
    if json:
        print_json(found)
        return
    rows = [[one["name"], one["description"] or "–", f"{one['terms']:,}", ", ".join(one["subcategories"]) or "–"]
            for one in found["categories"]]  # fmt: skip
    print_table(["category", "about", "terms", "subcategories"], rows, numbers=frozenset({2}))
    typer.echo(f"Version {found['version']} of your own." if found["is_own"] else "The categories that are shipped.")


@taxonomy_app.command("export")
def export(
    file: Annotated[Path | None, typer.Argument(help="Where to write; standard output when left out.")] = None,
    version: Annotated[int | None, typer.Option(min=1, help="An earlier version.")] = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Write all categories with their words as TOML, to edit and import."""
    with door(data_dir, workspace) as desk:
        toml = desk.taxonomy.show(version)["toml"]
    if file is None and json:
        print_json({"toml": toml})
        return
    if file is None:
        sys.stdout.write(toml)
        return
    try:
        file.write_text(toml, "utf-8")
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error}.") from error
    print_json({"written": str(file)}) if json else typer.echo(f"Written: {file}")


@taxonomy_app.command("preview")
def preview(
    file: File,
    tickets: Annotated[int, typer.Option(min=1, max=5000, help="How many of the latest tickets to look at.")] = 1_000,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Tell what the categories of a file would change on the latest tickets; nothing is kept."""
    with door(data_dir, workspace) as desk:
        found = desk.taxonomy.preview(_read(file), tickets)
    if json:
        print_json(found)
        return
    typer.echo(
        f"{found['changes']:,} of {found['tickets']:,} tickets would change; {found['decided_otherwise']:,} have a"
        " category from elsewhere and stay."
    )
    print_table(["was", "would be", "tickets"], [[m["old"] or "–", m["new"] or "–", f"{m['tickets']:,}"]
                for m in found["moves"]], numbers=frozenset({2}))  # fmt: skip
    for one in found["examples"]:
        typer.echo(f"  {one['ticket_id']}: {one['subject'] or ''}  ({one['old'] or '–'} → {one['new'] or '–'})")


@taxonomy_app.command("import")
def import_file(
    file: File,
    note: Annotated[str, typer.Option(help="What is new in it.")] = "",
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Keep the categories of a file; the texts are read anew by them."""
    toml = _read(file)
    with door(data_dir, workspace) as desk:
        _told(desk, desk.taxonomy.save(toml, note), json=json)


@taxonomy_app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="The category, e.g. 'Late delivery'.")],
    description: Annotated[str, typer.Argument(help="What it is about, e.g. 'parcel comes later than promised'.")] = "",
    under: Annotated[str | None, typer.Option(help="The category that it is a subcategory of.")] = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Add a category by its name and what it is about; the texts are read anew."""
    with door(data_dir, workspace) as desk:
        _told(desk, desk.taxonomy.add(name, description, under), json=json)


@taxonomy_app.command("remove")
def remove(
    name: Annotated[str, typer.Argument(help="The category.")],
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Take a category out; the texts are read anew."""
    with door(data_dir, workspace) as desk:
        _told(desk, desk.taxonomy.remove(name), json=json)


@taxonomy_app.command("reset")
def reset(data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False) -> None:
    """Go back to the categories that are shipped; the texts are read anew."""
    with door(data_dir, workspace) as desk:
        _told(desk, desk.taxonomy.reset(), json=json)


@taxonomy_app.command("history")
def history(data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False) -> None:
    """List the versions of your own categories."""
    with door(data_dir, workspace) as desk:
        found = desk.taxonomy.versions()
    if json:
        print_json(found)
        return
    rows = [[str(v["version"]), v["written_at"][:16].replace("T", " "), v["written_by"], v["note"]]
            for v in found["versions"]]  # fmt: skip
    print_table(["version", "when", "who", "what"], rows, numbers=frozenset({0}))


def _told(desk: Door, answer: Json, *, json: bool) -> None:
    """Wait until the texts are read anew, and tell what came of it."""
    from deskpulse.client.models import trained

    job = None
    if answer["job"]:
        job = trained(desk.models, desk.models.job(answer["job"]["job_id"]), teller(quiet=json))
    if json:
        print_json({**answer, "job": job})
        return
    changed = f" {job['result']['changed']:,} tickets are not what they were." if job and job["result"] else ""
    typer.echo(f"Version {answer['version']} of the categories counts from now on.{changed}")


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read: {error}.", hint="Give a TOML file in UTF-8.") from error
