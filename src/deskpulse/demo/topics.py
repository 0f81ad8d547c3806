"""What tickets of the sample world are about: how often, who answers, how people feel about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Topic:
    """One topic: the source's category, the team that knows it, and shares from 0 to 1.

    `weight` is relative; `urgent`, `bad` and `good` are shares of its tickets; `december` multiplies its weight
    before Christmas.
    """

    name: str
    category: str
    team: str
    weight: float
    urgent: float
    bad: float
    good: float
    tags: tuple[str, ...]
    december: float = 1.0


TOPICS = (
    Topic("double_charge", "billing", "Billing", 8, 0.10, 0.45, 0.02, ("payment", "refund")),
    Topic("invoice", "billing", "Billing", 8, 0.03, 0.20, 0.06, ("invoice", "tax")),
    Topic("price", "billing", "Billing", 2, 0.02, 0.60, 0.01, ("pricing", "contract")),
    Topic("sign_in", "account", "First line", 12, 0.22, 0.32, 0.03, ("login", "2fa")),
    Topic("profile", "account", "First line", 7, 0.02, 0.10, 0.10, ("seats", "address")),
    Topic("crash", "technical", "Technical", 11, 0.22, 0.42, 0.03, ("app", "bug")),
    Topic("slow", "technical", "Technical", 6, 0.10, 0.38, 0.03, ("performance", "hub")),
    Topic("outage", "technical", "Technical", 0.1, 0.55, 0.60, 0.0, ("outage", "hub")),
    Topic("parcel", "shipping", "Logistics", 12, 0.10, 0.40, 0.03, ("carrier", "delay"), 1.7),
    Topic("broken", "returns", "Logistics", 8, 0.06, 0.42, 0.02, ("damaged", "warranty"), 1.3),
    Topic("send_back", "returns", "Logistics", 6, 0.02, 0.18, 0.08, ("exchange", "label"), 1.1),
    Topic("how_to", "documentation", "First line", 11, 0.02, 0.08, 0.16, ("scenes", "beginner")),
    Topic("connect", "integration", "Technical", 4, 0.18, 0.30, 0.04, ("api", "webhook")),
    Topic("leaving", "cancellation", "Billing", 4, 0.04, 0.35, 0.03, ("churn", "renewal")),
    Topic("idea", "feature_request", "First line", 4, 0.0, 0.05, 0.30, ("wish", "app")),
    Topic("stranger", "security", "Technical", 2, 0.35, 0.35, 0.02, ("privacy", "fraud")),
    Topic("praise", "service", "First line", 2.5, 0.0, 0.0, 0.95, ("thanks",)),
    Topic("sales", "sales", "First line", 3.4, 0.05, 0.03, 0.25, ("quote", "shipping")),
)
NUMBERS = {topic.name: number for number, topic in enumerate(TOPICS)}
BILLING = tuple(number for number, topic in enumerate(TOPICS) if topic.category == "billing")


def billing_share() -> float:
    """Return the usual share of tickets that are about billing."""
    return sum(TOPICS[n].weight for n in BILLING) / sum(t.weight for t in TOPICS)
