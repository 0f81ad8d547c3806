"""Counts that are mostly zero: size and time between them, smoothed apart (Croston 1972; Teunter and others 2011)."""

from __future__ import annotations

from deskpulse.forecast.fitted import points_of
from deskpulse.forecast.model import Floats, Method, Series

SIZE, PROBABILITY = 0.1, 0.1


def fits(series: Series, horizon: int) -> bool:
    """Hold for low counts of which some are zero and some are not."""
    return series.is_low and bool((series.values == 0).any()) and bool((series.values > 0).any())


def croston(series: Series, horizon: int) -> Floats:
    """Return statsforecast's Croston with the Syntetos-Boylan correction: one rate for all steps."""
    from statsforecast.models import CrostonSBA

    return points_of(CrostonSBA(), series.values, horizon)


def tsb(series: Series, horizon: int) -> Floats:
    """Return statsforecast's Teunter-Syntetos-Babai: like Croston's, and it fades when nothing comes any more."""
    from statsforecast.models import TSB

    return points_of(TSB(alpha_d=SIZE, alpha_p=PROBABILITY), series.values, horizon)


CROSTON = Method(
    name="croston", label="Croston", forecast=croston, fits=fits, is_slow=True,
    about="For counts that are mostly zero: mean size over mean time between, corrected for bias.",
)  # fmt: skip
TSB_METHOD = Method(
    name="tsb", label="TSB", forecast=tsb, fits=fits, is_slow=True,
    about="For counts that are mostly zero and may die out: size times probability, each smoothed.",
)  # fmt: skip
