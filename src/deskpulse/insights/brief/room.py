"""The morning brief as people ask for it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from deskpulse.access.principals import require
from deskpulse.charts.formats import value_text
from deskpulse.core.errors import InputError
from deskpulse.core.periods import midnight, zone
from deskpulse.core.principal import Principal
from deskpulse.insights.brief.drifted import drifted
from deskpulse.insights.brief.watched import WINDOWS, Watched, watch
from deskpulse.insights.drivers.room import DriverRoom
from deskpulse.insights.patterns.room import PatternRoom
from deskpulse.insights.problems.room import ProblemRoom
from deskpulse.insights.watch.room import SEVERITIES, AnomalyRoom
from deskpulse.metrics.host import Host
from deskpulse.metrics.model import MetricQuery
from deskpulse.metrics.request import metric_query

Json = dict[str, Any]
MOST_DAYS, MOST_ITEMS, EXPLAINED = 90, 12, 4
"""Days of a window, news told, and how many of them are explained: the first ones."""
GROWTH_DAYS = 730
_SEVERE = ((6.0, "high"), (4.0, "medium"))


class BriefRoom:
    """Tells one principal what is not as usual in a workspace."""

    def __init__(self, host: Host, principal: Principal) -> None:
        self._host, self._principal = host, principal
        self._engine = host.numbers(principal)
        self._workspace = host.describe_workspace(principal)

    def brief(self, spec: Json | None = None) -> Json:
        """Return the news of the latest `days` (7) against the windows before, what is worse and touches most first.

        `spec` has days, until (a moment; nothing later counts), where and timezone. Each of `news` has its value, what
        is usual, how far it lies from that, and, of the first, what drove it; `problems` has lists that need a look,
        `forecasts` the kept ones that drifted.
        """
        require(self._principal, "viewer")
        began = time.perf_counter()
        given = spec or {}
        days = _days(given.get("days"))
        latest = self._latest(given, days)
        if latest is None:
            return {"from": None, "to": None, "days": days, "headline": "There is no data yet.", "news": [],
                    "unknown": [], "as_usual": [], "problems": [], "anomalies": [], "forecasts": [], "growth": None,
                    "seconds": 0.0}  # fmt: skip
        watched, unknown = watch(self._engine, self._principal, latest, days)
        unusual = sorted((w for w in watched if w.is_unusual), key=_rank)[:MOST_ITEMS]
        news = [self._told(w, days) | {"drivers": None} for w in unusual]
        for item in news[:EXPLAINED]:
            item["drivers"] = self._why(item["metric"], latest)
        return {
            "from": latest.start.isoformat(), "to": latest.end.isoformat(), "days": days,
            "headline": _headline(unusual, watched, days), "news": news, "unknown": unknown,
            "as_usual": [w.metric.label for w in watched if not w.is_unusual],
            "problems": self._problems(latest), "anomalies": self._anomalies(latest),
            "forecasts": self._drifted(latest), "growth": self._growth(latest),
            "seconds": round(time.perf_counter() - began, 3),
        }  # fmt: skip

    def _latest(self, given: Json, days: int) -> MetricQuery | None:
        """Return the question about the latest whole days: the day that the data ends in is not over."""
        if self._workspace.get("last_at") is None:
            return None
        asked = metric_query(
            {"metrics": ["tickets_created"], "where": given.get("where"), "timezone": given.get("timezone"),
             "to": given.get("until")},
            self._workspace,
        )  # fmt: skip
        local = zone(asked.timezone)
        last = min(asked.end, _moment(self._workspace["last_at"]))
        end = midnight(last.astimezone(local).date(), local)
        start = midnight((end - timedelta(days=days)).astimezone(local).date(), local)
        return MetricQuery(metrics=asked.metrics, start=start, end=end, timezone=asked.timezone, where=asked.where)

    def _anomalies(self, latest: MetricQuery) -> list[Json]:
        """Return the kept anomalies of these days, gravest first; none for who sees some of the rows, or a part.

        Of the latest days also those of the hours since: they do not wait for the day to end.
        """
        if self._principal.row_filters or latest.where:
            return []
        found = AnomalyRoom(self._host, self._principal).listed({})["anomalies"]
        last = _moment(self._workspace["last_at"])
        until = last if last - latest.end < timedelta(days=1) else latest.end
        kept = ("anomaly_id", "title", "text", "severity", "from", "to", "grain", "is_open", "is_worse", "state",
                "came_back", "known", "value", "expected", "unit")  # fmt: skip
        shown = [
            {name: one[name] for name in kept} for one in found
            if one["state"] == "open" and datetime.fromisoformat(one["from"]) < until
            and latest.start < datetime.fromisoformat(one["to"])
        ]  # fmt: skip
        return sorted(shown, key=lambda one: -SEVERITIES.index(one["severity"]))[:MOST_ITEMS]

    def _drifted(self, latest: MetricQuery) -> list[Json]:
        """Return the kept forecasts that drifted; none for who sees some of the rows, or a part."""
        if self._principal.row_filters or latest.where:
            return []
        return drifted(self._host, self._principal, latest)

    def _told(self, watched: Watched, days: int) -> Json:
        metric, unit = watched.metric, watched.metric.unit
        size = next((name for limit, name in _SEVERE if abs(watched.z) >= limit), "low")
        span = f"the last {days} days" if days > 1 else "the last day"
        difference = _difference(watched)
        text = (
            f"{metric.label}: {value_text(watched.value, unit)} in {span}, usually"
            f" {value_text(watched.usual, unit)} ({difference})."
        )
        return {
            "kind": "change", "metric": metric.name, "label": metric.label, "unit": unit, "value": watched.value,
            "usual": watched.usual, "n": watched.rows, "z": round(watched.z, 2), "touched": round(watched.touched),
            "severity": size, "is_worse": watched.is_worse, "difference": difference, "text": text,
        }  # fmt: skip

    def _why(self, metric: str, latest: MetricQuery) -> Json | None:
        """Return the shortest words for what drove it, against the window before."""
        try:
            found = DriverRoom(self._host, self._principal).why(
                {"metric": metric, "from": latest.start.isoformat(), "to": latest.end.isoformat(),
                 "timezone": latest.timezone, "where": list(latest.where)}
            )  # fmt: skip
        except InputError:
            return None
        # In a long window there are days off as a rule: they are no news.
        is_short = latest.end - latest.start <= timedelta(days=8)
        beside = [b["about"] for b in found["beside"] if is_short or b["kind"] != "day_off"]
        causes = [{"by": c["by"], "slices": c["slices"], "explained": c["explained"]} for c in found["causes"][:1]]
        return {"summary": found["summary"], "causes": causes, "phrases": [p["phrase"] for p in found["phrases"][:3]],
                "beside": beside[:3], "tickets": found["tickets"][:3]}  # fmt: skip

    def _growth(self, latest: MetricQuery) -> Json:
        """Return which categories grow or shrink beside the rest, over the last 24 months up to these days."""
        spec = {"from": (latest.end - timedelta(days=GROWTH_DAYS)).isoformat(), "to": latest.end.isoformat(),
                "where": list(latest.where), "timezone": latest.timezone, "parts": "growth"}  # fmt: skip
        found = PatternRoom(self._host, self._principal).patterns(spec)
        told = found.get("growth") or {"by": "category", "values": [], "unknown": " ".join(found["notes"]), "notes": []}
        moving = [{k: v for k, v in one.items() if k != "course"} for one in told["values"] if one["way"] != "steady"]
        return {"from": found["from"], "to": found["to"], "by": told["by"], "values": moving[:MOST_ITEMS],
                "unknown": told["unknown"], "notes": told["notes"]}  # fmt: skip

    def _problems(self, latest: MetricQuery) -> list[Json]:
        """Return the lists that need a look and are not empty, the largest impact first."""
        spec = {"from": latest.start.isoformat(), "to": latest.end.isoformat(), "timezone": latest.timezone,
                "where": list(latest.where), "limit": "3"}  # fmt: skip
        return list(ProblemRoom(self._host, self._principal).problems(spec)["problems"])


def _days(given: Any) -> int:
    try:
        days = 7 if given in (None, "") else int(given)
    except (TypeError, ValueError):
        raise InputError(f"The days of a brief are a whole number, not {given!r}.", hint="Write 7.") from None
    if not 1 <= days <= MOST_DAYS:
        raise InputError(f"A brief tells of 1 to {MOST_DAYS} days, not {days}.", hint="Write 7.")
    return days


def _rank(watched: Watched) -> tuple[float, str]:
    """Order by what is touched and how surely; good news, which nobody has to act on, behind."""
    weight = {True: 1.0, None: 0.8, False: 0.2}[watched.is_worse]
    return -weight * watched.touched * min(abs(watched.z), 10.0), watched.metric.name


def _difference(watched: Watched) -> str:
    """Return how far the value lies from the usual: shares in points, scores as they are, the others in percent."""
    apart = abs(watched.value - watched.usual)
    way = "above" if watched.value > watched.usual else "below"
    if watched.metric.unit == "ratio":
        return f"{apart * 100:.1f} points {way}"
    if watched.metric.unit == "score" or not watched.usual:
        return f"{value_text(apart, watched.metric.unit)} {way}"
    return f"{apart / abs(watched.usual):.0%} {way}"


def _headline(unusual: Sequence[Watched], watched: Sequence[Watched], days: int) -> str:
    if not watched:
        return f"The history is too short to say what is usual: {WINDOWS + 1} times {days} days tell it best."
    worse = sum(w.is_worse is True for w in unusual)
    if not unusual:
        return f"All {len(watched)} numbers that are watched are as usual."
    lead = f"{len(unusual)} of {len(watched)} numbers {'is' if len(unusual) == 1 else 'are'} not as usual"
    if len(unusual) == 1:
        return f"{lead}, for the worse." if worse else f"{lead}."
    return f"{lead}; {worse or 'none'} of them for the worse."


def _moment(value: Any) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
