"""What the Overview page asks: six questions, each card leaving out the filters of its own cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deskpulse.metrics.dimensions import DIMENSIONS
from deskpulse.metrics.lookup import find_metric
from deskpulse.metrics.model import MetricQuery, QueryResult
from deskpulse.web.view import View, asked, grain_of

KPIS = (
    "tickets_created", "backlog", "first_reply_time_seconds_median", "full_resolution_time_seconds_median", "csat",
    "reopen_rate",
)  # fmt: skip
LINES = ("sentiment_mean", "csat", "backlog")
VOLUME_CUTS = ("category", "channel", "priority", "team", "status", "language", "sentiment_label", "source")
PEOPLE_METRICS = ("tickets_solved", "full_resolution_time_seconds_median", "csat", "sentiment_mean", "reopen_rate")
PEOPLE_CUTS = ("agent", "team")
TOP_VOLUME, TOP_CHANNELS, TOP_PEOPLE = 6, 7, 50


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The answers to all questions of one view."""

    pulse: QueryResult
    volume: QueryResult
    channels: QueryResult
    hours: QueryResult
    resolution: QueryResult
    people: QueryResult

    @classmethod
    def of(cls, results: list[QueryResult]) -> Answers:
        """Return the results by name, in the order of `questions`."""
        return cls(**dict(zip(("pulse", "volume", "channels", "hours", "resolution", "people"), results, strict=True)))


def volume_cut(view: View) -> str:
    """Return what the ticket volume is cut by."""
    chosen = view.own.get("by", "")
    return chosen if chosen in VOLUME_CUTS else VOLUME_CUTS[0]


def people_cut(view: View) -> str:
    """Return whose numbers the table shows: agents or teams."""
    chosen = view.own.get("rows", "")
    return chosen if chosen in PEOPLE_CUTS else PEOPLE_CUTS[0]


def can_be_asked(metric: str, view: View) -> bool:
    """Return whether the view's filters mean anything for a metric: a level at the end of a day has no hour."""
    is_clock = any(DIMENSIONS[f.dimension].kind == "clock" for f in view.filters if f.dimension in DIMENSIONS)
    return not (is_clock and find_metric(metric).is_level)


def questions(view: View, workspace: Mapping[str, Any]) -> list[MetricQuery]:
    """Return the questions of the page, in the order of `Answers`."""
    grain = grain_of(view.window(workspace))
    pulse = tuple(name for name in dict.fromkeys((*KPIS, *LINES)) if can_be_asked(name, view))
    created = "tickets_created"
    return [
        asked(view, workspace, *pulse, grain=grain, compare=True),
        asked(view, workspace, created, by=(volume_cut(view),), grain=grain, top=TOP_VOLUME),
        asked(view, workspace, created, by=("channel",), top=TOP_CHANNELS),
        asked(view, workspace, created, by=("weekday", "hour")),
        asked(view, workspace, "tickets_solved", by=("full_resolution_bucket",)),
        asked(view, workspace, *PEOPLE_METRICS, by=(people_cut(view),), top=TOP_PEOPLE),
    ]
