"""What customers say now, and what of it more than before, as people ask for it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from deskpulse.access.principals import require
from deskpulse.analytics.links import address
from deskpulse.charts.formats import day_text
from deskpulse.core.errors import InputError
from deskpulse.core.periods import zone
from deskpulse.core.principal import Principal
from deskpulse.insights.phrases.count import Counted, Ints, count_phrases
from deskpulse.insights.phrases.judge import FALSE, LEAST_WINDOWS, growth, trends
from deskpulse.insights.phrases.topics import Said, Topic, distinct, topics_of
from deskpulse.metrics.host import Host
from deskpulse.metrics.lookup import find_dimension
from deskpulse.metrics.model import Filter, MetricQuery
from deskpulse.metrics.request import metric_query
from deskpulse.metrics.tickets import TicketQuery

Json = dict[str, Any]
WINDOWS = 8
"""Windows before the period that tell what is usual: as long as it, and of the same days of the week."""
LEAST_NOW, LEAST_TEXTS = 5, 20
"""Texts of the period that a phrase stands in, and texts that a period must have."""
TIMES = 1.5
"""A phrase that is told as growing is said so many times as often as usual."""
MOST_TEXTS = 20_000
"""Texts of one window that are read, the newest."""
MOST_TOPICS, MOST_PHRASES, MOST_SAID, READ, MOST_VALUES = 12, 6, 20, 5, 8


@dataclass(frozen=True)
class _Read:
    """The texts of the period (window 0) and of the windows before, the newest window first."""

    texts: list[str]
    windows: Ints
    tickets: list[str]
    moments: list[datetime]
    is_cut: bool


class PhraseRoom:
    """Tells one principal what the tickets of a workspace are about, from their words."""

    def __init__(self, host: Host, principal: Principal) -> None:
        self._engine, self._settings = host.numbers(principal), host.settings
        self._principal = principal
        self._workspace = host.describe_workspace(principal)

    def phrases(self, spec: Json | None = None) -> Json:
        """Return the topics that grow faster than their own history, and the phrases said most.

        `spec` has period (7d) or from and to, where, by (a dimension: its most frequent values apart) and timezone.
        """
        require(self._principal, "viewer")
        given = spec or {}
        period = given.get("period") or (None if given.get("from") else "7d")
        asked = {key: given.get(key) for key in ("from", "to", "where", "timezone")} | {"period": period}
        query = metric_query({**asked, "metrics": ["tickets_created"]}, self._workspace)
        if not (by := given.get("by")):
            return self._told(query)
        if isinstance(by, list):
            if len(by) > 1:
                raise InputError("Phrases are told by one dimension.", hint="Give one, and filter by the others.")
            by = by[0]
        found = self._engine.query(self._principal, replace(query, by=(find_dimension(by).name,)))
        counted = sorted(found.as_dict()["rows"], key=lambda row: -(row["tickets_created"]["value"] or 0))
        values = [row[by] for row in counted if row[by] is not None]
        return {
            **_days(query), "by": by,
            "groups": [{by: value, **self._told(self._only(query, by, value))} for value in values[:MOST_VALUES]],
            "left_out": max(0, len(values) - MOST_VALUES),
        }  # fmt: skip

    def _only(self, query: MetricQuery, by: str, value: str) -> MetricQuery:
        return replace(query, where=(*query.where, Filter(dimension=by, values=(value,))))

    def _told(self, query: MetricQuery) -> Json:
        began = time.perf_counter()
        spans, known_from = self._spans(query)
        read = self._read(query, spans)
        now = read.windows == 0
        texts_now, notes = int(now.sum()), []
        if read.is_cut:
            notes.append(f"Of each window the newest {MOST_TEXTS:,} texts were read.")
        counted = count_phrases(read.texts, now, LEAST_NOW)
        texts_of = np.bincount(read.windows, minlength=len(spans))[: len(spans)]
        can_tell = texts_now >= LEAST_TEXTS and len(spans) > LEAST_WINDOWS
        if texts_now < LEAST_TEXTS:
            notes.append(f"The period has {texts_now} texts: fewer than {LEAST_TEXTS} tell nothing of what grows.")
        elif len(spans) <= LEAST_WINDOWS:
            day = f" From {day_text(known_from)} on it can be told." if known_from else ""
            notes.append(
                f"What is usual is not known yet: it takes {LEAST_WINDOWS} earlier windows of this length, and there"
                f" are {len(spans) - 1}.{day}"
            )
        said = _said(counted, read.windows, texts_of, texts_now) if can_tell else []
        rising = [s for s in said if s.false_share <= FALSE and s.times >= TIMES]
        rising.sort(key=lambda s: (s.chance, -len(s.phrase.words), s.written))
        topics = topics_of(distinct(rising))[:MOST_TOPICS]
        return {
            **_days(query), "texts": texts_now,
            "windows": len(spans) - 1, "texts_before": int(texts_of[1:].sum()), "can_tell": can_tell, "notes": notes,
            "topics": [self._topic(topic, read, query) for topic in topics],
            "categories": self._categories(query, spans) if can_tell else [],
            "most_said": _most_said(counted, now, texts_now), "seconds": round(time.perf_counter() - began, 3),
        }  # fmt: skip

    def _spans(self, query: MetricQuery) -> tuple[list[tuple[datetime, datetime]], datetime | None]:
        """Return the period and the windows before it that the data reaches back to; and when there will be enough."""
        first = self._workspace.get("first_at")
        if first is None:
            return [(query.start, query.end)], None
        begins = datetime.fromisoformat(first) if isinstance(first, str) else first
        local = zone(query.timezone)
        start, end = query.start.astimezone(local), query.end.astimezone(local)
        days = max(7, -(-int((end - start).total_seconds()) // 86_400))
        step = timedelta(days=days if days <= 7 else -(-days // 7) * 7)
        spans = [(start - i * step, end - i * step) for i in range(WINDOWS + 1)]
        # The day that the data begins in is not whole: a window may begin with it, not before it.
        reached = [span for span in spans[1:] if span[0].date() >= begins.astimezone(local).date()]
        missing = LEAST_WINDOWS - len(reached)
        return [spans[0], *reached], end + missing * step if missing > 0 else None

    def _read(self, query: MetricQuery, spans: Sequence[tuple[datetime, datetime]]) -> _Read:
        texts: list[str] = []
        windows: list[int] = []
        tickets: list[str] = []
        moments: list[datetime] = []
        is_cut = False
        for window, (start, end) in enumerate(spans):
            number = 0
            for row in self._rows(query, start, end):
                if number == MOST_TEXTS:
                    is_cut = True
                    break
                if text := "\n\n".join(str(row[c]) for c in ("subject", "description") if row[c]):
                    number += 1
                    texts.append(text)
                    windows.append(window)
                    tickets.append(str(row["ticket_id"]))
                    moments.append(row["created_at"])
        return _Read(texts, np.array(windows, np.int64), tickets, moments, is_cut)

    def _rows(self, query: MetricQuery, start: datetime, end: datetime) -> Iterator[Any]:
        columns = ("ticket_id", "subject", "description", "created_at")
        wanted = TicketQuery(start=start, end=end, timezone=query.timezone, where=query.where, columns=columns)
        # Nobody's name or number is a phrase, whoever asks.
        reader = replace(self._principal, sees_personal_data=False)
        _, pages = self._engine.every_row(reader, wanted)
        for page in pages:
            yield from page

    def _categories(self, query: MetricQuery, spans: Sequence[tuple[datetime, datetime]]) -> list[Json]:
        """Return how each category's share of the tickets lies to what is usual, what grows first."""
        counted: list[dict[str | None, int]] = []
        for start, end in spans:
            asked = replace(query, start=start, end=end, by=("category",), compare=None)
            rows = self._engine.query(self._principal, asked).as_dict()["rows"]
            counted.append({row["category"]: int(row["tickets_created"]["value"] or 0) for row in rows})
        names = sorted({name for one in counted for name in one if name is not None})
        counts = np.array([[one.get(name, 0) for one in counted] for name in names]).reshape(len(names), len(counted))
        totals = np.array([sum(one.values()) for one in counted])
        found = trends(counts[:, 0], int(totals[0]), counts[:, 1:], totals[1:])
        told = [
            {"category": name, "tickets": int(row[0]), "share": round(float(row[0] / totals[0]), 4),
             "usual_share": round(float(row[1:].sum() / max(totals[1:].sum(), 1)), 4), "trend": trend}
            for name, row, trend in zip(names, counts, found, strict=True)
        ]  # fmt: skip
        order = ("growing", "shrinking", "as usual")
        return sorted(told, key=lambda one: (order.index(one["trend"]), -one["tickets"]))

    def _topic(self, topic: Topic, read: _Read, query: MetricQuery) -> Json:
        """Return a topic: its phrases, how often it is said, since when, and its newest tickets."""
        local = zone(query.timezone)
        first, places = topic.phrases[0], topic.texts.tolist()
        label, others = topic.label()
        days: dict[str, int] = {}
        for place in sorted(places, key=lambda p: read.moments[p]):
            day = read.moments[place].astimezone(local).date().isoformat()
            days[day] = days.get(day, 0) + 1
        newest = sorted(first.texts.tolist(), key=lambda p: read.moments[p], reverse=True)[:READ]
        listed = self._listed([read.tickets[place] for place in newest], query)
        return {
            "label": label, "texts": len(places), "usual": round(first.expected, 1),
            "times": round(first.times, 1), "is_new": first.before == 0,
            "false_share": float(f"{first.false_share:.2g}"),
            "phrases": [
                {"phrase": s.written, "texts": len(s.texts), "usual": round(s.expected, 1), "times": round(s.times, 1),
                 "before": s.before, "is_new": s.before == 0, "false_share": float(f"{s.false_share:.2g}")}
                for s in (first, *others[: MOST_PHRASES - 1])
            ],
            "days": [{"day": day, "texts": number} for day, number in days.items()],
            "tickets": listed,
            "link": address(TicketQuery(start=query.start, end=query.end, timezone=query.timezone, where=query.where,
                                        text=first.written), self._principal.workspace),
        }  # fmt: skip

    def _listed(self, ids: Sequence[str], query: MetricQuery) -> list[Json]:
        """Return tickets to read, with their subjects as this principal may see them."""
        found = []
        for ticket_id in ids:
            ticket = self._engine.ticket(self._principal, ticket_id)
            text = ticket["subject"] or " ".join((ticket["description"] or "").split())[:80]
            found.append({"ticket_id": ticket_id, "subject": text, "created_at": ticket["created_at"].isoformat()})
        return found


def _days(query: MetricQuery) -> Json:
    local = zone(query.timezone)
    return {"from": query.start.astimezone(local).isoformat(), "to": query.end.astimezone(local).isoformat()}


def _said(counted: Counted, windows: Ints, texts_of: Ints, texts_now: int) -> list[Said]:
    """Judge every phrase against its own history."""
    if not counted.phrases:
        return []
    by_window = np.array([np.bincount(windows[p.texts], minlength=len(texts_of)) for p in counted.phrases])
    found = growth(by_window[:, 0], texts_now, by_window[:, 1:], texts_of[1:], counted.tried)
    spelled = counted.spelled
    return [
        Said(
            phrase=phrase, written=spelled[phrase.said], texts=phrase.texts[windows[phrase.texts] == 0],
            before=int(by_window[i, 1:].sum()), expected=float(found.expected[i]), chance=float(found.chance[i]),
            false_share=float(found.false_share[i]),
        )
        for i, phrase in enumerate(counted.phrases)
    ]  # fmt: skip


def _most_said(counted: Counted, now: Any, texts_now: int) -> list[Json]:
    """Return the phrases that stand in most texts of the period; longer ones count more, for they say more."""
    spelled = counted.spelled
    plain = [Said(phrase=p, written=spelled[p.said], texts=p.texts[now[p.texts]]) for p in counted.phrases]
    plain.sort(key=lambda s: (-len(s.texts) * len(s.phrase.words), s.written))
    return [
        {"phrase": s.written, "texts": len(s.texts), "share": round(len(s.texts) / texts_now, 4)}
        for s in distinct(plain[: MOST_SAID * 5])[:MOST_SAID]
    ]
