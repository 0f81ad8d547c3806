"""Jobs that learn predictions: each is learned, measured, kept, and made active when it is better."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any

from deskpulse.control.job_worker import JobWorker
from deskpulse.control.jobs import Job
from deskpulse.core.errors import InputError
from deskpulse.core.periods import zone
from deskpulse.core.principal import Principal
from deskpulse.insights.predictions.learning import Learned, figures_of, is_better, learn
from deskpulse.insights.predictions.model import Prediction, find_prediction
from deskpulse.insights.predictions.moments import now_of
from deskpulse.insights.predictions.room import KIND, model_path
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
            try:
                learned = _learned(host, principal, prediction, partial(tell, number))
                done.append(_kept(host, principal, prediction, learned, job.payload["by"]))
            except InputError as error:
                # Too little to learn from is an answer; the others are learned all the same.
                done.append({"name": name, "version": None, "is_active": False, "reason": str(error)})
        jobs.finish(*held, {"predictions": done})
    except _StoppedError:
        jobs.release(*held) if stop.is_set() else jobs.stop(*held)


def _learned(host: Host, principal: Principal, prediction: Prediction, tell: Any) -> Learned:
    workspace = host.describe_workspace(principal)
    now = now_of(workspace.get("last_at"))
    if now is None:
        raise InputError("There is no data yet.", hint="Import tickets first.")
    zone_name = zone(workspace["timezone"]).key
    most = host.settings.predict_max_moments
    return learn(host.numbers(principal), prediction, now, timezone=zone_name, most=most, tell=tell)


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
    figures = learned.figures
    models.add(
        slug, task, number, file=file, data_hash=learned.data_hash, by=by,
        features={"names": list(learned.model.encoder.names), "rows": learned.rows, "plain": learned.plain},
        metrics={"held_out": figures, "active_version": rival, "chosen": learned.model.figures},
    )  # fmt: skip
    if better:
        models.activate(slug, task, number, by=by)
    return {"name": prediction.name, "version": number, "is_active": better, "rows": learned.rows, "figures": figures,
            "reason": None if better else _why_not(prediction, figures, rival)}  # fmt: skip


def _why_not(prediction: Prediction, figures: Json, rival: Json | None) -> str:
    if rival is not None and is_better(prediction, figures):
        return "It is not better than the active version."
    simple = "the category's median" if prediction.kind == "duration" else "the base rate"
    return f"It is not better than {simple} on later tickets."
