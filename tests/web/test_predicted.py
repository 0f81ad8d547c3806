"""Predictions on pages: facts of a ticket, customers at risk, what to expect of agents, and how right it all is."""

from __future__ import annotations

from datetime import UTC, datetime

from deskpulse.core.clock import frozen_at
from deskpulse.web.predictions import model_cards
from deskpulse.web.predictions.cards import customers, expected, rightness
from deskpulse.web.predictions.learning import outcome
from deskpulse.web.problems.cards import risks
from deskpulse.web.tickets.predicted import predicted_rows, similar_rows

TIME = {"name": "time_to_resolution", "label": "Time to resolution", "kind": "duration", "unit": "seconds",
        "value": 7200.0, "low": 3600.0, "high": 86_400.0, "is_beyond": False, "baseline": 3600.0,
        "is_simple": False, "is_followed": False, "similar_value": 5400.0,
        "reasons": [{"label": "Channel", "value": "email", "unit": None, "weight": 0.7},
                    {"label": "Sentiment", "value": None, "unit": None, "weight": -0.1}]}  # fmt: skip
RISK = {"name": "sla_breach", "label": "Service level missed", "kind": "chance", "unit": "ratio", "value": 0.6,
        "low": None, "high": None, "is_beyond": False, "baseline": 0.2, "is_simple": False,
        "is_followed": False, "similar_value": None,
        "reasons": []}  # fmt: skip


def test_a_row_tells_value_interval_simple_answers_and_reasons() -> None:
    time, risk = predicted_rows({"predictions": [TIME, RISK]})
    assert (time["label"], time["text"], time["tone"]) == ("Time to resolution", "2 h", "")
    assert time["beside"] == "1 h to 24 h · usual of its category 1 h · similar tickets 1.5 h"
    assert time["reasons"] == ["▲ Channel: email", "▼ Sentiment: unknown"]
    assert (risk["text"], risk["tone"], risk["beside"]) == ("60.0%", "bad", "usual of its category 20.0%")


def test_what_lasts_longer_than_anything_seen_is_told_so() -> None:
    (beyond,) = predicted_rows({"predictions": [TIME | {"is_beyond": True}]})
    assert beyond["text"] == "over 2 h"


def test_where_no_model_is_better_the_simple_answer_is_told_as_such() -> None:
    (usual,) = predicted_rows({"predictions": [RISK | {"value": 0.9, "is_simple": True}]})
    assert usual["tone"] == ""
    assert usual["beside"].endswith("no model was better than this simple answer")


def test_alike_tickets_tell_what_became_of_them() -> None:
    one = {"ticket_id": "desk:1", "subject": "Hi", "took_seconds": 3600.0, "is_escalated": True, "is_breached": False,
           "is_reopened": True, "is_rated_badly": False}  # fmt: skip
    first, second = similar_rows({"similar": [one, {**one, "subject": None, "took_seconds": None}]}, {"slug": "w"})
    assert (first["text"], first["href"]) == (
        "solved in 1 h, escalated, reopened",
        "/tickets?workspace=w&ticket=desk%3A1",
    )
    assert (second["title"], second["text"]) == ("desk:1", "not solved yet, escalated, reopened")


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


CHANCE = {"name": "customer_churn", "label": "Customer leaves", "kind": "chance", "entity": "customer", "unit": "ratio",
          "state": "active", "learned_at": "2026-03-01T00:00:00+00:00", "next_at": "2026-03-08T00:00:00+00:00",
          "figures": {"n": 900, "brier": 0.0136, "brier_base": 0.0144, "auc": 0.65}, "since": None}  # fmt: skip
LEVEL = {**CHANCE, "name": "agent_csat", "label": "CSAT", "kind": "level", "entity": "agent", "next_at": None,
         "figures": {"n": 79, "mae": 0.15, "last_mae": 0.21, "team_mae": 0.16},
         "since": {"n": 12, "least": 30, "figures": None}}  # fmt: skip
OFFER = {"action": "Learn anew", "told": "", "progress": None}


def test_a_customer_at_risk_leads_to_its_tickets_with_reasons_and_money() -> None:
    one = {"value": 0.2, "baseline": 0.02, "reasons": [
        {"label": "Tickets, last 90 days", "value": 6.0, "unit": None, "weight": 0.5}]}  # fmt: skip
    row = {"customer_id": "c1", "customer": "<b>Mo</b>", "company": "Acme", "plan": None, "tier": "plus",
           "revenue_365": 500.0, "at_stake": 100.0, "prediction": one}  # fmt: skip
    nobody = {**row, "customer_id": "c2", "customer": None, "at_stake": None, "prediction": {**one, "value": 0.03}}
    found = {"rows": [row, nobody], "asked": 40, "horizon_days": 60.0, "expected": 1.5, "at_stake": 250.0,
             "basis": "its recorded end", "notes": []}  # fmt: skip
    card = customers(found, {}, {"slug": "desk"})
    first, second = card["items"]
    assert "the first 2; 1.50 of all are expected to" in card["about"]
    assert "Left means its recorded end." in card["about"]
    assert (first["badge"], first["tone"], first["value"], first["usual"]) == (
        "High risk",
        "bad",
        "20.0%",
        "usual 2.0%",
    )
    assert first["lines"] == ["▲ Tickets, last 90 days: 6", "500.00 in the last year, 100.00 at stake", "Acme, plus"]
    assert first["href"].startswith("/tickets?workspace=desk&period=12m&where=customer")
    assert (second["title"], second["href"], second["tone"]) == ("c2", "", "even")
    assert customers({**found, "rows": []}, {}, {"slug": "desk"})["state"] == "empty"


def test_what_to_expect_of_an_agent_stands_beside_the_last_month_and_the_team() -> None:
    why = {"label": "Own last 90 days", "value": 0.9, "unit": "ratio", "weight": 0.1}
    one = {"label": "CSAT", "unit": "ratio", "value": 0.8, "low": 0.6, "high": 0.95, "baseline": None,
           "team_value": 0.7, "reasons": [why]}  # fmt: skip
    found = {"rows": [{"agent": "Ana", "predictions": [one]}], "notes": ["Fair."]}
    (fact,) = expected(found, {}, "Ana")["facts"]
    told = "60.0% to 95.0%; last 30 days –, team 70.0%. ▲ Own last 90 days: 90.0%"
    assert fact == {"name": "CSAT", "text": "80.0%", "beside": told}
    assert expected(found, {}, "Ben")["state"] == "empty"


def test_the_card_tells_when_it_was_learned_and_how_right_it_has_been_since() -> None:
    with frozen_at(datetime(2026, 3, 4, tzinfo=UTC)):
        card = rightness({"predictions": [CHANCE, LEVEL, {**CHANCE, "state": "not_learned"}]}, {}, OFFER)
        first, second = card["facts"]
        assert first["text"] == "Brier 0.0136, usual 0.0144"
        assert first["beside"] == (
            "measured on 900 later customers, learned 3 days ago; anew from Mar 08 on, when enough is new"
        )
        assert (second["name"], second["text"]) == ("CSAT of agents", "off by 15.0%, team 16.0%")
        assert "since then 12 months of the 30 that it takes to say" in second["beside"]
        worse = rightness({"predictions": [CHANCE, {**CHANCE, "state": "not_better"}]}, {}, OFFER)["notes"]
        told = "Customer leaves: not better than the base rate: not used (Brier 0.0136, usual 0.0144)"
        assert worse == [told]
        assert card["notes"] == ["Customer leaves: not learned: too little, or nobody asked"]
        since = {"n": 50, "least": 30, "still_better": False, "figures": {"brier": 0.02, "brier_base": 0.01}}
        (worse,) = rightness({"predictions": [{**CHANCE, "since": since}]}, {}, OFFER)["facts"]
        told = "since then Brier 0.0200, usual 0.0100 (50 customers, no better than simple)"
        assert worse["beside"].endswith(told)
    assert rightness({"predictions": []}, {}, OFFER)["message"] == "Nothing is predicted yet."


def test_how_learning_ended_is_told() -> None:
    done = {"status": "done", "result": {"predictions": [
        {"name": "a", "is_active": True, "reason": None},
        {"name": "b", "is_active": False, "reason": "Too few."},
    ]}}  # fmt: skip
    assert outcome(done) == "1 of 2 beat what was there before. b: Too few."
    assert outcome({"status": "failed", "error": "No disk."}) == "It did not work: No disk."
    assert outcome({"status": "cancelled"}) == "The learning was stopped."


def test_a_model_card_stands_beside_simple_answers() -> None:
    figures = {"n": 900, "brier": 0.0136, "brier_base": 0.0144, "similar_brier": 0.0142, "auc": 0.65,
               "calibration_error": 0.01, "is_many": True}  # fmt: skip
    more = {"about": "How probable.", "rows": 4_000, "basis": "", "features": [f"f_{n}" for n in range(14)]}
    cards = [CHANCE | more | {"figures": figures},
             LEVEL | more | {"state": "not_better", "figures": LEVEL["figures"] | {"within_interval": 0.8}},
             CHANCE | more | {"state": "not_learned", "figures": None, "rows": None, "features": []}]  # fmt: skip
    used, level, none = model_cards.table({"predictions": cards}, {})["rows"]
    assert used["cells"] == ["Customer leaves", "0.0136", "0.0144", "0.0142", "0.65", "0.010", "–", "900"]
    assert (used["tag"], level["tag"], none["tag"]) == ("in use", "not used", "not learned")
    assert level["cells"] == ["CSAT of agents", "15.0%", "16.0%", "–", "–", "–", "80.0%", "79"]
    assert set(none["cells"][1:]) == {"–"}
    told = model_cards.says({"predictions": cards}, {})["facts"]
    assert told[0]["beside"].startswith("How probable. Learned from 4,000 looks; looks at f 0, f 1")
    assert told[0]["beside"].endswith("f 11 and 2 more.")
    assert told[2]["beside"] == "How probable. Not learned yet."
