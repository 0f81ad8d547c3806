"""What is predicted of a ticket, as facts of its view."""

from __future__ import annotations

from deskpulse.web.problems.cards import risks
from deskpulse.web.tickets.predicted import predicted_facts

TIME = {"name": "time_to_resolution", "label": "Time to resolution", "kind": "duration", "unit": "seconds",
        "value": 7200.0, "low": 3600.0, "high": 86_400.0, "is_beyond": False, "baseline": 3600.0,
        "reasons": [{"label": "Channel", "value": "email", "unit": None, "weight": 0.7},
                    {"label": "Sentiment", "value": None, "unit": None, "weight": -0.1}]}  # fmt: skip
RISK = {"name": "sla_breach", "label": "Service level missed", "kind": "chance", "unit": "ratio", "value": 0.6,
        "low": None, "high": None, "is_beyond": False, "baseline": 0.2, "reasons": []}  # fmt: skip


def test_a_fact_tells_value_interval_usual_and_reasons() -> None:
    time, risk = predicted_facts({"predictions": [TIME, RISK]})
    assert time["label"] == "Time to resolution, predicted"
    assert time["text"].startswith("2 h (")
    assert "▲ Channel: email" in time["title"]
    assert "▼ Sentiment: unknown" in time["title"]
    assert time["tone"] == ""
    assert (risk["text"], risk["tone"]) == ("60.0%", "bad")


def test_what_lasts_longer_than_anything_seen_is_told_so() -> None:
    (beyond,) = predicted_facts({"predictions": [TIME | {"is_beyond": True}]})
    assert beyond["text"] == "over 2 h"


def test_an_open_ticket_is_listed_with_its_risk_and_its_reasons() -> None:
    why = [
        {"label": "Queue", "value": "chat", "unit": None, "weight": 0.4},
        {"label": "Age seconds", "value": 60.0, "unit": "seconds", "weight": -0.2},
    ]
    row = {"ticket_id": "desk:1", "subject": "<b>Help</b>", "priority": "high", "team": "Tier 1", "agent": None,
           "predictions": [TIME, RISK | {"reasons": why}]}  # fmt: skip
    found = {"by": "sla_breach", "asked": 7, "rows": [row], "notes": ["Only the newest were looked at."]}
    card = risks(found, {}, {"slug": "desk"})
    (item,) = card["items"]
    assert card["about"] == "7 open tickets by service level missed, the first 1. Only the newest were looked at."
    assert (item["badge"], item["tone"], item["value"]) == ("High risk", "bad", "60.0%")
    assert item["lines"] == ["▲ Queue: chat; ▼ Age: 1 min", "Time to resolution 2 h", "high, Tier 1"]
    assert item["href"] == "/tickets?workspace=desk&ticket=desk%3A1"
