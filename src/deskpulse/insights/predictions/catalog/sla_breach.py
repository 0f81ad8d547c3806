"""Whether an open ticket will miss a service level."""

import polars as pl

from deskpulse.insights.predictions.model import Prediction
from deskpulse.insights.predictions.tickets import TICKETS

_PROMISED = pl.col("promised_at") <= pl.col("known_at")

SLA_BREACH = Prediction(
    name="sla_breach", label="Service level missed", entity=TICKETS, kind="chance", happens="breached_at",
    among=_PROMISED, of=_PROMISED,
    about="How probable it is that the ticket misses its first service-level target within two weeks.",
)  # fmt: skip
