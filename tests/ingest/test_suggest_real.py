"""Suggestions for the public data sets, and what comes of them, against plain pandas."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import polars as pl
import pytest

from deskpulse.core.settings import Settings
from deskpulse.ingest.model import Mapping
from deskpulse.ingest.suggest import suggest
from deskpulse.ingest.transform import TransformState, apply, first_pass, needs_first_pass
from deskpulse.sources.model import Chunk

pytestmark = pytest.mark.data
SETTINGS = Settings(_env_file=None)


def read(path: Path) -> pl.DataFrame:
    return pl.read_ndjson(path) if path.suffix == ".jsonl" else pl.read_csv(path, infer_schema_length=0)


def suggested(path: Path) -> tuple[Mapping, dict[str, str]]:
    mapping = suggest(read(path).head(5000), part_name=path.name)
    return mapping, {c.target: c.column for c in mapping.columns}


def transformed(mapping: Mapping, frame: pl.DataFrame, rows: int = 1000) -> dict[str, pl.DataFrame]:
    """Every row's outcome by table ("stub:…" for stubs), chunk by chunk; no row may be lost."""
    state, numbers = TransformState(), pl.Series(range(1, frame.height + 1))
    chunks = [
        Chunk(frame=frame[i : i + rows], row_numbers=numbers[i : i + rows], position="")
        for i in range(0, frame.height, rows)
    ]
    if needs_first_pass(mapping):
        first_pass(mapping, chunks, state, SETTINGS)
    found: dict[str, list[pl.DataFrame]] = {}
    for chunk in chunks:
        made = apply(mapping, chunk, source="s", part="p", run_id="r", settings=SETTINGS, state=state)
        assert made.rejected.height == 0
        for name, table in {**made.tables, **{f"stub:{n}": t for n, t in made.stubs.items()}}.items():
            found.setdefault(name, []).append(table)
    return {name: pl.concat(frames, how="diagonal") for name, frames in found.items()}


def test_twitter_support(real_data: Path) -> None:
    path = real_data / "conversations_twcs" / "tweets.csv.gz"
    mapping, columns = suggested(path)
    assert mapping.shape == "messages"
    assert columns == {
        "message_id": "tweet_id", "ticket_id": "conversation_id", "sent_at": "created_at", "author_id": "author_id",
        "author_kind": "inbound", "body": "text", "in_reply_to": "in_response_to_tweet_id",
        "replied_by": "response_tweet_id", "channel": "",
    }  # fmt: skip
    plain = pd.read_csv(path, dtype=str)
    made = transformed(mapping, read(path))
    messages = made["messages"]
    assert messages.height == messages["message_id"].n_unique() == len(plain)
    assert made["stub:tickets"]["ticket_id"].n_unique() == plain["conversation_id"].nunique()
    kinds = dict(messages["author_kind"].value_counts().iter_rows())
    assert kinds == {"customer": (plain["inbound"] == "True").sum(), "agent": (plain["inbound"] == "False").sum()}
    brands = plain.loc[plain["inbound"] == "False", "author_id"].nunique()
    assert made["stub:agents"]["agent_id"].n_unique() == brands


def test_threads_of_twitter_support_are_rebuilt(real_data: Path) -> None:
    path = real_data / "conversations_twcs" / "tweets.csv.gz"
    frame = read(path)
    mapping = suggest(frame.drop("conversation_id"), part_name="tweets.csv")
    assert mapping.column_for("ticket_id") is None
    messages = transformed(mapping, frame.drop("conversation_id"), 300)["messages"]
    plain = pd.read_csv(path, dtype=str)
    rebuilt = messages.select("external_id", "ticket_id").to_pandas().merge(
        plain, left_on="external_id", right_on="tweet_id"
    )  # fmt: skip
    assert (rebuilt["ticket_id"] == "s:" + rebuilt["conversation_id"]).all()


def test_servicenow_incidents(real_data: Path) -> None:
    path = real_data / "sla_servicenow_incidents" / "events.csv.gz"
    mapping, columns = suggested(path)
    assert mapping.shape == "event_log"
    expected = {
        "ticket_id": "number", "tickets.status": "incident_state", "tickets.created_at": "opened_at",
        "tickets.solved_at": "resolved_at", "tickets.closed_at": "closed_at", "happened_at": "sys_updated_at",
        "tickets.is_sla_met": "made_sla", "tickets.handoff_count": "reassignment_count",
        "tickets.reopen_count": "reopen_count", "tickets.team": "assignment_group", "tickets.agent": "assigned_to",
        "tickets.customer": "caller_id", "tickets.priority": "priority", "tickets.urgency": "urgency",
        "tickets.channel": "contact_type", "tickets.category": "category", "tickets.subcategory": "subcategory",
        "actor": "sys_updated_by",
    }  # fmt: skip
    assert columns == expected
    plain = pd.read_csv(path, dtype=str, na_values=["?"])
    made = transformed(mapping, read(path))
    last = plain.groupby("number").last()
    tickets = made["tickets"].unique("ticket_id", keep="last")
    assert tickets.height == len(last) == 443
    assert tickets["is_sla_met"].sum() == (plain.groupby("number").tail(1)["made_sla"] == "True").sum() == 251
    hours = (tickets["solved_at"] - tickets["created_at"]).dt.total_minutes() / 60
    assert hours.median() == pytest.approx(56.7, abs=0.05)
    by_priority = {"1 - Critical": "urgent", "2 - High": "high", "3 - Moderate": "normal", "4 - Low": "low"}
    theirs = plain.groupby("number").tail(1)["priority"].map(by_priority).value_counts().to_dict()
    assert dict(tickets["priority"].value_counts().iter_rows()) == theirs
    statuses = {
        "New": "new", "Active": "open", "Awaiting User Info": "pending", "Awaiting Problem": "on_hold",
        "Awaiting Vendor": "on_hold", "Awaiting Evidence": "on_hold", "Resolved": "solved", "Closed": "closed",
    }  # fmt: skip
    ordered = plain.assign(s=plain["incident_state"].map(statuses)).sort_values(
        ["number", "sys_updated_at"], kind="stable"
    )
    known = ordered.dropna(subset="s")
    switches = (known["s"] != known.groupby("number")["s"].shift()).sum()
    events = made["ticket_events"]
    assert events.filter(pl.col("field") == "status").height == switches
    assert events["event_id"].n_unique() == events.height


def test_italian_helpdesk(real_data: Path) -> None:
    path = real_data / "resolution_helpdesk_italy" / "events.csv.gz"
    mapping, columns = suggested(path)
    assert mapping.shape == "event_log"
    assert columns == {"ticket_id": "case_id", "new_value": "activity", "actor": "resource", "happened_at": "timestamp"}
    plain = pd.read_csv(path, dtype=str).drop_duplicates()
    made = transformed(mapping, read(path))
    events = made["ticket_events"].unique("event_id")
    assert events.filter(pl.col("field") != "agent").height == len(plain)
    said = dict(events.filter(pl.col("field") == "status")["new_value"].value_counts().iter_rows())
    words = plain["activity"].value_counts()
    assert said["open"] == words["Take in charge ticket"]
    assert said["solved"] == words["Resolve ticket"] + words["RESOLVED"] + words["VERIFIED"]
    assert said["closed"] == words["Closed"] + words["INVALID"] + words["DUPLICATE"]
    assert made["stub:tickets"]["ticket_id"].n_unique() == plain["case_id"].nunique() == 4580


def test_new_york_311(real_data: Path) -> None:
    path = real_data / "resolution_nyc311_jan2020" / "requests.csv.gz"
    mapping, columns = suggested(path)
    assert mapping.shape == "tickets"
    assert columns == {
        "ticket_id": "unique_key", "created_at": "created_date", "closed_at": "closed_date",
        "category": "complaint_type",
    }  # fmt: skip
    plain = pd.read_csv(path, dtype=str)
    tickets = transformed(mapping, read(path))["tickets"]
    assert tickets["ticket_id"].n_unique() == len(plain)
    backwards = (pd.to_datetime(plain["closed_date"]) < pd.to_datetime(plain["created_date"])).sum()
    assert tickets["time_problem"].eq("closed before created").sum() == backwards == 325
    hours = (tickets["closed_at"] - tickets["created_at"]).dt.total_seconds() / 3600
    assert hours.median() == pytest.approx(9.1, abs=0.05)


def test_tickets_without_ids_and_dates(real_data: Path) -> None:
    path = real_data / "tickets_endava_it" / "tickets.csv.gz"
    mapping, columns = suggested(path)
    assert mapping.shape == "tickets"
    assert columns == {
        "subject": "title", "description": "body", "ticket_type": "ticket_type", "category": "category",
        "subcategory": "sub_category1", "urgency": "urgency",
    }  # fmt: skip
    urgency = mapping.column_for("urgency")
    assert urgency is not None
    assert [urgency.values[str(i)] for i in range(4)] == ["critical", "high", "medium", "low"]
    told = " ".join(mapping.notes)
    assert "ticket ids" in told
    assert "created_at stays empty" in told
    assert "taken for the most pressing" in told
    frame = read(path)
    tickets = transformed(mapping, frame)["tickets"]
    assert tickets["ticket_id"].n_unique() == frame.height
    assert tickets["ticket_id"].to_list() == transformed(mapping, frame, 333)["tickets"]["ticket_id"].to_list()


@pytest.mark.parametrize("brand", ["AmazonHelp", "AppleSupport"])
@pytest.mark.parametrize("direction", ["inbound", "outbound"])
def test_labelled_tweets(real_data: Path, brand: str, direction: str) -> None:
    path = real_data / "topics_twcs_labelled" / f"{brand}_{direction}.jsonl"
    mapping, columns = suggested(path)
    assert mapping.shape == "messages"
    assert columns["ticket_id"] == "main_tweet_id"
    assert columns["tickets.brand"] == "company"
    messages = transformed(mapping, read(path))["messages"]
    plain = pd.read_json(path, lines=True, dtype=False)
    assert messages["message_id"].n_unique() == len(plain)
    assert set(messages["author_kind"]) == {"customer" if direction == "inbound" else "agent"}
    assert not messages["in_reply_to"].str.ends_with(".0").any()


def test_airline_tweets(real_data: Path) -> None:
    path = real_data / "sentiment_airline_tweets" / "tweets.csv.gz"
    mapping, columns = suggested(path)
    assert mapping.shape == "messages"
    assert columns == {
        "message_id": "tweet_id", "sent_at": "tweet_created", "body": "text", "shares": "retweet_count",
        "tickets.brand": "airline", "tickets.category": "negativereason", "channel": "", "author_kind": "",
    }  # fmt: skip
    plain = pd.read_csv(path, dtype=str)
    made = transformed(mapping, read(path))
    assert made["messages"]["shares"].sum() == plain["retweet_count"].astype(int).sum()
    assert made["messages"]["message_id"].n_unique() == plain["tweet_id"].nunique()
    assert set(made["stub:brands"]["name"]) == set(plain["airline"])
    assert set(made["messages"]["author_kind"]) == {"customer"}
