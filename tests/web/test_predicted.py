"""What is predicted of a ticket, as facts of its view."""

from __future__ import annotations

from deskpulse.web.tickets.predicted import predicted_facts

TIME = {"name": "time_to_resolution", "label": "Time to resolution", "kind": "duration", "unit": "seconds",
        "value": 7200.0, "low": 3600.0, "high": 86_400.0, "is_beyond": False, "baseline": 3600.0,
        "reasons": [{"label": "Channel", "value": "email", "weight": 0.7}, {"label": "Sentiment", "value": None,
                                                                            "weight": -0.1}]}  # fmt: skip
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
