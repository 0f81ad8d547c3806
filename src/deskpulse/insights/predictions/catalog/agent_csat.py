"""How an agent's next tickets will be rated."""

from deskpulse.insights.predictions.agents import AGENTS
from deskpulse.insights.predictions.model import Prediction

AGENT_CSAT = Prediction(
    name="agent_csat", label="CSAT", entity=AGENTS, kind="level", asked="now", happens="rated", horizon_days=30.0,
    most=1.0,
    about="Share of scores of 4 or 5 that is expected of the agent in the next 30 days.",
)  # fmt: skip
