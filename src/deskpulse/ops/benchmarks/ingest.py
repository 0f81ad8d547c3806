"""How fast a CSV of tickets is taken in with all its texts read, and against the usual script."""

from __future__ import annotations

import time
from itertools import islice

from deskpulse.control import Control
from deskpulse.core.clock import now
from deskpulse.core.errors import DeskpulseError
from deskpulse.core.principal import local_owner
from deskpulse.core.settings import Settings
from deskpulse.enrich.pool import Enricher
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.model import ImportOptions, ImportResult
from deskpulse.ingest.run import run_import
from deskpulse.ops.baseline import PlainSpeed, plain_speed
from deskpulse.ops.bench import Benchmark, Figure, Outcome, Task
from deskpulse.ops.measure import PeakMemory
from deskpulse.ops.sample_texts import sample_texts, write_csv
from deskpulse.warehouse import open_warehouse

WORKSPACE = "default"
PROCESSES = 2
SAMPLE = 2_000
GOAL_TICKETS_PER_SECOND = 8_000.0
GOAL_BYTES = 2e9
GOAL_RATIO = 10.0


def run(task: Task) -> Outcome:
    """Write the CSV, import it with two processes reading texts, then let the usual script read some of them."""
    path = task.folder / "tickets.csv"
    task.say(f"writing {task.rows:,} tickets of about 60 words to a CSV")
    write_csv(path, task.rows, end=now())
    task.say(f"importing {path.stat().st_size / 1e6:,.0f} MB")
    with PeakMemory() as memory:
        began = time.perf_counter()
        result = _import(task)
        seconds = time.perf_counter() - began
    if result.status != "done" or result.written.get("tickets") != task.rows:
        told = f"The import ended {result.status} with {result.written} of {task.rows:,} tickets."
        raise DeskpulseError(told, hint="; ".join(result.notes))
    task.say("reading texts one by one with TextBlob and a keyword loop")
    plain = plain_speed([sample.text for sample in islice(sample_texts(task.rows), SAMPLE)])
    speed = task.rows / seconds
    return Outcome(figures=_figures(speed, seconds, memory.peak_bytes, plain), notes=(_compared(plain),))


def _figures(speed: float, seconds: float, peak_bytes: int, plain: PlainSpeed | None) -> tuple[Figure, ...]:
    return (
        Figure(
            name="tickets_per_second", label="tickets imported, texts read on two processes", value=round(speed, 1),
            unit="/s", goal=GOAL_TICKETS_PER_SECOND, at_least=True,
        ),
        Figure(name="seconds", label="time of the import", value=round(seconds, 3), unit="s"),
        Figure(
            name="peak_bytes", label="peak memory of all processes together", value=float(peak_bytes), unit="bytes",
            goal=GOAL_BYTES,
        ),
        Figure(
            name="plain_texts_per_second", label="TextBlob and a keyword loop, one core",
            value=None if plain is None else round(plain.both, 1), unit="/s",
        ),
        Figure(
            name="ratio", label="times as fast as that", value=None if plain is None else round(speed / plain.both, 2),
            unit="", goal=GOAL_RATIO, at_least=True,
        ),
        Figure(
            name="plain_same_job_texts_per_second",
            label="TextBlob and a loop over all words that the import looks for, one core",
            value=None if plain is None else round(plain.same_job, 1), unit="/s",
        ),
        Figure(
            name="same_job_ratio", label="times as fast as that",
            value=None if plain is None else round(speed / plain.same_job, 2), unit="", goal=GOAL_RATIO, at_least=True,
        ),
    )  # fmt: skip


def _compared(plain: PlainSpeed | None) -> str:
    if plain is None:
        return "TextBlob is not installed (it is a development dependency): there is nothing to compare with."
    return (
        f"One core: TextBlob's polarity alone {plain.polarity:,.0f}/s, the keyword loop alone {plain.keywords:,.0f}/s, "
        f"a loop over the words for category, urgency, emotion and indicators alone {plain.all_words:,.0f}/s."
    )


def _import(task: Task) -> ImportResult:
    settings = Settings(_env_file=None, data_dir=task.folder / "data", workers=PROCESSES)
    with Control.open(settings.control_database_url, settings) as control:
        control.workspaces.ensure(WORKSPACE)
        warehouse = open_warehouse(settings.workspace_dir(WORKSPACE) / "warehouse.duckdb", settings)
        enricher = Enricher(settings)
        try:
            context = ImportContext(
                settings=settings, control=control, warehouse=warehouse, enricher=enricher,
                principal=local_owner(WORKSPACE),
            )  # fmt: skip
            return run_import(context, task.folder / "tickets.csv", ImportOptions(source="bench"))
        finally:
            enricher.close()
            warehouse.close()


INGEST = Benchmark(
    name="ingest",
    about="a CSV of tickets with 60 words each, imported with every text read",
    rows=200_000,
    run=run,
)
