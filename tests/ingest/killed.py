"""The processes that `test_kills` ends at random moments, forked from one that has imported all they need.

`python -m tests.ingest.killed`, with a line `[what, folder, …]` as JSON for each on the standard input.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

from deskpulse.core.settings import Settings
from deskpulse.desk import Desk
from deskpulse.ingest.model import ImportOptions

ROWS_A_PUSH = 3
MOST_PUSHES = 100_000


def say(word: object) -> None:
    """Tell the test, at once."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def settings(folder: Path, **changes: object) -> Settings:
    """Return settings with small batches, so that a kill finds many of them under way."""
    small = {"import_batch_rows": 100, "journal_batch": 20, "workers": 1, "journal_idle_seconds": 0.5}
    return Settings.model_validate({"data_dir": folder / "data", "_env_file": None, **small, **changes})


def import_all(folder: Path, *, workers: int = 1) -> None:
    """Import every file of `folder`/files in order: take up what an earlier process left, then go on."""
    several = {"workers": workers, "enrich_in_process_texts": 0} if workers > 1 else {}
    with Desk(settings(folder, **several)) as desk:
        owner = desk.principal()
        known = {run["file"]: run for run in desk.runs(owner)["runs"]}
        say("open")
        for file in sorted((folder / "files").iterdir()):
            run = known.get(file.name)
            if run is None:
                run_id = desk.start_import(owner, file, ImportOptions(source="desk"))
            elif run["status"] == "done":
                continue
            else:
                run_id = desk.resume_run(owner, run["run_id"])
            while (run := desk.run(owner, run_id))["status"] == "running":
                time.sleep(0.01)
            if run["status"] != "done":
                raise SystemExit(f"{file.name} is {run['status']}: {run['error']}")
    say("all")


def push_on(folder: Path, first: int) -> None:
    """Push entries number `first` and up, each acknowledged on a line of its own, while the journal is written."""
    with Desk(settings(folder)) as desk:
        owner = desk.principal()
        desk.serve_journals()
        say("open")
        for number in range(first, MOST_PUSHES):
            desk.push(owner, "tickets", "shop", pushed(number), idempotency_key=f"push {number}")
            say(number)


def pushed(number: int) -> list[dict[str, object]]:
    """Return the rows of push `number`: two new tickets, and a later version of one that an earlier push brought."""
    day = f"2026-03-{number % 27 + 1:02d}"
    fresh = [
        {"ticket_id": f"{number}-{i}", "subject": f"ticket {number}-{i}", "created_at": f"{day}T08:0{i}:00Z"}
        for i in range(ROWS_A_PUSH - 1)
    ]
    again = {"ticket_id": f"{max(0, number - 5)}-0", "subject": f"seen by {number}", "updated_at": f"{day}T10:00:00Z"}
    return [*fresh, again]


def begin(what: str, folder: Path, *rest: int) -> int:
    """Fork a process that imports or pushes, and return its id; what it says goes to files in `folder`."""
    child = os.fork()
    if child:
        return child
    for name, to in (("said.txt", 1), ("problems.txt", 2)):
        os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), to)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if what == "imports":
        import_all(folder, workers=rest[0])
    else:
        push_on(folder, rest[0])
    sys.exit()


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the killed: they are to be gone at once
    for line in sys.stdin:
        what, place, *rest = json.loads(line)
        say(begin(what, Path(place), *rest))
