"""How long until an open ticket is solved."""

from deskpulse.insights.predictions.model import Prediction
from deskpulse.insights.predictions.tickets import TICKETS

TIME_TO_RESOLUTION = Prediction(
    name="time_to_resolution", label="Time to resolution", entity=TICKETS, kind="duration",
    about="How long until the ticket is solved, with the interval that four of five fall in. Open ones count as not"
    " solved yet.",
)  # fmt: skip
