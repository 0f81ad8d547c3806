"""Whether an open ticket will be escalated."""

from deskpulse.insights.predictions.model import Prediction
from deskpulse.insights.predictions.tickets import TICKETS

ESCALATION = Prediction(
    name="escalation", label="Escalation", entity=TICKETS, kind="chance", happens="escalated_at",
    about="How probable it is that the ticket is escalated within two weeks.",
)  # fmt: skip
