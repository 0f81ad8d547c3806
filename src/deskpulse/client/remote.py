"""The door through the server that holds the data folder."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from deskpulse.client.anomalies import AnomaliesDoor, RemoteAnomalies
from deskpulse.client.archive import ArchiveDoor, RemoteArchive
from deskpulse.client.door import Document, Json, RunListener
from deskpulse.client.events import EventsDoor, RemoteEvents
from deskpulse.client.forecasts import ForecastsDoor, RemoteForecasts
from deskpulse.client.insights import InsightsDoor, RemoteInsights
from deskpulse.client.labels import LabelsDoor, RemoteLabels
from deskpulse.client.models import ModelsDoor, RemoteModels
from deskpulse.client.policies import PoliciesDoor, RemotePolicies
from deskpulse.client.predictions import PredictionsDoor, RemotePredictions
from deskpulse.client.reviews import RemoteReviews, ReviewsDoor
from deskpulse.client.scenarios import RemoteScenarios, ScenariosDoor
from deskpulse.client.schedules import RemoteSchedules, SchedulesDoor
from deskpulse.client.taxonomy import RemoteTaxonomy, TaxonomyDoor
from deskpulse.core import errors
from deskpulse.core.server_file import ServerFile

POLL_SECONDS = 0.2
ENDED = frozenset({"done", "failed", "cancelled", "interrupted", "undone"})


def raise_problem(response: httpx.Response) -> None:
    """Raise the error that a problem document tells of, as the same kind that the server raised."""
    if response.status_code < 400:
        return
    try:
        body = response.json()
    except ValueError:
        body = {}
    message = body.get("detail") or f"The server answered {response.status_code}."
    raise errors.error_of(body.get("code", ""), message, body.get("hint", ""))


class RemoteDoor:
    """Speaks to a running server as this machine's user."""

    def __init__(self, server: ServerFile, workspace: str | None) -> None:
        headers = {"authorization": f"Bearer {server.token}"}
        if workspace:
            headers["x-deskpulse-workspace"] = workspace
        timeout = httpx.Timeout(600, connect=5)
        self._http = httpx.Client(base_url=f"{server.url}/api/v1", headers=headers, timeout=timeout, trust_env=False)

    def _call(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            response = self._http.request(method, path, **more)
        except httpx.TransportError as error:
            raise errors.BusyError(
                f"The server at {self._http.base_url.host}:{self._http.base_url.port} does not answer ({error}).",
                hint="If it hangs, stop it; the next command works without it.",
            ) from error
        raise_problem(response)
        return response

    def _json(self, method: str, path: str, **more: Any) -> Json:
        answer: Json = self._call(method, path, **more).json()
        return answer

    def workspaces(self) -> list[Json]:
        """List the workspaces."""
        found: list[Json] = self._json("GET", "/workspaces")["workspaces"]
        return found

    def add_workspace(self, slug: str, name: str, timezone: str | None) -> Json:
        """Make a workspace."""
        return self._json("POST", "/workspaces", json={"slug": slug, "name": name, "timezone": timezone})

    def describe(self) -> Json:
        """Describe this workspace."""
        return self._json("GET", "/workspace")

    def health(self) -> Json:
        """Tell how the server is."""
        return self._json("GET", "/health")

    def catalog(self) -> Json:
        """Return the metrics and dimensions."""
        return self._json("GET", "/catalog/metrics") | self._json("GET", "/catalog/dimensions")

    def query(self, spec: Json) -> Json:
        """Answer a question."""
        return self._json("POST", "/query", json={k: v for k, v in spec.items() if v is not None})

    def compositions(self) -> list[Json]:
        """List the compositions of analytics."""
        found: list[Json] = self._json("GET", "/catalog/analytics")["compositions"]
        return found

    def analytics(self, name: str, spec: Json) -> Json:
        """Answer a composition."""
        answer: Json = self._composition(name, spec, "json").json()
        return answer

    def analytics_csv(self, name: str, spec: Json) -> bytes:
        """Answer a composition as CSV."""
        return self._composition(name, spec, "csv").content

    def _composition(self, name: str, spec: Json, format: str) -> httpx.Response:
        paths = {found["name"]: found["path"].removeprefix("/api/v1") for found in self.compositions()}
        if name not in paths:
            raise errors.UnknownNameError("composition", name, set(paths))
        params = {k: v for k, v in spec.items() if v is not None} | {"format": format}
        return self._call("GET", paths[name], params=params)

    def distribution(self, spec: Json) -> Json:
        """Tell how the values of a number lie."""
        return self._json("POST", "/query/distribution", json={k: v for k, v in spec.items() if v is not None})

    def heatmap(self, spec: Json) -> Json:
        """Tell a metric by weekday and hour."""
        return self._json("POST", "/query/heatmap", json={k: v for k, v in spec.items() if v is not None})

    def cohort(self, spec: Json) -> Json:
        """Tell customers by first contact."""
        return self._json("POST", "/query/cohort", json={k: v for k, v in spec.items() if v is not None})

    def drill(self, spec: Json) -> Json:
        """List the rows behind a cell."""
        return self._json("POST", "/query/drill", json={k: v for k, v in spec.items() if v is not None})

    def explain(self, spec: Json, cell: Json | None = None) -> Json:
        """Explain an answer."""
        return self._json("POST", "/query/explain", json={"question": spec, "cell": cell})

    def segments(self) -> list[Json]:
        """List the segments."""
        found: list[Json] = self._json("GET", "/segments")["segments"]
        return found

    def save_segment(self, name: str, filter: str, about: str = "") -> Json:
        """Keep a filter under a name."""
        return self._json("PUT", f"/segments/{quote(name, safe='')}", json={"filter": filter, "about": about})

    def delete_segment(self, name: str) -> None:
        """Forget a segment."""
        self._call("DELETE", f"/segments/{quote(name, safe='')}")

    def targets(self) -> dict[str, float]:
        """Return the targets."""
        found: dict[str, float] = self._json("GET", "/targets")["targets"]
        return found

    def set_target(self, metric: str, value: float) -> Json:
        """Set a target."""
        return self._json("PUT", f"/targets/{quote(metric, safe='')}", json={"value": value})

    def delete_target(self, metric: str) -> None:
        """Forget a target."""
        self._call("DELETE", f"/targets/{quote(metric, safe='')}")

    def tickets(self, spec: Json) -> Json:
        """List tickets."""
        return self._json("GET", "/tickets", params={k: v for k, v in spec.items() if v is not None})

    def ticket(self, ticket_id: str) -> Json:
        """Return one ticket."""
        return self._json("GET", f"/tickets/{ticket_id}")

    def report(self, name: str, format: str, spec: Json) -> Document:
        """Return a report."""
        params = {"format": format, **{k: v for k, v in spec.items() if v is not None}}
        answer = self._call("GET", f"/reports/{name}", params=params)
        return Document(content=answer.content, media_type=answer.headers["content-type"])

    def reconcile(self, what: Path | str, format: str, spec: Json) -> Document:
        """Compare our numbers with a vendor's."""
        named = {"path": str(what.absolute())} if isinstance(what, Path) else {"source": what}
        source = {"source": spec["source"]} if spec.get("source") else {}
        params = {"format": format, "examples": spec.get("examples", 5)}
        answer = self._call("POST", "/reconcile", json={**source, **named}, params=params)
        return Document(content=answer.content, media_type=answer.headers["content-type"])

    def reports(self) -> list[Json]:
        """List the reports."""
        found: list[Json] = self._json("GET", "/reports")["reports"]
        return found

    def preview(self, path: Path, options: Json) -> Json:
        """Show how a file would be read."""
        return self._json("POST", "/imports/preview", json={"path": str(path.absolute()), **options})

    def import_path(self, path: Path, options: Json, listener: RunListener | None = None) -> Json:
        """Import a file and wait."""
        started = self._json("POST", "/imports", json={"path": str(path.absolute()), **options})
        return self._follow(started["run_id"], listener)

    def resume(self, run_id: str, listener: RunListener | None = None) -> Json:
        """Go on with a run and wait."""
        return self._follow(self._json("POST", f"/imports/{run_id}/resume")["run_id"], listener)

    def runs(self, cursor: str | None = None, limit: int = 50) -> Json:
        """List the runs."""
        return self._json("GET", "/imports", params={"limit": limit, **({"cursor": cursor} if cursor else {})})

    def run(self, run_id: str) -> Json:
        """Return one run."""
        return self._json("GET", f"/imports/{run_id}")

    def cancel(self, run_id: str) -> Json:
        """Ask a run to stop."""
        return self._json("POST", f"/imports/{run_id}/cancel")

    def undo(self, run_id: str) -> Json:
        """Take back a run."""
        return self._json("DELETE", f"/imports/{run_id}")

    def rejected(self, spec: Json) -> Json:
        """List rejected rows."""
        return self._json("GET", "/rejected", params={k: v for k, v in spec.items() if v is not None})

    def rejected_csv(self, run_id: str | None) -> bytes:
        """Return the rejected rows as CSV."""
        return self._call("GET", "/rejected.csv", params={"run_id": run_id} if run_id else {}).content

    def replay(self, run_id: str, fixes: Json, overrides: dict[str, str]) -> Json:
        """Take a run's rejected rows in again."""
        return self._json("POST", f"/imports/{run_id}/replay", json={"fixes": fixes, "map": overrides})

    def mend(self, text: str) -> Json:
        """Take the rows of a mended list of rejected rows in again."""
        return self._json("POST", "/rejected/mended", json={"csv": text})

    def dismiss(self, rejected_ids: list[str] | None, run_id: str | None) -> Json:
        """Put rejected rows away: those named, or all of a run."""
        return self._json("POST", "/rejected/dismiss", json={"rejected_ids": rejected_ids, "run_id": run_id})

    def push(self, shape: str, source: str, rows: list[Json], idempotency_key: str | None = None) -> Json:
        """Take rows into the journal."""
        headers = {"idempotency-key": idempotency_key} if idempotency_key else {}
        return self._json("POST", f"/push/{shape}", json={"source": source, "rows": rows}, headers=headers)

    def demo(self, tickets: int, seed: int, quiet: bool, listener: RunListener | None = None) -> Json:
        """Build the sample world and wait."""
        started = self._json("POST", "/demo", json={"tickets": tickets, "seed": seed, "quiet": quiet})
        return self._follow(started["run_id"], listener, workspace=started["workspace"])

    @property
    def labels(self) -> LabelsDoor:
        """What is said of texts, and why."""
        return RemoteLabels(self._json)

    @property
    def reviews(self) -> ReviewsDoor:
        """Quality reviews: what to review, and what people say."""
        return RemoteReviews(self._json)

    @property
    def taxonomy(self) -> TaxonomyDoor:
        """The categories that tickets are sorted into."""
        return RemoteTaxonomy(self._json)

    @property
    def predictions(self) -> PredictionsDoor:
        """What is likely to become of tickets."""
        return RemotePredictions(self._json)

    @property
    def models(self) -> ModelsDoor:
        """The learned models of the workspace."""
        return RemoteModels(self._json)

    def staffing(self, spec: Json) -> Json:
        """Tell how many people a target needs."""
        return self._json("GET", "/staffing", params={k: v for k, v in spec.items() if v not in (None, [])})

    @property
    def insights(self) -> InsightsDoor:
        """What changed and why."""
        return RemoteInsights(self._json)

    @property
    def anomalies(self) -> AnomaliesDoor:
        """What is odd in the workspace's numbers."""
        return RemoteAnomalies(self._json)

    @property
    def events(self) -> EventsDoor:
        """What the workspace knows to have happened or to come."""
        return RemoteEvents(self._json)

    @property
    def forecasts(self) -> ForecastsDoor:
        """What to expect of the workspace's metrics."""
        return RemoteForecasts(self._json)

    @property
    def scenarios(self) -> ScenariosDoor:
        """The what-if scenarios of the workspace."""
        return RemoteScenarios(self._json)

    @property
    def policies(self) -> PoliciesDoor:
        """The service-level policies of the workspace."""
        return RemotePolicies(self._json)

    @property
    def archive(self) -> ArchiveDoor:
        """Old months of the workspace in Parquet files."""
        return RemoteArchive(self._json)

    @property
    def schedules(self) -> SchedulesDoor:
        """The working hours of the workspace."""
        return RemoteSchedules(self._json)

    def _follow(self, run_id: str, listener: RunListener | None, workspace: str | None = None) -> Json:
        headers = {"x-deskpulse-workspace": workspace} if workspace else {}
        try:
            while True:
                run = self._json("GET", f"/imports/{run_id}", headers=headers)
                if run["status"] in ENDED:
                    return run
                if listener:
                    listener(run)
                time.sleep(POLL_SECONDS)
        except KeyboardInterrupt:
            self._call("POST", f"/imports/{run_id}/cancel", headers=headers)
            raise

    def close(self) -> None:
        """Close the connection."""
        self._http.close()
