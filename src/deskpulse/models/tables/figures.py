"""How right predictions of tables are: errors in time, shares within intervals, ranks, and probabilities that hold."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deskpulse.models.measures import expected_calibration_error

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
MANY = 1_000
"""With fewer cases the calibration error is mostly chance: the Brier score against the base rate tells more."""


def chance_figures(sure: Floats, hits: Flags, base: float) -> dict[str, Any]:
    """Return n, share that had it, AUC, Brier score beside that of always saying `base`, and the calibration error."""
    return {
        "n": len(hits), "share": float(hits.mean()), "auc": auc(sure, hits),
        "brier": float(((sure - hits) ** 2).mean()), "brier_base": float(((base - hits) ** 2).mean()),
        "calibration_error": expected_calibration_error(hits.tolist(), sure.tolist()), "is_many": len(hits) >= MANY,
    }  # fmt: skip


def auc(sure: Floats, hits: Flags) -> float | None:
    """Return how often a case that had it is ranked above one that had not (ties count half); None with one kind."""
    from scipy.stats import rankdata

    with_it, without = int(hits.sum()), int((~hits).sum())
    if not with_it or not without:
        return None
    ranks = rankdata(sure)
    return float((ranks[hits].sum() - with_it * (with_it + 1) / 2) / (with_it * without))


def duration_figures(said: Floats, truth: Floats, baseline: Floats, low: Floats, high: Floats) -> dict[str, Any]:
    """Return n, mean absolute error beside the baseline's (seconds), the gain, and the share within the interval."""
    error, rival = float(np.abs(said - truth).mean()), float(np.abs(baseline - truth).mean())
    return {
        "n": len(truth), "mae_seconds": error, "baseline_mae_seconds": rival,
        "gain": 1 - error / rival if rival else None,
        "median_error_seconds": float(np.median(np.abs(said - truth))),
        "within_interval": float(((truth >= low) & (truth <= high)).mean()),
        "interval_seconds": float(np.median(high - low)),
    }  # fmt: skip


def level_figures(
    said: Floats, truth: Floats, simple: tuple[Floats, Floats], between: tuple[Floats, Floats]
) -> dict[str, Any]:
    """Return n, mean absolute error beside those of the last period's value and of the team's mean, and the share
    within the interval. `simple` are the last value (where nobody knows it the team's stands for it) and the team's,
    `between` the ends of the interval.
    """
    (last, team), (low, high) = simple, between
    before = np.where(np.isnan(last), team, last)
    error = {name: float(np.abs(one - truth).mean()) for name, one in (("", said), ("l", before), ("t", team))}
    rival = min(error["l"], error["t"])
    return {
        "n": len(truth), "mae": error[""], "last_mae": error["l"], "team_mae": error["t"],
        "gain": 1 - error[""] / rival if rival else None,
        "within_interval": float(((truth >= low) & (truth <= high)).mean()), "interval": float(np.median(high - low)),
    }  # fmt: skip
