"""Import runs as the page shows them: how far, what came of it, what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from deskpulse.charts.formats import duration, fixed
from deskpulse.web.tickets.listing import label_of, time_text

_TONES = {"running": "warn", "done": "good", "failed": "bad", "cancelled": "even", "interrupted": "bad",
          "undone": "even"}  # fmt: skip
_WORDS = {"running": "Running", "done": "Done", "failed": "Failed", "cancelled": "Cancelled",
          "interrupted": "Interrupted", "undone": "Undone"}  # fmt: skip
SHOWN_REASONS = 12
UNCHANGED = "Unchanged"
_ABOUT = {
    UNCHANGED: "Rows that add nothing: repeats of a row, and rows that mean the same as another at the same moment.",
}  # fmt: skip


def run_card(run: Mapping[str, Any], workspace: str, local: ZoneInfo) -> dict[str, Any]:
    """Return what the page shows of a run."""
    result, status = run["result"] or {}, run["status"]
    is_running = status == "running"
    return {
        "id": run["run_id"],
        "label": run["file"] or run["label"] or run["source"],
        "source": run["source"],
        "status": _WORDS.get(status, status),
        "tone": _TONES.get(status, "even"),
        "isRunning": is_running,
        "at": time_text(datetime.fromisoformat(run["created_at"]), local),
        "progress": _progress(run["progress"] or {}) if is_running else None,
        "facts": _facts(result),
        "notes": result.get("notes", []),
        "reasons": [
            {"reason": reason, "count": fixed(count, 0)}
            for reason, count in sorted(result.get("reasons", {}).items(), key=lambda item: -item[1])[:SHOWN_REASONS]
        ],
        "error": run["error"] or "",
        "rejected": result.get("rejected", 0),
        "rejectedHref": f"/api/v1/rejected.csv?{urlencode({'workspace': workspace, 'run_id': run['run_id']})}",
        "canCancel": is_running,
        "canResume": status in ("cancelled", "failed", "interrupted"),
        "canUndo": status in ("done", "cancelled", "failed", "interrupted"),
    }


def _progress(progress: Mapping[str, Any]) -> dict[str, Any]:
    fraction, left = progress.get("fraction"), progress.get("seconds_left")
    said = [f"{fixed(progress.get('rows_read') or 0, 0)} rows"]
    if progress.get("rejected"):
        said.append(f"{fixed(progress['rejected'], 0)} rejected")
    if progress.get("rows_per_second"):
        said.append(f"{fixed(progress['rows_per_second'], 0)} rows/s")
    if left is not None:
        said.append(f"{duration(left)} left")
    return {"fraction": fraction, "text": " · ".join(said), "part": progress.get("part") or ""}


def _facts(result: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return what a run did as numbers: rows read, rows written by table, duplicates, rejected, time."""
    if not result:
        return []
    facts = [("Rows read", fixed(result.get("rows_read", 0), 0))]
    facts += [(label_of(table), fixed(count, 0)) for table, count in result.get("written", {}).items() if count]
    for name, label in (("duplicates", UNCHANGED), ("rejected", "Rejected")):
        if result.get(name):
            facts.append((label, fixed(result[name], 0)))
    if seconds := result.get("seconds"):
        facts.append(("Time", duration(seconds) if seconds >= 1 else "under 1 s"))
        facts.append(("Rows/s", fixed(result.get("rows_read", 0) / seconds, 0)))
    return [{"label": label, "text": text, "about": _ABOUT.get(label, "")} for label, text in facts]
