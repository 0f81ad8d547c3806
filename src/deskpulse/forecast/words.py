"""What a forecast rests on, in plain words."""

from __future__ import annotations

from deskpulse.forecast.backtest import Windows
from deskpulse.forecast.catalogue import NAIVE
from deskpulse.forecast.choose import Choice
from deskpulse.forecast.clean import Cleaned
from deskpulse.forecast.model import Series
from deskpulse.forecast.results import Task


def told(
    task: Task, series: Series, clean: Cleaned, windows: Windows, chosen: Choice, *, has_band: bool
) -> tuple[str, ...]:
    """Return what was short, mended, chosen and not measured."""
    notes = []
    missed = [s for s in task.seasons if series.size < 2 * s]
    if missed:
        said = " and ".join(f"{s:,}" for s in missed)
        notes.append(f"History of {series.size:,} steps is less than two seasons of {said}: these are not told apart.")
    if not windows.report:
        notes.append("History is too short for a backtest: the error is not known.")
    elif not windows.choice:
        notes.append(f"History is too short to choose by backtest: {chosen.label} is taken without a choice.")
    elif chosen.name == NAIVE:
        notes.append("No method was better than the same as last season, so that is the forecast.")
    if windows.report and windows.horizon < task.horizon:
        notes.append(f"Errors are measured {windows.horizon:,} steps ahead at most; beyond, they are likely larger.")
    if task.windows and len(windows.report) < task.windows:
        notes.append(f"History has room for {len(windows.report)} of {task.windows} windows.")
    if task.horizon > series.size:
        notes.append(f"The horizon of {task.horizon:,} steps is longer than the history of {series.size:,}.")
    if len(clean.filled):
        said = _counted(len(clean.filled), "gap was", "gaps were")
        notes.append(f"{said} filled with what is usual at that place in the season.")
    if len(clean.replaced):
        said = _counted(len(clean.replaced), "spike or outage was", "spikes or outages were")
        notes.append(f"{said} replaced for fitting, not for scoring.")
    if series.is_low:
        notes.append("Counts are low: methods were compared by their squared errors.")
    if not has_band:
        notes.append("Too few errors are known for an interval.")
    return tuple(notes)


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
