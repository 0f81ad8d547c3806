"""All rules, collected from `rules/` and from plugins."""

from __future__ import annotations

from functools import cache

from deskpulse.core.registry import collect
from deskpulse.insights.recommend.model import Rule


@cache
def rules() -> dict[str, Rule]:
    """Return every rule by name."""
    from deskpulse.insights.recommend import rules as package

    return collect(package, Rule, plugins="deskpulse.recommendation_rules")
