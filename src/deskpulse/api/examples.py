"""An example of every route, in an order in which they can be run one after the other.

The documented answers are in `examples.json`, written by `python -m tests.api.write_examples` from real ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any
from urllib.parse import urlencode

from deskpulse.analytics.compose import COMPOSITIONS

Plain = dict[str, Any]
YEAR = {"from": "2026-01-01", "to": "2027-01-01"}
_COUNTED = {"metrics": ["tickets_created", "csat"], "by": ["team"], **YEAR}
_CSV = "Ticket ID,Opened At,Subject\n1,2026-02-01T10:00:00Z,Where is my parcel?\n2,yesterday,Charged twice\n"


@dataclass(frozen=True, kw_only=True)
class Example:
    """One request. `route` has places such as {run_id}; `at` fills them, or an earlier answer that kept them (`keep`).

    `files` and `form` are sent as a form. `is_local`: it needs the token of the server file.
    """

    method: str
    route: str
    at: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    files: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    keep: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    is_local: bool = False

    @property
    def key(self) -> str:
        """Return method and route."""
        return f"{self.method} {self.route}"

    def address(self, kept: Mapping[str, str]) -> str:
        """Return the path with its places filled."""
        return self.route.format_map({**kept, **self.at})

    def curl(self) -> str:
        """Return the request as a command."""
        named = [name for _, name, _, _ in Formatter().parse(self.route) if name]
        places = {name: self.at.get(name, name.upper()) for name in named}
        address = f"http://127.0.0.1:8080{self.route.format_map(places)}"
        if self.params:
            address += f"?{urlencode(dict(self.params), doseq=True)}"
        words = ["curl", *([] if self.method == "GET" else ["-X", self.method]), f"'{address}'"]
        if self.is_local:
            words.append('-H "authorization: Bearer $TOKEN"')
        if self.body is not None:
            words.append(f"-H 'content-type: application/json' -d '{json.dumps(self.body)}'")
        words += [f"-F {name}=@{file}" for name, (file, _) in self.files.items()]
        words += [f"-F {name}={value}" for name, value in self.form.items()]
        return " ".join(words)


def _get(route: str, **more: Any) -> Example:
    return Example(method="GET", route=f"/api/v1{route}", **more)


def _send(method: str, route: str, body: Any = None, **more: Any) -> Example:
    return Example(method=method, route=f"/api/v1{route}", body=body, **more)


def _compositions() -> Iterator[Example]:
    for composition in COMPOSITIONS.values():
        params = dict(composition.example)
        if not composition.is_now:
            params = {**{k: v for k, v in params.items() if k != "period"}, **YEAR}
        yield _get(composition.path, params=params)


_PARCEL = {"external_id": "1", "subject": "Where is my parcel?", "created_at": "2026-01-05T09:00:00Z"}
_LATE = '["Late delivery"]\ndescription = "parcel comes later than promised"\n'
_BUSY = {"metric": "tickets_created", "target": "95/8h", "aht": 600, "horizon": "14d", "methods": ["linear_trend"],
         "changes": [{"kind": "volume", "percent": 20}]}  # fmt: skip
_QUESTIONS: tuple[Example, ...] = (
    _get("/health"),
    _get("/metrics/health"),
    _get("/workspaces"),
    _send("POST", "/workspaces", {"slug": "acme", "name": "Acme Support", "timezone": "Europe/Berlin"}, status=201),
    _get("/workspace"),
    _get("/catalog/metrics"),
    _get("/catalog/dimensions"),
    _get("/catalog/dimensions/{dimension}/values", at={"dimension": "team"}, params={"limit": 10}),
    _get("/catalog/analytics"),
    _send("POST", "/query", {**_COUNTED, "where": ["priority >= high"]}),
    _get("/query", params={"metrics": ["tickets_created"], "grain": "month", **YEAR}),
    _send("POST", "/query/batch", {"queries": [_COUNTED, {"metrics": ["backlog"], **YEAR}]}),
    _send("POST", "/query/distribution", {"of": "first_reply_seconds", **YEAR}),
    _send("POST", "/query/heatmap", {"metric": "tickets_created", **YEAR}),
    _send("POST", "/query/cohort", {"metric": "tickets_created", "grain": "month", **YEAR}),
    _send("POST", "/query/drill", {"question": _COUNTED, "cell": {"metric": "csat", "by": {"team": "Billing"}},
                                   "limit": 2}),
    _send("POST", "/query/explain", {"question": {"metrics": ["csat"], **YEAR}}),
    _get("/tickets", params={"where": "channel = email", "sort": "-created_at", "limit": 2},
         keep={"ticket_id": "rows.0.ticket_id"}),
    _get("/tickets/{ticket_id}"),
    _get("/tickets/{ticket_id}/reasons"),
    _get("/tickets/{ticket_id}/predictions"),
    _get("/predictions"),
    _send("POST", "/predictions/learn", {"names": ["escalation"]}, keep={"job_id": "job_id"}),
    _get("/prediction-jobs/{job_id}"),
    _get("/predictions/tickets", params={"by": "escalation"}, status=409),
    _send("POST", "/predictions/check", {"names": ["escalation"]}),
    _get("/predictions/customers", params={"by": "money"}, status=409),
    _get("/predictions/agents", status=409),
    _send("POST", "/labels/explain", {"text": "I was charged twice for my order, please refund me today"}),
    _send("POST", "/labels/corrections", {"corrections": [
        {"ticket_id": "help-desk:1002", "label": "urgency", "value": "high"}]}),
    _get("/labels/corrections", params={"limit": 2}),
    _get("/labels/measures"),
    _send("POST", "/taxonomy/preview", {"toml": _LATE, "tickets": 100}),
    _send("PUT", "/taxonomy", {"toml": _LATE, "note": "only late ones"}),
    _send("POST", "/taxonomy/categories", {"name": "Wrong color", "description": "color differs from the picture"}),
    _send("DELETE", "/taxonomy/categories/{name}", at={"name": "Wrong color"}),
    _get("/taxonomy"),
    _get("/taxonomy/versions"),
    _send("DELETE", "/taxonomy"),
    *_compositions(),
    _send("POST", "/analytics/batch", {"requests": [
        {"name": "leaderboards", "options": {"by": "team", "least_n": 5, **YEAR}}, {"name": "live"}]}),
    _get("/staffing", params={"volume": 120, "aht": 240, "interval": 30, "target": "80/20", "shrinkage": 0.3}),
    _get("/phrases", params={"from": "2026-02-15", "to": "2026-02-22"}),
    _get("/problems", params={**YEAR, "limit": 1}),
    _get("/patterns", params={"metric": "csat", "by": "channel", "parts": "seasons"}),
    _get("/insights", params={"until": "2026-02-15", "days": "7"}),
    _get("/anomalies/watched"),
    _send("PUT", "/anomalies/watched/{metric}", {"by": ["channel", "team"]}, at={"metric": "nps"}),
    _send("DELETE", "/anomalies/watched/{metric}", at={"metric": "nps"}),
    _send("POST", "/anomalies/look"),
    _get("/anomalies", params={"severity": "low"}, keep={"anomaly_id": "anomalies.0.anomaly_id"}),
    _get("/anomalies/{anomaly_id}"),
    _send("PUT", "/anomalies/{anomaly_id}/mark", {"verdict": "known-event", "note": "The new price list"}),
    _send("POST", "/drivers", {"metric": "tickets_created", "from": "2026-02-01", "to": "2026-03-01", "by": ["team"]}),
    _get("/forecast-methods"),
    _send("POST", "/forecasts", {"metric": "tickets_created", "horizon": "3d", "methods": ["season_level"],
                                 "ignore": ["2026-02-10"]}),
    _get("/recommendations", params={**YEAR, "status": "open"}),
    _send("PUT", "/recommendations/{recommendation_id}", {"status": "accepted"},
          at={"recommendation_id": "0123456789ab"}, status=404),
    _get("/scorecards", params={**YEAR, "by": "team", "target": "satisfaction=0.9", "limit": 2}),
    _get("/scenario-changes"),
    _send("POST", "/scenarios/compare", _BUSY),
    _send("POST", "/archive/run", {"older_than": "2026-03"}),
    _get("/archive", params={"check": True}),
    _send("POST", "/archive/restore", {}),
    _get("/reports"),
    _get("/reports/{name}", at={"name": "insights"}, params={"format": "json", **YEAR}),
)  # fmt: skip
_KEPT: tuple[Example, ...] = (
    _send("PUT", "/segments/{name}", {"filter": "priority >= high", "about": "Promised an hour"}, at={"name": "vip"}),
    _get("/segments"),
    _send("DELETE", "/segments/{name}", at={"name": "vip"}, status=204),
    _send("PUT", "/targets/{metric}", {"value": 0.9}, at={"metric": "csat"}),
    _get("/targets"),
    _send("DELETE", "/targets/{metric}", at={"metric": "csat"}, status=204),
    _send("POST", "/forecasts", {"metric": "tickets_created", "horizon": "2d", "until": "2026-02-10", "keep": True,
                                 "methods": ["season_level"]}, keep={"forecast_id": "forecast_id"}),
    _get("/reviews/sample", params={"per": 2, "period": "1y", "limit": 2}),
    _get("/reviews/form"),
    _send("POST", "/reviews", {"ticket_id": "help-desk:1000", "chosen": "random", "comment": "Kind and right",
                               "answers": {"tone": 2, "understanding": 2, "solution": 2, "completeness": 1,
                                           "process": "yes", "language": "na", "data_protection": "yes"}},
          keep={"review_id": "review_id"}),
    _get("/reviews", params={"limit": 2}),
    _send("PATCH", "/reviews/{review_id}", {"answers": {"completeness": 2}}),
    _send("PUT", "/reviews/{review_id}/response", {"status": "acknowledged"}),
    _get("/reviews/{review_id}"),
    _send("DELETE", "/reviews/{review_id}"),
    _send("PUT", "/reviews/form", {"criteria": None, "note": "The default form"}),
    _get("/forecasts"),
    _get("/forecasts/{forecast_id}"),
    _get("/forecasts/{forecast_id}/check"),
    _send("POST", "/forecasts/check"),
    _send("POST", "/forecasts/recompute"),
    _send("PUT", "/scenarios/{name}", _BUSY, at={"name": "busy"}),
    _get("/scenarios"),
    _get("/scenarios/{name}", at={"name": "busy"}),
    _get("/scenarios/{name}/comparison", at={"name": "busy"}),
    _send("DELETE", "/scenarios/{name}", at={"name": "busy"}),
    _send("POST", "/events", {"name": "Help desk down", "kind": "outage", "start": "2026-02-10T08:00",
                              "end": "2026-02-10T13:00", "where": "channel = email"}, keep={"event_id": "event_id"}),
    _get("/events", params={"from": "2026-02-01", "to": "2026-03-01"}),
    _get("/events/{event_id}"),
    _send("PUT", "/events/{event_id}", {"note": "The mail server was full."}),
    _send("DELETE", "/events/{event_id}"),
    _send("POST", "/events/import", {"events": [
        {"name": "New prices", "kind": "price change", "start": "2026-02-02"},
        {"name": "Old prices", "kind": "price change", "start": "2026-02-02", "end": "2026-02-01"}]}),
    _send("PUT", "/schedules/{name}", {"hours": "Mon-Fri 09:00-17:30 Europe/Berlin"}, at={"name": "Day"}),
    _get("/schedules"),
    _get("/schedules/{name}", at={"name": "Day"}),
    _send("POST", "/schedules/{name}/holidays", {"holidays": [{"day": "2026-12-25", "name": "Christmas"}]},
          at={"name": "Day"}),
    _send("PUT", "/schedule-assignments", {"scope": "team", "target": "Billing", "schedule": "Day"}),
    _send("PUT", "/schedule-mode", {"mode": "as_of"}),
    _send("POST", "/schedule-jobs", status=202, keep={"job_id": "job.job_id"}),
    _get("/schedule-jobs/{job_id}"),
    _send("POST", "/schedule-jobs/{job_id}/cancel", status=409),
    _send("PUT", "/schedule-assignments", {"scope": "team", "target": "Billing", "schedule": None}),
    _send("DELETE", "/schedules/{name}", at={"name": "Day"}),
    _send("PUT", "/service-levels/{name}", {"targets": "first_reply: urgent 30m, * 4h; resolution: * 3d"},
          at={"name": "Standard"}),
    _get("/service-levels"),
    _get("/service-levels/{name}", at={"name": "Standard"}),
    _send("DELETE", "/service-levels/{name}", at={"name": "Standard"}),
)  # fmt: skip
_MENDED = (
    "rejected_id,part,row_number,reason,column_name,Opened At\n"
    "{run_id}:tickets.csv:2,tickets.csv,2,this is no date,Opened At,2026-03-02\n"
)
_ROWS_IN: tuple[Example, ...] = (
    _send("POST", "/push/{shape}", {"source": "shop", "rows": [_PARCEL]}, at={"shape": "tickets"}, status=202),
    _send("POST", "/imports/preview", {"path": "tickets.csv"}, is_local=True),
    _send("POST", "/imports", {"path": "tickets.csv", "source": "help desk"}, is_local=True, status=202,
          keep={"run_id": "run_id"}),
    _send("POST", "/imports/upload", files={"file": ("tickets.csv", _CSV)}, form={"source": "shop"}, status=202,
          keep={"run_id": "run_id"}),
    _get("/imports", params={"limit": 2}),
    _get("/imports/{run_id}"),
    _get("/rejected", params={"limit": 2}),
    _get("/rejected.csv"),
    _send("POST", "/imports/{run_id}/replay", {"fixes": {}}),
    _send("POST", "/rejected/mended", {"csv": _MENDED}),
    _send("POST", "/rejected/dismiss", {"run_id": "{run_id}"}),
    _send("POST", "/reconcile", {"source": "help-desk"}),
    _send("POST", "/reconcile/upload", files={"file": ("numbers.csv", "{numbers}")}, form={"source": "help-desk"}),
    _send("POST", "/imports/{run_id}/cancel", status=409),
    _send("POST", "/imports/{run_id}/resume", status=409),
    _send("DELETE", "/imports/{run_id}"),
    _send("POST", "/demo", {"tickets": 100}, status=202),
)  # fmt: skip
EXAMPLES: tuple[Example, ...] = (*_QUESTIONS, *_KEPT, *_ROWS_IN)


@cache
def answers() -> dict[str, Any]:
    """Return the documented answers, by method and route; long lists and texts are cut."""
    found: dict[str, Any] = json.loads(files("deskpulse.api").joinpath("examples.json").read_text("utf-8"))
    return found


def with_examples(schema: Plain) -> Plain:
    """Add to an OpenAPI document an example request, the same as a command, and an example answer, of each route."""
    for example in EXAMPLES:
        operation = schema["paths"].get(example.route, {}).get(example.method.lower())
        if operation is None:
            continue
        operation["x-codeSamples"] = [{"lang": "Shell", "label": "curl", "source": example.curl()}]
        if example.body is not None:
            operation["requestBody"]["content"]["application/json"]["example"] = example.body
        for parameter in operation.get("parameters", ()):
            value = {**example.at, **example.params}.get(parameter["name"])
            if value is not None:
                parameter["example"] = value
        answer = answers().get(example.key)
        told = operation["responses"].setdefault(str(example.status), {"description": "Done."})
        if answer is not None:
            told.setdefault("content", {}).setdefault(answer["type"], {})["example"] = answer["body"]
    return schema
