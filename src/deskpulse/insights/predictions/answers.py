"""What a model says of rows, as people read it: values, intervals, simple answers, reasons."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl

from deskpulse.insights.predictions.learning import kinds_of, simple_levels
from deskpulse.insights.predictions.model import Prediction
from deskpulse.insights.predictions.opened import Active, Simple
from deskpulse.models.tables.duration import DurationModel
from deskpulse.models.tables.level import INTERVAL, LevelModel
from deskpulse.models.tables.reasons import Reason

Json = dict[str, Any]


def answers(one: Active | Simple, frame: pl.DataFrame, *, with_reasons: bool) -> list[Json]:
    """Return what is predicted of each row of features; `is_simple` where that is the simple answer."""
    if isinstance(one, Simple):
        return _simple(one, frame)
    reasons = one.model.reasons(frame) if with_reasons else [[] for _ in range(frame.height)]
    if isinstance(one.model, LevelModel):
        return _levels(one.prediction, one.model, _head(one), frame, reasons)
    if isinstance(one.model, DurationModel):
        return _durations(one, one.model, frame, reasons)
    plain = one.version.features["plain"]
    return [
        {**_head(one), "unit": "ratio", "value": round(float(v), 4), "low": None, "high": None, "is_beyond": False,
         "interval": None, "horizon_days": one.prediction.horizon_days,
         "baseline": plain["by_category"].get(c, plain["rate"]), "reasons": [_reason(one.prediction, r) for r in why]}
        for v, c, why in zip(one.model.probability(frame), _categories(frame), reasons, strict=True)
    ]  # fmt: skip


def _head(one: Active | Simple) -> Json:
    p = one.prediction
    return {"name": p.name, "label": p.label, "kind": p.kind, "version": one.version.version,
            "is_simple": isinstance(one, Simple), "is_followed": False}  # fmt: skip


def _simple(one: Simple, frame: pl.DataFrame) -> list[Json]:
    """Return the answer that no model beat: the share of all, or the median of the category."""
    plain, is_chance = one.version.features["plain"], one.prediction.kind == "chance"
    whole = plain["rate" if is_chance else "median"]
    usual = [plain["by_category"].get(c, whole) for c in _categories(frame)]
    return [
        {**_head(one), "unit": "ratio" if is_chance else "seconds", "value": round(whole if is_chance else of, 4),
         "low": None, "high": None, "is_beyond": False, "interval": None, "baseline": of, "reasons": [],
         "horizon_days": one.prediction.horizon_days if is_chance else None}
        for of in usual
    ]  # fmt: skip


def _categories(frame: pl.DataFrame) -> list[Any]:
    return frame["category"].to_list() if "category" in frame.columns else [None] * frame.height


def _durations(one: Active, model: DurationModel, frame: pl.DataFrame, reasons: list[list[Reason]]) -> list[Json]:
    plain = one.version.features["plain"]
    top, medians, bounds = model.top, model.median(frame), model.interval(frame)
    told = [
        {**_head(one), "unit": "seconds", "value": _until(v, top), "low": _until(a, top), "high": _until(b, top),
         # Nothing lasted longer in what was learned from: how much longer is unknown.
         "is_beyond": bool(v >= top), "interval": 0.8, "horizon_days": None,
         "baseline": plain["by_category"].get(c, plain["median"]), "reasons": [_reason(one.prediction, r) for r in why]}
        for v, a, b, c, why in zip(medians, *bounds, _categories(frame), reasons, strict=True)
    ]  # fmt: skip
    latest = (one.version.metrics.get("since") or {}).get("lately")
    if not latest or not latest["is_ahead"]:
        return told
    # The model is behind what has happened since: the latest alike ones tell more.
    for answer, kind in zip(told, kinds_of(frame), strict=True):
        if kind in latest["kinds"]:
            low, middle, high = latest["kinds"][kind]
            answer |= {"value": round(middle, 1), "low": round(low, 1), "high": round(high, 1), "is_beyond": False,
                       "is_followed": True, "reasons": []}  # fmt: skip
    return told


def _levels(
    p: Prediction, model: LevelModel, head: Json, frame: pl.DataFrame, reasons: list[list[Reason]]
) -> list[Json]:
    said, (low, high) = p.shown(model.expected(frame)), (p.shown(side) for side in model.interval(frame))
    last, team = simple_levels(p, frame)
    rows = frame["n_30"].fill_null(0).to_list()
    return [
        {**head, "unit": p.unit, "value": round(float(v), 4), "low": round(float(min(a, v)), 4),
         "high": round(float(max(b, v)), 4), "is_beyond": False, "interval": INTERVAL, "horizon_days": p.horizon_days,
         "baseline": _known(before), "team_value": _known(mean), "rows": int(n),
         "reasons": [_reason(p, r) for r in why]}
        for v, a, b, before, mean, n, why in zip(said, low, high, last, team, rows, reasons, strict=True)
    ]  # fmt: skip


def _known(value: Any) -> float | None:
    return None if math.isnan(value) else round(float(value), 4)


def _until(seconds: float, top: float) -> float:
    return round(min(float(seconds), top), 1)


def _reason(p: Prediction, reason: Reason) -> Json:
    """Return a reason as people read it: the age comes to the model as a logarithm, values of a level in its scale."""
    name, value, unit = reason.feature, reason.value, None
    if value is not None and name == "age":
        name, value, unit = "age_seconds", round(math.exp(value)), "seconds"
    elif value is not None and p.kind == "level" and (name.startswith("own_") or name == "team_90"):
        value, unit = float(p.shown(np.array([value]))[0]), p.unit
    elif value is not None and p.measured == "log_mean" and name in ("trend", "team_trend"):
        # A difference of logarithms is a ratio.
        value, unit = math.exp(value) - 1, "ratio"
    elif name.endswith("_seconds"):
        unit = "seconds"
    if isinstance(value, float):
        value = None if math.isnan(value) else round(value, 3)
    label = p.entity.labels.get(name, name.replace("_", " ").capitalize())
    return {"feature": name, "label": label, "value": value, "unit": unit, "weight": reason.weight}
