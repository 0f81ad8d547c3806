"""`deskpulse reviews`: what to review, the form, and the reviews that people make."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer

from deskpulse.cli.display import print_json, print_table
from deskpulse.cli.options import AsJson, DataDir, From, Period, To, Where, WorkspaceName, door
from deskpulse.client.door import Json
from deskpulse.core.errors import InputError

reviews_app = typer.Typer(help="Quality reviews: what to review, the form, and what people say.", no_args_is_help=True)
Review = Annotated[str, typer.Argument(help="The review's id.")]
Given = Annotated[list[str] | None, typer.Argument(help="Answers, such as tone=2 process=yes language=na.")]
Comment = Annotated[str | None, typer.Option(help="Remarks.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(reviews_app, name="reviews")


@reviews_app.command("sample")
def sample(
    by: Annotated[str, typer.Option(help="agent or team.")] = "agent",
    per: Annotated[int | None, typer.Option(help="Tickets each; 5 when left out.")] = None,
    random: Annotated[int | None, typer.Option(help="How many of these at random; half when left out.")] = None,
    period: Period = None,
    start: From = None,
    end: To = None,
    where: Where = None,
    seed: Annotated[str | None, typer.Option(help="Another seed draws others.")] = None,
    limit: Annotated[int | None, typer.Option(help="Most agents or teams told.")] = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Offer solved tickets to review, those with the fewest reviews first: some at random, some for a reason."""
    spec: Json = {"by": by, "per": per, "random": random, "period": period, "from": start, "to": end,
                  "where": where or [], "seed": seed, "limit": limit}  # fmt: skip
    with door(data_dir, workspace) as desk:
        found = desk.reviews.sample(spec)
    if json:
        print_json(found)
        return
    rows = [
        [unit["unit"], f"{unit['reviews']:,}", row["ticket_id"], (row["subject"] or "")[:40], row["chosen"],
         "; ".join(reason["text"] for reason in row["reasons"])]
        for unit in found["units"] for row in unit["rows"]
    ]  # fmt: skip
    if rows:
        print_table([found["by"], "reviews", "ticket", "subject", "chosen", "why"], rows, numbers=frozenset({1}))
    else:
        typer.echo("Nothing to review: no ticket of the period was answered, solved and not reviewed yet.")
    if len(found["units"]) < found["of"]:
        typer.echo(f"{len(found['units'])} of {found['of']:,}, the fewest reviews first (--limit).")
    for note in found["notes"]:
        typer.echo(note)


@reviews_app.command("form")
def form(
    file: Annotated[Path | None, typer.Option(help="Use the criteria of this JSON file for new reviews.")] = None,
    default: Annotated[bool, typer.Option("--default", help="Use the default form again.")] = False,
    note: Annotated[str, typer.Option(help="Why it changes.")] = "",
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Show the form of new reviews, or change it; `--json` prints what `--file` takes."""
    if file is not None and default:
        raise InputError("There can be one form only.", hint="Give --file or --default.")
    criteria = _read(file) if file is not None else None
    with door(data_dir, workspace) as desk:
        found = desk.reviews.set_form(criteria, note) if file is not None or default else desk.reviews.form()
    if json:
        print_json(found)
        return
    rows = [
        [one["name"], one["label"], f"{one['weight']:g}", one["scale"], "yes" if one["is_fatal"] else "", one["about"]]
        for one in found["criteria"]
    ]
    print_table(["name", "criterion", "weight", "scale", "fatal", "about"], rows, numbers=frozenset({2}))
    typer.echo("The default form." if found["is_default"] else f"Version {found['version']}, by {found['written_by']}.")
    typer.echo("A score is 1 + 4 × the weighted mean of what applies; the worst answer to a fatal one makes it 1.")


@reviews_app.command("add")
def add(
    ticket: Annotated[str, typer.Argument(help="The ticket's id.")],
    answers: Given = None,
    agent: Annotated[str | None, typer.Option(help="Whose work; the ticket's agent when left out.")] = None,
    comment: Comment = None,
    chosen: Annotated[str | None, typer.Option(help="How the ticket was chosen, as the sample says.")] = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Review an agent's work on a ticket; the score counts at once."""
    given: Json = {"ticket_id": ticket, "answers": read_answers(answers or []), "agent": agent,
                   "comment": comment or "", "chosen": chosen}  # fmt: skip
    with door(data_dir, workspace) as desk:
        made = desk.reviews.add(given)
    print_json(made) if json else typer.echo(f"{made['review_id']}: {_scored(made)}")


@reviews_app.command("correct")
def correct(
    review: Review,
    answers: Given = None,
    comment: Comment = None,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Change answers or the comment of a review."""
    with door(data_dir, workspace) as desk:
        made = desk.reviews.correct(review, {"answers": read_answers(answers or []), "comment": comment})
    print_json(made) if json else typer.echo(f"{made['review_id']}: {_scored(made)}")


@reviews_app.command("remove")
def remove(review: Review, data_dir: DataDir = None, workspace: WorkspaceName = None, json: AsJson = False) -> None:
    """Take a review out of lists and metrics."""
    with door(data_dir, workspace) as desk:
        gone = desk.reviews.remove(review)
    print_json(gone) if json else typer.echo(f"{review} is removed.")


@reviews_app.command("answer")
def answer(
    review: Review,
    status: Annotated[str, typer.Argument(help="acknowledged or disputed.")],
    note: Annotated[str, typer.Option(help="Why.")] = "",
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """Say, as the agent reviewed, that a review is acknowledged or disputed."""
    with door(data_dir, workspace) as desk:
        told = desk.reviews.respond(review, status, note)
    print_json(told) if json else typer.echo(f"{review}: {told['response']['status']}.")


@reviews_app.command("list")
def list_reviews(
    ticket: Annotated[str | None, typer.Option(help="Only of this ticket.")] = None,
    agent: Annotated[str | None, typer.Option(help="Only of this agent's work.")] = None,
    reviewer: Annotated[str | None, typer.Option(help="Only those that this person made.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 50,
    data_dir: DataDir = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> None:
    """List the reviews made here, changed last first."""
    with door(data_dir, workspace) as desk:
        found = desk.reviews.list(ticket_id=ticket, agent=agent, reviewer=reviewer, limit=limit)
    if json:
        print_json(found)
        return
    rows = [
        [one["review_id"], one["reviewed_at"][:10], one["agent"], one["ticket_id"], f"{one['score']:.2f}",
         one["chosen"], one["reviewer"], (one["response"] or {}).get("status", ""), one["comment"][:40]]
        for one in found["reviews"]
    ]  # fmt: skip
    head = ["review", "on", "agent", "ticket", "score", "chosen", "by", "answer", "comment"]
    print_table(head, rows, numbers=frozenset({4}))


def read_answers(given: list[str]) -> Json:
    """Return answers written as tone=2; InputError for one that is not."""
    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise InputError(f"{text[:50]!r} is no answer.", hint="Write tone=2, process=yes or language=na.")
        found[name.strip()] = value.strip()
    return found


def _read(file: Path) -> object:
    """Return the criteria that a JSON file holds, alone or as `deskpulse reviews form --json` prints them."""
    try:
        found = orjson.loads(file.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise InputError(
            f"{file} cannot be read: {error}.", hint="deskpulse reviews form --json prints one."
        ) from error
    criteria: object = found.get("criteria") if isinstance(found, dict) else found
    if criteria is None:
        raise InputError(f"{file} has no criteria.", hint="deskpulse reviews form --json prints a form.")
    return criteria


def _scored(made: Json) -> str:
    failed = f", failed by {', '.join(made['failed'])}" if made["failed"] else ""
    return f"{made['score']:.2f} of 5 for {made['agent']} on {made['ticket_id']}{failed}."
