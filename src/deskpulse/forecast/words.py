"""What a forecast rests on, in plain words."""

from __future__ import annotations

import numpy as np

from deskpulse.forecast.backtest import Past, Windows
from deskpulse.forecast.catalogue import NAIVE
from deskpulse.forecast.choose import Choice
from deskpulse.forecast.clean import Cleaned
from deskpulse.forecast.model import Floats
from deskpulse.forecast.results import Task
from deskpulse.forecast.special import DAY_AFTER, HOLIDAY


def told(
    task: Task, past: Past, clean: Cleaned, windows: Windows, chosen: Choice, *, points: Floats, has_band: bool
) -> tuple[str, ...]:
    """Return what was short, mended, chosen and not measured, of the forecast `points`."""
    notes, series = [], past.series
    missed = [s for s in task.seasons if series.size < 2 * s]
    if missed:
        said = " and ".join(f"{s:,}" for s in missed)
        notes.append(f"History of {series.size:,} steps is less than two seasons of {said}: these are not told apart.")
    notes += _of_choice(windows, chosen)
    if windows.report and windows.horizon < task.horizon:
        said = _counted(windows.horizon, "step", "steps")
        notes.append(f"Errors are measured {said} ahead at most; beyond, they are likely larger.")
    if task.windows and len(windows.report) < task.windows:
        notes.append(f"History has room for {len(windows.report)} of {task.windows} windows.")
    if task.horizon > series.size:
        notes.append(f"The horizon of {task.horizon:,} steps is longer than the history of {series.size:,}.")
    if len(clean.filled):
        said = _counted(len(clean.filled), "gap was", "gaps were")
        notes.append(f"{said} filled with what is usual at that place in the season.")
    marked = 0 if past.marked is None else int((past.marked & np.isfinite(past.raw)).sum())
    if marked:
        said = _counted(marked, "marked step was", "marked steps were")
        notes.append(f"{said} left out of fitting and of the error.")
    if odd := len(clean.replaced) - marked:
        said = _counted(odd, "spike or outage was", "spikes or outages were")
        notes.append(f"{said} replaced for fitting, not for scoring.")
    notes += _of_special(past)
    if series.is_low:
        notes.append(
            "Counts are low: methods were compared by their squared errors, and had to beat the same as last "
            "season by absolute ones too."
        )
    if len(points) > 1 and np.ptp(points) <= 1e-9 * np.abs(points).max():
        notes.append("The same is expected of every step: the past does not tell them apart.")
    if not has_band:
        notes.append("Too few errors are known for an interval.")
    return tuple(notes)


def _of_choice(windows: Windows, chosen: Choice) -> list[str]:
    """Say what there was no choice by, and where the naive stays."""
    if not windows.report:
        return ["History is too short for a backtest: the error is not known."]
    if not windows.choice:
        return [f"History is too short to choose by backtest: {chosen.label} is taken without a choice."]
    if chosen.instead_of:
        return [f"{chosen.instead_of} was chosen on earlier windows and erred more than the same as last season on "
                "later ones, so that is the forecast."]  # fmt: skip
    if chosen.name == NAIVE:
        return ["No method was better than the same as last season, so that is the forecast."]
    return []


def _of_special(past: Past) -> list[str]:
    """Say what special days are expected to do, of those that come and those that are known."""
    effects = past.effects(past.series.size)
    if effects is None:
        return []
    notes, ahead = [], effects.special.steps[past.series.size :]
    for place, (name, seen) in enumerate(zip(effects.special.names, effects.counts, strict=True)):
        size, coming = float(effects.sizes[place]), bool(ahead[:, place].any())
        if not coming and name not in (HOLIDAY, DAY_AFTER):
            continue  # what a campaign did is worth a word when another one is to come
        if not seen and coming:
            notes.append(f"A {name} lies ahead and none was seen before: it is taken for a usual day.")
        elif seen and abs(size - (1.0 if effects.is_factor else 0.0)) > 1e-9:
            said = f"{size:.2f} times the usual" if effects.is_factor else f"{size:+.3g} against the usual"
            notes.append(f"A {name} is expected to bring {said}, as {_counted(seen, 'step', 'steps')} of the past did.")
    return notes


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
