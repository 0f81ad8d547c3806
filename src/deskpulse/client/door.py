"""What both ways in offer, the one in this process and the one through a running server, in plain JSON-able values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from deskpulse.client.anomalies import AnomaliesDoor
    from deskpulse.client.archive import ArchiveDoor
    from deskpulse.client.events import EventsDoor
    from deskpulse.client.forecasts import ForecastsDoor
    from deskpulse.client.insights import InsightsDoor
    from deskpulse.client.labels import LabelsDoor
    from deskpulse.client.models import ModelsDoor
    from deskpulse.client.policies import PoliciesDoor
    from deskpulse.client.predictions import PredictionsDoor
    from deskpulse.client.reviews import ReviewsDoor
    from deskpulse.client.scenarios import ScenariosDoor
    from deskpulse.client.schedules import SchedulesDoor
    from deskpulse.client.taxonomy import TaxonomyDoor

Json = dict[str, Any]
RunListener = Callable[[Json], None]


@dataclass(frozen=True, kw_only=True)
class Document:
    """A report as a file would hold it."""

    content: bytes
    media_type: str

    @property
    def text(self) -> str:
        """Return the content as text."""
        return self.content.decode("utf-8")


class Door(Protocol):
    """One workspace, reached in this process or through the server that holds the data folder."""

    def workspaces(self) -> list[Json]:
        """List the workspaces."""
        ...

    def add_workspace(self, slug: str, name: str, timezone: str | None) -> Json:
        """Make a workspace."""
        ...

    def describe(self) -> Json:
        """Describe this workspace: slug, name, time zone, span of its data."""
        ...

    def health(self) -> Json:
        """Tell how the parts are."""
        ...

    def catalog(self) -> Json:
        """Return the metrics and dimensions that can be asked for."""
        ...

    def query(self, spec: Json) -> Json:
        """Answer a question."""
        ...

    def compositions(self) -> list[Json]:
        """List the compositions of analytics."""
        ...

    def analytics(self, name: str, spec: Json) -> Json:
        """Answer a composition."""
        ...

    def analytics_csv(self, name: str, spec: Json) -> bytes:
        """Answer a composition as CSV, one row a value."""
        ...

    def distribution(self, spec: Json) -> Json:
        """Tell how the values of a number lie."""
        ...

    def heatmap(self, spec: Json) -> Json:
        """Tell a metric by weekday and hour."""
        ...

    def cohort(self, spec: Json) -> Json:
        """Tell customers by first contact."""
        ...

    def drill(self, spec: Json) -> Json:
        """List the rows behind a cell, a page at a time."""
        ...

    def explain(self, spec: Json, cell: Json | None = None) -> Json:
        """Explain an answer, or one cell of it."""
        ...

    def segments(self) -> list[Json]:
        """List the segments."""
        ...

    def save_segment(self, name: str, filter: str, about: str = "") -> Json:
        """Keep a filter under a name."""
        ...

    def delete_segment(self, name: str) -> None:
        """Forget a segment."""
        ...

    def targets(self) -> dict[str, float]:
        """Return the targets by metric."""
        ...

    def set_target(self, metric: str, value: float) -> Json:
        """Set what a metric should be."""
        ...

    def delete_target(self, metric: str) -> None:
        """Forget a target."""
        ...

    def tickets(self, spec: Json) -> Json:
        """List tickets, a page at a time."""
        ...

    def ticket(self, ticket_id: str) -> Json:
        """Return one ticket whole."""
        ...

    def report(self, name: str, format: str, spec: Json) -> Document:
        """Return a report."""
        ...

    def reconcile(self, what: Path | str, format: str, spec: Json) -> Document:
        """Compare our numbers with those in a file, or with what the import of a source kept of the vendor's."""
        ...

    def reports(self) -> list[Json]:
        """List the reports."""
        ...

    def preview(self, path: Path, options: Json) -> Json:
        """Show how a file would be read."""
        ...

    def import_path(self, path: Path, options: Json, listener: RunListener | None = None) -> Json:
        """Import a file or folder, wait for its end, and return the run's result."""
        ...

    def resume(self, run_id: str, listener: RunListener | None = None) -> Json:
        """Go on with a run that stopped, wait for its end, and return its result."""
        ...

    def runs(self, cursor: str | None = None, limit: int = 50) -> Json:
        """List the runs, newest first."""
        ...

    def run(self, run_id: str) -> Json:
        """Return one run."""
        ...

    def cancel(self, run_id: str) -> Json:
        """Ask a run to stop."""
        ...

    def undo(self, run_id: str) -> Json:
        """Take back a run as a whole."""
        ...

    def rejected(self, spec: Json) -> Json:
        """List rejected rows."""
        ...

    def rejected_csv(self, run_id: str | None) -> bytes:
        """Return the rejected rows as CSV."""
        ...

    def replay(self, run_id: str, fixes: Json, overrides: dict[str, str]) -> Json:
        """Take a run's rejected rows in again."""
        ...

    def mend(self, text: str) -> Json:
        """Take the rows of a mended list of rejected rows in again."""
        ...

    def dismiss(self, rejected_ids: list[str] | None, run_id: str | None) -> Json:
        """Put rejected rows away: those named, or all of a run."""
        ...

    def push(self, shape: str, source: str, rows: list[Json], idempotency_key: str | None = None) -> Json:
        """Take rows into the journal."""
        ...

    def demo(self, tickets: int, seed: int, quiet: bool, listener: RunListener | None = None) -> Json:
        """Build the sample world in its own workspace, and return the run's result."""
        ...

    @property
    def labels(self) -> LabelsDoor:
        """What is said of texts, and why."""
        ...

    @property
    def reviews(self) -> ReviewsDoor:
        """Quality reviews: what to review, and what people say."""
        ...

    @property
    def taxonomy(self) -> TaxonomyDoor:
        """The categories that tickets are sorted into."""
        ...

    @property
    def predictions(self) -> PredictionsDoor:
        """What is likely to become of tickets."""
        ...

    @property
    def models(self) -> ModelsDoor:
        """The learned models of the workspace."""
        ...

    def staffing(self, spec: Json) -> Json:
        """Tell how many people a target needs: for a single interval, or by hour of a usual week."""
        ...

    @property
    def insights(self) -> InsightsDoor:
        """What changed and why."""
        ...

    @property
    def anomalies(self) -> AnomaliesDoor:
        """What is odd in the workspace's numbers."""
        ...

    @property
    def events(self) -> EventsDoor:
        """What the workspace knows to have happened or to come."""
        ...

    @property
    def forecasts(self) -> ForecastsDoor:
        """What to expect of the workspace's metrics."""
        ...

    @property
    def scenarios(self) -> ScenariosDoor:
        """The what-if scenarios of the workspace."""
        ...

    @property
    def policies(self) -> PoliciesDoor:
        """The service-level policies of the workspace."""
        ...

    @property
    def archive(self) -> ArchiveDoor:
        """Old months of the workspace in Parquet files."""
        ...

    @property
    def schedules(self) -> SchedulesDoor:
        """The working hours of the workspace."""
        ...

    def close(self) -> None:
        """Let go of what is held."""
        ...
