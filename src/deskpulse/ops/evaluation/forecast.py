"""How well anybody's series would have been forecast: the chosen method beside the seasonal naive."""

from __future__ import annotations

import time as clock
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from deskpulse.core.errors import InputError
from deskpulse.core.settings import Settings
from deskpulse.forecast.engine import expect
from deskpulse.forecast.results import Expected, Task
from deskpulse.ops.evaluation.series import FileSeries, read_series


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What to evaluate: a column of a file, `horizon` steps ahead, on the last `windows` windows, `step` apart.

    `sum_day`: errors are also told for sums of days.
    """

    data: Path
    value: str
    horizon: int
    time: str | None = None
    grain: str | None = None
    windows: int | None = None
    step: int | None = None
    seasons: tuple[int, ...] = ()
    kind: str | None = None
    timezone: str = "UTC"
    methods: tuple[str, ...] = ()
    sum_day: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Evaluation:
    """What was found; `seconds` is the time that choosing and testing took."""

    series: FileSeries
    expected: Expected
    seconds: float
    wanted: Wanted

    def as_dict(self) -> dict[str, Any]:
        """Return the object that `evaluate forecast --json` prints."""
        found, naive = self.expected.accuracy, self.expected.naive
        summed = {"wape_sum": found.wape_sum} if self.wanted.sum_day else {}
        return {
            "method": self.expected.method,
            "members": list(self.expected.members),
            "mase": found.mase,
            "wape": found.wape,
            "bias": found.bias,
            "coverage_80": found.coverage_80,
            "coverage_95": found.coverage_95,
            **summed,
            "naive": {"mase": naive.mase, "wape": naive.wape, **({"wape_sum": naive.wape_sum} if summed else {})},
            "windows": found.windows,
            "horizon": found.horizon,
            "steps": len(self.series.values),
            "seasons": list(self.series.seasons),
            "kind": self.series.kind,
            "tried": [asdict(t) for t in self.expected.tried],
            "notes": [*self.series.notes, *self.expected.notes],
            "seconds": round(self.seconds, 3),
        }


def evaluate_forecast(wanted: Wanted, settings: Settings) -> Evaluation:
    """Evaluate; the method is chosen on windows before those that are told.

    InputError: sums of days were asked for where steps have no day. Errors of reading as `read_series` tells them.
    """
    series = read_series(
        wanted.data, value=wanted.value, time=wanted.time, grain=wanted.grain, seasons=wanted.seasons,
        kind=wanted.kind, timezone=wanted.timezone, horizon=wanted.horizon, settings=settings,
    )  # fmt: skip
    if wanted.sum_day and series.day_size is None:
        raise InputError("There are no days to sum: the steps of a day are not known or not alike.",
                         hint="Give --season with the rows of a day and of a week.")  # fmt: skip
    began = clock.perf_counter()
    task = Task(
        values=series.values, horizon=wanted.horizon, seasons=series.seasons, kind=series.kind,
        features=series.features, is_dated=series.is_dated, windows=wanted.windows, step=wanted.step,
        methods=wanted.methods, sum_size=series.day_size if wanted.sum_day else None,
    )  # fmt: skip
    expected = expect(task, settings)
    return Evaluation(series=series, expected=expected, seconds=clock.perf_counter() - began, wanted=wanted)
