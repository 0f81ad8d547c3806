"""Learned models of a workspace: trained as jobs from the labels that the data carries, measured, made active."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path
from typing import Any

from deskpulse.access.principals import require
from deskpulse.control.job_worker import JobWorker
from deskpulse.control.jobs import Job
from deskpulse.control.models import ModelVersion
from deskpulse.core.errors import DeskpulseError, NotFoundError, UnknownNameError
from deskpulse.enrich.catalog import run_steps
from deskpulse.enrich.encoders import EncoderChoice, chosen_encoder
from deskpulse.enrich.learned import COLUMNS, learn_texts, predict_texts
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.labels_carried import Lesson, collect_lesson, learnable
from deskpulse.ingest.reenrich import queue_everything, queue_reenrichment
from deskpulse.ingest.understood import KIND as REENRICH
from deskpulse.ingest.understood import due_steps
from deskpulse.models.classifier import TextClassifier
from deskpulse.models.files import opened_model, save_model, signing_key
from deskpulse.models.measures import Measured, measure

KIND = "train_model"
"""The kind of these jobs."""
Json = dict[str, Any]
LEAST_SHARED = 0.8
"""Share of the texts held out whose label the active version must know to be compared: a few new names are growth."""


class _StoppedError(Exception):
    """Somebody asked the training to stop, or this process ends."""


class ModelRoom:
    """The learned models of one workspace, for one principal. Reading needs a viewer, training a manager."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._models = context.control.models

    def list(self, task: str | None = None) -> Json:
        """Return the versions, newest first within a task, and what can be learned from where."""
        require(self._context.principal, "viewer")
        found = [model_dict(one) for one in self._models.list(self._context.workspace, task)
                 if one.task in learnable()]  # fmt: skip
        jobs = self._context.control.jobs.list(self._context.workspace, kind=REENRICH, limit=1).items
        return {"models": found, "learnable": {name: list(sources) for name, sources in learnable().items()},
                "due": due_steps(self._context), "reading_anew": job_dict(jobs[0]) if jobs else None}  # fmt: skip

    def train(self, task: str, source: str | None = None) -> Json:
        """Queue the training of a task; it becomes active when it beats the active version on the same texts."""
        require(self._context.principal, "manager")
        if task not in learnable():
            raise UnknownNameError("task to learn", task, set(learnable()))
        payload = {"task": task, "source": source, "by": self._context.principal.user, "why": f"learn {task}"}
        return job_dict(self._context.control.jobs.create(self._context.workspace, KIND, payload, max_attempts=2))

    def activate(self, task: str, version: int) -> Json:
        """Make a version active, also one that is not the best (to go back, for example)."""
        require(self._context.principal, "manager")
        by = self._context.principal.user
        made = model_dict(self._models.activate(self._context.workspace, task, version, by=by))
        return {**made, "job": self._queued(f"{task} is told by version {version}")}

    def retire(self, task: str) -> Json:
        """Let the shipped step do a task again."""
        require(self._context.principal, "manager")
        was_active = self._models.retire(self._context.workspace, task)
        return {"task": task, "was_active": was_active, "job": self._queued(f"{task} is told by the shipped step")}

    def refresh(self, *, everything: bool = False) -> Json:
        """Read the texts anew that were understood by what counts no longer (or all): `job`, None when none was."""
        require(self._context.principal, "manager")
        if everything:
            job = queue_everything(self._context, "asked for")
            return {"job": job and job_dict(job)}
        return {"job": self._queued("asked for")}

    def _queued(self, why: str) -> Json | None:
        job = queue_reenrichment(self._context, why)
        return job_dict(job) if job else None

    def job(self, job_id: str) -> Json:
        """Return a training or a reading anew of texts: its state, progress and result."""
        require(self._context.principal, "viewer")
        job = self._context.control.jobs.get(self._context.workspace, job_id)
        if job.kind not in (KIND, REENRICH):
            raise NotFoundError(f"{job_id!r} is no training, and reads no texts anew.")
        return job_dict(job)

    def cancel(self, job_id: str) -> Json:
        """Stop a training, of which nothing is kept, or a reading anew, of which everything is."""
        require(self._context.principal, "manager")
        self.job(job_id)
        return job_dict(self._context.control.jobs.cancel(self._context.workspace, job_id))


def model_dict(model: ModelVersion) -> Json:
    """Return a version as people see it."""
    return {
        "task": model.task, "version": model.version, "is_active": model.is_active, "data_hash": model.data_hash,
        "features": model.features, "metrics": model.metrics, "created_at": model.created_at.isoformat(),
        "created_by": model.created_by,
        "activated_at": model.activated_at.isoformat() if model.activated_at else None,
        "activated_by": model.activated_by,
    }  # fmt: skip


def job_dict(job: Job) -> Json:
    """Return a training or a reading anew as people see it."""
    return {
        "job_id": job.job_id, "kind": job.kind, "status": job.status, "task": job.payload.get("task"),
        "why": job.payload["why"], "fraction": job.fraction,
        "text": job.text, "result": job.result, "error": job.error, "created_at": job.created_at.isoformat(),
        "finished_at": job.finished_at.isoformat() if job.finished_at else None,
    }  # fmt: skip


def model_path(context: ImportContext, file: str) -> Path:
    """Return where a model of the workspace lies."""
    return context.settings.data_dir / "models" / context.workspace / file


def train(context: ImportContext, job: Job, stop: threading.Event) -> None:
    """Do a training that was claimed; it ends done, cancelled, failed, or with `stop` back in the queue."""
    jobs, held = context.control.jobs, (context.workspace, job.job_id, job.lease or "")
    settings = context.settings

    def tell(fraction: float, text: str) -> None:
        if stop.is_set() or jobs.heartbeat(*held, fraction=0.95 * fraction, text=text):
            raise _StoppedError

    try:
        with context.warehouse.reader() as reader:
            standing = context.control.corrections.standing(context.workspace)
            corrected = {one.ticket_id: one.value for one in standing if one.label == job.payload["task"] and one.value}
            lesson = collect_lesson(
                reader, job.payload["task"], job.payload["source"], most=settings.learn_max_texts,
                least=settings.learn_least_texts, least_each=settings.learn_least_each,
                corrected=corrected,
            )  # fmt: skip
        model = learn_texts(
            lesson.texts,
            lesson.labels,
            lesson.task,
            weights=lesson.weights,
            unlabelled=lesson.unlabelled,
            encoder=chosen_encoder(settings),
            progress=tell,
        )
        found = _kept(context, lesson, model, job.payload["by"])
        jobs.finish(*held, found)
    except _StoppedError:
        jobs.release(*held) if stop.is_set() else jobs.stop(*held)
    except DeskpulseError as error:
        jobs.fail(*held, str(error), is_retryable=False)


def _kept(context: ImportContext, lesson: Lesson, model: TextClassifier, by: str) -> Json:
    """Measure a model on the texts held out, keep it, and make it active when it beats what is used now."""
    rivals = {"majority": max(map(lesson.held_labels.count, set(lesson.held_labels))) / len(lesson.held_labels)}
    encoder = chosen_encoder(context.settings)
    mine = _measured(model, lesson, encoder)
    before = context.control.models.active(context.workspace, lesson.task)
    key = signing_key(context.settings.data_dir)
    number = context.control.models.next_version(context.workspace, lesson.task)
    others: list[str] = []
    for one in before:
        rival = opened_model(model_path(context, one.file), key)
        if why := _not_comparable(one, rival, lesson):
            others.append(f"{why} Take it with: deskpulse models activate {lesson.task} {number}")
        else:
            rivals[f"version {one.version}"] = _measured(rival, lesson, encoder).macro_f1
    if not before and (shipped := _shipped(lesson)) is not None:
        rivals["shipped step"] = shipped.macro_f1
    is_better = all(
        (mine.accuracy if name == "majority" else mine.macro_f1) > figure for name, figure in rivals.items()
    )
    file = f"{lesson.task}-{number}.npz"
    metrics: Json = {
        "waits_because": " ".join(others) or None,
        "held_out": {
            "n": mine.n, "accuracy": mine.accuracy, "macro_f1": mine.macro_f1, "majority": mine.majority,
            "calibration_error": mine.calibration_error,
            "labels": {name: tally.as_dict() for name, tally in mine.labels.items()},
        },
        "rivals": rivals,
    }  # fmt: skip
    features = {
        "count": model.features.width, "encoder": model.features.encoder,
        "labels": model.labels, "texts": len(lesson.texts), "source": lesson.source,
        "tickets": ticket_count(context), "unlabelled": model.held_out["unlabelled"],
        "corrected": sum(weight > 1 for weight in lesson.weights),
    }  # fmt: skip
    manifest = {"workspace": context.workspace, "task": lesson.task, "version": number, "data": lesson.data_hash}
    save_model(model_path(context, file), model, manifest, key=key)
    context.control.models.add(
        context.workspace, lesson.task, number, file=file, data_hash=lesson.data_hash, features=features,
        metrics=metrics, by=by,
    )  # fmt: skip
    is_active = is_better and not others
    if is_active:
        context.control.models.activate(context.workspace, lesson.task, number, by=by)
        queue_reenrichment(context, f"{lesson.task} is told by version {number}")
    return {"task": lesson.task, "version": number, "is_active": is_active, "texts": len(lesson.texts), **metrics}


def _not_comparable(active: ModelVersion, model: TextClassifier, lesson: Lesson) -> str | None:
    """Return why figures on a lesson's labels say nothing of the active version; None where they do.

    It has to have learned labels of the same source, and to know most of those held out.
    """
    source = str(active.features.get("source") or lesson.source)
    if source != lesson.source:
        return (
            f"Version {active.version} learned from {source}, this one from {lesson.source}: neither is measured fairly"
            " by the other's labels, so a person has to choose."
        )
    known = sum(label in model.labels for label in lesson.held_labels) / len(lesson.held_labels)
    if known < LEAST_SHARED:
        return (
            f"Of the labels held out version {active.version} knows {known:.0%} only: the names have changed since, so"
            " a person has to choose."
        )
    return None


def _measured(model: TextClassifier, lesson: Lesson, encoder: EncoderChoice | None) -> Measured:
    said, sure = predict_texts(model, lesson.held_texts, lesson.task, encoder=encoder)
    return measure(lesson.held_labels, said, sure)


def _shipped(lesson: Lesson) -> Measured | None:
    """Return how right the shipped step is; None where its labels are others (categories of one's own)."""
    if lesson.task == "category":
        return None
    said = run_steps(lesson.held_texts, [lesson.task])[COLUMNS[lesson.task]]
    return measure(lesson.held_labels, said)


def ticket_count(context: ImportContext) -> int:
    """Return how many tickets the workspace has: what came since a version was learned shows by it."""
    with context.warehouse.reader() as reader:
        return int(reader.rows("SELECT count(*) FROM tickets")[0][0])


def train_worker(context: ImportContext) -> JobWorker:
    """Return the thread that does a workspace's trainings."""
    return JobWorker(
        context.control.jobs, context.workspace, KIND, partial(train, context),
        idle_seconds=context.settings.journal_idle_seconds,
    )  # fmt: skip
