"""The one way to answer a composition: read the request, ask its sections, tell what the numbers mean."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from deskpulse.analytics import catalog
from deskpulse.analytics.asking import TICK, Asking
from deskpulse.analytics.model import Composed, Composition, Plain
from deskpulse.core.errors import InputError, UnknownNameError
from deskpulse.core.periods import Period
from deskpulse.core.principal import Principal
from deskpulse.core.registry import collect
from deskpulse.core.settings import Settings
from deskpulse.forecast.known_days import KnownDays
from deskpulse.metrics.filters import filter_text
from deskpulse.metrics.lookup import METRICS, find_dimension
from deskpulse.metrics.model import Filter
from deskpulse.metrics.query import QueryEngine
from deskpulse.metrics.request import period_of
from deskpulse.metrics.segments import PREFIX, SEGMENT

COMPOSITIONS: dict[str, Composition] = collect(catalog, Composition)
TIMED = ("period", "from", "to", "compare")
COMMON = (*TIMED, "where", "segment", "by", "timezone", "exact")
NOW_SECONDS = 86_400
"""What a composition of the moment looks back on for what is counted over time."""


def find_composition(name: str) -> Composition:
    """Return the composition called `name`; UnknownNameError suggests the nearest."""
    if name not in COMPOSITIONS:
        raise UnknownNameError("composition", name, set(COMPOSITIONS))
    return COMPOSITIONS[name]


def accepted(composition: Composition) -> tuple[str, ...]:
    """Return the names that a request for `composition` may give."""
    common = tuple(n for n in COMMON if not (composition.is_now and n in TIMED) and (composition.by or n != "by"))
    return (*common, *(option.name for option in composition.options))


def list_compositions() -> list[Plain]:
    """Describe every composition: its address, sections and options."""
    return [
        {
            "name": c.name, "label": c.label, "about": c.about, "path": f"/api/v1{c.path}", "by": list(c.by),
            "options": [{"name": o.name, "about": o.about, "default": o.default or None} for o in c.options],
            "accepts": list(accepted(c)),
            "sections": [{"name": s.name, "label": s.label, "about": s.about} for s in c.sections],
        }
        for c in COMPOSITIONS.values()
    ]  # fmt: skip


def compose(
    engine: QueryEngine,
    principal: Principal,
    settings: Settings,
    workspace: Mapping[str, Any],
    *,
    name: str,
    spec: Mapping[str, Any],
    known: KnownDays | None = None,
) -> Composed:
    """Answer the composition `name` as `spec` asks.

    `workspace` is what describes the workspace (slug, timezone, first_at, last_at). InputError, ForbiddenError and
    LimitError say what is wrong with the request; `known` are days off and events, for forecasts. A section that
    cannot be asked so, where others can, says so itself.
    """
    asking = read_request(engine, principal, settings, workspace, name=name, spec=spec)
    asking.known = known or KnownDays()
    composition = asking.composition
    sections: list[Plain] = []
    for section in composition.sections:
        told = section.answer(asking)
        sections.append({"name": section.name, "label": section.label, "about": section.about, **told})
    if asking.refusals and not asking.answered:
        raise asking.refusals[0]
    named = dict.fromkeys(metric for told in sections for metric in told["metrics"])
    head = {
        "about": composition.about, "from": asking.period.start.isoformat(), "to": asking.period.end.isoformat(),
        "timezone": asking.timezone, "compare": asking.compare, "where": list(asking.where), "by": list(asking.by),
        "as_of": asking.moment.isoformat() if asking.moment else None,
    }  # fmt: skip
    return Composed(composition=composition, head=head, sections=tuple(sections), definitions=_definitions(named))


def read_request(
    engine: QueryEngine,
    principal: Principal,
    settings: Settings,
    workspace: Mapping[str, Any],
    *,
    name: str,
    spec: Mapping[str, Any],
) -> Asking:
    """Return what `spec` asks of the composition `name`; InputError says what is wrong with it."""
    composition = find_composition(name)
    given = {key: value for key, value in spec.items() if value not in (None, "", [], ())}
    for key in given:
        if key not in accepted(composition):
            raise UnknownNameError(f"option of {name}", key, set(accepted(composition)))
    timezone = str(given.get("timezone") or workspace["timezone"])
    last = _moment(workspace.get("last_at"))
    if composition.is_now:
        end = last + TICK if last else _moment("2000-01-02T00:00:00+00:00")
        assert end is not None  # noqa: S101  narrows the type
        period = Period(start=end - timedelta(seconds=NOW_SECONDS), end=end)
    else:
        period = period_of(dict(given), dict(workspace), timezone)
    moment = min(last, period.end) if last else None
    where = _listed(given.get("where"))
    if segment := given.get("segment"):
        where += (filter_text(Filter(dimension=SEGMENT, values=(str(segment),))),)
    return Asking(
        engine=engine, principal=principal, settings=settings, composition=composition, period=period, moment=moment,
        timezone=timezone, where=where, compare=given.get("compare"),
        by=_dimensions(_listed(given.get("by"))) or composition.by, exact=bool(given.get("exact")),
        options=_options(composition, given, settings), workspace=workspace,
    )  # fmt: skip


def _options(composition: Composition, given: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for option in composition.options:
        value = option.read(given.get(option.name))
        default = getattr(settings, option.setting) if option.setting else option.default
        found[option.name] = default if value is None else value
    if "limit" not in found:
        found["limit"] = settings.analytics_list_rows
    if found["limit"] > settings.page_max_rows:
        raise InputError(f"limit is at most {settings.page_max_rows:,}, not {found['limit']:,}.",
                         hint="The links lead to all rows, page by page.")  # fmt: skip
    return found


def _dimensions(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if not name.startswith(PREFIX):
            find_dimension(name)
    return names


def _definitions(names: Mapping[str, None]) -> dict[str, Plain]:
    found = {}
    for name in names:
        metric = METRICS[name]
        found[name] = {"label": metric.label, "about": metric.about, "formula": metric.formula, "unit": metric.unit,
                       "better": metric.better}  # fmt: skip
    return found


def _listed(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def _moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
