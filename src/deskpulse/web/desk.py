"""What this room needs of the application object; `deskpulse.desk.Desk` has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.ingest.model import ImportOptions
from deskpulse.metrics.model import MetricQuery, QueryResult
from deskpulse.metrics.tickets import TicketPage, TicketQuery


class Previewed(Protocol):
    """How a file would be read."""

    def as_dict(self) -> dict[str, Any]:
        """Return kind, label, source, notes and parts (name, columns, sample, mapping, problem)."""
        ...


class Desk(Protocol):
    """One data folder, opened."""

    @property
    def settings(self) -> Settings:
        """Return the settings."""
        ...

    def principal(self, workspace: str | None = None) -> Principal:
        """Return who acts in `workspace`."""
        ...

    def workspaces(self) -> list[dict[str, Any]]:
        """List the workspaces."""
        ...

    def describe_workspace(self, principal: Principal) -> dict[str, Any]:
        """Return name, timezone, first_at, last_at and tickets."""
        ...

    def query_many(self, principal: Principal, queries: list[MetricQuery]) -> list[QueryResult]:
        """Answer several questions, in order."""
        ...

    def tickets(self, principal: Principal, query: TicketQuery) -> TicketPage:
        """List tickets."""
        ...

    def ticket(self, principal: Principal, ticket_id: str) -> dict[str, Any]:
        """Return one ticket whole."""
        ...

    def dimension_values(self, principal: Principal, dimension: str, limit: int = 100) -> list[dict[str, Any]]:
        """List a dimension's values with their counts."""
        ...

    def preview(self, principal: Principal, path: Path, options: ImportOptions) -> Previewed:
        """Show how a file would be read."""
        ...

    def start_import(self, principal: Principal, path_or_opened: Path, options: ImportOptions) -> str:
        """Begin an import; return its run's id."""
        ...

    def run(self, principal: Principal, run_id: str) -> dict[str, Any]:
        """Return a run."""
        ...

    def runs(self, principal: Principal, *, cursor: str | None = None, limit: int = 50) -> dict[str, Any]:
        """List the runs."""
        ...

    def cancel_run(self, principal: Principal, run_id: str) -> None:
        """Ask a run to stop."""
        ...

    def undo_run(self, principal: Principal, run_id: str) -> dict[str, int]:
        """Take back a run."""
        ...

    def rejected(self, principal: Principal, **wanted: Any) -> dict[str, Any]:
        """List rejected rows."""
        ...

    def rejected_csv(self, principal: Principal, *, run_id: str | None = None) -> bytes:
        """Return the rejected rows as CSV."""
        ...

    def load_demo(self, *, tickets: int = 50_000) -> str:
        """Build the sample world in the background."""
        ...
