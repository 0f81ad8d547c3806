"""Find a metric or a dimension by name; refuse what is in no catalogue."""

from __future__ import annotations

from deskpulse.core.errors import InputError, UnknownNameError
from deskpulse.core.registry import collect
from deskpulse.metrics import catalog
from deskpulse.metrics.dimensions import DIMENSIONS
from deskpulse.metrics.model import Dimension, Fact, Metric

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


def dimension_of(fact: Fact, name: str, *, for_what: str) -> Dimension:
    """Return `fact`'s dimension `name`; InputError names the dimensions that `fact` has when it lacks it."""
    dimension = find_dimension(name)
    if name not in fact.dimensions:
        raise InputError(
            f"{for_what} has no dimension {name!r}.", hint=f"It has: {', '.join(fact.dimensions)}.", dimension=name
        )
    return dimension
