"""Public exports through `metrics.query` against plain pandas: equal where the definition is, else the rest is derived.

Each also runs on a few rows that look alike, where the public data sets are not at hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from tests.ingest.imports import workspace
from tests.metrics.world import OWNER

from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.model import ImportOptions
from deskpulse.ingest.run import run_import
from deskpulse.metrics.model import MetricQuery
from deskpulse.metrics.query import QueryEngine

TIME = "full_resolution_time_seconds"
HELP_DESK = """case_id,activity,resource,timestamp,variant
C1,Assign seriousness,Value 1,2010-01-04 08:00:00+00:00,V
C1,Take in charge ticket,Value 1,2010-01-04 09:00:00+00:00,V
C1,Resolve ticket,Value 1,2010-01-05 09:00:00+00:00,V
C1,Resolve ticket,Value 1,2010-01-05 09:30:00+00:00,V
C1,Closed,Value 3,2010-01-20 09:30:00+00:00,V
C2,Take in charge ticket,Value 2,2010-01-04 10:00:00+00:00,V
C2,Resolve ticket,Value 2,2010-01-04 12:00:00+00:00,V
C2,Wait,Value 2,2010-01-06 12:00:00+00:00,V
C2,Resolve ticket,Value 2,2010-01-07 12:00:00+00:00,V
C3,Take in charge ticket,Value 2,2010-01-04 11:00:00+00:00,V
"""
INCIDENTS = """\
number,incident_state,active,reopen_count,made_sla,opened_at,sys_updated_at,priority,assigned_to,resolved_at,closed_at
INC1,New,True,0,True,2016-02-29T06:38,2016-02-29T06:42,3 - Moderate,R 1,2016-03-01T08:00,2016-03-07T13:00
INC1,Resolved,True,0,True,2016-02-29T06:38,2016-03-01T08:05,3 - Moderate,R 1,2016-03-01T08:00,2016-03-07T13:00
INC1,Closed,False,0,True,2016-02-29T06:38,2016-03-07T13:00,3 - Moderate,R 1,2016-03-01T08:00,2016-03-07T13:00
INC2,New,True,0,False,2016-03-01T09:00,2016-03-01T09:10,2 - High,R 2,2016-03-02T10:00,2016-03-09T10:00
INC2,Resolved,True,0,False,2016-03-01T09:00,2016-03-02T10:00,2 - High,R 2,2016-03-02T10:00,2016-03-09T10:00
INC2,Active,True,1,False,2016-03-01T09:00,2016-03-03T10:00,2 - High,R 2,2016-03-02T10:00,2016-03-09T10:00
INC2,Resolved,True,1,False,2016-03-01T09:00,2016-03-04T10:00,2 - High,R 2,2016-03-02T10:00,2016-03-09T10:00
"""
REQUESTS = """unique_key,created_date,closed_date,complaint_type,borough
1,2020-01-01T00:00:00,2020-01-10T00:00:01,Food Poisoning,BRONX
2,2020-01-02T00:00:00,2020-01-03T00:00:00,Noise,BRONX
3,2020-01-03T00:00:00,2020-01-02T00:00:00,Noise,QUEENS
4,2020-01-03T00:00:00,2020-01-03T06:00:00,Noise,QUEENS
"""
SOLVING = {"Resolve ticket", "Closed", "RESOLVED", "VERIFIED", "INVALID", "DUPLICATE"}


@pytest.fixture
def context(tmp_path: Path) -> Iterator[ImportContext]:
    with workspace(tmp_path / "data", import_batch_rows=3_000) as found:
        yield found


@pytest.fixture(params=["alike", pytest.param("public", marks=pytest.mark.data)])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def file_of(kind: str, request: pytest.FixtureRequest, tmp_path: Path, *, public: str, alike: str) -> Path:
    """Return the public file, or a look-alike of it with the same name."""
    if kind == "public":
        return Path(request.getfixturevalue("real_data")) / public
    path = tmp_path / Path(public).name.removesuffix(".gz")
    path.write_text(alike, "utf-8")
    return path


def asked(context: ImportContext, *metrics: str) -> dict[str, tuple[float | None, int]]:
    """Return value and n of the metrics over all time."""
    start, end = datetime(2000, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
    query = MetricQuery(metrics=metrics, start=start, end=end)
    totals = QueryEngine(context.warehouse, context.settings).query(OWNER, query).totals
    return {name: (value.value, value.n) for name, value in totals.items()}


def statistics(seconds: pd.Series[float]) -> dict[str, tuple[float | None, int]]:
    """Return pandas' own statistics, in the words of the metrics."""
    n = len(seconds)
    return {
        f"{TIME}_median": (pytest.approx(seconds.median()), n),
        f"{TIME}_p90": (pytest.approx(seconds.quantile(0.9)), n),
        f"{TIME}_mean": (pytest.approx(seconds.mean()), n),
    }  # type: ignore[dict-item]  # fmt: skip


def last_solution(rows: pd.DataFrame, case: str) -> pd.Series[pd.Timestamp]:
    """Return when each case last went from unsolved to solved, of those that are solved; rows: `at, solved`, in order.

    That is our definition: resolving what is resolved already changes nothing, and what is open again is not solved.
    """
    was = rows.groupby(case)["solved"].shift(fill_value=False)
    at = rows[rows["solved"] & ~was].groupby(case)["at"].max()
    ends = rows.groupby(case)["solved"].last()
    return at[ends[at.index]]


def test_a_help_desks_log(kind: str, context: ImportContext, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    path = file_of(kind, request, tmp_path, public="resolution_helpdesk_italy/events.csv.gz", alike=HELP_DESK)
    run_import(context, path, ImportOptions(source="help", enrich=False))
    log = pd.read_csv(path)
    log["at"], log["solved"] = pd.to_datetime(log["timestamp"], utc=True), log["activity"].isin(SOLVING)
    log = log[~log["activity"].str.contains("SW anomaly|Assign")].sort_values(["case_id", "at"], kind="stable")
    solved = last_solution(log, "case_id")
    opened = pd.to_datetime(pd.read_csv(path)["timestamp"], utc=True).groupby(pd.read_csv(path)["case_id"]).min()
    spent = (solved - opened[solved.index]).dt.total_seconds()
    found = asked(context, "tickets_created", "tickets_solved", *statistics(spent))
    assert found == {"tickets_created": (len(opened), len(opened)), "tickets_solved": (len(solved), len(solved)),
                     **statistics(spent)}  # fmt: skip
    # Until the last "Resolve ticket" it would be longer for cases that were resolved twice and not opened between.
    naive = log[log["activity"] == "Resolve ticket"].groupby("case_id")["at"].max()
    later = naive[naive.index.isin(solved.index)] > solved[naive.index[naive.index.isin(solved.index)]]
    assert later.sum() == (1 if kind == "alike" else 157)


def test_incidents(kind: str, context: ImportContext, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    path = file_of(kind, request, tmp_path, public="sla_servicenow_incidents/events.csv.gz", alike=INCIDENTS)
    run_import(context, path, ImportOptions(source="now", enrich=False))
    log = pd.read_csv(path, na_values="?")
    log["at"], log["solved"] = pd.to_datetime(log["sys_updated_at"], utc=True), log["incident_state"].isin(
        ["Resolved", "Closed"])  # fmt: skip
    log = log.sort_values(["number", "at"], kind="stable")
    solved, last = last_solution(log, "number"), log.groupby("number").last()
    spent = (solved - pd.to_datetime(last["opened_at"], utc=True)[solved.index]).dt.total_seconds()
    found = asked(context, "tickets_created", "source_sla_met_rate", *statistics(spent))
    met = (pytest.approx(last["made_sla"].astype(bool).mean()), len(last))
    assert found == {"tickets_created": (len(last), len(last)), "source_sla_met_rate": met, **statistics(spent)}


def test_requests(kind: str, context: ImportContext, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    path = file_of(kind, request, tmp_path, public="resolution_nyc311_jan2020/requests.csv.gz", alike=REQUESTS)
    run_import(context, path, ImportOptions(enrich=False))
    rows = pd.read_csv(path)
    spent = (pd.to_datetime(rows["closed_date"]) - pd.to_datetime(rows["created_date"])).dt.total_seconds().dropna()
    # What closes before it opens is counted as a ticket, and has no say in times.
    sound = spent[spent >= 0]
    found = asked(context, "tickets_created", "tickets_solved", *statistics(sound))
    assert found == {"tickets_created": (len(rows), len(rows)), "tickets_solved": (len(spent), len(spent)),
                     **statistics(sound)}  # fmt: skip
    assert len(spent) - len(sound) == (1 if kind == "alike" else 325)
