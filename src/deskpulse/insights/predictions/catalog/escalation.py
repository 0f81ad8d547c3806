"""Whether an open ticket will be escalated."""

from deskpulse.insights.predictions.model import Prediction

ESCALATION = Prediction(
    name="escalation", label="Escalation", kind="chance", happens="escalated_at",
    about="How probable it is that the ticket is escalated within two weeks.",
)  # fmt: skip
