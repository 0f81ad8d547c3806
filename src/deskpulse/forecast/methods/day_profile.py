"""The day's level times the weekday's shape, for series of many intervals a day."""

from __future__ import annotations

import numpy as np

from deskpulse.forecast.levels import level_ahead
from deskpulse.forecast.model import Floats, Method, Series
from deskpulse.forecast.phases import Labels, day_labels

SHAPE_WEEK, SHAPE_DAY = 0.9, 0.95
"""What a shape weighs beside the next one: of the same weekday by week, of all days by day."""
OWN_SHAPE = 0.7
"""Share of the weekday's own shape; the rest is the shape of all days, which rests on more of them."""
SMOOTH = 1.0
"""Width of the smoothing along the day, in intervals (standard deviation of a normal curve)."""
FEWEST_INTERVALS = 6


def fits(series: Series, horizon: int) -> bool:
    """Hold for non-negative series with a day and a week of which at least two weeks are there."""
    if len(series.seasons) < 2 or series.kind not in ("count", "amount"):
        return False
    day, week = series.seasons[:2]
    return day >= FEWEST_INTERVALS and week % day == 0 and series.size >= 2 * week and float(series.values.max()) > 0


def day_profile(series: Series, horizon: int) -> Floats:
    """Return level × weekday effect × shape, after Shen and Huang (2008), who split days × intervals alike.

    The logarithm of a day's total is a slow level, an effect of the weekday and an autoregressive rest. Shapes are
    shares of the day's total, averaged with weights that fade. Rows without dates get their weekdays from the data.
    """
    day, cycle = series.seasons[0], series.seasons[1] // series.seasons[0]
    begun = series.size % day
    whole = series.values[begun:] if begun else series.values
    days = whole.reshape(-1, day)
    labels = np.arange(len(days)) % cycle if series.is_dated else day_labels(days, cycle)
    ahead = -(-horizon // day)
    levels = level_ahead(np.log(days.sum(axis=1) + 0.5), labels, cycle, ahead)
    coming = (labels[-1] + 1 + np.arange(ahead)) % cycle
    points = np.exp(levels)[:, None] * np.array([_shape(days, labels, int(p)) for p in coming])
    return np.asarray(points.ravel()[:horizon])


def _shape(days: Floats, labels: Labels, position: int) -> Floats:
    """Return the share of each interval in its day, for days at `position`."""
    own = days[labels == position][::-1]
    everybody = _share(days[::-1], SHAPE_DAY)
    mixed = OWN_SHAPE * _share(own, SHAPE_WEEK) + (1 - OWN_SHAPE) * everybody if own.sum() > 0 else everybody
    smooth = np.where(everybody > 0, _smoothed(mixed), 0.0)
    return np.asarray(smooth / smooth.sum())


def _share(newest_first: Floats, fade: float) -> Floats:
    sums = fade ** np.arange(len(newest_first)) @ newest_first
    return np.asarray(sums / sums.sum())


def _smoothed(shape: Floats) -> Floats:
    reach = int(4 * SMOOTH)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / SMOOTH) ** 2)
    return np.convolve(np.pad(shape, reach, mode="edge"), kernel / kernel.sum(), "valid")


DAY_PROFILE = Method(
    name="day_profile", label="Day level × weekday shape", forecast=day_profile, fits=fits,
    about="The day's total from a slow level, weekday effects and yesterday's surprise; spread over the day by the "
    "weekday's usual shape.",
)  # fmt: skip
