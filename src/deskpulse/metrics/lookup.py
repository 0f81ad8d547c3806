"""Find a metric or a dimension by name; refuse what is in no catalogue."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import SequenceMatcher, get_close_matches

from deskpulse.core.errors import InputError, UnknownNameError
from deskpulse.core.registry import collect
from deskpulse.metrics import catalog
from deskpulse.metrics.dimensions import DIMENSIONS
from deskpulse.metrics.model import Dimension, Fact, Metric

_SHOWN = 12
_ALIKE = {"queue": ("team", "channel"), "team": ("queue", "agent"), "agent": ("team",), "channel": ("queue",),
          "category": ("subcategory", "tag", "team"), "customer": ("company", "customer_tier"),
          "hour": ("weekday",), "weekday": ("hour",)}  # fmt: skip
"""Dimensions that stand for one another where a fact has only one of them."""
METRICS: dict[str, Metric] = collect(catalog, Metric, plugins="deskpulse.metrics")


def find_metric(name: str) -> Metric:
    """Return the metric called `name`; UnknownNameError suggests the nearest."""
    if name not in METRICS:
        raise UnknownNameError("metric", name, set(METRICS))
    return METRICS[name]


def find_dimension(name: str) -> Dimension:
    """Return the dimension called `name`; UnknownNameError suggests the nearest."""
    if name not in DIMENSIONS:
        raise UnknownNameError("dimension", name, set(DIMENSIONS))
    return DIMENSIONS[name]


def base_metrics(metrics: Iterable[Metric]) -> tuple[Metric, ...]:
    """Return the metrics that are computed from rows: `metrics`, derived ones replaced by their parts, each once."""
    found: dict[str, Metric] = {}
    for metric in metrics:
        below = base_metrics(find_metric(name) for name in metric.parts) if metric.parts else (metric,)
        found |= {m.name: m for m in below}
    return tuple(found.values())


def with_parts(metrics: Iterable[Metric]) -> tuple[Metric, ...]:
    """Return `metrics` and after them all that they are made of, each once."""
    found: dict[str, Metric] = {}
    for metric in metrics:
        found |= {metric.name: metric} | {m.name: m for m in with_parts(find_metric(name) for name in metric.parts)}
    return tuple(found.values())


def counted(metric: Metric) -> Metric:
    """Return the metric whose rows are the `n` of `metric`: itself, or the last part of a derived one."""
    return counted(find_metric(metric.parts[-1])) if metric.parts else metric


def dimensions_of(metric: Metric) -> tuple[str, ...]:
    """Return the names of the dimensions of `metric`: those of its fact, of a derived one those of all its parts."""
    if metric.parts:
        kept = [set(dimensions_of(find_metric(name))) for name in metric.parts]
        return tuple(d for d in dimensions_of(counted(metric)) if all(d in names for names in kept))
    # A level is taken at a moment: it has no weekday and no hour.
    return tuple(d for d in metric.fact.dimensions if not (metric.is_level and DIMENSIONS[d].kind == "clock"))


def check_dimension(metric: Metric, name: str) -> None:
    """Raise InputError, with the reason and what there is instead, when `metric` has no dimension `name`."""
    if name in dimensions_of(metric):
        return
    why = ""
    if metric.is_level and name in metric.fact.dimensions:
        why = f": it is a level at the {'start' if metric.is_start else 'end'} of a period"
    elif lacking := [p for p in base_metrics([metric]) if metric.parts and name not in dimensions_of(p)]:
        why = f": it is made of {lacking[0].name}, which has none"
    raise InputError(f"{metric.name} has no dimension {name!r}{why}.", hint=_ways_out(metric, name), dimension=name)


def _ways_out(metric: Metric, dimension: str) -> str:
    """Tell what can be cut by `dimension`, and what `metric` can be cut by instead, the likeliest first."""
    own = dimensions_of(metric)
    likely = [name for name in _ALIKE.get(dimension, ()) if name in own]
    shown = list(dict.fromkeys([*likely, *get_close_matches(dimension, own, n=2), *own]))[:_SHOWN]
    more = len(own) - len(shown)
    told = f"It has: {', '.join(shown)}{f' and {more} more' if more > 0 else ''}."
    others = [m.name for m in METRICS.values() if dimension in dimensions_of(m)]
    if not others:
        return told
    return f"{told} {dimension} cuts {', '.join(nearest(metric.name, others))}."


def nearest(name: str, known: Collection[str], *, most: int = 3) -> list[str]:
    """Return the names most like `name`, the likeliest first: those that begin with the same word before others."""
    word = name.partition("_")[0]

    def unlike(one: str) -> tuple[bool, float, str]:
        return one.partition("_")[0] != word, -SequenceMatcher(None, name, one).ratio(), one

    return sorted(known, key=unlike)[:most]


def dimension_of(fact: Fact, name: str, *, for_what: str) -> Dimension:
    """Return `fact`'s dimension `name`; InputError names the dimensions that `fact` has when it lacks it."""
    dimension = find_dimension(name)
    if name not in fact.dimensions:
        raise InputError(
            f"{for_what} has no dimension {name!r}.", hint=f"It has: {', '.join(fact.dimensions)}.", dimension=name
        )
    return dimension
