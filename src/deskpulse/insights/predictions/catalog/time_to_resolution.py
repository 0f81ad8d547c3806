"""How long until an open ticket is solved."""

from deskpulse.insights.predictions.model import Prediction

TIME_TO_RESOLUTION = Prediction(
    name="time_to_resolution", label="Time to resolution", kind="duration",
    about="How long until the ticket is solved, with the interval that four of five fall in. Open ones count as not"
    " solved yet.",
)  # fmt: skip
