"""Settings that facts and metrics reckon with, bound into the SQL by their own names."""

from __future__ import annotations

from typing import Any

from deskpulse.core.settings import Settings
from deskpulse.metrics.currencies import CURRENCY

PARAMETERS = ("churn_after_days", "contact_again_days", "service_level_seconds", "short_abandon_seconds")


def parameter(name: str) -> Any:
    """Return the placeholder of the setting `name`, for a metric or fact; its check writes `$name`."""
    from deskpulse.metrics.operations import bind

    if name not in PARAMETERS:
        raise ValueError(f"{name} is no parameter of metrics: {', '.join(PARAMETERS)}")
    return bind(name, "float64")


def parameters(settings: Settings) -> dict[str, Any]:
    """Return the value of every parameter, and the workspace's own currency (`metrics.currencies`)."""
    numbers = {name: float(getattr(settings, name)) for name in PARAMETERS}
    return {**numbers, CURRENCY: settings.currency}
