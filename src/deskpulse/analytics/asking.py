"""One composition being answered: what was asked, and the ways to ask for its sections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from deskpulse.analytics.links import address, row_links
from deskpulse.analytics.model import ASKED, Composition, Plain
from deskpulse.core.errors import DeskpulseError, ForbiddenError, InputError
from deskpulse.core.periods import Period
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.forecast.known_days import KnownDays
from deskpulse.metrics.lookup import METRICS
from deskpulse.metrics.model import Grain, MetricQuery, QueryResult, Row, Slice, Where
from deskpulse.metrics.query import QueryEngine
from deskpulse.metrics.tickets import TicketPage, TicketQuery

CHANGES = ("change", "percent_change", "significance")
TICK = timedelta(microseconds=1)


@dataclass(kw_only=True)
class Asking:
    """A request for `composition`; `moment` is the latest moment that it tells of, None without any data."""

    engine: QueryEngine
    principal: Principal
    settings: Settings
    composition: Composition
    period: Period
    moment: datetime | None
    timezone: str
    where: tuple[str, ...]
    compare: str | None
    by: tuple[str, ...]
    exact: bool
    options: Mapping[str, Any]
    workspace: Mapping[str, Any]
    known: KnownDays = field(default_factory=KnownDays)
    forecasts: dict[tuple[str, tuple[str, ...]], Plain] = field(default_factory=dict)
    refusals: list[DeskpulseError] = field(default_factory=list)
    answered: int = 0

    def dimensions(self, declared: tuple[str, ...]) -> tuple[str, ...]:
        """Return the dimensions of a section: `declared`, or those of the request where it leaves them open."""
        return self.by if declared == ASKED else declared

    def grain(self) -> Grain:
        """Return a grain that gives a readable line over the period."""
        days = (self.period.end - self.period.start).days
        if days <= 92:
            return "hour" if days <= 2 else "day"
        return "week" if days <= 750 else "month" if days <= 3_600 else "year"

    def query(
        self,
        metrics: tuple[str, ...],
        *,
        by: tuple[str, ...] = (),
        grain: Grain | None = None,
        where: tuple[Where | str, ...] = (),
        show: tuple[str, ...] = (),
        top: int | None = None,
        period: Period | None = None,
        against: Slice | None = None,
        compares: bool = True,
    ) -> tuple[QueryResult | None, dict[str, str]]:
        """Return the answer for those of `metrics` that can be asked so, and why the others cannot.

        A dimension or filter that one fact lacks, or that this principal may not see, leaves out its metrics alone.
        """
        period = period or self.period
        compare = "slice" if against else self.compare if compares else None
        if compare == "peers" and not by:
            compare = None
        query = MetricQuery(
            metrics=metrics, start=period.start, end=period.end, timezone=self.timezone, by=by, grain=grain,
            where=(*self.where, *where), compare=compare, show=(*show, *(CHANGES if compare else ())), top=top,
            exact=self.exact, against=against,
        )  # fmt: skip
        try:
            found = self.engine.query(self.principal, query)
        except (InputError, ForbiddenError) as error:
            return self._without_refused(query, error)
        self.answered += 1
        return found, {}

    def _without_refused(self, query: MetricQuery, error: DeskpulseError) -> tuple[QueryResult | None, dict[str, str]]:
        left_out: dict[str, str] = {}
        for name in query.metrics:
            try:
                self.engine.query(self.principal, replace(query, metrics=(name,))) if query.compare == "target" else (
                    self.engine.check(self.principal, replace(query, metrics=(name,)))
                )
            except (InputError, ForbiddenError) as refusal:
                left_out[name] = refusal.message
        kept = tuple(name for name in query.metrics if name not in left_out)
        if not kept or not left_out:
            self.refusals.append(error)
            return None, left_out or dict.fromkeys(query.metrics, error.message)
        self.answered += 1
        return self.engine.query(self.principal, replace(query, metrics=kept)), left_out

    def forecast(self, metric: str, by: tuple[str, ...]) -> Plain:
        """Return the forecast of a metric as the request's options ask for it; two sections have the same."""
        if (metric, by) not in self.forecasts:
            from deskpulse.forecast.room import make_forecast

            method = self.options.get("method")
            spec = {"metric": metric, "by": by, "where": self.where, "grain": self.options["grain"],
                    "horizon": self.options["horizon"], "methods": [method] if method else []}  # fmt: skip
            self.forecasts[metric, by] = make_forecast(
                self.engine, self.principal, spec, timezone=self.timezone, settings=self.settings,
                known=self.known,
            )  # fmt: skip
        return self.forecasts[metric, by]

    def tickets(self, query: TicketQuery) -> tuple[TicketPage, str]:
        """Return the first page of a list, and its address."""
        query = replace(query, timezone=self.timezone, where=(*self.where, *query.where))
        page = self.engine.tickets(self.principal, query)
        self.answered += 1
        return page, address(query, str(self.workspace["slug"]))

    def told(self, result: QueryResult, rows: tuple[Row, ...] | None = None) -> tuple[list[Plain], Plain]:
        """Return the rows and totals of an answer in plain values, each value that rests on rows with their address."""
        kept = result.rows if rows is None else rows
        plain = replace(result, rows=kept).as_dict()
        for told, row in zip((*plain["rows"], plain["totals"]), (*kept, None), strict=True):
            values = result.totals if row is None else row.values
            links = row_links(result, row, str(self.workspace["slug"])) if any(v.n for v in values.values()) else {}
            for name, value in values.items():
                told[name]["link"] = links[name] if value.n else None
        return plain["rows"], plain["totals"]

    def missing(self, result: QueryResult) -> dict[str, str]:
        """Return why totals have no value, by metric."""
        names = [name for name, value in result.totals.items() if value.value is None]
        if not names:
            return {}
        without = self.engine.without_data(names)
        return {
            name: f"The workspace has no {METRICS[name].fact.name.replace('_', ' ')} yet." if name in without
            else "No row counts in this period, with these filters." if not result.totals[name].n
            else "What it is made of has no value here."
            for name in names
        }  # fmt: skip
