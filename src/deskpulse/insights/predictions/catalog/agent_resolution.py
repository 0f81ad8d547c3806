"""How long an agent's next tickets will typically take."""

from deskpulse.insights.predictions.agents import AGENTS
from deskpulse.insights.predictions.model import Prediction

AGENT_RESOLUTION = Prediction(
    name="agent_resolution", label="Typical time to solution", entity=AGENTS, kind="level", asked="now",
    happens="solved", horizon_days=30.0, measured="log_mean", unit="seconds",
    about="Geometric mean of the time to the first solution that is expected of the agent in the next 30 days.",
)  # fmt: skip
