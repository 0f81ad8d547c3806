"""How many tickets an agent will solve on a day."""

from deskpulse.insights.predictions.agents import AGENTS
from deskpulse.insights.predictions.model import Prediction

AGENT_SOLVED = Prediction(
    name="agent_solved", label="Solved a day", entity=AGENTS, kind="level", asked="now", happens="solved",
    horizon_days=30.0, measured="per_day", unit="count",
    about="First solutions that are expected of the agent on a day with any, in the next 30 days.",
)  # fmt: skip
