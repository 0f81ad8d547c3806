"""What is told beside a value once it is measured: shares, running totals, averages, changes, intervals, tests."""

from __future__ import annotations

from dataclasses import dataclass

from deskpulse.core.errors import InputError, UnknownNameError
from deskpulse.metrics.lookup import METRICS
from deskpulse.metrics.model import Metric, MetricQuery

SHOWS = ("percent_of_total", "running_total", "moving_average", "change", "percent_change", "interval", "significance")
DEFAULT_PERIODS = 7
COMPARES = ("previous", "year", "target", "peers", "segment:NAME")


@dataclass(frozen=True)
class Show:
    """One extra; `periods` is how many a moving average spans."""

    name: str
    periods: int = 0


def read_shows(query: MetricQuery, metrics: tuple[Metric, ...], most_periods: int) -> tuple[Show, ...]:
    """Return what `query.show` asks for; InputError gives a reason and the nearest valid choice."""
    found = tuple(_read(text, most_periods) for text in query.show)
    for show in found:
        for metric in metrics:
            _refuse(show, metric, query)
    return found


def _read(text: str, most_periods: int) -> Show:
    name, _, count = text.partition(":")
    if name not in SHOWS:
        raise UnknownNameError("extra to show", name, SHOWS)
    if name != "moving_average":
        if count:
            raise InputError(f"{name} takes no number, so {text!r} says too much.", hint=f"Write {name}.")
        return Show(name)
    periods = int(count) if count.isascii() and count.isdigit() and len(count) < 7 else 0 if count else DEFAULT_PERIODS
    if not 2 <= periods <= most_periods:
        raise InputError(f"A moving average spans 2 to {most_periods:,} periods, not {count!r}.",
                         hint="Write moving_average:7.")  # fmt: skip
    return Show(name, periods)


def _refuse(show: Show, metric: Metric, query: MetricQuery) -> None:
    def no(reason: str, hint: str) -> InputError:
        return InputError(f"{show.name} makes no sense for {metric.name}: {reason}.", hint=hint)

    is_summed, is_pooled = metric.over_time == "sum", metric.numerator is not None
    if show.name in ("running_total", "moving_average") and query.grain is None:
        raise no("there is one period only", "Ask for a grain, such as day.")
    if show.name == "running_total" and not is_summed:
        what = "a level is not added over periods" if metric.is_level else "shares, means and percentiles do not add up"
        raise no(what, f"{_nearest(metric)} For {metric.name} itself ask for a coarser grain.")
    if show.name == "moving_average" and not (is_summed or is_pooled or metric.is_level):
        raise no("a mean of percentiles is no percentile", f"Ask for it by a coarser grain. {_nearest(metric)}")
    if show.name == "percent_of_total" and not (is_summed or metric.is_level):
        raise no("shares, means and percentiles do not add up", _nearest(metric))
    if show.name == "percent_of_total" and not query.by and (metric.is_level or query.grain is None):
        raise no("there is nothing that it could be a part of", "Ask for it by a dimension, such as by=channel.")
    if show.name in ("change", "percent_change") and query.compare is None and query.grain is None:
        raise no("there is nothing before it", "Ask for a grain, or for compare=previous.")
    if show.name == "significance" and query.compare is None:
        raise no("there is nothing to compare it with", "Ask for compare=previous, peers or a target.")


def _nearest(metric: Metric) -> str:
    return f"Of {nearest_sum(metric)} it does."


def nearest_sum(metric: Metric) -> str:
    """Return the name of a metric that adds up and is nearest to `metric`: of its fact, a count, the main one."""
    added = [m for m in METRICS.values() if m.over_time == "sum"]
    added.sort(key=lambda m: (m.fact is not metric.fact, m.fact.table != metric.fact.table, m.unit != "count",
                              m.name != "tickets_created"))  # fmt: skip
    return added[0].name
