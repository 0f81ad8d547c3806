"""Predictions as people ask them: cards of what was learned, one ticket with its reasons, open tickets by risk."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from deskpulse.access.principals import require
from deskpulse.control.models import ModelVersion
from deskpulse.core.errors import ConflictError, InputError, NotFoundError
from deskpulse.core.periods import zone
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.insights.predictions.model import Prediction, find_prediction, predictions
from deskpulse.insights.predictions.moments import TICK, features, now_of
from deskpulse.metrics.host import Host
from deskpulse.metrics.tickets import TicketQuery
from deskpulse.models.files import signing_key
from deskpulse.models.tables.duration import DurationModel
from deskpulse.models.tables.kept import TableModel, opened_table
from deskpulse.models.tables.reasons import Reason

Json = dict[str, Any]
KIND = "learn_predictions"
"""The kind of the jobs that learn."""
SHOWN = ("ticket_id", "subject", "status", "priority", "team", "agent", "created_at")
_SOLVED = ("solved", "closed")


@dataclass(frozen=True, kw_only=True, eq=False)
class _Active:
    """A prediction with the model that makes it now."""

    prediction: Prediction
    version: ModelVersion
    model: TableModel


class PredictionRoom:
    """Predictions of one workspace's tickets for one principal. Reading needs a viewer, learning a manager."""

    def __init__(self, host: Host, principal: Principal) -> None:
        self._host, self._principal, self._control = host, principal, host.control
        self._slug, self._settings = principal.workspace, host.settings

    def cards(self) -> Json:
        """Return a card for each prediction: what it says, from how much, how right it was on later tickets, and beside
        what; `state` is active, not_better (no better than the simple answer), or not_learned.
        """
        require(self._principal, "viewer")
        return {"predictions": [self._card(one) for one in predictions().values()]}

    def train(self, names: Sequence[str] = ()) -> Json:
        """Queue learning `names` (all when empty) from what has happened; returns the job."""
        require(self._principal, "manager")
        wanted = [find_prediction(name).name for name in names] or list(predictions())
        payload = {"names": wanted, "by": self._principal.user}
        return job_dict(self._control.jobs.create(self._slug, KIND, payload, max_attempts=2))

    def job(self, job_id: str) -> Json:
        """Return a job that learns: its state, progress and result."""
        require(self._principal, "viewer")
        job = self._control.jobs.get(self._slug, job_id)
        if job.kind != KIND:
            raise NotFoundError(f"{job_id!r} learns no predictions.")
        return job_dict(job)

    def ticket(self, ticket_id: str) -> Json:
        """Return what is predicted of a ticket as it stands at the end of the data, with reasons and simple answers.

        NotFoundError when there is no such ticket for this principal.
        """
        require(self._principal, "viewer")
        engine = self._host.numbers(self._principal)
        found = engine.ticket(self._principal, ticket_id)
        now, active = self._now(), self._active()
        answers = self._told([found["ticket_id"]], active, with_reasons=True).get(found["ticket_id"], {})
        missing = [name for name in predictions() if name not in {one.prediction.name for one in active}]
        return {"ticket_id": found["ticket_id"], "as_of": now.isoformat() if now else None,
                "predictions": list(answers.values()), "not_learned": missing}  # fmt: skip

    def open_tickets(self, spec: Json | None = None) -> Json:
        """Return open tickets by what is predicted of them, the most likely (or longest) first.

        `spec` has by (a prediction of open tickets; the first that is learned), limit, where and reasons (with them for
        each that is told). ConflictError when none is learned.
        """
        require(self._principal, "viewer")
        given = spec or {}
        active = [one for one in self._active() if one.prediction.asked == "open"]
        by = find_prediction(given["by"]).name if given.get("by") else (_first(active))
        if by not in {one.prediction.name for one in active}:
            raise ConflictError(
                f"{by or 'Nothing'} is not predicted of open tickets yet." if by else "Nothing is predicted yet.",
                hint="Learn from the past: deskpulse predict train",
            )
        limit = _limit(given.get("limit"), self._settings.page_max_rows)
        now, most = self._now(), self._settings.predict_max_open
        rows, total = self._open(now, given.get("where") or [], most)
        told = self._told([row["ticket_id"] for row in rows], active)
        asked = [row for row in rows if by in told.get(row["ticket_id"], {})]
        listed = [{**row, "predictions": told[row["ticket_id"]]} for row in asked]
        listed.sort(key=lambda row: (-row["predictions"][by]["value"], row["ticket_id"]))
        if given.get("reasons"):
            whole = self._told([row["ticket_id"] for row in listed[:limit]], active, with_reasons=True)
            for row in listed[:limit]:
                row["predictions"] = whole[row["ticket_id"]]
        for row in listed[:limit]:
            row["predictions"] = list(row["predictions"].values())
        notes = [f"Only the newest {most:,} of {total:,} open tickets were looked at (predict_max_open)."]
        return {"by": by, "as_of": now.isoformat() if now else None, "total": total, "asked": len(listed),
                "rows": listed[:limit], "notes": notes if total > most else []}  # fmt: skip

    def of_tickets(self, ticket_ids: Sequence[str]) -> dict[str, dict[str, Json]]:
        """Return what is predicted of tickets, by ticket and prediction; whoever asks sees to who may see them."""
        require(self._principal, "viewer")
        return self._told(list(ticket_ids), self._active())

    def _card(self, prediction: Prediction) -> Json:
        found = self._control.models.list(self._slug, prediction.task)
        active = next((one for one in found if one.is_active), None)
        shown = active or (found[0] if found else None)
        state = "active" if active else "not_better" if shown else "not_learned"
        return {
            "name": prediction.name, "label": prediction.label, "about": prediction.about, "kind": prediction.kind,
            "asked": prediction.asked, "state": state, "version": shown.version if shown else None,
            "learned_at": shown.created_at.isoformat() if shown else None,
            "horizon_days": prediction.horizon_days if prediction.kind == "chance" else None,
            "rows": shown.features["rows"] if shown else None, "features": shown.features["names"] if shown else [],
            "figures": shown.metrics["held_out"] if shown else None, "versions": len(found),
        }  # fmt: skip

    def _active(self) -> list[_Active]:
        key = signing_key(self._settings.data_dir)
        by_task = {one.task: one for one in self._control.models.active(self._slug)}
        return [
            _Active(prediction=p, version=(v := by_task[p.task]),
                    model=opened_table(model_path(self._settings, self._slug, v.file), key))
            for p in predictions().values() if p.task in by_task
        ]  # fmt: skip

    def _now(self) -> datetime | None:
        return now_of(self._host.describe_workspace(self._principal).get("last_at"))

    def _open(self, now: datetime | None, where: Sequence[str], most: int) -> tuple[list[Json], int]:
        """Return the newest open tickets that the principal may see, and how many there are."""
        if now is None:
            return [], 0
        engine = self._host.numbers(self._principal)
        query = TicketQuery(start=now - TICK, end=now + TICK, metric="backlog", where=tuple(where), sort="created_at",
                            columns=SHOWN, limit=min(most, self._settings.page_max_rows))  # fmt: skip
        rows: list[Json] = []
        page = engine.tickets(self._principal, query)
        total = page.total
        while True:
            rows += page.as_dict()["rows"]
            if page.next_cursor is None or len(rows) >= most:
                return rows[:most], total
            page = engine.tickets(self._principal, TicketQuery(**{**vars(query), "cursor": page.next_cursor}))

    def _told(self, ids: list[str], active: list[_Active], *, with_reasons: bool = False) -> dict[str, dict[str, Json]]:
        """Return, by ticket and prediction, what is predicted now of those it applies to."""
        now = self._now()
        if now is None or not ids or not active:
            return {}
        workspace = self._host.describe_workspace(self._principal)
        engine = self._host.numbers(self._principal)
        known = engine.as_known(pl.DataFrame({"ticket_id": ids}).with_columns(known_at=pl.lit(now)))
        became = engine.became().filter(pl.col("ticket_id").is_in(ids))
        seen = known.hstack(features(known, zone(workspace["timezone"]).key).rename(lambda name: f"f {name}"))
        rows = seen.join(became.drop("created_at", "category"), on="ticket_id", how="inner", suffix=" became")
        is_solved = pl.coalesce(pl.col("f status").is_in(_SOLVED), pl.col("first_solved_at").is_not_null())
        told: dict[str, dict[str, Json]] = {}
        for one in active:
            p = one.prediction
            kept = is_solved if p.asked == "solved" else ~is_solved
            if p.kind == "chance":
                kept &= pl.col(p.happens).is_null()
            if p.of is not None:
                kept &= p.of
            asked = rows.filter(kept)
            if not asked.is_empty():
                frame = asked.select(pl.col("^f .*$").name.map(lambda name: name.removeprefix("f ")))
                for ticket_id, answer in zip(asked["ticket_id"], _answers(one, frame, with_reasons), strict=True):
                    told.setdefault(ticket_id, {})[p.name] = answer
        return told


def _first(active: Sequence[_Active]) -> str:
    """Return what open tickets are ranked by when nobody says: the risk that most is known of, else the time."""
    names = [one.prediction.name for one in active]
    return next((name for name in ("sla_breach", "escalation", *names) if name in names), "")


def _answers(one: _Active, frame: pl.DataFrame, with_reasons: bool) -> list[Json]:
    p, plain = one.prediction, one.version.features["plain"]
    head = {"name": p.name, "label": p.label, "kind": p.kind, "version": one.version.version}
    categories = frame["category"].to_list()
    reasons = one.model.reasons(frame) if with_reasons else [[] for _ in categories]
    if isinstance(one.model, DurationModel):
        top, medians, bounds = one.model.top, one.model.median(frame), one.model.interval(frame)
        return [
            {**head, "unit": "seconds", "value": _seen(v, top), "low": _seen(a, top), "high": _seen(b, top),
             # Nothing lasted longer in what was learned from: how much longer is unknown.
             "is_beyond": bool(v >= top), "interval": 0.8, "horizon_days": None,
             "baseline": plain["by_category"].get(c, plain["median"]), "reasons": [_reason(r) for r in why]}
            for v, a, b, c, why in zip(medians, *bounds, categories, reasons, strict=True)
        ]  # fmt: skip
    return [
        {**head, "unit": "ratio", "value": round(float(v), 4), "low": None, "high": None, "is_beyond": False,
         "interval": None, "horizon_days": p.horizon_days, "baseline": plain["by_category"].get(c, plain["rate"]),
         "reasons": [_reason(r) for r in why]}
        for v, c, why in zip(one.model.probability(frame), categories, reasons, strict=True)
    ]  # fmt: skip


def _seen(seconds: float, top: float) -> float:
    return round(min(float(seconds), top), 1)


def _reason(reason: Reason) -> Json:
    """Return a reason as people read it: the age comes to the model as a logarithm."""
    name, value = reason.feature, reason.value
    if name == "age" and value is not None:
        name, value = "age_seconds", round(math.exp(value))
    if isinstance(value, float):
        value = None if math.isnan(value) else round(value, 3)
    return {"feature": name, "label": name.replace("_", " ").capitalize(), "value": value, "weight": reason.weight}


def model_path(settings: Settings, workspace: str, file: str) -> Path:
    """Return where a model of the workspace lies."""
    return settings.data_dir / "models" / workspace / file


def job_dict(job: Any) -> Json:
    """Return a job as people see it."""
    return {
        "job_id": job.job_id, "status": job.status, "names": job.payload["names"], "fraction": job.fraction,
        "text": job.text, "result": job.result, "error": job.error, "created_at": job.created_at.isoformat(),
        "finished_at": job.finished_at.isoformat() if job.finished_at else None,
    }  # fmt: skip


def _limit(given: Any, most: int) -> int:
    try:
        limit = 20 if given in (None, "") else int(given)
    except (TypeError, ValueError):
        raise InputError(f"The limit is a whole number, not {given!r}.", hint="Write 20.") from None
    if not 1 <= limit <= most:
        raise InputError(f"The limit is 1 to {most:,}, not {limit:,}.", hint="Write 20.")
    return limit
