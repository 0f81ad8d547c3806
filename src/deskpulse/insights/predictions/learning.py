"""Learns a prediction from a workspace's past, measures it on later tickets, and says how far to trust it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from deskpulse.core.errors import InputError
from deskpulse.insights.predictions.model import Prediction
from deskpulse.insights.predictions.moments import Lesson, features, lesson
from deskpulse.models.tables.chance import learn_chance
from deskpulse.models.tables.duration import DurationModel, learn_duration
from deskpulse.models.tables.figures import chance_figures, duration_figures
from deskpulse.models.tables.kept import TableModel

Json = dict[str, Any]
Floats = NDArray[np.float64]
TESTED = 0.25
"""Share of the moments, the latest, that figures come from: of tickets created after all that was learned from."""
LEAST_TESTED = 30
LEAST_OF_CATEGORY = 5


class Past(Protocol):
    """What tells of the past: the query engine."""

    def became(self) -> pl.DataFrame:
        """Return what became of tickets."""
        ...

    def as_known(self, moments: pl.DataFrame) -> pl.DataFrame:
        """Return what was known of tickets at moments."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Learned:
    """A model of all that is known, its figures on tickets that an earlier one did not know, and simple answers."""

    model: TableModel
    figures: Json
    plain: Json
    rows: int
    data_hash: str
    tested: Rows


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """Moments of a lesson with their features."""

    frame: pl.DataFrame
    seconds: Floats
    hits: NDArray[np.bool_]
    days: Floats
    tickets: pl.Series

    def take(self, kept: NDArray[np.bool_]) -> Rows:
        """Return the rows that are kept."""
        rows = pl.Series(kept)
        return Rows(frame=self.frame.filter(rows), seconds=self.seconds[kept], hits=self.hits[kept],
                     days=self.days[kept], tickets=self.tickets.filter(rows))  # fmt: skip


def learn(
    past: Past, prediction: Prediction, until: datetime, *, timezone: str, most: int, tell: Callable[[float, str], None]
) -> Learned:
    """Learn from what happened before `until`; raises InputError when that is too little to learn or to measure."""
    tell(0.0, f"{prediction.label}: reading")
    became = past.became()
    whole = lesson(became, prediction, until, most)
    if whole.moments.is_empty():
        raise InputError("There is nothing yet that it could be learned from.")
    line: datetime = whole.moments["known_at"][int(whole.moments.height * (1 - TESTED))]
    early = lesson(became, prediction, line, most)
    columns = ("ticket_id", "known_at")
    asked = pl.concat([whole.moments.select(columns), early.moments.select(columns)]).unique(maintain_order=True)
    known = past.as_known(asked)
    seen = known.select(columns).hstack(features(known, timezone))
    tell(0.4, f"{prediction.label}: learning from the earlier part")
    then, now = _part(early, seen), _part(whole, seen)
    model = _fit(prediction, then)
    # Tickets that began after the line: nothing of them was learned from.
    is_new = (whole.moments["created_at"] >= line).to_numpy()[_found(whole, seen)]
    if prediction.kind == "duration":
        is_new &= now.hits
    tested = now.take(is_new)
    if len(tested.hits) < LEAST_TESTED:
        raise InputError(f"Only {len(tested.hits)} later cases to measure it on: {LEAST_TESTED} are needed.")
    plain = _plain(prediction, then)
    tell(0.7, f"{prediction.label}: learning from all")
    figures = figures_of(prediction, model, tested, plain) | {"tested_from": line.isoformat()}
    return Learned(
        model=_fit(prediction, now), figures=figures, plain=_plain(prediction, now), rows=len(now.hits),
        data_hash=_hash(now), tested=tested,
    )  # fmt: skip


def figures_of(prediction: Prediction, model: TableModel, tested: Rows, plain: Json) -> Json:
    """Return how right a model is on rows, beside the simple answer."""
    if isinstance(model, DurationModel):
        low, high = model.interval(tested.frame)
        return duration_figures(model.median(tested.frame), tested.seconds, _medians(tested.frame, plain), low, high)
    return chance_figures(model.probability(tested.frame), tested.hits, plain["rate"])


def is_better(prediction: Prediction, figures: Json, than: Json | None = None) -> bool:
    """Return whether figures beat the simple answer, and those of another model on the same rows where given."""
    if prediction.kind == "duration":
        rivals = [figures["baseline_mae_seconds"], *([than["mae_seconds"]] if than else [])]
        return bool(figures["mae_seconds"] < min(rivals))
    beats_plain = figures["brier"] < figures["brier_base"] and (figures["auc"] or 0.0) > 0.5
    return bool(beats_plain and (than is None or figures["brier"] < than["brier"]))


def _fit(prediction: Prediction, part: Rows) -> TableModel:
    if prediction.kind == "duration":
        return learn_duration(part.frame, part.seconds, part.hits, part.days)
    # The day would be an ever larger number: what is probable then is guesswork.
    return learn_chance(part.frame.drop("day"), part.hits, groups=part.tickets.to_list())


def _found(told: Lesson, seen: pl.DataFrame) -> NDArray[np.bool_]:
    keys = seen.select("ticket_id", "known_at").unique()
    joined = told.moments.select("ticket_id", "known_at").join(
        keys.with_columns(is_seen=True), on=["ticket_id", "known_at"], how="left", maintain_order="left"
    )
    return np.asarray(joined["is_seen"].fill_null(False).to_numpy(), bool)


def _part(told: Lesson, seen: pl.DataFrame) -> Rows:
    found = _found(told, seen)
    moments = told.moments.filter(pl.Series(found)).select("ticket_id", "known_at")
    frame = moments.join(seen, on=["ticket_id", "known_at"], how="left", maintain_order="left")
    return Rows(frame=frame.drop("ticket_id", "known_at"), seconds=told.seconds[found], hits=told.hits[found],
                 days=told.days[found], tickets=moments["ticket_id"])  # fmt: skip


def _plain(prediction: Prediction, part: Rows) -> Json:
    """Return the simple answers: the median of the category, or the share that had it, of all and by category."""
    table = pl.DataFrame({"category": part.frame["category"], "seconds": part.seconds, "hit": part.hits})
    if prediction.kind == "duration":
        ended = table.filter("hit")
        groups = ended.group_by("category").agg(value=pl.col("seconds").median(), n=pl.len())
        whole = {"median": ended["seconds"].median()}
    else:
        groups = table.group_by("category").agg(value=pl.col("hit").mean(), n=pl.len())
        whole = {"rate": float(part.hits.mean())}
    kept = groups.filter((pl.col("n") >= LEAST_OF_CATEGORY) & pl.col("category").is_not_null()).sort("category")
    return whole | {"by_category": dict(kept.select("category", "value").iter_rows())}


def _medians(frame: pl.DataFrame, plain: Json) -> Floats:
    by = plain["by_category"]
    return np.array([by.get(name, plain["median"]) for name in frame["category"].to_list()], np.float64)


def _hash(part: Rows) -> str:
    digest = hashlib.sha256()
    digest.update(np.ascontiguousarray(part.frame.hash_rows(seed=1).to_numpy()).tobytes())
    digest.update(part.seconds.tobytes() + part.hits.tobytes())
    return digest.hexdigest()
