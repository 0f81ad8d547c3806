"""What a workspace chose to watch: a metric in other slices, one more metric, or one less."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from deskpulse.core.errors import InputError
from deskpulse.insights.watch.families import FAMILIES
from deskpulse.insights.watch.model import Family, Kind
from deskpulse.metrics.lookup import check_dimension, find_dimension, find_metric
from deskpulse.metrics.model import Metric
from deskpulse.metrics.spread import kind_of_metric

Json = dict[str, Any]
Choices = Mapping[str, Sequence[str] | None]
"""The slices chosen for a metric; None: it is not watched. Metrics without a choice are watched as shipped."""
KEY = "watched"
"""The preference of a workspace that holds its choices."""
PEOPLE = ("agent",)
"""A person's day says nothing: there are days off and fairs. Four weeks do."""
LONG = (28,)
SETTLE_DAYS = 3
"""Days after which the shares and means of a metric that is not shipped are judged: until then they may change."""
_LEAST = {"count": 5.0, "amount": 0.25, "share": 0.05, "mean": 0.15}
LEAST_SCORE = 0.05


def checked_choice(metric: str, by: Sequence[str]) -> tuple[str, ...]:
    """Return the slices to watch a metric in; errors name what is nearest to an unknown name.

    InputError: a metric that cannot be watched, for nothing is known of how its values vary by chance.
    """
    declared = find_metric(metric)
    names = tuple(dict.fromkeys(by))
    for name in names:
        find_dimension(name)
        check_dimension(declared, name)
    if not any(family.metric == metric for family in FAMILIES):
        _made(declared, names)
    return names


def families_of(choices: Choices, base: Sequence[Family] = FAMILIES) -> tuple[Family, ...]:
    """Return what is watched: the shipped families, changed by the choices, and those of further metrics.

    How a metric is judged (its spans, its smallest difference) stays as shipped in the slices that are chosen; slices
    that are new to it are judged as it is as a whole.
    """
    found: list[Family] = []
    for family in base:
        chosen = choices.get(family.metric, family.by)
        if chosen is not None and (kept := _kept(family, chosen)) is not None:
            found.append(kept)
    for metric, chosen in sorted(choices.items()):
        own = [family for family in base if family.metric == metric and family.grain == "day"]
        known = {name for family in own for name in family.by}
        added = tuple(name for name in chosen or () if name not in known)
        if chosen is None or (own and not added):
            continue
        main = next((f for f in own if f.has_whole and f.windows != LONG), own[0] if own else None)
        made = _made(find_metric(metric), added) if main is None else replace(main, by=added, has_whole=False)
        people = tuple(name for name in added if name in PEOPLE)
        others = tuple(name for name in added if name not in PEOPLE)
        if others or made.has_whole:
            found.append(replace(made, by=others))
        if people:
            found.append(replace(made, by=people, windows=LONG, has_whole=False))
    return tuple(found)


def _kept(family: Family, chosen: Sequence[str]) -> Family | None:
    """Return a shipped family in the slices that are chosen; None where nothing of it is."""
    by = tuple(name for name in family.by if name in chosen)
    if by == family.by:
        return family
    is_of_slices = family.is_clock or not family.has_whole or family.windows == LONG
    return None if not by and is_of_slices else replace(family, by=by)


def _made(metric: Metric, by: tuple[str, ...]) -> Family:
    """Return the family of a metric that is not shipped, from how its values vary by chance."""
    if metric.parts:
        raise InputError(f"{metric.label} is made of {', '.join(metric.parts)}.", hint="Watch one of these.")
    varies = "amount" if metric.is_level else {"sum": "amount"}.get(kind_of_metric(metric), kind_of_metric(metric))
    if varies not in _LEAST:
        raise InputError(f"{metric.label} cannot be watched: how it varies by chance is not known.",
                         hint="Watch a count, a share, a mean or a sum; of a percentile its mean.")  # fmt: skip
    is_logarithmic = varies == "amount" or (varies == "mean" and metric.unit in ("seconds", "money"))
    least = LEAST_SCORE if varies == "mean" and not is_logarithmic and metric.unit == "score" else _LEAST[varies]
    windows = (1, 7) if metric.is_level else (7, 28) if varies == "amount" else (1, 7, 28)
    settle = 0 if varies in ("count", "amount") else SETTLE_DAYS
    return Family(metric=metric.name, kind=cast(Kind, varies), by=by, windows=windows, least=least,
                  is_logarithmic=is_logarithmic, settle_days=settle)  # fmt: skip


def told(choices: Choices) -> list[Json]:
    """Return what is watched, and what was chosen not to be, by metric."""
    shipped = {family.metric for family in FAMILIES}
    found: dict[str, Json] = {}
    for family in families_of(choices):
        one = found.setdefault(family.metric, {
            "metric": family.metric, "label": find_metric(family.metric).label, "is_watched": True, "by": [],
            "grains": [], "is_chosen": family.metric in choices, "is_shipped": family.metric in shipped})  # fmt: skip
        one["by"] += [name for name in family.by if name not in one["by"]]
        one["grains"] += [family.grain] if family.grain not in one["grains"] else []
    for metric in sorted(name for name, by in choices.items() if by is None):
        found[metric] = {"metric": metric, "label": find_metric(metric).label, "is_watched": False, "by": [],
                         "grains": [], "is_chosen": True, "is_shipped": metric in shipped}  # fmt: skip
    return list(found.values())
