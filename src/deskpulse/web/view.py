"""What a person chose to see: period, comparison and filters, as the address of the page says it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, cast, get_args
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from deskpulse.charts.formats import span_text
from deskpulse.core.errors import InputError
from deskpulse.core.periods import Period, zone
from deskpulse.metrics.filters import filter_text, parse_filter
from deskpulse.metrics.model import Compare, Filter, Grain, MetricQuery
from deskpulse.metrics.request import DEFAULT_PERIOD, period_of
from deskpulse.web.languages import LANGUAGES

NOTHING = "(none)"
"""How a missing value is shown and picked."""
MAX_FILTER_VALUES = 200
NO_COMPARISON = "none"


@dataclass(frozen=True, kw_only=True)
class View:
    """Period, comparison and filters, the same on all pages; `own` holds what one page adds (its sort, its search).

    Either `period` is named (30d), or `start` and `end` are ISO dates, the end not included.
    """

    period: str = DEFAULT_PERIOD
    start: str = ""
    end: str = ""
    compare: Compare | None = "previous"
    filters: tuple[Filter, ...] = ()
    own: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, query: str) -> View:
        """Return the view that an address's query says; InputError when it says nonsense."""
        pairs = parse_qsl(query, keep_blank_values=False, max_num_fields=200)
        given = dict(pairs)
        start, end = _iso_date(given.get("from", "")), _iso_date(given.get("to", ""))
        compare = given.get("compare", "previous")
        if compare not in (*get_args(Compare), NO_COMPARISON):
            raise InputError(f"{compare[:50]!r} is no comparison.", hint="Use previous, year or none.")
        shared = {"workspace", "period", "from", "to", "compare", "where"}
        return cls(
            period="" if start or end else given.get("period", DEFAULT_PERIOD),
            start=start,
            end=end,
            compare=None if compare == NO_COMPARISON else cast(Compare, compare),
            filters=tuple(parse_filter(value) for name, value in pairs if name == "where"),
            own={name: value for name, value in pairs if name not in shared},
        )

    def query(self, workspace: str, **own: str) -> str:
        """Return this view as an address's query; `own` adds to or replaces what the page keeps."""
        pairs: list[tuple[str, str]] = [("workspace", workspace)]
        if self.start or self.end:
            pairs += [(name, value) for name, value in (("from", self.start), ("to", self.end)) if value]
        elif self.period != DEFAULT_PERIOD:
            pairs.append(("period", self.period))
        if self.compare != "previous":
            pairs.append(("compare", self.compare or NO_COMPARISON))
        pairs += [("where", filter_text(condition)) for condition in self.filters]
        pairs += [(name, value) for name, value in {**self.own, **own}.items() if value]
        return urlencode(pairs)

    def window(self, workspace: Mapping[str, Any]) -> Period:
        """Return the period as moments; `workspace` tells its zone and from when to when its data reaches."""
        spec = {"period": self.period or None, "from": self.start or None, "to": self.end or None}
        return period_of(spec, dict(workspace), workspace["timezone"])

    def selected(self, dimension: str) -> frozenset[str]:
        """Return the values that `dimension` is filtered to; a missing value is NOTHING."""
        for condition in self.filters:
            if condition.dimension == dimension:
                return frozenset((NOTHING,) if condition.operator == "is_null" else condition.values)
        return frozenset()

    def with_values(self, dimension: str, values: Iterable[str]) -> View:
        """Return the view with `dimension` filtered to `values` (none: not filtered).

        A missing value cannot be combined with others: it stands alone.
        """
        kept = tuple(dict.fromkeys(values))[:MAX_FILTER_VALUES]
        others = tuple(condition for condition in self.filters if condition.dimension != dimension)
        if not kept:
            return replace(self, filters=others)
        if kept[-1] == NOTHING:
            return replace(self, filters=(*others, Filter(dimension=dimension, operator="is_null")))
        named = tuple(value for value in kept if value != NOTHING)
        return replace(self, filters=(*others, Filter(dimension=dimension, values=named)))

    def toggled(self, dimension: str, value: str) -> View:
        """Return the view with `value` added to the filter of `dimension`, or taken out of it."""
        now = self.selected(dimension)
        order = [v for c in self.filters if c.dimension == dimension for v in c.values or (NOTHING,)]
        return self.with_values(dimension, [v for v in order if v != value] if value in now else [*order, value])

    def conditions(self, *, without: Iterable[str] = ()) -> tuple[Filter, ...]:
        """Return the filters, those of the dimensions `without` left out."""
        left_out = set(without)
        return tuple(condition for condition in self.filters if condition.dimension not in left_out)


_OURS = frozenset({"channel", "status", "priority", "category", "subcategory", "sentiment_label", "urgency", "emotion",
                   "escalation_kind", "escalation", "indicator", "indicators",
                   "ticket_type"})  # fmt: skip
_CODE = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")


_SHORT_WORDS = {"api": "API", "sms": "SMS", "sla": "SLA"}


def shown_value(dimension: str, value: str | None) -> str:
    """Return a dimension's value as people read it: our own codes as words ("web_form": "Web form")."""
    if value is None:
        return NOTHING
    if dimension in _OURS and _CODE.fullmatch(value):
        words = [_SHORT_WORDS.get(word, word) for word in value.split("_")]
        return " ".join([words[0][0].upper() + words[0][1:], *words[1:]])
    return LANGUAGES.get(value, value) if dimension == "language" else value


def grain_of(period: Period) -> Grain:
    """Return a grain that gives a readable line over the period."""
    days = (period.end - period.start).days
    return "hour" if days <= 2 else "day" if days <= 92 else "week" if days <= 400 else "month"


def days_text(period: Period, timezone: ZoneInfo) -> str:
    """Return the period's local days as people write them: "Jun 1 – Jun 30, 2026"."""
    return span_text(*local_days(period, timezone))


def counted(count: int, noun: str) -> str:
    """Return how many there are of what is counted: "1 ticket", "1,204 tickets"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def local_days(period: Period, timezone: ZoneInfo) -> tuple[date, date]:
    """Return the first and the last local day that the period touches."""
    last = (period.end - timedelta(microseconds=1)).astimezone(timezone)
    return period.start.astimezone(timezone).date(), last.date()


def tickets_address(view: View, workspace: str, *, metric: str = "", extra: Iterable[Filter] = ()) -> str:
    """Return the address of the tickets behind a number of `view`, narrowed by `extra` filters."""
    narrowed = tuple(extra)
    kept = view.conditions(without={condition.dimension for condition in narrowed})
    target = replace(view, filters=(*kept, *narrowed), own={"metric": metric} if metric else {})
    return f"/tickets?{target.query(workspace)}"


def asked(
    view: View,
    workspace: Mapping[str, Any],
    *metrics: str,
    by: tuple[str, ...] = (),
    grain: Grain | None = None,
    top: int | None = None,
    compare: bool = False,
) -> MetricQuery:
    """Return the query for `metrics` over the view; the filters of the dimensions it is cut by are left out.

    That way, what is not selected stays visible beside what is.
    """
    period = view.window(workspace)
    return MetricQuery(
        metrics=metrics, start=period.start, end=period.end, timezone=workspace["timezone"], by=by, grain=grain,
        where=view.conditions(without=by), compare=view.compare if compare else None, top=top,
    )  # fmt: skip


def local_zone(workspace: Mapping[str, Any]) -> ZoneInfo:
    """Return the workspace's time zone."""
    return zone(workspace["timezone"])


def _iso_date(text: str) -> str:
    if not text:
        return ""
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        raise InputError(f"{text[:50]!r} is no date.", hint="Write 2026-01-31.") from None
