"""How right the text steps and learned models are on public data, beside usual tools, and how fast."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from deskpulse.core.settings import Settings
from deskpulse.enrich.catalog import run_steps
from deskpulse.enrich.learned import LearnedFile, learn_texts
from deskpulse.enrich.pool import Enricher
from deskpulse.models.files import save_model, signing_key
from deskpulse.ops.bench import Benchmark, Figure, Outcome, Task
from deskpulse.ops.evaluation.quality import quality_page
from deskpulse.ops.evaluation.trials import carry_out, trials
from deskpulse.ops.measure import PeakMemory
from deskpulse.ops.sample_texts import sample_texts

SPEED, SPEED_LEARNED, MOST_MEMORY, MOST_ERROR = 10_000.0, 6_000.0, 1_500_000_000.0, 0.05
PAGE = Path("docs") / "quality.md"
_LEARNED_FROM = 2_000
_RUNS = 3
"""The best counts: in the first, workers start and read word lists and the model."""
_TELLING = (
    ("parcel", "Tracking", "box"), ("log in", "password", "factor"), ("invoice", "refund", "charged"),
    ("Could you", "Where can", "Is there"),
)  # fmt: skip


def run(task: Task) -> Outcome:
    """Carry out every trial whose data is there, and measure the speed on `rows` texts of sixty words."""
    settings = Settings()
    data = settings.bench_data_dir
    figures, details, notes = [], [], []
    for trial in trials(data):
        if not trial.order.test.is_file():
            notes.append(f"{trial.label}: not measured, {trial.order.test} is not there.")
            figures.append(Figure(name=trial.name, label=trial.label, value=None, unit="", goal=trial.goal))
            continue
        task.say(trial.label)
        done = carry_out(trial)
        details.append(done.row())
        figures.append(
            Figure(name=trial.name, label=f"{trial.label}: {trial.figure}", value=done.figure, unit="", goal=done.goal,
                   at_least=True)
        )  # fmt: skip
        if (error := done.ours.measured.calibration_error) is not None:
            figures.append(
                Figure(
                    name=f"{trial.name}_calibration", label=f"{trial.label}: calibration error", value=error,
                    unit="", goal=MOST_ERROR,
                )
            )  # fmt: skip
    task.say("speed")
    figures += speed([sample.text for sample in sample_texts(task.rows)], settings, task.folder)
    if PAGE.is_file() and details:
        missing = [figure.label for figure in figures if figure.value is None]
        PAGE.write_text(quality_page(details, figures, missing), encoding="utf-8")
        notes.append(f"{PAGE} was written anew.")
    return Outcome(figures=tuple(figures), details=tuple(details), notes=tuple(notes))


def speed(texts: Sequence[str], settings: Settings, folder: Path) -> list[Figure]:
    """Return texts a second of all steps, and with a learned category; with `settings.workers` processes."""
    names = ["delivery", "login", "billing", "how to", "other"]
    labels = [names[_kind(text)] for text in texts[:_LEARNED_FROM]]
    key = signing_key(folder)
    file = folder / "category-1.npz"
    save_model(file, learn_texts(texts[:_LEARNED_FROM], labels, "category"), {"task": "category"}, key=key)
    learned = [LearnedFile("category", file, key)]
    cores = [_per_core(texts[:_LEARNED_FROM], models) for models in ([], learned)]
    with PeakMemory() as memory, Enricher(settings) as enricher:
        rates = []
        for models in ([], learned):
            spent = []
            for _ in range(_RUNS):
                began = time.perf_counter()
                enricher.enrich(texts, learned=models)
                spent.append(time.perf_counter() - began)
            rates.append(len(texts) / min(spent))
    return [
        Figure(name="texts_per_second", label="all steps", value=rates[0], unit="texts/s", goal=SPEED, at_least=True),
        Figure(name="texts_per_second_learned", label="all steps and a learned category", value=rates[1],
               unit="texts/s", goal=SPEED_LEARNED, at_least=True),
        Figure(name="texts_per_core", label="all steps, a second of processor time", value=cores[0], unit="texts/s"),
        Figure(name="texts_per_core_learned", label="the same with a learned category", value=cores[1], unit="texts/s"),
        Figure(name="peak_memory", label="most memory of all processes", value=float(memory.peak_bytes), unit="bytes",
               goal=MOST_MEMORY),
    ]  # fmt: skip


def _per_core(texts: Sequence[str], learned: Sequence[LearnedFile]) -> float:
    """Return texts a second of this process's time, which other work on the machine hardly changes; the best run."""
    spent = []
    for _ in range(_RUNS):
        began = time.process_time()
        run_steps(texts, learned=learned)
        spent.append(time.process_time() - began)
    return len(texts) / min(spent)


def _kind(text: str) -> int:
    """Sort a made-up text by words that its template has."""
    for number, words in enumerate(_TELLING):
        if any(word in text for word in words):
            return number
    return 4


TEXT = Benchmark(
    name="text", about="How right and how fast texts are understood, beside usual tools.", rows=20_000, run=run
)
