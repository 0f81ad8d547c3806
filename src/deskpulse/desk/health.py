"""How the parts of a desk do, for one workspace and for the process as a whole."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deskpulse.core.clock import now
from deskpulse.core.principal import Principal
from deskpulse.ingest.journal import CURSOR

if TYPE_CHECKING:
    from deskpulse.desk import Desk


def measured(desk: Desk, principal: Principal) -> dict[str, Any]:
    """Return uptime, the machine, the databases' times and sizes, jobs and imports by state, and what waits.

    Counts are those of the principal's workspace; times are seconds, sizes bytes.
    """
    slug, settings = principal.workspace, desk.settings
    warehouse = desk.warehouse(principal)
    began = time.perf_counter()
    desk.control.workspaces.get(slug)
    control_seconds = time.perf_counter() - began
    began = time.perf_counter()
    written = warehouse.cursor(CURSOR)
    warehouse_seconds = time.perf_counter() - began
    waiting = desk.control.journal.pending(slug, int(written or 0))
    return {
        "started_at": desk.started_at.isoformat(),
        "uptime_seconds": (now() - desk.started_at).total_seconds(),
        **desk.vitals.read(),
        "databases": {
            "control": {"seconds": control_seconds, "bytes": _size(settings.data_dir / "control.sqlite3")},
            "warehouse": {"seconds": warehouse_seconds, "version": warehouse.version,
                          "bytes": _size(settings.workspace_dir(slug) / "warehouse.duckdb")},
        },
        "jobs": desk.control.jobs.counts(slug),
        "imports": desk.control.runs.counts(slug),
        "journal": {"waiting": waiting.entries, "oldest_seconds": waiting.age_seconds},
    }  # fmt: skip


def _size(path: Path) -> int | None:
    """Return the size of a database file with its log; None when it is no file of ours."""
    if not path.is_file():
        return None
    logs = (path.with_name(path.name + end) for end in ("-wal", ".wal"))
    return path.stat().st_size + sum(log.stat().st_size for log in logs if log.is_file())
