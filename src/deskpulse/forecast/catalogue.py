"""All forecast methods, collected from `methods/` and from plugins."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from deskpulse.core.errors import UnknownNameError
from deskpulse.core.registry import collect
from deskpulse.forecast.model import Method, Series

NAIVE, AVERAGE = "seasonal_naive", "historic_average"


@cache
def methods() -> dict[str, Method]:
    """Return every method by name."""
    from deskpulse.forecast import methods as package

    return collect(package, Method, plugins="deskpulse.forecast_methods")


def find_method(name: str) -> Method:
    """Return the method `name`; UnknownNameError with the nearest names when there is none."""
    if name not in methods():
        raise UnknownNameError("forecast method", name, set(methods()))
    return methods()[name]


def candidates(series: Series, horizon: int, *, asked: Sequence[str] = (), tries_slow: bool) -> list[Method]:
    """Return the methods worth trying on `series`: those named, else all that fit it and are not opt-in.

    The naive and the average are always among them.
    """
    named = [find_method(name) for name in asked]
    open_to_all = [m for m in methods().values() if not m.is_opt_in]
    fitting = [m for m in named or open_to_all if m.fits(series, horizon) and (named or not m.is_slow or tries_slow)]
    always = [methods()[NAIVE], methods()[AVERAGE]]
    return list({m.name: m for m in (*always, *fitting)}.values())


def catalog_methods() -> list[dict[str, Any]]:
    """Describe every method."""
    return [{"name": m.name, "label": m.label, "about": m.about, "is_opt_in": m.is_opt_in} for m in methods().values()]
