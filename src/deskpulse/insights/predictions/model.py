"""The words of this part: a prediction is a declaration, everything else follows from it and from its entity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from deskpulse.core.errors import UnknownNameError
from deskpulse.core.registry import collect
from deskpulse.metrics.past import Past

PREFIX = "predict_"
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Lesson:
    """Moments to learn from, oldest first: what became of each by the cut.

    For a duration `values` are seconds until the end or the cut, and `hits` whether it ended; for a chance `hits` are
    of moments so long ago that it would have happened; for a level `values` are those of the period after the moment,
    and `sizes` the rows behind them. `basis` says what the outcome rests on, where that is a choice.
    """

    moments: pl.DataFrame
    values: Floats
    hits: NDArray[np.bool_]
    sizes: Floats
    basis: str = ""

    @property
    def days(self) -> Floats:
        """When each moment was, in days since 1970."""
        return np.asarray(self.moments["known_at"].dt.timestamp("us").to_numpy() / 86_400e6)

    def latest(self, most: int) -> Lesson:
        """Return the latest `most` moments."""
        if self.moments.height <= most:
            return self
        return Lesson(moments=self.moments[-most:], values=self.values[-most:], hits=self.hits[-most:],
                      sizes=self.sizes[-most:], basis=self.basis)  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Entity:
    """Of what something is predicted: tickets, customers, agents.

    `key` names it. `became` tells what became of all, with the moment of each; `lesson` chooses moments to learn from
    before a cut, `seen` tells what a model sees of the entity at moments (the key and `known_at` beside it). What a
    model was not measured on if it learned it: moments whose `fresh` is before the line. `labels` names features as
    people read them, where the name itself does not. `texts` tells what each is about, where alike ones are sought.
    """

    name: str
    key: str
    became: Callable[[Past], pl.DataFrame]
    lesson: Callable[[pl.DataFrame, Prediction, datetime, int], Lesson]
    seen: Callable[[Past, pl.DataFrame, Prediction, str], pl.DataFrame]
    fresh: str = "known_at"
    labels: Mapping[str, str] = field(default_factory=dict)
    texts: Callable[[Past, pl.DataFrame], pl.Series] | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Prediction:
    """Something that is predicted of an entity.

    `kind`: how long until it ends (duration), how probable it is that `happens` (a column of what `became` of the
    entity) comes within `horizon_days` (chance), or what the measure `happens` will be in the `horizon_days` to come
    (level). `asked`: of tickets that are open, once they are solved, or of whatever is there now. `among` says which
    moments it is learned from, `of` which it is asked of; once it has happened it is never asked. `rows` are the fewest
    (for a rate a day: days) of a month that a level is learned from and measured on: fewer tell chance.
    """

    name: str
    label: str
    about: str
    entity: Entity
    kind: Literal["duration", "chance", "level"]
    asked: Literal["open", "solved", "now"] = "open"
    happens: str = "first_solved_at"
    horizon_days: float = 14.0
    among: pl.Expr | None = None
    of: pl.Expr | None = None
    measured: Literal["mean", "log_mean", "per_day"] = "mean"
    unit: str = "ratio"
    rows: int = 5
    least: float = 0.0
    most: float = float("inf")

    @property
    def task(self) -> str:
        """Its name among the learned models."""
        return f"{PREFIX}{self.name}"

    def shown(self, values: Floats) -> Floats:
        """Return values of a level in its unit, within what it can be: times are learned as logarithms."""
        found = np.exp(np.minimum(values, 40.0)) if self.measured == "log_mean" else values
        return np.clip(found, self.least, self.most)


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


def of_entity(name: str) -> list[Prediction]:
    """Return the predictions of an entity."""
    return [one for one in predictions().values() if one.entity.name == name]
