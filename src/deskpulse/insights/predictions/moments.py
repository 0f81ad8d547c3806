"""What became of the moments at which something could have been asked, as far as it was known at a cut."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from deskpulse.insights.predictions.model import Lesson, Prediction

TICK = timedelta(microseconds=1)


def known_before(became: pl.DataFrame, until: datetime) -> pl.DataFrame:
    """Return what had begun by `until`, without what came later.

    That is not only unused but forgotten: whether something is looked at must not depend on it either.
    """
    return became.filter(pl.col("created_at") < until).with_columns(
        pl.when(pl.col(name) < until).then(pl.col(name)).alias(name) for name in became.columns if name.endswith("_at")
    )


def eligible(looks: pl.DataFrame, prediction: Prediction, until: datetime) -> pl.DataFrame:
    """Return the looks before `until` at which the prediction could have been asked."""
    looks = looks.filter(pl.col("known_at") < until)
    if prediction.kind == "chance":
        looks = looks.filter(pl.col(prediction.happens).is_null() | (pl.col(prediction.happens) > pl.col("known_at")))
    return looks if prediction.among is None else looks.filter(prediction.among)


def told_by(looks: pl.DataFrame, prediction: Prediction, until: datetime, basis: str = "") -> Lesson:
    """Return looks (with the moment of what happens) with what was known of their end at `until`."""
    at, event = looks["known_at"], looks[prediction.happens]
    is_known = (event.is_not_null() & (event < until)).to_numpy()
    if prediction.kind == "duration":
        # Moments after the first solution are not asked: what comes then is another matter.
        end = pl.select(pl.when(pl.Series(is_known)).then(event).otherwise(pl.lit(until))).to_series()
        seconds = (end - at).dt.total_microseconds().to_numpy() / 1e6
        return Lesson(moments=looks, values=np.maximum(seconds, 0.0), hits=is_known, sizes=np.ones(looks.height),
                      basis=basis)  # fmt: skip
    horizon = timedelta(days=prediction.horizon_days)
    is_ripe = (at < until - horizon).to_numpy()
    within = ((event - at) <= horizon).fill_null(False).to_numpy()
    ripe = looks.filter(pl.Series(is_ripe))
    return Lesson(moments=ripe, values=np.zeros(ripe.height), hits=(is_known & within)[is_ripe],
                  sizes=np.ones(ripe.height), basis=basis)  # fmt: skip


def now_of(last: datetime | str | None) -> datetime | None:
    """Return the moment after the latest of the data, up to which everything is known; None without data."""
    moment = datetime.fromisoformat(last) if isinstance(last, str) else last
    return None if moment is None else moment.astimezone(UTC) + TICK
