"""The words of this part: a prediction is a declaration, everything else follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import polars as pl

from deskpulse.core.errors import UnknownNameError
from deskpulse.core.registry import collect

PREFIX = "predict_"


@dataclass(frozen=True, kw_only=True, eq=False)
class Prediction:
    """Something that is predicted of tickets.

    `kind`: how long until the ticket is solved, or how probable it is that `happens` (a column of `metrics.became`)
    comes within `horizon_days`. `asked`: of tickets that are open, or once they are solved. `among` says which tickets
    it is learned from, `of` which it is asked of; once it has happened it is never asked.
    """

    name: str
    label: str
    about: str
    kind: Literal["duration", "chance"]
    asked: Literal["open", "solved"] = "open"
    happens: str = "first_solved_at"
    horizon_days: float = 14.0
    among: pl.Expr | None = None
    of: pl.Expr | None = None

    @property
    def task(self) -> str:
        """Its name among the learned models."""
        return f"{PREFIX}{self.name}"


@cache
def predictions() -> dict[str, Prediction]:
    """Return every prediction by name."""
    from deskpulse.insights.predictions import catalog

    return collect(catalog, Prediction, plugins="deskpulse.predictions")


def find_prediction(name: str) -> Prediction:
    """Return the prediction `name`; UnknownNameError with the nearest names when there is none."""
    if name not in predictions():
        raise UnknownNameError("prediction", name, set(predictions()))
    return predictions()[name]
