"""`deskpulse bench`: measures, says the goal, and never fails for a slow machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from deskpulse.cli.display import print_json
from deskpulse.cli.options import AsJson


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("bench")(bench)


def bench(
    name: Annotated[str, typer.Argument(help="ingest, query, page, hours, text, forecast, insights or anomalies.")],
    rows: Annotated[int | None, typer.Option(min=1, help="How many tickets or series; else its own number.")] = None,
    compare: Annotated[int | None, typer.Option(min=1, help="Measure so many too, and tell the ratio (query).")] = None,
    data: Annotated[
        Path | None, typer.Option(help="Keep what is built in this folder, and use it again (query).")
    ] = None,
    json: AsJson = False,
) -> None:
    """Measure: ingest (imports), query (API), page (browser), hours (work), text, forecast, insights, anomalies."""
    from deskpulse.ops.bench import run_benchmark

    def say(text: str) -> None:
        sys.stderr.write(f"{text}\n")

    report = run_benchmark(name, rows=rows, say=say, compared=compare, data=data)
    print_json(report.as_dict()) if json else typer.echo(report.text())
