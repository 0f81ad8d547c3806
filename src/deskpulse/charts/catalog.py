"""All chart kinds by name, collected from `kinds/` and from installed plugins."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from deskpulse.charts import kinds
from deskpulse.charts.model import Chart
from deskpulse.core.errors import UnknownNameError
from deskpulse.core.registry import collect


@cache
def charts() -> Mapping[str, Chart]:
    """Return every chart kind by name."""
    return collect(kinds, Chart, plugins="deskpulse.charts")


def chart(name: str) -> Chart:
    """Return the chart kind `name`; UnknownNameError when there is none."""
    known = charts()
    if name not in known:
        raise UnknownNameError("chart", name, set(known))
    return known[name]
