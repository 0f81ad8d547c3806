"""Every enrichment step there is, and the running of some of them on texts in this process."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from deskpulse.core.errors import EndpointError, InputError, UnknownNameError
from deskpulse.core.processes import end_with_parent
from deskpulse.core.registry import collect
from deskpulse.enrich import steps as step_files
from deskpulse.enrich.labeller import Labelling, say_by_labeller
from deskpulse.enrich.learned import LearnedFile, say
from deskpulse.enrich.model import Batch, Evidence, Step
from deskpulse.enrich.taxonomy import Taxonomy

Teller: TypeAlias = LearnedFile | Labelling
"""What tells labels in place of steps."""


def _ordered(found: Iterable[Step]) -> dict[str, Step]:
    """Sort steps so that each comes after those it needs; ValueError for a column nobody or two steps write."""
    writer: dict[str, Step] = {}
    for step in (pending := list(found)):
        for column in step.writes:
            if writer.setdefault(column, step) is not step:
                raise ValueError(f"steps {writer[column].name!r} and {step.name!r} both write {column!r}")
    ordered: dict[str, Step] = {}
    while pending:
        ready = [step for step in pending if all(c in writer and writer[c].name in ordered for c in step.needs)]
        if not ready:
            names = ", ".join(step.name for step in pending)
            raise ValueError(f"these steps need each other, or a column that no step writes: {names}")
        ordered.update((step.name, step) for step in ready)
        pending = [step for step in pending if step.name not in ordered]
    return ordered


STEPS: dict[str, Step] = _ordered(collect(step_files, Step, plugins="deskpulse.enrich.steps").values())
"""All steps by name, each after the steps it needs."""


def choose(names: Iterable[str] | None = None) -> list[Step]:
    """Return the named steps (all when None) in running order; UnknownNameError for a name that is no step."""
    if names is None:
        return list(STEPS.values())
    wanted = set(names)
    for name in sorted(wanted - set(STEPS)):
        raise UnknownNameError("enrichment step", name, list(STEPS))
    return [step for step in STEPS.values() if step.name in wanted]


def with_needed(chosen: Iterable[Step]) -> list[Step]:
    """Return steps and, before them, those that they need."""
    needed: set[str] = set()
    names: set[str] = set()
    for step in reversed(STEPS.values()):
        if step in chosen or needed & set(step.writes):
            names.add(step.name)
            needed |= set(step.needs)
    return [step for step in STEPS.values() if step.name in names]


def steps_version(names: Iterable[str] | None = None) -> str:
    """Return names and versions of the steps, such as "language:1 sentiment:3": stored beside what they wrote."""
    return " ".join(f"{step.name}:{step.version}" for step in choose(names))


def run_steps(
    texts: Sequence[str | None],
    names: Iterable[str] | None = None,
    *,
    taxonomy: Taxonomy | None = None,
    learned: Iterable[Teller] = (),
) -> dict[str, list[Any]]:
    """Return the columns that the named steps (all when None) write: one list of len(texts) values each.

    `learned` models say what they learned in place of the steps; EndpointError where one reads by a server that is
    away.
    """
    columns, away = run_or_fall_back(texts, names, taxonomy=taxonomy, learned=learned)
    for error in away.values():
        raise error
    return columns


def run_or_fall_back(
    texts: Sequence[str | None],
    names: Iterable[str] | None = None,
    *,
    taxonomy: Taxonomy | None = None,
    learned: Iterable[Teller] = (),
) -> tuple[dict[str, list[Any]], dict[str, EndpointError]]:
    """Return what `run_steps` does, and by task why a server did not tell: there the step's own values stand."""
    chosen = choose(names)
    batch = Batch(texts, taxonomy=taxonomy)
    columns: dict[str, list[Any]] = {}
    for step in with_needed(chosen):
        written = step.run(batch)
        batch.add_columns(written)
        if step in chosen:
            columns.update(written)
    away: dict[str, EndpointError] = {}
    for one in learned:
        try:
            said = say_by_labeller(batch, one) if isinstance(one, Labelling) else say(batch, one).over(columns)
            columns.update(said)
        except EndpointError as error:
            away.update(dict.fromkeys(one.tasks, error))
    return columns, away


def begin_worker() -> None:
    """Prepare a process that does nothing but run steps: what they make hardly ever needs a collector of cycles."""
    gc.set_threshold(100_000, 20, 100)
    end_with_parent()


def explain(text: str, step: str, *, taxonomy: Taxonomy | None = None) -> Evidence:
    """Return the words and phrases that decided what a step says of a text, the weightiest first.

    Raises UnknownNameError for a name that is no step, InputError for a step that gives no reasons.
    """
    (chosen,) = choose([step])
    if chosen.explain is None:
        raise InputError(f"The step {step!r} gives no reasons.")
    batch = Batch([text], taxonomy=taxonomy)
    for needed in with_needed([chosen]):
        if needed is not chosen:
            batch.add_columns(needed.run(batch))
    return chosen.explain(batch)[0]
