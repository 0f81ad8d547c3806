"""The door in this process: opens the data folder itself."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from deskpulse.client.anomalies import AnomaliesDoor, LocalAnomalies
from deskpulse.client.archive import ArchiveDoor
from deskpulse.client.door import Document, Json, RunListener
from deskpulse.client.events import EventsDoor
from deskpulse.client.forecasts import ForecastsDoor
from deskpulse.client.insights import InsightsDoor, LocalInsights
from deskpulse.client.labels import LabelsDoor
from deskpulse.client.models import ModelsDoor
from deskpulse.client.policies import PoliciesDoor
from deskpulse.client.predictions import PredictionsDoor
from deskpulse.client.reviews import ReviewsDoor
from deskpulse.client.scenarios import ScenariosDoor
from deskpulse.client.schedules import SchedulesDoor
from deskpulse.client.taxonomy import TaxonomyDoor
from deskpulse.core.principal import Principal, local_owner
from deskpulse.core.settings import Settings
from deskpulse.desk import DEMO_WORKSPACE, Desk
from deskpulse.ingest.model import ImportOptions
from deskpulse.metrics.request import cohort_query, distribution_query, metric_query, ticket_query

POLL_SECONDS = 0.05


class LocalDoor:
    """Owns a desk on the data folder, until closed."""

    def __init__(self, settings: Settings, workspace: str | None) -> None:
        self._desk = Desk(settings)
        try:
            self._principal: Principal = self._desk.principal(workspace)
        except BaseException:
            self._desk.close()
            raise

    @property
    def desk(self) -> Desk:
        """Return the desk, for what only this process can do."""
        return self._desk

    def workspaces(self) -> list[Json]:
        """List the workspaces."""
        return self._desk.workspaces()

    def add_workspace(self, slug: str, name: str, timezone: str | None) -> Json:
        """Make a workspace."""
        return self._desk.create_workspace(slug, name, timezone or "")

    def describe(self) -> Json:
        """Describe this workspace."""
        return self._desk.describe_workspace(self._principal)

    def health(self) -> Json:
        """Tell how the parts are."""
        return self._desk.health()

    def catalog(self) -> Json:
        """Return the metrics and dimensions."""
        return {"metrics": self._desk.catalog_metrics(), "dimensions": self._desk.catalog_dimensions()}

    def query(self, spec: Json) -> Json:
        """Answer a question."""
        return self._desk.query(self._principal, metric_query(spec, self.describe())).as_dict()

    def compositions(self) -> list[Json]:
        """List the compositions of analytics."""
        return self._desk.compositions()

    def analytics(self, name: str, spec: Json) -> Json:
        """Answer a composition."""
        return self._desk.analytics(self._principal, name, spec).as_dict()

    def analytics_csv(self, name: str, spec: Json) -> bytes:
        """Answer a composition as CSV."""
        from deskpulse.metrics.tabular import to_csv

        return to_csv(self._desk.analytics(self._principal, name, spec).to_arrow())

    def distribution(self, spec: Json) -> Json:
        """Tell how the values of a number lie."""
        asked = distribution_query(spec, self.describe())
        return self._desk.numbers(self._principal).distribution(self._principal, asked).as_dict()

    def heatmap(self, spec: Json) -> Json:
        """Tell a metric by weekday and hour."""
        asked = metric_query({**spec, "metrics": [spec["metric"]]}, self.describe())
        return self._desk.numbers(self._principal).heatmap(self._principal, asked).as_dict()

    def cohort(self, spec: Json) -> Json:
        """Tell customers by first contact."""
        asked = cohort_query(spec, self.describe())
        return self._desk.numbers(self._principal).cohorts(self._principal, asked).as_dict()

    def drill(self, spec: Json) -> Json:
        """List the rows behind a cell."""
        return self._desk.drill(self._principal, spec)

    def explain(self, spec: Json, cell: Json | None = None) -> Json:
        """Explain an answer."""
        return self._desk.explain(self._principal, spec, cell)

    def segments(self) -> list[Json]:
        """List the segments."""
        return self._desk.segments(self._principal)

    def save_segment(self, name: str, filter: str, about: str = "") -> Json:
        """Keep a filter under a name."""
        return self._desk.save_segment(self._principal, name, filter, about)

    def delete_segment(self, name: str) -> None:
        """Forget a segment."""
        self._desk.delete_segment(self._principal, name)

    def targets(self) -> dict[str, float]:
        """Return the targets."""
        return self._desk.targets(self._principal)

    def set_target(self, metric: str, value: float) -> Json:
        """Set a target."""
        return self._desk.set_target(self._principal, metric, value)

    def delete_target(self, metric: str) -> None:
        """Forget a target."""
        self._desk.delete_target(self._principal, metric)

    def tickets(self, spec: Json) -> Json:
        """List tickets."""
        return self._desk.tickets(self._principal, ticket_query(spec, self.describe())).as_dict()

    def ticket(self, ticket_id: str) -> Json:
        """Return one ticket."""
        return self._desk.ticket(self._principal, ticket_id)

    def report(self, name: str, format: str, spec: Json) -> Document:
        """Return a report."""
        made = self._desk.report(
            self._principal, name, format=format, period=spec.get("period"), start=spec.get("from"), end=spec.get("to")
        )
        return Document(content=made.content, media_type=made.media_type)

    def reconcile(self, what: Path | str, format: str, spec: Json) -> Document:
        """Compare our numbers with a vendor's."""
        made = self._desk.reconcile(
            self._principal, what, source=spec.get("source"), examples=spec.get("examples", 5), format=format
        )
        return Document(content=made.content, media_type=made.media_type)

    def reports(self) -> list[Json]:
        """List the reports."""
        return self._desk.reports()

    def preview(self, path: Path, options: Json) -> Json:
        """Show how a file would be read."""
        return self._desk.preview(self._principal, path, _options(options)).as_dict()

    def import_path(self, path: Path, options: Json, listener: RunListener | None = None) -> Json:
        """Import a file and wait."""
        run_id = self._desk.start_import(self._principal, path, _options(options))
        return self._follow(self._principal, run_id, listener)

    def resume(self, run_id: str, listener: RunListener | None = None) -> Json:
        """Go on with a run and wait."""
        return self._follow(self._principal, self._desk.resume_run(self._principal, run_id), listener)

    def runs(self, cursor: str | None = None, limit: int = 50) -> Json:
        """List the runs."""
        return self._desk.runs(self._principal, cursor=cursor, limit=limit)

    def run(self, run_id: str) -> Json:
        """Return one run."""
        return self._desk.run(self._principal, run_id)

    def cancel(self, run_id: str) -> Json:
        """Ask a run to stop."""
        self._desk.cancel_run(self._principal, run_id)
        return self.run(run_id)

    def undo(self, run_id: str) -> Json:
        """Take back a run."""
        return {"run_id": run_id, "taken_back": self._desk.undo_run(self._principal, run_id)}

    def rejected(self, spec: Json) -> Json:
        """List rejected rows."""
        return self._desk.rejected(self._principal, **spec)

    def rejected_csv(self, run_id: str | None) -> bytes:
        """Return the rejected rows as CSV."""
        return self._desk.rejected_csv(self._principal, run_id=run_id)

    def replay(self, run_id: str, fixes: Json, overrides: dict[str, str]) -> Json:
        """Take a run's rejected rows in again."""
        return self._desk.replay(self._principal, run_id, fixes=fixes, overrides=overrides).as_dict()

    def mend(self, text: str) -> Json:
        """Take the rows of a mended list of rejected rows in again."""
        return self._desk.mend(self._principal, text)

    def dismiss(self, rejected_ids: list[str] | None, run_id: str | None) -> Json:
        """Put rejected rows away: those named, or all of a run."""
        return {"dismissed": self._desk.dismiss(self._principal, rejected_ids=rejected_ids, run_id=run_id)}

    def push(self, shape: str, source: str, rows: list[Json], idempotency_key: str | None = None) -> Json:
        """Take rows into the journal, and write them."""
        return self._desk.push(self._principal, shape, source, rows, idempotency_key=idempotency_key)

    def demo(self, tickets: int, seed: int, quiet: bool, listener: RunListener | None = None) -> Json:
        """Build the sample world and wait."""
        run_id = self._desk.load_demo(tickets=tickets, seed=seed, quiet=quiet)
        return self._follow(local_owner(DEMO_WORKSPACE), run_id, listener)

    @property
    def labels(self) -> LabelsDoor:
        """What is said of texts, and why."""
        return self._desk.labels(self._principal)

    @property
    def reviews(self) -> ReviewsDoor:
        """Quality reviews: what to review, and what people say."""
        return self._desk.reviews(self._principal)

    @property
    def taxonomy(self) -> TaxonomyDoor:
        """The categories that tickets are sorted into."""
        return self._desk.taxonomy(self._principal)

    @property
    def predictions(self) -> PredictionsDoor:
        """What is likely to become of tickets."""
        return self._desk.predictions(self._principal)

    @property
    def models(self) -> ModelsDoor:
        """The learned models of the workspace."""
        return self._desk.models(self._principal)

    def staffing(self, spec: Json) -> Json:
        """Tell how many people a target needs."""
        from deskpulse.forecast.staffing.room import StaffingRoom

        return StaffingRoom(self._desk, self._principal).answer(spec)

    @property
    def insights(self) -> InsightsDoor:
        """What changed and why."""
        return LocalInsights(self._desk, self._principal)

    @property
    def anomalies(self) -> AnomaliesDoor:
        """What is odd in the workspace's numbers."""
        return LocalAnomalies(self._desk, self._principal)

    @property
    def events(self) -> EventsDoor:
        """What the workspace knows to have happened or to come."""
        return self._desk.events(self._principal)

    @property
    def forecasts(self) -> ForecastsDoor:
        """What to expect of the workspace's metrics."""
        from deskpulse.forecast.room import ForecastRoom

        return ForecastRoom(self._desk, self._principal)

    @property
    def scenarios(self) -> ScenariosDoor:
        """The what-if scenarios of the workspace."""
        from deskpulse.forecast.scenarios.room import ScenarioRoom

        return ScenarioRoom(self._desk, self._principal)

    @property
    def policies(self) -> PoliciesDoor:
        """The service-level policies of the workspace."""
        return self._desk.policies(self._principal)

    @property
    def archive(self) -> ArchiveDoor:
        """Old months of the workspace in Parquet files."""
        return self._desk.archive(self._principal)

    @property
    def schedules(self) -> SchedulesDoor:
        """The working hours of the workspace."""
        return self._desk.schedules(self._principal)

    def _follow(self, principal: Principal, run_id: str, listener: RunListener | None) -> Json:
        try:
            while (run := self._desk.run(principal, run_id))["status"] == "running":
                if listener:
                    listener(run)
                time.sleep(POLL_SECONDS)
            return run
        except KeyboardInterrupt:
            self._desk.cancel_run(principal, run_id)
            raise

    def close(self) -> None:
        """Close the desk."""
        self._desk.close()


def _options(given: Json) -> ImportOptions:
    known: dict[str, Any] = {k: given[k] for k in ("source", "shape", "timezone") if given.get(k) is not None}
    return ImportOptions(overrides=dict(given.get("map") or {}), enrich=given.get("enrich", True), **known)
