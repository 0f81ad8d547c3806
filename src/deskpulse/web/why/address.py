"""Where the Why page explains a number that changed."""

from __future__ import annotations

from dataclasses import replace

from deskpulse.core.errors import InputError
from deskpulse.insights.drivers.asking import explained_metric
from deskpulse.web.view import View

COMPARED = ("previous", "year")


def may_explain(metric: str) -> bool:
    """Return whether a metric's change can be split."""
    try:
        explained_metric(metric)
    except InputError:
        return False
    return True


def why_address(view: View, workspace: str, metric: str, **own: str) -> str:
    """Return the address of the Why page for a metric over `view`'s period and filters; "" where nothing is split.

    `own` may name the days that it is set against: before_from and before_to, the end not included.
    """
    if not may_explain(metric):
        return ""
    shown = replace(view, own={}, compare=view.compare if view.compare in COMPARED else "previous")
    return f"/why?{shown.query(workspace, metric=metric, **own)}"
