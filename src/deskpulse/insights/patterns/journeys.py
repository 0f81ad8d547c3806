"""Customers who come back, what goes before escalations, and what goes before customers are lost."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import replace
from datetime import timedelta

from deskpulse.core.errors import ForbiddenError, InputError
from deskpulse.insights.patterns.asking import Asked, Json, only
from deskpulse.insights.patterns.effects import Effect, corrected, lift, lifts
from deskpulse.metrics.journey_facts import BACK_DAYS, LEFT_DAYS
from deskpulse.metrics.journeys import ESCALATED, LEFT, RETURNED, STEP_WHERE
from deskpulse.metrics.lookup import dimensions_of, find_dimension, find_metric
from deskpulse.metrics.model import MetricQuery, Slice
from deskpulse.metrics.statistics import Sample, interval

TOPIC = "category"
LEAST_ROWS, LEAST_HITS = 50, 20
ESCALATION = "escalation_rate"
BEFORE_ESCALATIONS = ("category", "channel", "hour", "weekday", "priority", "team", "language", "customer_tier")
BEFORE_LOSSES = ("category", "sentiment_label", "emotion", "is_escalated", "sla_state", "first_reply_bucket",
                 "full_resolution_bucket", "is_first_contact_resolved", "channel")  # fmt: skip
Cells = dict[Hashable, tuple[float, float]]


def repeats(asked: Asked) -> Json:
    """Return how many customers come back about the same topic within 30 days, by topic, and after how long.

    Only tickets that the data follows for 30 days count.
    """
    query = replace(asked.query, metrics=("tickets_created",))
    whole = asked.engine.journeys(asked.principal, query, RETURNED).get((), {})
    tickets = whole.get("tickets") or 0.0
    head: Json = {"within_days": BACK_DAYS, "by": TOPIC, "tickets": round(tickets), "values": [], "unknown": ""}
    if tickets < LEAST_ROWS:
        return head | {"unknown": f"{tickets:.0f} tickets of known customers and topics are followed for {BACK_DAYS}"
                       f" days; {LEAST_ROWS} are needed."}  # fmt: skip
    by_topic = {str(key[0]): found for key, found in asked.engine.journeys(
        asked.principal, query, RETURNED, (TOPIC,)).items() if key[0] is not None}  # fmt: skip
    cells: Cells = {key: (found["back"] or 0.0, found["tickets"] or 0.0) for key, found in by_topic.items()}
    sure = {one.key: one for one in corrected(lifts(cells, least=LEAST_ROWS))}
    values = [_returned(asked, key, by_topic[key], sure[key]) for key in sure]
    return head | _back(whole) | {"values": sorted(values, key=lambda one: -one["share"])}


def _back(found: dict[str, float | None]) -> Json:
    tickets, back = found["tickets"] or 0.0, found["back"] or 0.0
    low, high = interval(Sample(kind="share", value=back / tickets, n=round(tickets)), 0.95) or (0.0, 1.0)
    people = found["customers"] or 0.0
    return {
        "share": back / tickets, "share_low": low, "share_high": high, "n": round(tickets), "back": round(back),
        "customers": round(people), "customers_back": round(found["customers_back"] or 0.0),
        "days": [found["days_p25"], found["days_median"], found["days_p75"]],
    }  # fmt: skip


def _returned(asked: Asked, key: str, found: dict[str, float | None], sure: Effect) -> Json:
    link = asked.rows((only(TOPIC, key),), metric="repeat_contact_rate")
    return {"value": key, **_back(found), "times": sure.relative + 1, "low": sure.low + 1, "high": sure.high + 1,
            "p": sure.p, "is_sure": sure.is_sure, "link": link}  # fmt: skip


def escalations(asked: Asked) -> Json:
    """Return which slices and which steps go before escalations more often than elsewhere, by how many times."""
    head: Json = {"n": 0, "rate": None, "values": [], "tested": 0, "unknown": "", "notes": []}
    query = replace(asked.query, metrics=(ESCALATION,))
    names, notes = _allowed(asked, query, BEFORE_ESCALATIONS)
    sets = ((), *((place,) for place in range(len(names))))
    # Cuts compare two periods; of these only the one that is asked for is told.
    over = replace(query, compare="slice", against=Slice(
        start=query.start - timedelta(hours=1), end=query.start, where=query.where))  # fmt: skip
    cuts = asked.engine.cuts(asked.principal, over, list(names), sets)
    whole = cuts.of()[()][1]
    hits = (whole.value or 0.0) * whole.n
    if hits < LEAST_HITS:
        return head | {"n": whole.n, "rate": whole.value, "unknown": f"{hits:.0f} escalated tickets; {LEAST_HITS} are"
                       " needed."}  # fmt: skip
    found: list[tuple[str, Effect]] = []
    for name in names:
        cells: Cells = {key[0]: ((now.value or 0.0) * now.n, float(now.n)) for key, (_, now) in cuts.of(name).items()
                        if key[0] is not None and now.n}  # fmt: skip
        found += [(name, one) for one in lifts(cells, least=LEAST_ROWS)]
    found += [("step", one) for one in _steps(asked, query)]
    sure = corrected([one for _, one in found])
    told = [_slice_told(asked, name, one, ESCALATION) for (name, _), one in zip(found, sure, strict=True)]
    return head | {"n": whole.n, "rate": whole.value, "tested": len(found), "notes": notes,
                   "values": _sorted(told)}  # fmt: skip


def _steps(asked: Asked, query: MetricQuery) -> Iterable[Effect]:
    counts = asked.engine.journeys(asked.principal, query, ESCALATED).get((), {})
    rows, risen = counts.get("tickets") or 0.0, counts.get("risen") or 0.0
    for name in STEP_WHERE:
        n, hits = counts.get(name) or 0.0, counts.get(f"{name} risen") or 0.0
        if min(n, rows - n) >= LEAST_ROWS:
            one = lift(name, hits=hits, n=n, other_hits=risen - hits, others=rows - n)
            if one is not None:
                yield one


def losses(asked: Asked) -> Json:
    """Return which support experiences customers had more often in the 60 days before they were lost, by how many
    times the others are; `tested` says of how many.

    Tickets of one customer go together: the intervals are as wide as if each customer counted once.
    """
    head: Json = {"within_days": LEFT_DAYS, "values": [], "tested": 0, "unknown": "", "notes": [], "churn_rate": None}
    if "customers_lost" in asked.engine.without_data(["customers_lost"]):
        return head | {"unknown": "The data does not tell which customers were lost."}
    query = replace(asked.query, metrics=("tickets_created",))
    whole = asked.engine.journeys(asked.principal, query, LEFT).get((), {})
    lost = whole.get("customers_left") or 0.0
    head |= {"customers": round(whole.get("customers") or 0.0), "customers_lost": round(lost),
             "share": (whole.get("left") or 0.0) / (whole.get("tickets") or 1.0)}  # fmt: skip
    if lost < LEAST_HITS:
        return head | {"unknown": f"{lost:.0f} customers were lost within {LEFT_DAYS} days of a ticket; {LEAST_HITS}"
                       " are needed."}  # fmt: skip
    rate = asked.engine.query(asked.principal, replace(asked.query, metrics=("churn_rate",), where=())).totals
    names, notes = _allowed(asked, query, BEFORE_LOSSES)
    found: list[tuple[str, Effect]] = []
    for name in names:
        counts = asked.engine.journeys(asked.principal, query, LEFT, (name,))
        cells: Cells = {key[0]: (one["left"] or 0.0, one["tickets"] or 0.0) for key, one in counts.items()
                        if key[0] is not None}  # fmt: skip
        people = sum(one["customers"] or 0.0 for one in counts.values())
        design = max(sum(n for _, n in cells.values()) / people, 1.0) if people else 1.0
        found += [(name, one) for one in lifts(cells, least=LEAST_ROWS, design=design)]
    sure = corrected([one for _, one in found])
    told = [_slice_told(asked, name, one, "tickets_created") for (name, _), one in zip(found, sure, strict=True)]
    return head | {"churn_rate": rate["churn_rate"].value, "tested": len(found), "notes": notes,
                   "values": _sorted(told)}  # fmt: skip


def _allowed(asked: Asked, query: MetricQuery, wanted: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the dimensions that the metric can be cut by here, and why others cannot."""
    names, notes = [], []
    for name in wanted:
        if name not in dimensions_of(find_metric(query.metrics[0])):
            continue
        try:
            asked.engine.check(asked.principal, replace(query, by=(name,)))
        except (ForbiddenError, InputError) as error:
            notes.append(f"{find_dimension(name).label} was not looked at: {error.message}")
        else:
            names.append(name)
    return names, notes


def _slice_told(asked: Asked, name: str, one: Effect, metric: str) -> Json:
    is_step = name == "step"
    return {
        "by": name, "label": "Before it" if is_step else find_dimension(name).label,
        "value": STEP_WHERE[one.key][0] if is_step else one.key, "rate": one.value, "others": one.usual, "n": one.n,
        "times": one.relative + 1, "low": one.low + 1, "high": one.high + 1, "p": one.p, "is_sure": one.is_sure,
        "link": None if is_step else asked.rows((only(name, one.key),), metric=metric),
    }  # fmt: skip


def _sorted(told: list[Json]) -> list[Json]:
    """Return what is sure first, the largest lift first."""
    return sorted(told, key=lambda one: (not one["is_sure"], -one["times"]))
