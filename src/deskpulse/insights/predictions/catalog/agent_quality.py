"""How an agent's next quality reviews will score."""

from deskpulse.insights.predictions.agents import AGENTS
from deskpulse.insights.predictions.model import Prediction

AGENT_QUALITY = Prediction(
    name="agent_quality", label="Quality reviews", entity=AGENTS, kind="level", asked="now", happens="reviewed",
    horizon_days=30.0, unit="score", rows=2, least=1.0, most=5.0,
    about="Mean score of quality reviews that is expected of the agent in the next 30 days.",
)  # fmt: skip
