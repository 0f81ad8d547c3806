"""Whether a solved ticket will be reopened."""

from datetime import timedelta

import polars as pl

from deskpulse.insights.predictions.model import Prediction
from deskpulse.insights.predictions.tickets import TICKETS

_FRESH = pl.col("known_at") - pl.col("first_solved_at") <= timedelta(days=14)

REOPENING = Prediction(
    name="reopening", label="Reopening", entity=TICKETS, kind="chance", asked="solved", of=_FRESH,
    happens="first_reopened_at",
    about="How probable it is that the ticket, once solved, is reopened within two weeks.",
)  # fmt: skip
