"""Whether a customer would rate a solved ticket badly."""

from datetime import timedelta

import polars as pl

from deskpulse.insights.predictions.model import Prediction
from deskpulse.insights.predictions.tickets import TICKETS

_SOON = timedelta(days=14)
_RATED = pl.col("rated_at").is_between(pl.col("known_at"), pl.col("known_at") + _SOON)

LOW_CSAT = Prediction(
    name="low_csat", label="Low rating", entity=TICKETS, kind="chance", asked="solved", happens="rated_badly_at",
    among=_RATED, of=pl.col("rated_at").is_null(),
    about="How probable a score under 4 is if the customer answers; learned from tickets rated within two weeks.",
)  # fmt: skip
