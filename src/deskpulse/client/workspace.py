"""`deskpulse.open()`: a workspace in your hands, for notebooks and scripts."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deskpulse.client.anomalies import AnomaliesDoor
from deskpulse.client.archive import ArchiveDoor
from deskpulse.client.door import Document, Door, Json, RunListener
from deskpulse.client.events import EventsDoor
from deskpulse.client.forecasts import ForecastsDoor
from deskpulse.client.labels import LabelsDoor
from deskpulse.client.models import ModelsDoor
from deskpulse.client.policies import PoliciesDoor
from deskpulse.client.predictions import PredictionsDoor
from deskpulse.client.result import Result
from deskpulse.client.reviews import ReviewsDoor
from deskpulse.client.rows import iso, written
from deskpulse.client.scenarios import ScenariosDoor
from deskpulse.client.schedules import SchedulesDoor
from deskpulse.client.taxonomy import TaxonomyDoor
from deskpulse.core import server_file
from deskpulse.core.configuration import load_settings
from deskpulse.core.errors import DeskpulseError, UnknownNameError

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

Moment = str | date | datetime
STAFFING_OPTIONS = {
    "volume", "aht", "horizon", "interval", "where", "team", "period", "start", "end", "timezone", "plan", "lengths",
    "earliest", "latest", "patience", "abandonment", "wait", "shrinkage", "occupancy", "concurrency", "hourly_cost",
    "ignore",
}  # fmt: skip


class Workspace:
    """One workspace of a data folder; close it, or use it in a `with` block."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def describe(self) -> Json:
        """Return the name, the time zone, and from when to when the tickets reach."""
        return self._door.describe()

    def metrics(self) -> list[Json]:
        """List the metrics that can be asked for, with their meanings."""
        return list(self._door.catalog()["metrics"])

    def ingest(
        self,
        what: str | Path | Mapping[str, Any] | Iterable[Mapping[str, Any]] | pa.Table | pd.DataFrame | pl.DataFrame,
        *,
        source: str | None = None,
        shape: str | None = None,
        map: Mapping[str, str] | None = None,
        timezone: str | None = None,
        listener: RunListener | None = None,
    ) -> Json:
        """Take in a file, a folder, a table (Arrow, pandas, Polars), one row, or rows; return what was done.

        `map` says our column = their column where the suggestion is wrong. The same rows again change nothing.
        The error that stopped an import is raised; what was committed before it stays.
        """
        options = {"source": source, "shape": shape, "map": dict(map or {}), "timezone": timezone}
        if isinstance(what, str | Path):
            return _result(self._door.import_path(Path(what), options, listener))
        with tempfile.TemporaryDirectory(prefix="deskpulse-") as folder:
            path = written(what, Path(folder))
            options["source"] = source or "python"
            return _result(self._door.import_path(path, options, listener))

    def query(
        self,
        *metrics: str | Sequence[str],
        by: str | Sequence[str] = (),
        grain: str | None = None,
        period: str | None = None,
        start: Moment | None = None,
        end: Moment | None = None,
        where: str | Sequence[str] = (),
        compare: str | None = None,
        show: str | Sequence[str] = (),
        top: int | None = None,
        timezone: str | None = None,
        exact: bool = False,
    ) -> Result:
        """Ask for metrics × dimensions × grain, e.g. `query("csat", by="team", grain="week", period="90d")`.

        `where` takes filters such as "priority >= high and not tag = vip"; `compare` "previous", "year", "target",
        "peers" or "segment:NAME"; `show` extras such as "change", "moving_average:7", "significance". The period is
        the data's last 30 days when none is named. No data is None, never 0. `exact`: from rows, never a rollup.
        """
        names = [name for one in metrics for name in _listed(one)]
        spec = {"metrics": names, "by": _listed(by), "grain": grain, "period": period, "from": iso(start),
                "to": iso(end), "where": _listed(where), "compare": compare, "show": _listed(show), "top": top,
                "timezone": timezone, "exact": exact}  # fmt: skip
        return Result(self._door.query(spec), spec)

    def compositions(self) -> list[Json]:
        """List the ready compositions: name, meaning, sections and options."""
        return self._door.compositions()

    def analytics(
        self, name: str, *, by: str | Sequence[str] = (), period: str | None = None, start: Moment | None = None,
        end: Moment | None = None, where: str | Sequence[str] = (), segment: str | None = None,
        compare: str | None = None, timezone: str | None = None, **options: str | int,
    ) -> Json:  # fmt: skip
        """Answer a ready composition, e.g. `analytics("leaderboards", by="agent", metric="csat", least_n=5)`.

        Returns `{sections: [{name, rows, totals, …}], definitions, as_of, …}`; each value has `n` and `link`.
        `docs/analytics.md` tells what there is.
        """
        spec = {"by": _listed(by), "period": period, "from": iso(start), "to": iso(end), "where": _listed(where),
                "segment": segment, "compare": compare, "timezone": timezone, **options}  # fmt: skip
        return self._door.analytics(name, {key: value for key, value in spec.items() if value not in (None, [])})

    def distribution(
        self, of: str, *, period: str | None = None, start: Moment | None = None, end: Moment | None = None,
        where: str | Sequence[str] = (), buckets: int = 12, edges: Sequence[float] = (), timezone: str | None = None,
    ) -> Json:  # fmt: skip
        """Tell how the values of a number column (or of a metric made of one) lie: `{buckets, percentiles, n, …}`."""
        return self._door.distribution(
            {"of": of, "period": period, "from": iso(start), "to": iso(end), "where": _listed(where),
             "buckets": buckets, "edges": list(edges), "timezone": timezone}
        )  # fmt: skip

    def heatmap(
        self, metric: str, *, period: str | None = None, start: Moment | None = None, end: Moment | None = None,
        where: str | Sequence[str] = (), timezone: str | None = None,
    ) -> Json:  # fmt: skip
        """Tell a metric by local weekday and hour: `{weekdays, hours, cells}`, `cells[day][hour]` with value and n."""
        return self._door.heatmap({"metric": metric, "period": period, "from": iso(start), "to": iso(end),
                                   "where": _listed(where), "timezone": timezone})  # fmt: skip

    def cohort(
        self, metric: str = "tickets_created", *, grain: str = "month", period: str | None = None,
        start: Moment | None = None, end: Moment | None = None, where: str | Sequence[str] = (),
        timezone: str | None = None,
    ) -> Json:  # fmt: skip
        """Tell customers by first contact: `{cohorts: [{cohort, customers, cells: [{since, retention, …}]}]}`."""
        return self._door.cohort({"metric": metric, "grain": grain, "period": period, "from": iso(start),
                                  "to": iso(end), "where": _listed(where), "timezone": timezone})  # fmt: skip

    def drill(
        self, result: Result, *, metric: str | None = None, row: Json | None = None, side: str = "now",
        limit: int = 50, cursor: str | None = None,
    ) -> Json:  # fmt: skip
        """List the rows behind a cell of `result` (its total without `row`): `{rows, total, next_cursor}`."""
        return self._door.drill({"question": result.spec, "cell": _cell(result, metric, row, side), "limit": limit,
                                 "cursor": cursor})  # fmt: skip

    def explain(self, result: Result, *, metric: str | None = None, row: Json | None = None) -> Json:
        """Tell how `result`, or one cell of it, comes about: definitions, SQL with values, rows left out and why."""
        cell = _cell(result, metric, row, "now") if metric or row else None
        return self._door.explain(result.spec, cell)

    def segments(self) -> list[Json]:
        """List the segments: filters with names, for `segment = "name"` and by="segment:name"."""
        return self._door.segments()

    def save_segment(self, name: str, filter: str, about: str = "") -> Json:
        """Keep a filter under a name; return it with the tickets that are in it now."""
        return self._door.save_segment(name, filter, about)

    def delete_segment(self, name: str) -> None:
        """Forget a segment."""
        self._door.delete_segment(name)

    def targets(self) -> dict[str, float]:
        """Return what metrics should be, by metric."""
        return self._door.targets()

    def set_target(self, metric: str, value: float | None) -> None:
        """Set what a metric should be, in its unit; None forgets it."""
        if value is None:
            self._door.delete_target(metric)
        else:
            self._door.set_target(metric, value)

    def tickets(
        self,
        *,
        period: str | None = None,
        start: Moment | None = None,
        end: Moment | None = None,
        where: str | Sequence[str] = (),
        metric: str | None = None,
        search: str | None = None,
        sort: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Json:
        """List tickets, a page at a time: `{rows, total, next_cursor}`; with `metric`, those that the number counts."""
        return self._door.tickets(
            {"period": period, "from": iso(start), "to": iso(end), "where": _listed(where), "metric": metric,
             "search": search, "sort": sort, "limit": limit, "cursor": cursor}
        )  # fmt: skip

    def ticket(self, ticket_id: str) -> Json:
        """Return one ticket with its messages, events, surveys and calls."""
        return self._door.ticket(ticket_id)

    def report(
        self,
        name: str = "insights",
        *,
        format: str = "md",
        period: str | None = None,
        start: Moment | None = None,
        end: Moment | None = None,
    ) -> Document:
        """Make a report as md, html or json; `.text` is its content."""
        return self._door.report(name, format, {"period": period, "from": iso(start), "to": iso(end)})

    def reconcile(self, what: str | Path, *, source: str | None = None, examples: int = 5) -> Json:
        """Compare our numbers with a vendor's own, each difference classified and explained (`docs/reconcile.md`).

        `what` is a file with the vendor's numbers, or the name of a source, whose import kept them. `source` says whose
        tickets a file's are when the ids leave it open. Nothing is changed.
        """
        found: Json = json.loads(self.reconciliation(what, format="json", source=source, examples=examples).content)
        return found

    def reconciliation(
        self, what: str | Path, *, format: str = "md", source: str | None = None, examples: int = 5
    ) -> Document:
        """Return the same as a document: md, json, or csv with every number of every ticket."""
        path = Path(what)
        is_file = isinstance(what, Path) or path.exists()
        return self._door.reconcile(path if is_file else str(what), format, {"source": source, "examples": examples})

    def imports(self) -> list[Json]:
        """List the latest imports, newest first."""
        return list(self._door.runs()["runs"])

    def undo(self, run_id: str) -> Json:
        """Take back an import as a whole."""
        return self._door.undo(run_id)

    def rejected(self, run_id: str | None = None, *, limit: int = 100) -> list[Json]:
        """List rows that could not be taken, each with its reason."""
        return list(self._door.rejected({"run_id": run_id, "limit": limit})["rows"])

    def mend(self, what: str | Path) -> Json:
        """Take rejected rows in again by a mended list of them: its CSV, or its path (`docs/mapping.md`)."""
        return self._door.mend(what.read_text("utf-8") if isinstance(what, Path) else what)

    @property
    def labels(self) -> LabelsDoor:
        """The labels of texts: what is said, why."""
        return self._door.labels

    @property
    def taxonomy(self) -> TaxonomyDoor:
        """The categories that tickets are sorted into."""
        return self._door.taxonomy

    @property
    def predictions(self) -> PredictionsDoor:
        """The predictions of tickets: cards, train, ticket, open_tickets."""
        return self._door.predictions

    @property
    def reviews(self) -> ReviewsDoor:
        """The quality reviews: form, set_form, sample, add, list, get, correct, remove, respond."""
        return self._door.reviews

    @property
    def models(self) -> ModelsDoor:
        """The learned models: list, train, activate, retire."""
        return self._door.models

    def forecast(
        self,
        metric: str,
        *,
        by: Sequence[str] | str = (),
        where: Sequence[str] | str = (),
        grain: str = "day",
        horizon: str | int = "28d",
        methods: Sequence[str] = (),
        events: Mapping[str, str] | None = None,
        ignore: Sequence[str] = (),
        until: str | None = None,
        keep: bool = False,
    ) -> Json:
        """Forecast a metric slice by slice: points with intervals, trend, and the error beside the naive.

        `horizon` is such as 28d, 4w, 48h or a number of periods of `grain`; `events` have a kind for a day;
        `ignore` are days (2026-11-04) or spans (a/b) of the past that tell nothing, such as outages; `until` forecasts
        as on that moment. With `keep` it is stored, and `forecasts.check` compares it with what came.
        """
        spec: Json = {
            "metric": metric, "by": _listed(by), "grain": grain, "where": _listed(where), "horizon": str(horizon),
            "methods": list(methods), "events": dict(events or {}), "ignore": list(ignore), "until": until,
            "keep": keep,
        }  # fmt: skip
        return self._door.forecasts.make(spec)

    def insights(
        self, *, days: int = 7, until: Moment | None = None, where: Sequence[str] | str = (),
        timezone: str | None = None,
    ) -> Json:  # fmt: skip
        """Tell what is not as usual in the latest `days`, what drove it, and which lists need a look."""
        spec = {"days": days, "until": iso(until), "where": _listed(where), "timezone": timezone}
        return self._door.insights.brief(spec)

    def phrases(
        self, *, period: str | None = None, start: Moment | None = None, end: Moment | None = None,
        by: str | None = None, where: Sequence[str] | str = (), timezone: str | None = None,
    ) -> Json:  # fmt: skip
        """Tell what customers say more than their own history lets expect, and most; the last 7 days unless told."""
        spec = {"period": period, "from": iso(start), "to": iso(end), "where": _listed(where), "timezone": timezone}
        return self._door.insights.phrases({**spec, "by": by})

    def problems(
        self, *, period: str | None = None, start: Moment | None = None, end: Moment | None = None,
        where: Sequence[str] | str = (), limit: int | None = None, timezone: str | None = None,
    ) -> Json:  # fmt: skip
        """List what needs a look (very negative, stuck, critical and unsolved, …), the largest impact first."""
        spec = {"period": period, "from": iso(start), "to": iso(end), "where": _listed(where), "timezone": timezone}
        return self._door.insights.problems({**spec, "limit": limit})

    def recommendations(
        self, *, period: str | None = None, start: Moment | None = None, end: Moment | None = None,
        where: Sequence[str] | str = (), status: str | None = None,
    ) -> Json:  # fmt: skip
        """Tell what to do, by measured evidence of the last 90 days or the period, what touches most first.

        Each has its evidence, the gain a month with its interval, and, once accepted, what it really brought.
        """
        return self._door.insights.recommendations(
            {
                "period": period,
                "from": iso(start),
                "to": iso(end),
                "where": _listed(where),
                "status": status,
            }
        )

    def decide(self, recommendation_id: str, status: str, note: str = "", *, start: Moment | None = None,
               end: Moment | None = None, where: Sequence[str] | str = ()) -> Json:  # fmt: skip
        """Keep that a recommendation is accepted, declined, done, or open again; period and filter as it was listed."""
        spec = {"from": iso(start), "to": iso(end), "where": _listed(where)}
        return self._door.insights.decide(recommendation_id, status, note, spec)

    def scorecards(
        self, by: str = "agent", *, period: str | None = None, start: Moment | None = None, end: Moment | None = None,
        where: Sequence[str] | str = (), weights: Mapping[str, float] | None = None,
        targets: Mapping[str, float] | None = None, limit: int | None = None,
    ) -> Json:  # fmt: skip
        """Tell how agents or teams stand against targets on the same kinds of tickets, the best score first.

        `weights` and `targets` are by criterion; those with too few rows stand apart, without a score.
        """
        spec = {"by": by, "period": period, "from": iso(start), "to": iso(end), "where": _listed(where),
                "limit": limit, "weight": _pairs(weights), "target": _pairs(targets)}  # fmt: skip
        return self._door.insights.scorecards(spec)

    def patterns(
        self, metric: str = "tickets_created", *, by: str | None = None, period: str | None = None,
        start: Moment | None = None, end: Moment | None = None, where: Sequence[str] | str = (),
        parts: Sequence[str] | str = (),
    ) -> Json:  # fmt: skip
        """Tell what comes again: seasons of a metric (of the slices of `by`), its own past, categories that grow,
        customers who come back, what goes before escalations and losses. `parts` leaves some of it out.
        """
        spec = {"metric": metric, "by": by, "period": period, "from": iso(start), "to": iso(end),
                "where": _listed(where), "parts": _listed(parts)}  # fmt: skip
        return self._door.insights.patterns(spec)

    def why(
        self, metric: str, *, period: str | None = None, start: Moment | None = None, end: Moment | None = None,
        compare: str = "previous", before: tuple[Moment, Moment] | None = None, by: Sequence[str] | str = (),
        where: Sequence[str] | str = (), similar: bool = True,
    ) -> Json:  # fmt: skip
        """Explain why a metric changed: causes first, then what each slice did, words, events, `similar` past periods.

        The period is `period`, or `start` to `end`; what it is compared with is `before`, or `compare`: previous, year.
        """
        first, last = before or (None, None)
        return self._door.insights.why({
            "metric": metric, "period": period, "from": iso(start), "to": iso(end), "compare": compare,
            "before_from": iso(first), "before_to": iso(last), "by": _listed(by), "where": _listed(where),
            "similar": similar})  # fmt: skip

    def staffing(self, target: str = "80/20", *, queues: Sequence[str] | str = (), **asked: Any) -> Json:
        """Tell how many people `target` needs: 80/20, asa=30, abandonment=5, or 95/8h for deferred work.

        A single interval: volume, aht (seconds), interval (minutes, 30). With `horizon` ("14d") the days to come by
        forecast, else a usual week: interval (15, 30 or 60), queues, team or where (of tickets), period or from/to,
        timezone, aht; plan=True with lengths, earliest, latest. 95/8h: deferred work, with earliest and latest. Of
        all: patience (s) or abandonment (percent) and wait (s); shrinkage, occupancy, concurrency, hourly_cost, ignore.
        """
        unknown = sorted(set(asked) - STAFFING_OPTIONS)
        if unknown:
            raise UnknownNameError("option of staffing", unknown[0], STAFFING_OPTIONS)
        start, end = asked.pop("start", None), asked.pop("end", None)
        return self._door.staffing({"target": target, "queues": _listed(queues), "from": iso(start),
                                    "to": iso(end), **asked})  # fmt: skip

    @property
    def anomalies(self) -> AnomaliesDoor:
        """What is odd, listed when called; look, show, mark."""
        return self._door.anomalies

    @property
    def events(self) -> EventsDoor:
        """What is known to have happened or to come: list, show, add, change, remove, import_rows."""
        return self._door.events

    @property
    def forecasts(self) -> ForecastsDoor:
        """The kept forecasts: list, show, check, recompute."""
        return self._door.forecasts

    @property
    def scenarios(self) -> ScenariosDoor:
        """The what-if scenarios: compare, list, show, save, remove."""
        return self._door.scenarios

    @property
    def policies(self) -> PoliciesDoor:
        """The service-level policies: list, show, set, retire."""
        return self._door.policies

    @property
    def archive(self) -> ArchiveDoor:
        """Old months in Parquet files: show, run (`older_than`, `dry_run`), restore (`months`)."""
        return self._door.archive

    @property
    def schedules(self) -> SchedulesDoor:
        """The working hours: list, show, set, holidays, assign, remove, set_mode, recompute."""
        return self._door.schedules

    def close(self) -> None:
        """Let go of the data folder."""
        self._door.close()

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def open(data_dir: str | Path | None = None, *, workspace: str | None = None, timezone: str | None = None) -> Workspace:
    """Open a workspace of a data folder (made when missing).

    While a server runs on the folder, everything goes through that server. `timezone` is that of a new workspace.
    """
    return Workspace(open_door(data_dir, workspace, timezone=timezone))


def open_door(data_dir: str | Path | None, workspace: str | None, *, timezone: str | None = None) -> Door:
    """Return the way into a data folder: through its server when one runs, else in this process."""
    given = {"data_dir": data_dir, "timezone": timezone}
    settings = load_settings(**{k: v for k, v in given.items() if v is not None})
    if server := server_file.find(settings.data_dir):
        from deskpulse.client.remote import RemoteDoor

        return RemoteDoor(server, workspace or settings.workspace)
    from deskpulse.client.local import LocalDoor

    return LocalDoor(settings, workspace)


def _cell(result: Result, metric: str | None, row: Json | None, side: str) -> Json:
    cell: Json = {"metric": metric, "side": side}
    if row is None:
        return cell
    is_other = bool(row.get("is_other"))
    by = {} if is_other else {name: row[name] for name in result.answer["by"]}
    return cell | {"by": by, "period": row.get("period"), "is_other": is_other}


def _result(run: Json) -> Json:
    if run["status"] == "failed":
        raise DeskpulseError(run["error"] or "The import failed.", hint=f"What was committed stays: {run['run_id']}.")
    result: Json = run["result"] or {}
    return {**result, "status": run["status"]}


def _listed(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _pairs(given: Mapping[str, float] | None) -> list[str]:
    return [f"{name}={value!r}" for name, value in (given or {}).items()]
