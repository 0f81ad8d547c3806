"""What came before and after tickets, counted: who came back, who left, what went before an escalation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.metrics.declare import both
from deskpulse.metrics.journey_facts import LEAVING, RETURNS, STEPS
from deskpulse.metrics.lookup import check_dimension, find_dimension
from deskpulse.metrics.made import made_metric, made_plan, measured
from deskpulse.metrics.model import Fact, Metric, MetricQuery
from deskpulse.metrics.plan import refuse_unseen
from deskpulse.metrics.scanned import Key
from deskpulse.metrics.segments import Saved
from deskpulse.metrics.span import Span
from deskpulse.warehouse.engine import Snapshot

Where = Callable[[Any], Any]


@dataclass(frozen=True)
class Journey:
    """What is counted of one fact's tickets, by name."""

    fact: Fact
    metrics: tuple[Metric, ...]


def _journey(fact: Fact, **counts: tuple[Callable[[Any], Any], Where]) -> Journey:
    return Journey(fact, tuple(
        replace(made_metric(name, fact, value, where, "created_at"), name=f"made {name}")
        for name, (value, where) in counts.items()))  # fmt: skip


def _rows(t: Any) -> Any:
    return t.count()


def _people(t: Any) -> Any:
    return t.customer_id.nunique()


RETURNED = _journey(
    RETURNS,
    tickets=(_rows, lambda t: t.is_followed),
    back=(_rows, lambda t: t.is_followed & t.is_back),
    customers=(_people, lambda t: t.is_followed),
    customers_back=(_people, lambda t: t.is_followed & t.is_back),
    days_p25=(lambda t: t.back_days.quantile(0.25), lambda t: t.is_followed & t.is_back),
    days_median=(lambda t: t.back_days.median(), lambda t: t.is_followed & t.is_back),
    days_p75=(lambda t: t.back_days.quantile(0.75), lambda t: t.is_followed & t.is_back),
)
LEFT = _journey(
    LEAVING,
    tickets=(_rows, lambda t: t.is_followed),
    left=(_rows, lambda t: t.is_followed & t.is_left),
    customers=(_people, lambda t: t.is_followed),
    customers_left=(_people, lambda t: t.is_followed & t.is_left),
)
STEP_WHERE: dict[str, tuple[str, Where]] = {
    "agents": ("It had gone to another agent", lambda t: t.agents_before >= 2),
    "teams": ("It had gone to another team", lambda t: t.teams_before >= 2),
    "reopened": ("It had been reopened", lambda t: t.reopened_before >= 1),
    "messages": ("The customer had written twice or more", lambda t: t.messages_before >= 2),
}
"""What may go before an escalation, with its name for people."""


def _of_steps() -> Journey:
    counts: dict[str, tuple[Callable[[Any], Any], Where]] = {
        "tickets": (_rows, lambda t: t.is_timed), "risen": (_rows, lambda t: t.is_timed & t.has_risen)}  # fmt: skip
    for name, (_, had) in STEP_WHERE.items():
        counts[name] = (_rows, both(lambda t: t.is_timed, had))
        counts[f"{name} risen"] = (_rows, both(lambda t: t.is_timed & t.has_risen, had))
    return _journey(STEPS, **counts)


ESCALATED = _of_steps()


def count_journeys(
    reader: Snapshot, principal: Principal, query: MetricQuery, journey: Journey, settings: Settings, *, saved: Saved,
    span: Span, by: Sequence[str] = (),
) -> dict[Key, dict[str, float | None]]:  # fmt: skip
    """Return what `journey` counts, of the rows that `principal` sees and `query.where` keeps, by dimensions.

    Without `by` the only key is (). InputError, ForbiddenError where the tickets cannot be cut so.
    """
    for name in by:
        check_dimension(journey.metrics[0], name)
        refuse_unseen(principal, name)
    asked = replace(query, metrics=(), by=(), grain=None, compare=None, against=None, show=(), top=None)
    plan = made_plan(principal, asked, journey.metrics, settings, saved=saved, span=span)
    found = measured(reader, plan, settings, tuple(find_dimension(name) for name in by))
    return {
        key: {name.removeprefix("made "): cell.value for name, cell in periods[0].items()}
        for key, periods in found.groups.items() if 0 in periods
    }  # fmt: skip
