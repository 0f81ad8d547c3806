"""Macros: a text that is sent again and again, after which customers are clearly less content."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import erfc, sqrt

from deskpulse.analytics.links import address
from deskpulse.insights.recommend.evidence import ALPHA, LEAST, Evidence
from deskpulse.insights.recommend.fair import Compared, compare
from deskpulse.insights.recommend.model import Gain, Recommendation, Rule
from deskpulse.insights.recommend.templates import Answer, Template, answers, templates
from deskpulse.metrics.cuts import Part
from deskpulse.metrics.statistics import deviate, holm
from deskpulse.metrics.tickets import TicketQuery

METRIC = "csat"
WITH, WITHOUT = "with", "without"
LEAST_DIFFERENCE, SHOWN, SAID = 0.05, 10, 120
KINDS = 3
"""Categories that the tickets of a macro are mostly of, named to measure what dropping it brings."""


def _find(evidence: Evidence) -> Iterator[Recommendation]:
    if not evidence.has(METRIC, "category", "channel") or not evidence.has("messages_sent"):
        return
    of, few_answers = answers(evidence)
    if len(of) < 2 * LEAST:
        return
    found, few_replies = templates(evidence, of, least=LEAST)
    if few_answers or few_replies:
        evidence.notes.append("Of the replies and answers the newest were read for repeated texts.")
    compared = [(one, told) for one in found if (told := _beside(one, of)) is not None]
    corrected = holm([told.p for _, told in compared])
    for (one, told), p in zip(compared, corrected, strict=True):
        if p < ALPHA and told.difference <= -LEAST_DIFFERENCE:
            yield _told(evidence, one, replace(told, p=p), of)


def _beside(one: Template, of: Mapping[str, Answer]) -> Compared | None:
    """Return the share of good answers with a text beside that without, on the same categories and channels."""
    counts: dict[tuple[str, str], list[int]] = {}
    for answer in of.values():
        side = WITH if answer.ticket in one.tickets else WITHOUT
        cell = counts.setdefault((side, f"{answer.category} by {answer.channel}"), [0, 0])
        cell[0] += answer.is_good
        cell[1] += 1
    cells: dict[tuple[str, str | None], Part] = {
        key: Part(value=good / n, n=n) for key, (good, n) in counts.items()
    }  # fmt: skip
    sides = {told.unit: told for told in compare(cells, is_share=True, least=LEAST)}
    told = sides.get(WITH)
    if told is None:
        return None
    return replace(told, p=erfc(abs(told.z) / sqrt(2)))  # both sides are one question; the texts are the many


def _told(evidence: Evidence, one: Template, told: Compared, of: Mapping[str, Answer]) -> Recommendation:
    a_month, wide = told.n / evidence.months, deviate(0.95) * told.error
    gap = -told.difference
    said = one.sample if len(one.sample) <= SAID else one.sample[: SAID - 1].rstrip() + "…"
    kinds = Counter(of[ticket].category for ticket in one.tickets if of[ticket].category).most_common(KINDS)
    where = tuple(f"({text})" for text in (" or ".join(
        evidence.filters(("category",), (name,))[0] for name, _ in kinds),) if text)  # fmt: skip
    bad = sorted(ticket for ticket in one.tickets if not of[ticket].is_good)[:SHOWN]
    query = evidence.query
    found = TicketQuery(start=query.start, end=query.end, timezone=query.timezone, where=query.where,
                        text=" ".join(one.sample.split()[:6]), limit=50)  # fmt: skip
    return Recommendation(
        rule="macro",
        title=f"Retire the text “{said}”",
        text=(
            f"After this text {told.value:.1%} of {told.n:,} answers are good; on the same categories and channels"
            f" without it {told.expected:.1%}, {gap * 100:.1f} points more ({(gap - wide) * 100:.1f} to"
            f" {(gap + wide) * 100:.1f}). {len(one.agents)} agents use it."
        ),
        metric=METRIC,
        where=where,
        evidence={"text": one.sample, "value": told.value, "expected": told.expected, "n": told.n, "p": told.p,
                  "low": told.difference - wide, "high": told.difference + wide, "agents": len(one.agents)},
        gain=Gain(value=gap * a_month, low=(gap - wide) * a_month, high=(gap + wide) * a_month, unit="answers",
                  about="that are good ones more a month, at the level without it"),
        effort="low",
        owner="who keeps the macros",
        touched=a_month,
        z=abs(told.z),
        link=address(found, evidence.principal.workspace),
        notes=("Found in the replies: a sentence that two agents or more write in the same words. Which tickets get it"
               " is not chance; read some before it goes.",),
        lists=tuple({"ticket_id": ticket, "category": of[ticket].category} for ticket in bad),
        about=hashlib.sha256(one.key.encode()).hexdigest()[:12],
    )  # fmt: skip


MACRO = Rule(
    name="macro",
    label="Macros",
    about="Texts that agents send again and again, after which clearly fewer customers are content than after other"
    " replies in the same categories and channels.",
    find=_find,
)
