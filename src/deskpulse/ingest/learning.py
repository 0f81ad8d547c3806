"""Learned models of a workspace: trained as jobs from the labels that the data carries, measured, made active."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Any

from deskpulse.access.principals import require
from deskpulse.control import Control
from deskpulse.control.jobs import Job
from deskpulse.control.models import ModelVersion
from deskpulse.core.errors import ConflictError, DeskpulseError, NotFoundError, UnknownNameError
from deskpulse.core.events import bus
from deskpulse.enrich.catalog import run_steps
from deskpulse.enrich.learned import COLUMNS, learn_texts, predict_texts
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.labels_carried import Lesson, collect_lesson, learnable
from deskpulse.models.classifier import TextClassifier
from deskpulse.models.files import opened_model, save_model, signing_key
from deskpulse.models.measures import Measured, measure

log = logging.getLogger(__name__)

KIND = "train_model"
"""The kind of these jobs."""
Json = dict[str, Any]


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
        found = [model_dict(one) for one in self._models.list(self._context.workspace, task)]
        return {"models": found, "learnable": {name: list(sources) for name, sources in learnable().items()}}

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
        return model_dict(self._models.activate(self._context.workspace, task, version, by=by))

    def retire(self, task: str) -> Json:
        """Let the shipped step do a task again."""
        require(self._context.principal, "manager")
        return {"task": task, "was_active": self._models.retire(self._context.workspace, task)}

    def job(self, job_id: str) -> Json:
        """Return a training: its state, progress and result."""
        require(self._context.principal, "viewer")
        job = self._context.control.jobs.get(self._context.workspace, job_id)
        if job.kind != KIND:
            raise NotFoundError(f"{job_id!r} is no training.")
        return job_dict(job)

    def cancel(self, job_id: str) -> Json:
        """Stop a training; nothing of it is kept."""
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
    """Return a training as people see it."""
    return {
        "job_id": job.job_id, "status": job.status, "task": job.payload["task"], "fraction": job.fraction,
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
            lesson = collect_lesson(
                reader, job.payload["task"], job.payload["source"], most=settings.learn_max_texts,
                least=settings.learn_least_texts, least_each=settings.learn_least_each,
            )  # fmt: skip
        model = learn_texts(lesson.texts, lesson.labels, lesson.task, unlabelled=lesson.unlabelled, progress=tell)
        found = _kept(context, lesson, model, job.payload["by"])
        jobs.finish(*held, found)
    except _StoppedError:
        jobs.release(*held) if stop.is_set() else jobs.stop(*held)
    except DeskpulseError as error:
        jobs.fail(*held, str(error), is_retryable=False)


def _kept(context: ImportContext, lesson: Lesson, model: TextClassifier, by: str) -> Json:
    """Measure a model on the texts held out, keep it, and make it active when it beats what is used now."""
    rivals = {"majority": max(map(lesson.held_labels.count, set(lesson.held_labels))) / len(lesson.held_labels)}
    mine = _measured(model, lesson)
    before = context.control.models.active(context.workspace, lesson.task)
    key = signing_key(context.settings.data_dir)
    for one in before:
        rivals[f"version {one.version}"] = _measured(opened_model(model_path(context, one.file), key), lesson).macro_f1
    if not before and (shipped := _shipped(lesson)) is not None:
        rivals["shipped step"] = shipped.macro_f1
    is_better = all(
        (mine.accuracy if name == "majority" else mine.macro_f1) > figure for name, figure in rivals.items()
    )
    number = context.control.models.next_version(context.workspace, lesson.task)
    file = f"{lesson.task}-{number}.npz"
    metrics = {
        "held_out": {
            "n": mine.n, "accuracy": mine.accuracy, "macro_f1": mine.macro_f1, "majority": mine.majority,
            "calibration_error": mine.calibration_error,
            "labels": {name: tally.as_dict() for name, tally in mine.labels.items()},
        },
        "rivals": rivals,
    }  # fmt: skip
    features = {
        "count": model.features.width, "labels": model.labels, "texts": len(lesson.texts), "source": lesson.source,
        "unlabelled": model.held_out["unlabelled"],
    }  # fmt: skip
    manifest = {"workspace": context.workspace, "task": lesson.task, "version": number, "data": lesson.data_hash}
    save_model(model_path(context, file), model, manifest, key=key)
    context.control.models.add(
        context.workspace, lesson.task, number, file=file, data_hash=lesson.data_hash, features=features,
        metrics=metrics, by=by,
    )  # fmt: skip
    if is_better:
        context.control.models.activate(context.workspace, lesson.task, number, by=by)
    return {"task": lesson.task, "version": number, "is_active": is_better, "texts": len(lesson.texts), **metrics}


def _measured(model: TextClassifier, lesson: Lesson) -> Measured:
    said, sure = predict_texts(model, lesson.held_texts, lesson.task)
    return measure(lesson.held_labels, said, sure)


def _shipped(lesson: Lesson) -> Measured | None:
    """Return how right the shipped step is; None where its labels are others (categories of one's own)."""
    if lesson.task == "category":
        return None
    said = run_steps(lesson.held_texts, [lesson.task])[COLUMNS[lesson.task]]
    return measure(lesson.held_labels, said)


class TrainWorker:
    """The thread that does a workspace's trainings, one after the other, also one that a dead process left."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._wake, self._stop = threading.Event(), threading.Event()
        self._forget = bus.listen("job.moved", lambda e: self._wake.set() if e.workspace == context.workspace else None)
        self._thread = threading.Thread(target=self._work, name=f"{KIND}-{context.workspace}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End at the next step of the training at hand, which goes back to the queue."""
        self._forget()
        self._stop.set()
        self._wake.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            try:
                job = self._context.control.jobs.claim(self._context.workspace, [KIND])
                if job is not None:
                    self._do(job)
                    continue
            except Exception:  # what stopped it may pass
                log.exception("the trainings of %s cannot be done", self._context.workspace)
            self._wake.wait(self._context.settings.journal_idle_seconds)

    def _do(self, job: Job) -> None:
        try:
            train(self._context, job, self._stop)
        except ConflictError:
            log.warning("job %s of %s was taken by another worker", job.job_id, job.workspace)
        except Exception as error:
            log.exception("job %s of %s failed", job.job_id, job.workspace)
            self._context.control.jobs.fail(job.workspace, job.job_id, job.lease or "", str(error) or repr(error))


class TrainWorkers:
    """The threads of all workspaces that train, each begun when first needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._workers: dict[str, TrainWorker] = {}

    def start(self, context: ImportContext) -> ImportContext:
        """Let the workspace's trainings be done, and return the context."""
        with self._lock:
            if context.workspace not in self._workers:
                self._workers[context.workspace] = TrainWorker(context)
        return context

    def stop(self) -> None:
        """End all threads."""
        with self._lock:
            workers, self._workers = list(self._workers.values()), {}
        for worker in workers:
            worker.stop()


def trainings_left(control: Control, workspace: str) -> bool:
    """Return whether a training waits, or was left by a process that ended."""
    return any(control.jobs.list(workspace, kind=KIND, status=status).items for status in ("queued", "running"))
