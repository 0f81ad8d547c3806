"""Why a metric changed, as people ask it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from deskpulse.access.principals import require
from deskpulse.analytics.links import address
from deskpulse.core.errors import InputError
from deskpulse.core.principal import Principal
from deskpulse.insights.drivers.asking import Asking, Question, explaining, question
from deskpulse.insights.drivers.beside import beside
from deskpulse.insights.drivers.model import Cause, Decomposition, Effect
from deskpulse.insights.drivers.phrases import rising
from deskpulse.insights.drivers.search import causes, largest
from deskpulse.insights.drivers.similar import OTHERS, alike
from deskpulse.insights.drivers.split import certainty, decompose
from deskpulse.insights.drivers.then import told_then
from deskpulse.metrics.compare import compared_period
from deskpulse.metrics.cuts import Part
from deskpulse.metrics.filters import filter_text
from deskpulse.metrics.happenings import slice_filters
from deskpulse.metrics.host import Host
from deskpulse.metrics.lookup import counted, find_dimension
from deskpulse.metrics.model import MetricQuery
from deskpulse.metrics.pages import kind_of
from deskpulse.metrics.request import metric_query
from deskpulse.metrics.spread import kind_of_metric
from deskpulse.metrics.statistics import Kind as Chance
from deskpulse.metrics.tickets import TicketQuery

Json = dict[str, Any]
SHOWN, TEXTS, TICKETS, SHOWN_TICKETS, SIMILAR_TICKETS = 5, 1_000, 5, 3, 3
"""Effects of a dimension, texts of a period that phrases are looked for in, and tickets to read: of the change, of a
topic, and of an earlier period."""
SHAPE, MOST_SHAPED = ("channel", "category", "team", "queue"), 3
"""Dimensions that, beside the cause's own, tell whether an earlier period changed alike, and how many are asked for."""
NOISE = 2.0
"""A change of fewer standard errors may be chance."""


class DriverRoom:
    """Explains changes of one workspace's numbers to one principal."""

    def __init__(self, host: Host, principal: Principal) -> None:
        self._engine, self._control, self._settings = host.numbers(principal), host.control, host.settings
        self._principal = principal
        self._workspace = host.describe_workspace(principal)

    def why(self, spec: Json) -> Json:
        """Return what changed `metric` between two periods, exactly split, with the smallest explanation first.

        `spec` has metric, period or from/to, compare ("previous", "year") or before_from and before_to, where, by,
        timezone, and similar (True: also earlier periods that changed alike). Effects are in the metric's unit;
        those of each dimension and its `rest` add up to `change`.
        """
        require(self._principal, "viewer")
        began = time.perf_counter()
        asked = self._question(spec)
        asking = Asking(self._engine, self._principal, asked)
        names = explaining(asked.metric, spec.get("by") or (), self._principal)
        whole, alone, left_out = asking.alone(names)
        told = self._told(asked, whole)
        if whole[0].value is None or whole[1].value is None:
            which = "before" if whole[0].value is None else "after"
            note = f"There is nothing to compare: no data in the period {which}."
            return told | {"notes": [*told["notes"], note], "seconds": round(time.perf_counter() - began, 3)}
        change = whole[1].value - whole[0].value
        split = [self._split(asked, whole, cut) for cut in alone]
        found = causes([*split, *(self._split(asked, whole, cut) for cut in asking.pairs(alone))], change)
        first = found[0] if found else None
        told["notes"] += left_out
        told |= {
            "causes": [self._cause(asked, cause) for cause in found],
            "summary": _summary(asked, told, found, split),
            "dimensions": [_dimension(d, asked, change) for d in split],
            **self._said(asked, first),
            "similar": self._similar(asked, found, names) if spec.get("similar") and not told["may_be_chance"] else [],
            "beside": beside(
                self._control,
                self._engine,
                self._principal,
                asked.query,
                settings=self._settings,
                slices=[slice_filters(first.by, e.key) for e in first.effects] if first else [()],
            ),
            "tickets": self._tickets(asked, first),
            "seconds": round(time.perf_counter() - began, 3),
        }
        return told

    def _question(self, spec: Json) -> Question:
        given = {key: spec.get(key) for key in ("period", "from", "to", "where", "timezone")}
        query = metric_query({**given, "metrics": [spec["metric"]]}, self._workspace)
        first, last = spec.get("before_from"), spec.get("before_to")
        if bool(first) != bool(last):
            raise InputError("The period before has one end only.", hint="Give before_from and before_to, or neither.")
        if first:
            period = metric_query({**given, "period": None, "from": first, "to": last, "metrics": query.metrics},
                                  self._workspace)  # fmt: skip
            return question(query, (period.start, period.end))
        compare = spec.get("compare") or "previous"
        if compare not in ("previous", "year"):
            raise InputError(f"A change is explained against previous or year, not {compare!r}.",
                             hint="Or give before_from and before_to.")  # fmt: skip
        return question(query, compared_period(replace(query, compare=compare)))

    def _split(self, asked: Question, whole: tuple[Part, Part], cut: Any) -> Decomposition:
        return decompose(cut, whole, asked.kind, _chance(asked))

    def _told(self, asked: Question, whole: tuple[Part, Part]) -> Json:
        """Return what was asked and the change as a whole."""
        query, (before, after) = asked.query, whole
        assert query.against is not None  # noqa: S101  asking.question gives it
        change = None if before.value is None or after.value is None else after.value - before.value
        z = certainty(whole, asked.kind, _chance(asked))
        notes = list(asked.notes)
        days = [(end - start).total_seconds() / 86_400
                for start, end in ((query.against.start, query.against.end), (query.start, query.end))]  # fmt: skip
        if asked.kind == "sum" and not asked.metric.is_level and abs(days[0] - days[1]) > 0.05 * max(days):
            notes.append(f"The periods have {days[0]:g} and {days[1]:g} days: sums are compared as they are.")
        return {
            "metric": asked.metric.name, "label": asked.metric.label, "unit": asked.metric.unit,
            "better": asked.metric.better, "kind": asked.kind, "where": [_where(item) for item in query.where],
            "before": {"from": query.against.start.isoformat(), "to": query.against.end.isoformat(), **_side(before)},
            "after": {"from": query.start.isoformat(), "to": query.end.isoformat(), **_side(after)},
            "change": change, "percent": change / abs(before.value) if change is not None and before.value else None,
            "is_better": _is_better(change, asked.metric.better), "z": z,
            "may_be_chance": _may_be_chance(z), "notes": notes, "causes": [], "summary": "",
            "dimensions": [], "phrases": [], "topics": [], "beside": [], "tickets": [], "similar": [],
        }  # fmt: skip

    def _cause(self, asked: Question, cause: Cause) -> Json:
        return {
            "by": list(cause.by), "explained": cause.explained, "weight": cause.weight,
            "slices": [
                {**_effect(e, cause.by), "where": (where := self._where(cause.by, e)),
                 "tickets": address(self._rows(asked.query, where, asked), self._principal.workspace)}
                for e in cause.effects
            ],
        }  # fmt: skip

    def _where(self, by: Sequence[str], effect: Effect) -> list[str]:
        return [filter_text(item) for item in slice_filters(by, effect.key)]

    def _rows(self, query: MetricQuery, where: Sequence[str], asked: Question) -> TicketQuery:
        return TicketQuery(start=query.start, end=query.end, timezone=query.timezone, metric=asked.metric.name,
                           where=(*query.where, *where))  # fmt: skip

    def _tickets(self, asked: Question, cause: Cause | None) -> list[Json]:
        """Return tickets to read: the newest behind the first slice of the first cause, else behind the whole."""
        where = self._where(cause.by, cause.effects[0]) if cause else []
        return self._read(asked, self._rows(asked.query, where, asked), TICKETS)

    def _read(self, asked: Question, rows: TicketQuery, most: int) -> list[Json]:
        """Return the newest tickets among rows, with their subjects."""
        fact = counted(asked.metric).fact
        columns = tuple(c for c in ("ticket_id", "subject") if kind_of(fact, c) is not None)
        if "ticket_id" not in columns:
            return []
        page = self._engine.tickets(self._principal, replace(rows, columns=columns, limit=most))
        return [dict(row) for row in page.as_dict()["rows"]]

    def _similar(self, asked: Question, found: Sequence[Cause], names: Sequence[str]) -> list[Json]:
        """Return the earlier periods that changed alike, each with its slices, what was told then, and tickets."""
        if not found:
            return []  # an even change is like every other
        first_at = self._workspace.get("first_at")
        begun = datetime.fromisoformat(first_at) if isinstance(first_at, str) else first_at
        by = tuple(dict.fromkeys([*found[0].by, *(name for name in SHAPE if name in names)]))[:MOST_SHAPED]
        told = []
        for one in alike(self._engine, self._principal, asked, by, begun):
            query = replace(asked.query, start=one.start, end=one.end)
            named = [[filter_text(f) for f in slice_filters((name,), (value,))] if value != OTHERS else []
                     for name, value, _ in one.slices[:1]]  # fmt: skip
            rows = self._rows(query, next(iter(named), []), asked)
            told.append({
                "from": one.start.isoformat(), "to": one.end.isoformat(), "before_from": one.before.start.isoformat(),
                "before_to": one.before.end.isoformat(), "likeness": one.likeness, "before": one.value_before,
                "after": one.value, "where": next(iter(named), []),
                "slices": [{"by": name, "value": value, "effect": effect} for name, value, effect in one.slices],
                **told_then(self._control, self._settings, self._principal, one, asked.metric.name),
                "link": address(rows, self._principal.workspace), "tickets": self._read(asked, rows, SIMILAR_TICKETS),
            })  # fmt: skip
        return told

    def _said(self, asked: Question, cause: Cause | None) -> Json:
        """Return the `phrases` and `topics` of the first slice's texts that are said more than before."""
        fact = counted(asked.metric).fact
        if kind_of(fact, "subject") is None:
            return {"phrases": [], "topics": []}
        query = asked.query
        assert query.against is not None  # noqa: S101
        where = self._where(cause.by, cause.effects[0]) if cause else []
        before = replace(query, start=query.against.start, end=query.against.end)
        # A slice that hardly was there before has no words to compare with: then all of before is taken.
        old = list(self._texts(before, where, asked))
        old = old if len(old) >= SHOWN * 4 or not where else list(self._texts(before, [], asked))
        new = list(self._texts(query, where, asked))
        phrases, topics = rising((text for _, text in old), (text for _, text in new))
        return {
            "phrases": [{"phrase": p.words, "before": p.before, "after": p.after, "z": round(p.z, 2)} for p in phrases],
            "topics": [
                {"label": t.label, "phrases": list(t.phrases[:SHOWN]), "before": t.before, "after": t.after,
                 "z": round(t.z, 2), "is_new": t.before == 0,
                 "tickets": [{"ticket_id": new[n][0]["ticket_id"], "subject": new[n][0]["subject"]}
                             for n in t.texts[:SHOWN_TICKETS]]}
                for t in topics
            ],
        }  # fmt: skip

    def _texts(self, query: MetricQuery, where: Sequence[str], asked: Question) -> Iterator[tuple[Json, str]]:
        """Yield rows (ticket_id, subject) with their texts, in which nobody's name or number stands."""
        most = min(TEXTS, self._settings.page_max_rows)
        columns = ("ticket_id", "subject", "description")
        wanted = replace(self._rows(query, where, asked), columns=columns, limit=most)
        reader = replace(self._principal, sees_personal_data=False)
        for row in self._engine.tickets(reader, wanted).rows:
            yield dict(row), "\n".join(str(row[c]) for c in columns[1:] if row[c])


def _chance(asked: Question) -> Chance:
    return "count" if asked.metric.is_level else kind_of_metric(asked.metric)


def _summary(asked: Question, told: Json, found: Sequence[Cause], split: Sequence[Decomposition]) -> str:
    if not told["change"]:
        return f"{asked.metric.label} did not change."
    chance = " The change as a whole may be chance." if told["may_be_chance"] else ""
    if found:
        first = found[0]
        named = [", ".join(_named(n, v) for n, v in zip(first.by, e.key, strict=True)) for e in first.effects]
        names = " and ".join(named)
        verb = "explain" if len(first.effects) > 1 else "explains"
        return f"{names} {verb} {first.explained:.0%} of the change, with {first.weight:.0%} of the whole.{chance}"
    if not split:
        return f"There is nothing to split it by.{chance}"
    return f"No few slices explain it: it changed alike everywhere.{chance}"


def _named(dimension: str, value: str | None) -> str:
    label = find_dimension(dimension).label
    return f"{label} {value}" if value is not None else f"{label} (none)"


def _dimension(decomposition: Decomposition, asked: Question, change: float) -> Json:
    shown = largest(decomposition, SHOWN)
    effects = [decomposition.effects[i] for i in shown]
    others = sum(e.size for e in decomposition.effects) - sum(e.size for e in effects)
    return {
        "by": decomposition.by[0], "values": len(decomposition.effects), "rest": decomposition.rest, "others": others,
        "rate": sum(e.rate for e in decomposition.effects), "mix": sum(e.mix for e in decomposition.effects),
        "effects": [_effect(e, decomposition.by) | {"share": e.size / change if change else None} for e in effects],
    }  # fmt: skip


def _effect(effect: Effect, by: Sequence[str]) -> Json:
    return {
        **dict(zip(by, effect.key, strict=True)), "effect": effect.size, "rate": effect.rate, "mix": effect.mix,
        "before": _side(effect.before), "after": _side(effect.after), "weight": effect.weight, "z": effect.z,
        "may_be_chance": _may_be_chance(effect.z),
    }  # fmt: skip


def _may_be_chance(z: float | None) -> bool | None:
    return None if z is None else abs(z) < NOISE


def _side(side: Part) -> Json:
    return {"value": side.value, "n": side.n}


def _where(item: Any) -> str:
    return item if isinstance(item, str) else filter_text(item)


def _is_better(change: float | None, better: str) -> bool | None:
    if not change or better == "none":
        return None
    return (change > 0) == (better == "up")
