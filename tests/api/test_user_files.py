"""Users' own exports become the numbers that plain pandas gets of them, by import and by push."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from starlette.testclient import TestClient
from tests.api.conftest import BEARER, TOKEN, import_file

from deskpulse.api.app import create_app
from deskpulse.core.settings import Settings
from deskpulse.desk import Desk

_BLOCKS = (Path(__file__).parent / "user_files.txt").read_text(encoding="utf-8").split("=== ")[1:]
FILES = {name: text for name, _, text in (block.partition("\n") for block in _BLOCKS)}
"""Exports as telephone systems, survey tools, rosters and books write them, by name of file."""

SHAPES = {
    "aircall_calls.csv": "calls", "survey_answers.csv": "surveys", "agent_status_log.csv": "agent_states",
    "shift_roster.csv": "roster", "buchungen.csv": "money", "crm_contacts.csv": "customers",
    "crm_companies.csv": "companies", "assistant_log.csv": "bot_turns", "mentions.csv": "messages",
    "qa_evaluations.csv": "reviews", "help_articles.csv": "articles", "staff.csv": "agents", "groups.csv": "teams",
    "explore_tickets.csv": "tickets",
}  # fmt: skip
SPAN = {"from": "2026-01-01", "to": "2026-04-01"}


def frame(name: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(FILES[name]), sep=None, engine="python", dtype=str)


def seconds(texts: pd.Series[Any]) -> pd.Series[Any]:
    return pd.to_timedelta(texts).dt.total_seconds()


def calls() -> dict[str, float]:
    f = frame("aircall_calls.csv")
    inbound = f[f["Direction"] == "inbound"]
    answered = inbound[inbound["Answered"] == "Yes"]
    costs = f["Cost (EUR)"].str.replace(",", ".").astype(float)
    missed = inbound["Missed Call Reason"]
    waits = seconds(answered["Waiting Time"])
    return {
        "calls_offered": len(inbound), "calls_made": len(f) - len(inbound), "calls_answered": len(answered),
        "calls_abandoned": int((missed == "abandoned").sum()), "calls_to_voicemail": int((missed == "voicemail").sum()),
        "call_cost": costs.sum(), "speed_of_answer_seconds_mean": waits.mean(),
        "talk_time_seconds_mean": seconds(inbound["In Call Duration"].dropna()).mean(),
        "wrap_up_time_seconds_mean": seconds(inbound["After Call Work"].dropna()).mean(),
        "hold_time_seconds_mean": seconds(inbound["Hold Duration"].dropna()).mean(),
    }  # fmt: skip


def surveys() -> dict[str, float]:
    f = frame("survey_answers.csv")
    kinds = {kind: part.astype(float) for kind, part in f.dropna(subset="Rating").groupby("Survey Type")["Rating"]}
    return {
        "csat": (kinds["CSAT"] >= 4).mean(), "csat_score_mean": kinds["CSAT"].mean(),
        "nps": 100 * ((kinds["NPS"] >= 9).mean() - (kinds["NPS"] <= 6).mean()), "ces_score_mean": kinds["CES"].mean(),
        "surveys_offered": len(f), "surveys_answered": f["Rating"].notna().sum(),
        "survey_response_rate": f["Rating"].notna().mean(),
    }  # fmt: skip


def states() -> dict[str, float]:
    f = frame("agent_status_log.csv")
    lasted = seconds(f["Duration"]).groupby(f["Status"]).sum()
    busy, ready = lasted["On Call"] + lasted["After Call Work"], lasted["Ready"]
    return {
        "handling_seconds": busy,
        "ready_seconds": ready + busy,
        "occupancy": busy / (busy + ready),
        "agents_active": 2,
    }


def roster() -> dict[str, float]:
    f = frame("shift_roster.csv")
    worked = f[f["Shift Type"] == "Regular"]
    day = "%d/%m/%Y %H:%M"
    lasted = pd.to_datetime(worked["Shift End"], format=day) - pd.to_datetime(worked["Shift Start"], format=day)
    return {"planned_work_seconds": lasted.dt.total_seconds().sum()}


def money() -> dict[str, float]:
    f = frame("buchungen.csv")
    amounts = f["Betrag"].str.replace(r"[^\d,]", "", regex=True).str.replace(",", ".").astype(float)
    by_kind = amounts.groupby(f["Art"]).sum()
    return {"revenue": by_kind["Umsatz"], "costs": by_kind["Kosten"], "money_entries": len(f),
            "refunded": amounts[f["Verwendungszweck"] == "Refund"].sum()}  # fmt: skip


def customers() -> dict[str, float]:
    f = frame("crm_contacts.csv")
    return {"customers_new": (f["Create Date"] >= "2026-01-01").sum(), "customers_lost": f["Churn Date"].notna().sum()}


def assistant() -> dict[str, float]:
    f = frame("assistant_log.csv")
    taken = f["Latency (ms)"].astype(float) / 1000
    handed = f.groupby("Session ID")["Escalated To Human"].apply(lambda s: (s == "true").any())
    return {
        "assistant_turns": len(f), "assistant_response_time_seconds_mean": taken.mean(),
        "assistant_response_time_seconds_p95": taken.quantile(0.95),
        "assistant_cost": f["Cost USD"].astype(float).sum(),
        "assistant_tokens_in": f["Prompt Tokens"].astype(int).sum(),
        "assistant_error_rate": (f["Error"] == "true").mean(),
        "assistant_conversations": f["Session ID"].nunique(), "assistant_hand_over_rate": handed.mean(),
    }  # fmt: skip


def social() -> dict[str, float]:
    f = frame("mentions.csv")
    likes, shares, replies, seen = (f[c].astype(int).sum() for c in ("Likes", "Retweets", "Replies", "Impressions"))
    return {"social_posts": len(f), "social_likes": likes, "social_shares": shares, "social_replies": replies,
            "social_impressions": seen, "social_engagement": likes + shares + replies,
            "messages_received": len(f)}  # fmt: skip


def reviews() -> dict[str, float]:
    scores = frame("qa_evaluations.csv")["Total Score"].str.rstrip("%").astype(float) / 20
    return {"reviews_made": len(scores), "quality_score_mean": scores.mean(), "quality_score_median": scores.median()}


def tickets() -> dict[str, float]:
    f = frame("explore_tickets.csv")
    minutes = {c: f[c].astype(float) * 60 for c in f.columns if c.endswith("(min)")}
    return {
        "first_reply_time_seconds_median": minutes["First reply time (min)"].median(),
        "requester_wait_time_seconds_mean": minutes["Requester wait time (min)"].mean(),
        "agent_wait_time_seconds_mean": minutes["Agent wait time (min)"].mean(),
        "on_hold_time_seconds_mean": minutes["On hold time (min)"].mean(),
        "first_resolution_time_seconds_mean": minutes["First resolution time (min)"].mean(),
        # Each mention is a ticket too, without notes.
        "notes_per_ticket": f["Internal comments"].astype(int).sum() / (len(f) + len(frame("mentions.csv"))),
        "source_sla_met_rate": (f["SLA breached"] == "false").mean(),
    }  # fmt: skip


EXPECTED: tuple[Callable[[], dict[str, float]], ...] = (
    calls, surveys, states, roster, money, customers, assistant, social, reviews,
    tickets,
)  # fmt: skip


@pytest.fixture(scope="module", params=["imported", "pushed"])
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A desk that holds all the files, imported as they are or pushed row by row."""
    folder = tmp_path_factory.mktemp("files")
    with Desk(Settings(_env_file=None, data_dir=folder / "data", workers=1)) as opened:
        opened.serve_journals()
        client = TestClient(create_app(opened, token=TOKEN), base_url="http://127.0.0.1:8080")
        (import_all if request.param == "imported" else push_all)(client, folder)
        yield client


def import_all(client: TestClient, folder: Path) -> None:
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
        run = import_file(client, folder / name, source="ours")
        (mapping,) = run["result"]["mapping"].values()
        assert (run["status"], run["result"]["rejected"], mapping["shape"]) == ("done", 0, SHAPES[name])


def push_all(client: TestClient, _: Path) -> None:
    for name, text in FILES.items():
        dialect = ";" if ";" in text.splitlines()[0] else ","
        body = {"source": "ours", "rows": list(csv.DictReader(io.StringIO(text), delimiter=dialect))}
        answer = client.post(f"/api/v1/push/{SHAPES[name]}", json=body, headers=BEARER)
        assert answer.status_code == 202, answer.text
    until = time.monotonic() + 120
    while time.monotonic() < until:
        journals = client.get("/api/v1/health", headers=BEARER).json()["journals"]
        if all(one["waiting"] == 0 for one in journals.values()):
            return
        time.sleep(0.05)
    raise AssertionError("the pushed rows never came")


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda e: e.__name__)
def test_a_users_file_becomes_the_numbers_that_pandas_gets(
    desk: TestClient, expected: Callable[[], dict[str, float]]
) -> None:
    wanted = expected()
    answer = desk.post("/api/v1/query", json={"metrics": list(wanted), **SPAN}, headers=BEARER).json()
    got = {name: answer["totals"][name]["value"] for name in wanted}
    assert got == pytest.approx({name: float(value) for name, value in wanted.items()}, nan_ok=False)
