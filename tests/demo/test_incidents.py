"""Incidents show in the rows by as much as they declare, and not at all in a quiet world."""

from __future__ import annotations

from datetime import datetime, timedelta
from statistics import median

import polars as pl
import pytest
from tests.demo.conftest import UNTIL, Frames

from deskpulse.demo import Incident, describe, known_events
from deskpulse.demo.incidents import OFFICE

INCIDENTS = {incident.name: incident for incident in describe(UNTIL)}


def between(start: datetime, end: datetime, column: str = "created_at") -> pl.Expr:
    return (pl.col(column) >= start) & (pl.col(column) < end)


def during(incident: Incident) -> pl.Expr:
    return between(incident.start, incident.end)


def outage_times(world: Frames) -> float:
    """Tickets in the hours of the outage, against the same hours of the weeks around."""
    incident, tickets = INCIDENTS["outage"], world["tickets"]
    around = []
    for weeks in (-4, -3, -2, -1, 2):
        by = timedelta(weeks=weeks)
        around.append(tickets.filter(between(incident.start + by, incident.end + by)).height)
    return tickets.filter(during(incident)).height / median(around)


def billing_times(world: Frames) -> float:
    incident = INCIDENTS["price_change"]
    billing = world["tickets"].filter(pl.col("category") == "billing")
    before = between(incident.start - (incident.end - incident.start), incident.start)
    return billing.filter(during(incident)).height / billing.filter(before).height


def billing_csat_change(world: Frames) -> float:
    tickets = world["tickets"].filter(pl.col("category") == "billing").select("ticket_id", "created_at")
    answered = world["surveys"].filter((pl.col("kind") == "csat") & pl.col("score").is_not_null())
    rated = answered.join(tickets, on="ticket_id").with_columns(good=(pl.col("score") >= 4).cast(pl.Float64))
    inside = during(INCIDENTS["price_csat"])
    return float(rated.filter(inside)["good"].mean()) - float(rated.filter(~inside)["good"].mean())  # type: ignore[arg-type]


def logistics_times(world: Frames) -> float:
    incident = INCIDENTS["slow_team"]
    by_agent = world["messages"].filter((pl.col("author_kind") == "agent") & pl.col("is_public"))
    replied = by_agent.group_by("ticket_id").agg(replied_at=pl.col("sent_at").min())
    mine = world["tickets"].filter(pl.col("team") == "Logistics").join(replied, on="ticket_id")
    mine = mine.with_columns(seconds=(pl.col("replied_at") - pl.col("created_at")).dt.total_seconds())
    before = between(incident.start - (incident.end - incident.start), incident.start)
    return float(mine.filter(during(incident))["seconds"].mean() / mine.filter(before)["seconds"].mean())  # type: ignore[operator]


MEASURED = {
    "outage": (outage_times, 0.25), "price_change": (billing_times, 0.2), "price_csat": (billing_csat_change, 0.5),
    "slow_team": (logistics_times, 0.25),
}  # fmt: skip


@pytest.mark.parametrize("name", MEASURED)
def test_an_incident_has_the_effect_that_it_declares(whole: Frames, name: str) -> None:
    measure, tolerance = MEASURED[name]
    assert measure(whole) == pytest.approx(INCIDENTS[name].effect, rel=tolerance)


@pytest.mark.parametrize("name", MEASURED)
def test_a_quiet_world_has_none_of_it(quiet: Frames, name: str) -> None:
    measure, _ = MEASURED[name]
    usual = 1.0 if INCIDENTS[name].kind == "times" else 0.0
    assert measure(quiet) == pytest.approx(usual, abs=0.3)


def chats(world: Frames) -> int:
    return world["tickets"].filter((pl.col("channel") == "chat") & during(INCIDENTS["silent_channel"])).height


def test_there_is_no_chat_on_the_silent_day(whole: Frames, quiet: Frames) -> None:
    assert chats(whole) == 0
    assert chats(quiet) > 10


def test_the_leaver_hands_over_and_is_given_nothing_more(whole: Frames, quiet: Frames) -> None:
    incident = INCIDENTS["leaver"]
    (leaver,) = whole["agents"].filter(pl.col("left_at").is_not_null()).iter_rows(named=True)
    assert leaver["left_at"] == incident.start
    mine = whole["tickets"].filter(pl.col("agent_id") == leaver["agent_id"])
    assert mine.filter(pl.col("created_at") < incident.start).height > 200
    assert mine.filter(pl.col("created_at") >= incident.end).height == 0
    assert whole["messages"].filter(pl.col("author_id") == leaver["agent_id"])["sent_at"].max() < incident.start
    handed = whole["ticket_events"].filter(
        (pl.col("field") == "agent") & (pl.col("old_value") == leaver["name"])
        & between(incident.start - timedelta(hours=2), incident.start, "happened_at")
    )  # fmt: skip
    assert handed.height >= 3
    assert leaver["name"] not in handed["new_value"]
    assert quiet["agents"]["left_at"].null_count() == quiet["agents"].height


def test_causes_stand_in_the_rows(whole: Frames, quiet: Frames) -> None:
    news = whole["articles"].filter(pl.col("article_id").str.starts_with("n-"))
    assert set(news["article_id"]) == {"n-outage", "n-price", "n-chat"}
    assert not quiet["articles"]["article_id"].str.starts_with("n-").any()
    away = whole["roster"].filter(pl.col("activity") == "leave")
    assert set(away["team"]) == {"Logistics"}
    assert away.height > 20
    linked = whole["ticket_links"]
    assert linked["other_ticket_id"].n_unique() == 1
    (problem,) = whole["tickets"].filter(pl.col("ticket_id") == linked["other_ticket_id"][0]).iter_rows(named=True)
    assert problem["is_agent_created"]
    assert "ticket_links" not in quiet
    assert "leave" not in set(quiet["roster"]["activity"])


def test_incidents_are_described_with_their_sizes() -> None:
    assert [i.start for i in INCIDENTS.values()] == sorted(i.start for i in INCIDENTS.values())
    assert all(i.start < i.end <= UNTIL and i.about and i.cause and i.measure for i in INCIDENTS.values())
    assert describe(UNTIL, quiet=True) == ()


def test_the_makers_know_of_what_they_did_and_not_of_what_went_wrong() -> None:
    known = known_events(UNTIL)
    assert [one["kind"] for one in known] == ["launch", "deploy", "price_change"]
    price = next(one for one in describe(UNTIL) if one.name == "price_change")
    assert known[2]["start"] == price.start.astimezone(OFFICE).date().isoformat()
    assert [one["kind"] for one in known_events(UNTIL, quiet=True)] == ["launch", "deploy"]


def test_who_leaves_after_trouble_wrote_more_and_escalated_more(whole: Frames, quiet: Frames) -> None:
    more, risen = _before_leaving(whole)
    assert 2.3 < more < 3.4
    assert 3.0 < risen < 6.0
    more, risen = _before_leaving(quiet)
    assert 0.6 < more < 1.4
    assert risen < 1.6


def _before_leaving(world: Frames) -> tuple[float, float]:
    """Return how many times as much customers write, and escalate of it, in the 90 days before they leave."""
    people = world["customers"].filter(pl.col("created_at") < UNTIL - timedelta(days=540))
    leavers = people.filter(pl.col("churned_at") > UNTIL - timedelta(days=450))
    tickets = world["tickets"].join(people.select("customer_id", "churned_at"), on="customer_id")
    last = tickets.filter((pl.col("churned_at") - pl.col("created_at")).is_between(timedelta(0), timedelta(days=90)))
    last = last.join(leavers, on="customer_id", how="semi")
    others = tickets.filter(pl.col("churned_at").is_null())
    rates = last.height / leavers.height / 90, others.height / people["churned_at"].null_count() / 548
    rises = world["ticket_events"].filter(pl.col("field") == "escalated")["ticket_id"].implode()
    shares = [one["ticket_id"].is_in(rises).mean() for one in (last, others)]
    return rates[0] / rates[1], shares[0] / shares[1]
