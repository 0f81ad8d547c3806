"""Kept forecasts that have drifted, as news: what was expected does not hold any more."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from deskpulse.control.forecasts import question_key
from deskpulse.core.periods import zone
from deskpulse.core.principal import Principal
from deskpulse.forecast.known_days import known_days
from deskpulse.forecast.room import ForecastRoom
from deskpulse.metrics.host import Host
from deskpulse.metrics.lookup import METRICS
from deskpulse.metrics.model import MetricQuery

Json = dict[str, Any]
MOST, MOST_SLICES = 6, 3


def drifted(host: Host, principal: Principal, latest: MetricQuery) -> list[Json]:
    """Return the questions whose newest forecast of which enough came drifted within the days, the most wrong first.

    What a known event of its time explains that was noted since is no news.
    """
    known = known_days(host.control, principal.workspace, host.settings)
    seen, found = set[str](), []
    for one in ForecastRoom(host, principal).list()["forecasts"]:
        key, figures = question_key(one["question"]), one["error_so_far"]
        if one["state"] == "open" or key in seen:
            continue
        seen.add(key)
        kept = host.control.forecasts.get(principal.workspace, one["forecast_id"])
        if one["state"] != "drifted" or kept.ends_at <= latest.start or one["question"]["metric"] not in METRICS:
            continue
        since = datetime.fromisoformat(figures["since"]) if figures.get("since") else kept.made_at
        happened = known.events(since, kept.ends_at)
        if not any(one.event.ignore and one.event.written_at > kept.made_at for one in happened):
            found.append(_told(one, figures, latest))
    return sorted(found, key=lambda item: -(item["wape"] or 0.0))[:MOST]


def _told(one: Json, figures: Json, latest: MetricQuery) -> Json:
    question, metric = one["question"], METRICS[one["question"]["metric"]]
    slices = [" / ".join("none" if value is None else str(value) for value in by) for by in figures["drifted"] if by]
    of = f" of {', '.join(slices[:MOST_SLICES])}" if slices else ""
    more = f" and {len(slices) - MOST_SLICES:,} more" if len(slices) > MOST_SLICES else ""
    since = figures.get("since")
    day = datetime.fromisoformat(since).astimezone(zone(latest.timezone)).date().isoformat() if since else None
    error, told = (_share(figures.get(name)) for name in ("drifted_wape", "drifted_expected_wape"))
    when = f" since {day}" if day else ""
    return {
        "forecast_id": one["forecast_id"], "metric": metric.name, "label": metric.label,
        "by": list(question.get("by") or ()), "slices": slices, "where": question.get("where") or [], "since": since,
        "made_at": one["made_at"], "wape": figures.get("drifted_wape"),
        "expected_wape": figures.get("drifted_expected_wape"),
        "text": f"The forecast of {metric.label}{of}{more} is off{when}: {error} error, {told} was told; "
        f"{figures.get('outside_95', 0):,} of {figures.get('drifted_n', 0):,} periods outside of the 95 % interval.",
        "advice": f"See what changed (deskpulse why {metric.name}), remember what will not come again as a known "
        "event, and make it anew (deskpulse forecasts recompute).",
    }  # fmt: skip


def _share(value: float | None) -> str:
    return "an unknown" if value is None else f"{value:.0%}"
