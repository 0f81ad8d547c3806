"""Learns a prediction from a workspace's past, measures it on later cases, and says how far to trust it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from deskpulse.core.errors import InputError
from deskpulse.insights.predictions.model import Lesson, Prediction
from deskpulse.metrics.past import Past
from deskpulse.models.tables.chance import learn_chance
from deskpulse.models.tables.duration import DurationModel, learn_duration
from deskpulse.models.tables.figures import chance_figures, duration_figures, level_figures
from deskpulse.models.tables.kept import TableModel
from deskpulse.models.tables.lately import lately
from deskpulse.models.tables.level import LevelModel, learn_level
from deskpulse.models.tables.nearest import Nearest, learn_nearest

Json = dict[str, Any]
Floats = NDArray[np.float64]
TESTED = 0.25
"""Share of the moments, the latest, that figures come from: of tickets created after all that was learned from."""
LEAST_TESTED = 30
LEAST_OF_CATEGORY = 5
_TEXT = "text__"


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """Moments of a lesson with their features; `keys` name whose they are, `texts` what they are about."""

    frame: pl.DataFrame
    values: Floats
    hits: NDArray[np.bool_]
    sizes: Floats
    days: Floats
    keys: pl.Series
    texts: pl.Series | None = None

    def take(self, kept: NDArray[np.bool_]) -> Rows:
        """Return the rows that are kept."""
        rows = pl.Series(kept)
        return Rows(frame=self.frame.filter(rows), values=self.values[kept], hits=self.hits[kept],
                    sizes=self.sizes[kept], days=self.days[kept], keys=self.keys.filter(rows),
                    texts=None if self.texts is None else self.texts.filter(rows))  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Learned:
    """A model of all that is known, its figures on cases that an earlier one did not know, and simple answers.

    `similar` finds the cases most alike, where the entity has texts.
    """

    model: TableModel
    similar: Nearest | None
    figures: Json
    plain: Json
    rows: int
    data_hash: str
    tested: Rows
    until: datetime


def learn(
    past: Past, prediction: Prediction, until: datetime, *, timezone: str, most: int, tell: Callable[[float, str], None]
) -> Learned:
    """Learn from what happened before `until`; raises InputError when that is too little to learn or to measure."""
    tell(0.0, f"{prediction.label}: reading")
    entity = prediction.entity
    became = entity.became(past)
    whole = entity.lesson(became, prediction, until, most)
    if whole.moments.is_empty():
        raise InputError("There is nothing yet that it could be learned from.")
    line: datetime = whole.moments["known_at"][int(whole.moments.height * (1 - TESTED))]
    early = entity.lesson(became, prediction, line, most)
    if early.moments.is_empty():
        raise InputError("There is nothing early enough that it could be learned from and then measured.")
    columns = (entity.key, "known_at")
    asked = pl.concat([whole.moments.select(columns), early.moments.select(columns)]).unique(maintain_order=True)
    seen = entity.seen(past, asked, prediction, timezone)
    if entity.texts is not None:
        seen = seen.with_columns(entity.texts(past, seen.select(columns)).alias(_TEXT))
    tell(0.4, f"{prediction.label}: learning from the earlier part")
    then, now = _part(prediction, early, seen), _part(prediction, whole, seen)
    model = _fit(prediction, then)
    # Tickets that began after the line, months that did: nothing of them was learned from.
    is_new = (whole.moments[entity.fresh] >= line).to_numpy()[_found(prediction, whole, seen)]
    if prediction.kind == "duration":
        is_new &= now.hits
    tested = now.take(is_new)
    if len(tested.hits) < LEAST_TESTED:
        raise InputError(f"Only {len(tested.hits)} later cases to measure it on: {LEAST_TESTED} are needed.")
    plain = _plain(prediction, then, early.basis)
    tell(0.7, f"{prediction.label}: learning from all")
    figures = figures_of(prediction, model, tested, plain) | {"tested_from": line.isoformat()}
    figures |= _similar_figures(prediction, _similar(prediction, then), tested)
    return Learned(
        model=_fit(prediction, now), similar=_similar(prediction, now), figures=figures,
        plain=_plain(prediction, now, whole.basis), rows=len(now.hits),
        data_hash=_hash(now), tested=tested, until=until,
    )  # fmt: skip


def since(past: Past, prediction: Prediction, begin: datetime, until: datetime, *, timezone: str, most: int) -> Rows:
    """Return the cases that began since `begin` and have come to their end by `until`: what drift shows on."""
    entity = prediction.entity
    lesson = entity.lesson(entity.became(past), prediction, until, most)
    kept = (lesson.moments[entity.fresh] >= begin).to_numpy()
    late = Lesson(moments=lesson.moments.filter(pl.Series(kept)), values=lesson.values[kept], hits=lesson.hits[kept],
                  sizes=lesson.sizes[kept], basis=lesson.basis)  # fmt: skip
    if late.moments.is_empty():
        return Rows(frame=pl.DataFrame(), values=late.values, hits=late.hits, sizes=late.sizes, days=late.days,
                    keys=pl.Series(dtype=pl.String))  # fmt: skip
    rows = _part(prediction, late, entity.seen(past, late.moments.select(entity.key, "known_at"), prediction, timezone))
    return rows.take(rows.hits) if prediction.kind == "duration" else rows


def figures_of(prediction: Prediction, model: TableModel, tested: Rows, plain: Json) -> Json:
    """Return how right a model is on rows, beside the simple answer."""
    if isinstance(model, DurationModel):
        low, high = model.interval(tested.frame)
        return duration_figures(model.median(tested.frame), tested.values, _medians(tested.frame, plain), low, high)
    if isinstance(model, LevelModel):
        low, high = (prediction.shown(side) for side in model.interval(tested.frame))
        said, truth = prediction.shown(model.expected(tested.frame)), prediction.shown(tested.values)
        return level_figures(said, truth, simple_levels(prediction, tested.frame), (low, high))
    return chance_figures(model.probability(tested.frame), tested.hits, plain["rate"])


def kinds_of(frame: pl.DataFrame) -> list[str]:
    """Return what rows are told apart by when time is followed: the category, and the age in steps of a logarithm."""
    parts = frame.select(pl.col("age").floor().cast(pl.Int64), pl.col("category").fill_null(""))
    return [f"{age} {category}" for age, category in parts.iter_rows()]


def followed(model: TableModel, rows: Rows) -> Json | None:
    """Return how long the latest alike ones of rows that have ended took, and whether that tells more than the model.

    None for what is no time.
    """
    if not isinstance(model, DurationModel) or not len(rows.hits):
        return None
    at = rows.days * 86_400
    found = lately(kinds_of(rows.frame), at, at + rows.values, model.median(rows.frame))
    return {"is_ahead": found.is_ahead, "kinds": found.kinds}


def _similar(prediction: Prediction, part: Rows) -> Nearest | None:
    """Return the latest cases that have come to their end, to find alike ones among."""
    if part.texts is None:
        return None
    is_share = prediction.kind == "chance"
    ended = part if is_share else part.take(part.hits)
    values = ended.hits.astype(np.float64) if is_share else ended.values
    texts = ended.texts.to_list() if ended.texts is not None else []
    return learn_nearest(texts, ended.frame, values, ended.keys.to_list(), is_share=is_share)


def _similar_figures(prediction: Prediction, similar: Nearest | None, tested: Rows) -> Json:
    """Return the error of the answer that the cases most alike give; nothing where there are none."""
    if similar is None or tested.texts is None:
        return {}
    told = similar.answers(tested.texts.to_list(), tested.frame)
    if prediction.kind == "chance":
        return {"similar_brier": float(((told - tested.hits) ** 2).mean())}
    return {"similar_mae_seconds": float(np.abs(told - tested.values).mean())}


def simple_levels(prediction: Prediction, frame: pl.DataFrame) -> tuple[Floats, Floats]:
    """Return the last month's value (NaN where nobody knows it) and the team's, in the prediction's unit."""
    last = frame["own_30"].fill_null(np.nan).to_numpy()
    team = frame.select(pl.coalesce("team_90", "all_90").fill_null(np.nan)).to_series().to_numpy()
    return prediction.shown(last), prediction.shown(team)


def is_better(prediction: Prediction, figures: Json, than: Json | None = None) -> bool:
    """Return whether figures beat the simple answer, and those of another model on the same rows where given."""
    if prediction.kind == "chance":
        beats_plain = figures["brier"] < figures["brier_base"] and (figures["auc"] or 0.0) > 0.5
        return bool(beats_plain and (than is None or figures["brier"] < than["brier"]))
    error, simple = (("mae_seconds", ["baseline_mae_seconds"]) if prediction.kind == "duration"
                     else ("mae", ["last_mae", "team_mae"]))  # fmt: skip
    rivals = [*(figures[name] for name in simple), *([than[error]] if than else [])]
    return bool(figures[error] < min(rivals))


def _fit(prediction: Prediction, part: Rows) -> TableModel:
    if prediction.kind == "duration":
        return learn_duration(part.frame, part.values, part.hits, part.days)
    if prediction.kind == "level":
        return learn_level(part.frame, part.values, part.sizes, part.days)
    return learn_chance(part.frame, part.hits, groups=part.keys.to_list())


def _found(prediction: Prediction, told: Lesson, seen: pl.DataFrame) -> NDArray[np.bool_]:
    columns = [prediction.entity.key, "known_at"]
    keys = seen.select(columns).unique()
    joined = told.moments.select(columns).join(
        keys.with_columns(is_seen=True), on=columns, how="left", maintain_order="left"
    )
    return np.asarray(joined["is_seen"].fill_null(False).to_numpy(), bool)


def _part(prediction: Prediction, told: Lesson, seen: pl.DataFrame) -> Rows:
    found, columns = _found(prediction, told, seen), [prediction.entity.key, "known_at"]
    moments = told.moments.filter(pl.Series(found)).select(columns)
    frame = moments.join(seen, on=columns, how="left", maintain_order="left")
    return Rows(frame=frame.drop(*columns, _TEXT, strict=False), values=told.values[found], hits=told.hits[found],
                sizes=told.sizes[found], days=told.days[found], keys=moments[columns[0]],
                texts=frame[_TEXT] if _TEXT in frame.columns else None)  # fmt: skip


def _plain(prediction: Prediction, part: Rows, basis: str) -> Json:
    """Return the simple answers: the median of the category, or the share that had it, of all and by category.

    Those of a level are its own last month and its team's: they come with each row.
    """
    if prediction.kind == "level":
        return {"by_category": {}, "basis": basis}
    category = part.frame["category"] if "category" in part.frame.columns else pl.lit(None, pl.String)
    table = pl.DataFrame({"value": part.values, "hit": part.hits}).with_columns(category=category)
    if prediction.kind == "duration":
        ended = table.filter("hit")
        groups = ended.group_by("category").agg(value=pl.col("value").median(), n=pl.len())
        whole: Json = {"median": ended["value"].median()}
    else:
        groups = table.group_by("category").agg(value=pl.col("hit").mean(), n=pl.len())
        whole = {"rate": float(part.hits.mean())}
    kept = groups.filter((pl.col("n") >= LEAST_OF_CATEGORY) & pl.col("category").is_not_null()).sort("category")
    return whole | {"by_category": dict(kept.select("category", "value").iter_rows()), "basis": basis}


def _medians(frame: pl.DataFrame, plain: Json) -> Floats:
    by = plain["by_category"]
    return np.array([by.get(name, plain["median"]) for name in frame["category"].to_list()], np.float64)


def _hash(part: Rows) -> str:
    digest = hashlib.sha256()
    digest.update(np.ascontiguousarray(part.frame.hash_rows(seed=1).to_numpy()).tobytes())
    digest.update(part.values.tobytes() + part.hits.tobytes())
    return digest.hexdigest()
