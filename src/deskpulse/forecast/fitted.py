"""Points of a statsforecast model."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from deskpulse.forecast.model import Floats


def points_of(model: Any, values: Floats, horizon: int) -> Floats:
    """Return the model's means for `horizon` steps after `values`; a series that never moves stays where it is.

    What the library warns of while it looks for an optimum is not told: whether the fit is good, the backtest says.
    """
    if np.ptp(values) == 0:
        return np.full(horizon, values[-1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(model.forecast(y=values, h=horizon)["mean"], dtype=np.float64)
