"""`Control`: the opened control database with its repositories."""

from __future__ import annotations

from datetime import timedelta
from types import TracebackType
from typing import Self

from deskpulse.control.anomalies import Anomalies
from deskpulse.control.corrections import Corrections
from deskpulse.control.database import Database
from deskpulse.control.forecasts import Forecasts
from deskpulse.control.jobs import Jobs
from deskpulse.control.journal import Journal
from deskpulse.control.known_events import KnownEvents
from deskpulse.control.mappings import Mappings
from deskpulse.control.models import Models
from deskpulse.control.policies import Policies
from deskpulse.control.preferences import Preferences
from deskpulse.control.recommendations import Recommendations
from deskpulse.control.reviews import Reviews
from deskpulse.control.runs import Runs
from deskpulse.control.scenarios import Scenarios
from deskpulse.control.schedules import Schedules
from deskpulse.control.segments import Segments, Targets
from deskpulse.control.taxonomies import Taxonomies
from deskpulse.control.upgrade import upgrade
from deskpulse.control.workspaces import Workspaces
from deskpulse.core.settings import Settings


class Control:
    """The control database, safe to use from many threads and from many processes at once."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        rows, lease = settings.page_max_rows, settings.lease_seconds
        self.workspaces = Workspaces(database)
        self.preferences = Preferences(database)
        self.mappings = Mappings(database)
        self.segments = Segments(database)
        self.models = Models(database)
        self.corrections = Corrections(database)
        self.taxonomies = Taxonomies(database)
        self.targets = Targets(database)
        self.scenarios = Scenarios(database)
        self.anomalies = Anomalies(database)
        self.recommendations = Recommendations(database)
        self.reviews = Reviews(database)
        self.forecasts = Forecasts(database, most=settings.forecast_keep_most)
        self.known_events = KnownEvents(database, most=settings.known_events_most)
        self.runs = Runs(database, page_max_rows=rows, lease_seconds=lease)
        self.jobs = Jobs(
            database, page_max_rows=rows, lease_seconds=lease, backoff_seconds=settings.job_backoff_seconds
        )
        self.schedules = Schedules(
            database, max_versions=settings.schedule_max_versions, max_holidays=settings.schedule_max_holidays
        )
        self.policies = Policies(database, max_versions=settings.policy_max_versions)
        self.journal = Journal(
            database,
            push_max_bytes=settings.push_max_bytes,
            batch_max_bytes=settings.journal_batch_bytes,
            keep_keys=timedelta(days=settings.journal_keep_keys_days),
        )

    @classmethod
    def open(cls, url: str, settings: Settings | None = None) -> Self:
        """Open the control database at `url`, making and migrating it as needed.

        Args:
            url: `sqlite:///path` or `postgresql://user@host/database`.
            settings: Limits and timeouts; the environment's when None.

        Raises:
            InputError: The URL names neither of the two.
            VersionError: A newer Deskpulse upgraded this database.
            StorageError: It cannot be reached, written or read.
            BusyError: Another process holds it.
        """
        settings = settings or Settings()
        database = Database(
            url, busy_timeout_seconds=settings.control_busy_seconds, pool_size=settings.control_pool_size
        )
        try:
            upgrade(database)
        except BaseException:
            database.close()
            raise
        return cls(database, settings)

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
