"""Whether a solved ticket will be reopened."""

from deskpulse.insights.predictions.model import Prediction
from deskpulse.insights.predictions.tickets import TICKETS

REOPENING = Prediction(
    name="reopening", label="Reopening", entity=TICKETS, kind="chance", asked="solved", happens="first_reopened_at",
    about="How probable it is that the ticket, once solved, is reopened within two weeks.",
)  # fmt: skip
