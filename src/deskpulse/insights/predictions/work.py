"""Jobs that learn predictions: each is learned, measured, kept, and made active when it is better."""

from __future__ import annotations

import threading
from datetime import datetime
from functools import partial
from typing import Any

from deskpulse.control.job_worker import JobWorker
from deskpulse.control.jobs import Job
from deskpulse.core.clock import now as clock
from deskpulse.core.errors import InputError
from deskpulse.core.periods import zone
from deskpulse.core.principal import Principal
from deskpulse.insights.predictions.learning import LEAST_TESTED, Learned, figures_of, followed, is_better, learn, since
from deskpulse.insights.predictions.model import Prediction, find_prediction
from deskpulse.insights.predictions.moments import now_of
from deskpulse.insights.predictions.opened import model_path
from deskpulse.insights.predictions.room import KIND
from deskpulse.metrics.host import Host
from deskpulse.models.files import save_arrays, signing_key
from deskpulse.models.tables.kept import opened_table, to_arrays

Json = dict[str, Any]


class _StoppedError(Exception):
    """Somebody asked it to stop, or this process ends."""


def prediction_worker(host: Host, principal: Principal) -> JobWorker:
    """Return the thread that learns a workspace's predictions."""
    return JobWorker(
        host.control.jobs, principal.workspace, KIND, partial(_work, host, principal),
        idle_seconds=host.settings.journal_idle_seconds,
    )  # fmt: skip


def _work(host: Host, principal: Principal, job: Job, stop: threading.Event) -> None:
    jobs, held = host.control.jobs, (principal.workspace, job.job_id, job.lease or "")
    names = job.payload["names"]
    done: list[Json] = []

    def tell(number: int, fraction: float, text: str) -> None:
        if stop.is_set() or jobs.heartbeat(*held, fraction=(number + fraction) / len(names), text=text):
            raise _StoppedError

    try:
        for number, name in enumerate(names):
            prediction = find_prediction(name)
            if job.payload.get("does") == "check":
                tell(number, 0.0, f"{prediction.label}: looking at what came since it was learned")
                done.append(_checked(host, principal, prediction))
                continue
            try:
                learned = _learned(host, principal, prediction, partial(tell, number))
                done.append(_kept(host, principal, prediction, learned, job.payload["by"]))
            except InputError as error:
                # Too little to learn from is an answer; the others are learned all the same.
                done.append({"name": name, "version": None, "is_active": False, "reason": str(error)})
        jobs.finish(*held, {"predictions": done})
    except _StoppedError:
        jobs.release(*held) if stop.is_set() else jobs.stop(*held)


def _now_and_zone(host: Host, principal: Principal) -> tuple[datetime, str]:
    workspace = host.describe_workspace(principal)
    now = now_of(workspace.get("last_at"))
    if now is None:
        raise InputError("There is no data yet.", hint="Import tickets first.")
    return now, zone(workspace["timezone"]).key


def _learned(host: Host, principal: Principal, prediction: Prediction, tell: Any) -> Learned:
    now, zone_name = _now_and_zone(host, principal)
    most = host.settings.predict_max_moments
    return learn(host.numbers(principal).past, prediction, now, timezone=zone_name, most=most, tell=tell)


def _checked(host: Host, principal: Principal, prediction: Prediction) -> Json:
    """Measure the active version on what came since it was learned, and keep that with it."""
    models, slug = host.control.models, principal.workspace
    active = next(iter(models.active(slug, prediction.task)), None)
    if active is None or "until" not in active.features:
        return {"name": prediction.name, "version": None, "since": None, "reason": "It is not predicted yet."}
    model = opened_table(model_path(host.settings, slug, active.file), signing_key(host.settings.data_dir))
    begin = datetime.fromisoformat(active.features["until"])
    now, zone_name = _now_and_zone(host, principal)
    most = host.settings.predict_max_moments
    rows = since(host.numbers(principal).past, prediction, begin, now, timezone=zone_name, most=most)
    found: Json = {"n": len(rows.hits), "from": begin.isoformat(), "to": now.isoformat(), "least": LEAST_TESTED,
                   "checked_at": clock().isoformat(), "figures": None}  # fmt: skip
    if len(rows.hits) >= LEAST_TESTED:
        figures = figures_of(prediction, model, rows, active.features["plain"])
        found |= {"figures": figures, "still_better": is_better(prediction, figures), "lately": followed(model, rows)}
    models.note(slug, prediction.task, active.version, {**active.metrics, "since": found})
    return {"name": prediction.name, "version": active.version, "since": found, "reason": None}


def _kept(host: Host, principal: Principal, prediction: Prediction, learned: Learned, by: str) -> Json:
    """Keep a model with its figures; it becomes active when it beats the simple answer and the active version."""
    models, slug, task = host.control.models, principal.workspace, prediction.task
    key = signing_key(host.settings.data_dir)
    before = next(iter(models.active(slug, task)), None)
    rival = None
    if before is not None:
        old = opened_table(model_path(host.settings, slug, before.file), key)
        rival = figures_of(prediction, old, learned.tested, before.features["plain"])
    better = is_better(prediction, learned.figures, rival)
    number = models.next_version(slug, task)
    file = f"{task}-{number}.npz"
    manifest = {"workspace": slug, "task": task, "version": number, "data": learned.data_hash}
    save_arrays(model_path(host.settings, slug, file), to_arrays(learned.model), manifest, key=key)
    kept_similar = None
    if learned.similar is not None:
        kept_similar = f"{task}-{number}-similar.npz"
        save_arrays(model_path(host.settings, slug, kept_similar), learned.similar.arrays(), manifest, key=key)
    figures = learned.figures
    models.add(
        slug, task, number, file=file, data_hash=learned.data_hash, by=by,
        features={"names": list(learned.model.names), "rows": learned.rows, "plain": learned.plain,
                  "until": learned.until.isoformat(), "tickets": _tickets(host, principal), "similar": kept_similar},
        metrics={"held_out": figures, "active_version": rival, "chosen": learned.model.figures},
    )  # fmt: skip
    if better:
        models.activate(slug, task, number, by=by)
    return {"name": prediction.name, "version": number, "is_active": better, "rows": learned.rows, "figures": figures,
            "reason": None if better else _why_not(prediction, figures, rival)}  # fmt: skip


def _tickets(host: Host, principal: Principal) -> int:
    return int(host.describe_workspace(principal).get("tickets") or 0)


_SIMPLE = {
    "duration": "the category's median", "chance": "the base rate", "level": "the last month and the team's mean",
}  # fmt: skip


def _why_not(prediction: Prediction, figures: Json, rival: Json | None) -> str:
    if rival is not None and is_better(prediction, figures):
        return "It is not better than the active version."
    return f"It is not better than {_SIMPLE[prediction.kind]} on later cases."
