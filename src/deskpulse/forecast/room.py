"""Forecasts as people ask for them: made, kept, and later compared with what came."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict
from datetime import date, datetime
from functools import partial
from json import dumps
from math import comb
from typing import Any, Protocol

import numpy as np

from deskpulse.access.principals import require
from deskpulse.control import Control
from deskpulse.control.jobs import Job
from deskpulse.core.clock import now
from deskpulse.core.errors import DeskpulseError, ForbiddenError, InputError, NotFoundError
from deskpulse.core.events import bus
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.forecast.catalogue import catalog_methods
from deskpulse.forecast.days_off import days_off
from deskpulse.forecast.model import Floats
from deskpulse.forecast.pool import expect_many
from deskpulse.forecast.results import Expected
from deskpulse.forecast.series import Coming, MetricSeries, Read, read_ask, read_metric
from deskpulse.forecast.trend import trend
from deskpulse.metrics.model import MetricQuery
from deskpulse.metrics.query import QueryEngine

Json = dict[str, Any]
KIND = "forecast"
"""The kind of these jobs."""
SHOWN = 90
"""Latest steps of history that an answer carries."""
TREND_STEPS = {"hour": 672, "day": 91, "week": 26, "month": 24, "quarter": 12}
DRIFT_LEAST, DRIFT_CHANCE, DRIFT_FACTOR = 5, 0.01, 2.0
"""A forecast has drifted when, of five steps or more, as many lie outside the 95 % interval as would by chance once in
a hundred times, or when the error is over twice what the backtest told."""


class Host(Protocol):
    """Who holds the data folder: the desk."""

    @property
    def control(self) -> Control:
        """The control database."""
        ...

    @property
    def settings(self) -> Settings:
        """The settings."""
        ...

    def numbers(self, principal: Principal) -> QueryEngine:
        """Answer questions about the principal's workspace."""
        ...


class ForecastRoom:
    """The forecasts of one workspace, for one principal, whose rows they are made of.

    A kept forecast is a job of the kind `forecast` that is done: its payload the question, its result the answer.
    """

    def __init__(self, host: Host, principal: Principal) -> None:
        self._engine, self._control, self._settings = host.numbers(principal), host.control, host.settings
        self._principal = principal
        self._timezone = host.control.workspaces.get(principal.workspace).timezone

    def methods(self) -> Json:
        """List the methods."""
        return {"methods": catalog_methods()}

    def make(self, spec: Json) -> Json:
        """Forecast a metric, slice by slice; with `keep` the outcome is stored, and has a `forecast_id`."""
        require(self._principal, "viewer")
        read_ask(spec)
        if not spec.get("keep"):
            return self._made(spec)
        require(self._principal, "analyst")
        self._refuse_limited()
        question = {key: value for key, value in spec.items() if key != "keep" and value not in (None, "", [], {})}
        job = self._control.jobs.create(self._principal.workspace, KIND, self._payload(question), max_attempts=1)
        self.work_off()
        return self.show(job.job_id)

    def recompute(self) -> Json:
        """Make every kept question anew, as on today; one asked as on a past moment stays as it is."""
        require(self._principal, "analyst")
        self._refuse_limited()
        questions = [job.payload["question"] for job in self._kept()]
        asked = {dumps(question, sort_keys=True): question for question in questions}
        current = [question for question in asked.values() if not question.get("until")]
        jobs = [self._control.jobs.create(self._principal.workspace, KIND, self._payload(q), max_attempts=1)
                for q in current]  # fmt: skip
        self.work_off()
        return {"forecasts": [self._line(self._control.jobs.get(j.workspace, j.job_id)) for j in jobs]}

    def work_off(self) -> int:
        """Do the workspace's jobs of this kind that are due, also those that another process left; return how many."""
        jobs, done = self._control.jobs, 0
        while (job := jobs.claim(self._principal.workspace, [KIND])) is not None:
            held = (job.workspace, job.job_id, job.lease or "")
            try:
                answer = self._made(job.payload["question"], partial(self._beat, held))
            except DeskpulseError as error:
                jobs.fail(*held, str(error), is_retryable=False)
            else:
                jobs.finish(*held, answer)
                bus.announce("forecast.published", job.workspace, forecast_id=job.job_id)
            done += 1
        return done

    def list(self) -> Json:
        """List the kept forecasts, newest first."""
        require(self._principal, "viewer")
        self._refuse_limited()
        return {"forecasts": [self._line(job) for job in self._kept()]}

    def show(self, forecast_id: str) -> Json:
        """Return a kept forecast as it was made."""
        require(self._principal, "viewer")
        self._refuse_limited()
        job = self._control.jobs.get(self._principal.workspace, forecast_id)
        if job.kind != KIND:
            raise NotFoundError(f"There is no forecast {forecast_id!r}.", hint="deskpulse forecasts lists them.")
        if job.status != "done":
            said = job.error or f"It is {job.status}."
            raise InputError(f"The forecast {forecast_id} was not made. {said}")
        return {**self._line(job), **job.result}

    def check(self, forecast_id: str) -> Json:
        """Return a kept forecast beside what came: errors, the share within the intervals, and whether it drifted.

        Only periods that the data covers wholly have an `actual`.
        """
        kept = self.show(forecast_id)
        ask = read_ask(kept["question"])
        points = kept["forecasts"][0]["points"]
        first, last = (datetime.fromisoformat(points[n][key]) for n, key in ((0, "from"), (-1, "to")))
        covered = self._engine.data_span(self._principal).get("last_at") or first
        query = MetricQuery(metrics=(ask.metric,), start=first, end=last, timezone=kept["timezone"], by=ask.by,
                            grain=ask.grain, where=ask.where)  # fmt: skip
        came = {(row.by, row.period): row.values[ask.metric].value for row in self._engine.query(self._principal,
                query).rows}  # fmt: skip
        slices = [
            _checked(one, [(p, came.get((tuple(one["by"]), p["period"]), 0.0 if kept["is_count"] else None)
                            if datetime.fromisoformat(p["to"]) <= covered else None) for p in one["points"]])
            for one in kept["forecasts"]
        ]  # fmt: skip
        return {"forecast_id": forecast_id, "metric": ask.metric, "checked_at": now().isoformat(),
                "is_drifted": any(s["is_drifted"] for s in slices), "slices": slices}  # fmt: skip

    def _made(self, spec: Json, each: Callable[[int, int], None] | None = None) -> Json:
        began = time.perf_counter()
        read = read_metric(self._engine, self._principal, read_ask(spec), self._timezone,
                           settings=self._settings, holidays=self._off)  # fmt: skip
        found = expect_many([s.task for s in read.series], self._settings, each=each)
        return _told(read, found) | {"seconds": round(time.perf_counter() - began, 3)}

    def _payload(self, question: Json) -> Json:
        return {"question": question, "by": self._principal.user}

    def _beat(self, held: tuple[str, str, str], done: int, of: int) -> None:
        self._control.jobs.heartbeat(*held, fraction=done / of, text=f"{done} of {of} series")

    def _kept(self) -> Iterator[Job]:
        cursor: str | None = None
        while True:
            page = self._control.jobs.list(self._principal.workspace, kind=KIND, status="done", cursor=cursor)
            yield from page.items
            if (cursor := page.cursor) is None:
                return

    @staticmethod
    def _line(job: Job) -> Json:
        made = job.finished_at.isoformat() if job.finished_at else None
        return {"forecast_id": job.job_id, "question": job.payload["question"], "made_by": job.payload["by"],
                "made_at": made, "status": job.status, "error": job.error}  # fmt: skip

    def _off(self, team: str | None) -> Collection[date]:
        return days_off(self._control, self._principal.workspace, team)

    def _refuse_limited(self) -> None:
        if self._principal.row_filters:
            raise ForbiddenError("Kept forecasts are made of all rows, and you see some of them.",
                                 hint="Ask for a forecast of your own.")  # fmt: skip


def _told(read: Read, found: list[Expected]) -> Json:
    ask, metric = read.ask, read.metric
    return {
        "metric": metric.name, "label": metric.label, "unit": metric.unit, "better": metric.better,
        "is_count": metric.is_count, "by": list(ask.by), "grain": ask.grain, "timezone": read.timezone,
        "from": read.start.isoformat(), "to": read.end.isoformat(), "horizon": len(read.coming),
        "forecasts": [_slice(read, s, e) for s, e in zip(read.series, found, strict=True)],
    }  # fmt: skip


def _slice(read: Read, series: MetricSeries, found: Expected) -> Json:
    season = series.task.seasons[0] if series.task.seasons else 1
    latest = series.task.values[-TREND_STEPS[read.ask.grain] :]
    shown = list(zip(series.periods, series.task.values.tolist(), strict=True))[-SHOWN:]
    return {
        "by": list(series.by), **dict(zip(read.ask.by, series.by, strict=True)),
        "method": found.method, "label": found.label, "members": list(found.members),
        "points": [_point(c, found) for c in read.coming],
        "trend": asdict(trend(latest, season, read.metric.better)),
        "accuracy": asdict(found.accuracy), "naive": {"mase": found.naive.mase, "wape": found.naive.wape},
        "tried": [asdict(t) for t in found.tried], "notes": list(found.notes),
        "replaced": [series.periods[p] for p in found.replaced], "filled": [series.periods[p] for p in found.filled],
        "history": [{"period": p, "value": None if np.isnan(v) else v} for p, v in shown],
    }  # fmt: skip


def _point(coming: Coming, found: Expected) -> Json:
    told: Json = {"period": coming.period, "from": coming.start.isoformat(), "to": coming.end.isoformat(),
                  "value": _number(found.points, coming.step)}  # fmt: skip
    for level, name in ((0.8, "80"), (0.95, "95")):
        low, high = found.bands[level] if found.bands else (None, None)
        told |= {f"low_{name}": _number(low, coming.step), f"high_{name}": _number(high, coming.step)}
    return told


def _number(values: Floats | None, step: int) -> float | None:
    return None if values is None or np.isnan(values[step]) else round(float(values[step]), 6)


def _checked(one: Json, points: list[tuple[Json, float | None]]) -> Json:
    rows = [{**point, "actual": actual} for point, actual in points]
    known = [r for r in rows if r["actual"] is not None and r["value"] is not None]
    errors = sum(abs(r["value"] - r["actual"]) for r in known)
    total = sum(abs(r["actual"]) for r in known)
    banded = [r for r in known if r["low_95"] is not None]
    outside = sum(not r["low_95"] <= r["actual"] <= r["high_95"] for r in banded)
    wape, expected = (errors / total if total else None), one["accuracy"]["wape"]
    is_off = wape is not None and expected is not None and wape > DRIFT_FACTOR * max(expected, 0.01)
    is_odd = bool(banded) and _chance(outside, len(banded)) < DRIFT_CHANCE
    return {
        "by": one["by"], "method": one["method"], "n": len(known), "wape": wape, "expected_wape": expected,
        "bias": sum(r["value"] - r["actual"] for r in known) / total if total else None,
        "outside_95": outside, "is_drifted": len(known) >= DRIFT_LEAST and (is_off or is_odd), "points": rows,
    }  # fmt: skip


def _chance(outside: int, count: int) -> float:
    """Return how likely at least `outside` of `count` steps miss a 95 % interval by chance."""
    return sum(comb(count, k) * 0.05**k * 0.95 ** (count - k) for k in range(outside, count + 1))
