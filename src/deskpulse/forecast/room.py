"""Forecasts as people ask for them: made, kept, and later compared with what came."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import numpy as np

from deskpulse.access.principals import require
from deskpulse.control.forecasts import KeptForecast
from deskpulse.control.jobs import Job
from deskpulse.core.clock import now
from deskpulse.core.errors import DeskpulseError, ForbiddenError, InputError, NotFoundError, UnknownNameError
from deskpulse.core.events import bus
from deskpulse.core.periods import zone
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.forecast.catalogue import catalog_methods
from deskpulse.forecast.checks import checked, summed
from deskpulse.forecast.kept import is_current
from deskpulse.forecast.known_days import KnownDays, events_notes, known_days, known_stamps
from deskpulse.forecast.model import Floats
from deskpulse.forecast.pool import expect_many
from deskpulse.forecast.results import Expected
from deskpulse.forecast.series import Coming, MetricSeries, Read, known_until, read_ask, read_metric
from deskpulse.forecast.settled import settled_rows
from deskpulse.forecast.trend import trend
from deskpulse.metrics.filters import Bounds
from deskpulse.metrics.forecast_facts import settle
from deskpulse.metrics.host import Host
from deskpulse.metrics.lookup import find_metric
from deskpulse.metrics.model import MetricQuery
from deskpulse.metrics.query import QueryEngine

Json = dict[str, Any]
KIND = "forecast"
"""The kind of these jobs."""
WAIT_SECONDS = 0.2
SHOWN = 90
"""Latest steps of history that an answer carries."""
STATES = ("open", "holds", "drifted")
TREND_STEPS = {"15min": 2_688, "30min": 1_344, "hour": 672, "day": 91, "week": 26, "month": 24, "quarter": 12}


class ForecastRoom:
    """The forecasts of one workspace, for one principal, whose rows they are made of.

    A kept forecast is a job of the kind `forecast` that is done: its payload the question, its result the answer.
    """

    def __init__(self, host: Host, principal: Principal, *, apart: bool = False) -> None:
        """`apart`: fit in processes that are kept for it, so that who else is in this one is not held up."""
        self._host, self._engine, self._control = host, host.numbers(principal), host.control
        self._settings = host.settings
        self._principal, self._apart = principal, apart
        self._workspace = host.control.workspaces.get(principal.workspace)
        self._timezone = self._workspace.timezone
        self._known = known_days(host.control, principal.workspace, host.settings)

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
        job = self._queued(question_of(spec))
        self._finish([job])
        return self.show(job.job_id)

    def stored(self, spec: Json) -> Json | None:
        """Return the newest kept forecast of a question as it was made, or None: nothing is fitted here.

        One that was made before the known events changed is none.
        """
        require(self._principal, "viewer")
        self._refuse_limited()
        kept = self._control.forecasts.latest(self._principal.workspace, question_of(spec))
        if kept is None:
            return None
        found = self.show(kept.forecast_id)
        return found if is_current(kept, found, known_stamps(self._control, self._principal.workspace)) else None

    def recompute(self) -> Json:
        """Make every kept question anew, as on today; one asked as on a past moment stays as it is."""
        require(self._principal, "analyst")
        self._refuse_limited()
        return {"forecasts": self.renew([kept.question for kept in self._current()])}

    def renew(self, questions: Sequence[Json]) -> Sequence[Json]:
        """Make these questions anew, and tell how that went."""
        jobs = [self._queued(question) for question in questions]
        self._finish(jobs)
        return [self._job_line(self._control.jobs.get(job.workspace, job.job_id)) for job in jobs]

    def due(self) -> Sequence[KeptForecast]:
        """Return those that are older than `forecast_refresh_hours` and of which a period has come wholly since."""
        pause, last = timedelta(hours=self._settings.forecast_refresh_hours), self._covered()
        if not pause or last is None:
            return []
        return [kept for kept in self._current() if now() - kept.made_at >= pause and last >= kept.whole_at]

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
                done_job = jobs.finish(*held, answer)
                self._control.forecasts.save(job.workspace, _kept(done_job, answer))
                bus.announce("forecast.published", job.workspace, forecast_id=job.job_id)
            done += 1
        return done

    def list(self, *, state: str | None = None, newest: bool = False) -> Json:
        """List the kept forecasts, newest first: all, those in a state, or the newest of each question."""
        require(self._principal, "viewer")
        self._refuse_limited()
        if state is not None and state not in STATES:
            raise UnknownNameError("state of a forecast", state, STATES)
        found = self._control.forecasts.list(self._principal.workspace, newest=newest, state=state)
        return {"forecasts": [_line(kept) for kept in found]}

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
        return {**_line(self._control.forecasts.get(self._principal.workspace, forecast_id)), **job.result}

    def check(self, forecast_id: str) -> Json:
        """Return a kept forecast beside what came: errors, the share within the intervals, and whether it drifted.

        Only periods that the data covers wholly have an `actual`.
        """
        kept = self.show(forecast_id)
        ask = read_ask(kept["question"])
        points = kept["forecasts"][0]["points"]
        first, last = (datetime.fromisoformat(points[n][key]) for n, key in ((0, "from"), (-1, "to")))
        covered = known_until(self._engine.fact_span(self._principal, find_metric(ask.metric).fact)) or first
        query = MetricQuery(metrics=(ask.metric,), start=first, end=last, timezone=kept["timezone"], by=ask.by,
                            grain=ask.grain, where=ask.where)  # fmt: skip
        came = {(row.by, row.period): row.values[ask.metric].value for row in self._engine.query(self._principal,
                query).rows}  # fmt: skip
        size = len(kept["forecasts"])
        slices = [
            checked(one, [(p, came.get((tuple(one["by"]), p["period"]), 0.0 if kept["is_count"] else None)
                            if datetime.fromisoformat(p["to"]) <= covered else None) for p in one["points"]], size)
            for one in kept["forecasts"]
        ]  # fmt: skip
        settle(self._host.warehouse(self._principal), forecast_id,
               settled_rows(kept, slices, Bounds.of(self._settings)))  # fmt: skip
        moment = now()
        state, figures = summed(slices, last, covered)
        figures["covered"] = covered.isoformat()
        self._control.forecasts.set_state(self._principal.workspace, forecast_id, state, figures, moment)
        return {"forecast_id": forecast_id, "metric": ask.metric, "checked_at": moment.isoformat(), "state": state,
                **figures, "is_drifted": state == "drifted", "slices": slices}  # fmt: skip

    def check_all(self) -> Json:
        """Compare every kept forecast with what came, and list them with their error so far."""
        self.list()  # who may not see them is told so
        for kept in self._control.forecasts.list(self._principal.workspace):
            self.check(kept.forecast_id)
        return self.list()

    def check_stale(self) -> int:
        """Compare those that are not over with what came since they were last looked at; return how many."""
        last, count = self._covered(), 0
        for kept in self._control.forecasts.list(self._principal.workspace):
            is_new = last is not None and kept.figures.get("covered") != last.isoformat()
            if is_new and not kept.figures.get("is_over"):
                self.check(kept.forecast_id)
                count += 1
        return count

    def _made(self, spec: Json, each: Callable[[int, int], None] | None = None) -> Json:
        return make_forecast(self._engine, self._principal, spec, timezone=self._timezone, settings=self._settings,
                             known=self._known, each=each, apart=self._apart)  # fmt: skip

    def _payload(self, question: Json) -> Json:
        return {"question": question, "by": self._principal.user}

    def _beat(self, held: tuple[str, str, str], done: int, of: int) -> None:
        self._control.jobs.heartbeat(*held, fraction=done / of, text=f"{done} of {of} series")

    def _queued(self, question: Json) -> Job:
        return self._control.jobs.create(self._principal.workspace, KIND, self._payload(question), max_attempts=1)

    def _finish(self, jobs: Sequence[Job]) -> None:
        """Do the jobs, or wait for who took one of them."""
        self.work_off()
        for job in jobs:
            while self._control.jobs.get(job.workspace, job.job_id).status in ("queued", "running"):
                if not self.work_off():
                    time.sleep(WAIT_SECONDS)

    def _current(self) -> Sequence[KeptForecast]:
        """Return the newest forecast of each question that asks as on today."""
        found = self._control.forecasts.list(self._principal.workspace, newest=True)
        return [kept for kept in found if not kept.question.get("until")]

    def _covered(self) -> datetime | None:
        """Return the data's last moment; rows dated ahead are none."""
        moment: datetime | None = self._engine.data_span(self._principal).get("last_at")
        return None if moment is None else min(moment, now())

    @staticmethod
    def _job_line(job: Job) -> Json:
        made = job.finished_at.isoformat() if job.finished_at else None
        return {"forecast_id": job.job_id, "question": job.payload["question"], "made_by": job.payload["by"],
                "made_at": made, "status": job.status, "error": job.error}  # fmt: skip

    def _refuse_limited(self) -> None:
        if self._principal.row_filters:
            raise ForbiddenError("Kept forecasts are made of all rows, and you see some of them.",
                                 hint="Ask for a forecast of your own.")  # fmt: skip


def make_forecast(
    engine: QueryEngine, principal: Principal, spec: Json, *, timezone: str, settings: Settings, known: KnownDays,
    each: Callable[[int, int], None] | None = None, apart: bool = False,
) -> Json:  # fmt: skip
    """Return the forecast of a metric, slice by slice, in plain values."""
    began = time.perf_counter()
    read = read_metric(engine, principal, read_ask(spec), timezone, settings=settings, known=known)
    found = expect_many([s.task for s in read.series], settings, each=each, apart=apart)
    return _told(read, found) | {"seconds": round(time.perf_counter() - began, 3)}


def question_of(spec: Json) -> Json:
    """Return a request without what says nothing: the same question is then the same."""
    return {key: value for key, value in spec.items() if key != "keep" and value not in (None, "", [], {})}


def _kept(job: Job, answer: Json) -> KeptForecast:
    points = answer["forecasts"][0]["points"]
    whole, end = (datetime.fromisoformat(points[place]["to"]) for place in (0, -1))
    return KeptForecast(forecast_id=job.job_id, question=job.payload["question"], made_by=job.payload["by"],
                        made_at=job.finished_at or now(), whole_at=whole, ends_at=end, state="open", figures={},
                        checked_at=None)  # fmt: skip


def _line(kept: KeptForecast) -> Json:
    seen = kept.checked_at.isoformat() if kept.checked_at else None
    return {"forecast_id": kept.forecast_id, "question": kept.question, "made_by": kept.made_by,
            "made_at": kept.made_at.isoformat(), "status": "done", "error": None, "state": kept.state,
            "error_so_far": {key: value for key, value in kept.figures.items() if key != "covered"},
            "checked_at": seen}  # fmt: skip


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
        "tried": [asdict(t) for t in found.tried], "events": list(series.events),
        "notes": [*read.notes, *series.notes, *events_notes(series.events, zone(read.timezone)), *found.notes],
        "replaced": [series.periods[p] for p in found.replaced], "filled": [series.periods[p] for p in found.filled],
        "history": [{"period": p, "value": None if np.isnan(v) else v} for p, v in shown],
    }  # fmt: skip


def _point(coming: Coming, found: Expected) -> Json:
    told: Json = {"period": coming.period, "from": coming.start.isoformat(), "to": coming.end.isoformat(),
                  "value": _number(found.points, coming.step)}  # fmt: skip
    told["naive"] = _number(found.naive_points, coming.step)
    for level, name in ((0.8, "80"), (0.95, "95")):
        low, high = found.bands[level] if found.bands else (None, None)
        told |= {f"low_{name}": _number(low, coming.step), f"high_{name}": _number(high, coming.step)}
    return told


def _number(values: Floats | None, step: int) -> float | None:
    return None if values is None or np.isnan(values[step]) else round(float(values[step]), 6)
