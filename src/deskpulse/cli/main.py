"""`deskpulse`: the commands, and errors as one clear line and an exit code that means something."""

from __future__ import annotations

import os
import sys
from typing import Any

import orjson
import typer
from typer.core import TyperGroup

from deskpulse.core.errors import DeskpulseError, InputError

EPILOG = (
    "Exit codes: 0 done, 1 something is wrong, 2 wrong input, 3 not found, 4 conflict, 5 forbidden, 6 limit, 7 newer "
    "file, 8 busy, 9 storage, 10 workers died, 130 stopped."
)
_UsageError: Any = typer.BadParameter.__mro__[1]
"""What the parser raises for wrong words; typer does not export it."""
SENTENCE = 400  # characters at most


class _Commands(TyperGroup):
    """The commands, each with its whole first sentence: a cut one says little."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of commands."""
        shown = [(name, self.commands[name]) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(name, one.get_short_help_str(SENTENCE)) for name, one in shown if not one.hidden])


app = typer.Typer(
    cls=_Commands, name="deskpulse", epilog=EPILOG,
    help="Customer-support analytics: from any export to a live and correct picture.",
    no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False,
)  # fmt: skip


def _assemble() -> None:
    from deskpulse.cli import (
        analytics,
        anomalies,
        archive,
        bench,
        corrections,
        data,
        doctor,
        evaluate,
        evaluate_anomalies,
        evaluate_forecast,
        evaluate_predictions,
        events,
        forecast,
        labels,
        models,
        numbers,
        patterns,
        phrases,
        policies,
        predict,
        recommend,
        reconcile,
        rejected,
        reviews,
        saved,
        schedules,
        scorecards,
        serve,
        shapes,
        staffing,
        taxonomy,
        whatif,
        why,
    )

    order = (
        data, rejected, numbers, shapes, analytics, archive, reconcile, reviews, saved, schedules, scorecards, policies,
        labels, corrections, taxonomy, models, patterns, phrases, serve, doctor, evaluate, evaluate_anomalies,
        evaluate_forecast, evaluate_predictions, events, forecast, staffing, whatif, why, predict, anomalies,
        recommend, bench,
    )  # fmt: skip
    for module in order:
        module.add_to(app)


_assemble()


def main() -> None:
    """Run the command line; an error is told on standard error (as JSON with --json)."""
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except DeskpulseError as error:
        sys.exit(_tell(error))
    except _UsageError as error:
        if "--json" not in sys.argv:
            error.show()
            sys.exit(error.exit_code)
        shown = error.ctx.command_path if error.ctx else "deskpulse"
        sys.exit(_tell(InputError(error.format_message(), hint=f"{shown} --help tells what it takes.")))
    except (KeyboardInterrupt, typer.Abort):
        sys.stderr.write("Stopped.\n")
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)


def _tell(error: DeskpulseError) -> int:
    if "--json" in sys.argv:
        body: dict[str, Any] = {"code": error.code, "message": error.message, "hint": error.hint}
        sys.stderr.buffer.write(orjson.dumps({"error": body}) + b"\n")
    else:
        sys.stderr.write(f"Error: {error.message}\n" + (f"       {error.hint}\n" if error.hint else ""))
    return error.exit_code
