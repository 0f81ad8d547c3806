"""What is said of single texts and why: each label with the words that decided it, their weights, and what came next.

Worked out anew from the text when somebody asks; nothing of it is stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from deskpulse.core.errors import EndpointError
from deskpulse.enrich.catalog import STEPS, Teller, with_needed
from deskpulse.enrich.labeller import Labelling, say_by_labeller
from deskpulse.enrich.learned import COLUMNS, LearnedFile, documents_of, encoder_for, say
from deskpulse.enrich.model import Batch, Evidence
from deskpulse.enrich.taxonomy import Taxonomy

LABELS = ("category", "sentiment", "urgency", "emotion")
"""What is told of a text, in the order in which people read it."""
MOST_WORDS = 12
MOST_RANKED = 5


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why a text has a label.

    `value` is the label, None where nothing can be said. `by`: "words" (word lists and the taxonomy), "model", or
    "labeller", which gives no words.
    `words`: what decided, with weights; negative ones speak against it. Weights of word lists and of models are on
    scales of their own: compare them within one reason only. `ranked`: the likeliest labels with their shares, where
    known. `finer`: the subcategory. `score`: the sentiment from -1 to 1. `confidence`: 0 to 1, where known.
    """

    label: str
    value: str | None
    by: str
    words: tuple[tuple[str, float], ...] = ()
    ranked: tuple[tuple[str, float], ...] = ()
    finer: str | None = None
    score: float | None = None
    confidence: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the same as plain values."""
        return {
            "label": self.label, "value": self.value, "by": self.by, "score": self.score, "finer": self.finer,
            "confidence": self.confidence,
            "words": [{"text": text, "weight": weight} for text, weight in self.words],
            "ranked": [{"value": value, "share": share} for value, share in self.ranked],
        }  # fmt: skip


def reasons_of(
    texts: Sequence[str | None], *, taxonomy: Taxonomy | None = None, learned: Iterable[Teller] = ()
) -> list[dict[str, Reason]]:
    """Return, for each text, the reason of each label of `LABELS`; `learned` models go before the steps."""
    batch = Batch(texts, taxonomy=taxonomy)
    steps = [STEPS[label] for label in LABELS]
    written: dict[str, list[Any]] = {}
    for step in with_needed(steps):
        columns = step.run(batch)
        batch.add_columns(columns)
        written |= columns
    found: list[dict[str, Reason]] = [{} for _ in range(len(batch))]
    tellers = list(learned)
    models = {one.task: one for one in tellers if isinstance(one, LearnedFile)}
    labelled = {task: one for one in tellers if isinstance(one, Labelling) for task in one.tasks}
    for label in LABELS:
        reasons = _by_words(batch, label, written)
        with suppress(EndpointError):  # a server is away: words tell meanwhile, as they do for new texts
            if label in models:
                reasons = _by_model(batch, models[label], reasons, written)
            elif label in labelled:
                reasons = _by_labeller(batch, label, labelled[label], reasons)
        for reason, told in zip(reasons, found, strict=True):
            told[label] = reason
    return found


def _by_words(batch: Batch, label: str, written: dict[str, list[Any]]) -> list[Reason]:
    step = STEPS[label]
    evidence = step.explain(batch) if step.explain else [[] for _ in range(len(batch))]
    ranked = step.rank(batch) if step.rank else [[] for _ in range(len(batch))]
    scores = written["sentiment"] if label == "sentiment" else [None] * len(batch)
    finer = written["subcategory"] if label == "category" else [None] * len(batch)
    sure = written["category_confidence"] if label == "category" else [None] * len(batch)
    values = zip(written[COLUMNS[label]], batch.tokens, evidence, ranked, scores, finer, sure, strict=True)
    return [
        Reason(
            label=label, value=value, by="words", words=_spelled(words, tokens), ranked=tuple(shares[:MOST_RANKED]),
            score=score, finer=sub, confidence=confidence,
        )
        for value, tokens, words, shares, score, sub, confidence in values
    ]  # fmt: skip


def _by_model(batch: Batch, one: LearnedFile, words: list[Reason], written: dict[str, list[Any]]) -> list[Reason]:
    """Return what a model says; the step's words stand where it knows too little of a text."""
    from deskpulse.models.files import opened_model

    told = say(batch, one)
    said = told.over(written)
    model = opened_model(one.path, one.key)
    documents = documents_of(batch, one.task, encoder_for(model, one.encoder))
    evidence, sure = model.reasons(documents, most=MOST_WORDS), model.probabilities(documents)
    scores = said.get("sentiment", [None] * len(batch))
    finer = said.get("subcategory", [None] * len(batch))
    reasons = []
    for place, value in enumerate(said[COLUMNS[one.task]]):
        if not told.is_known[place]:
            reasons.append(words[place])
            continue
        order = sure[place].argsort()[::-1][:MOST_RANKED].tolist()
        ranked = tuple((model.labels[i], round(float(sure[place][i]), 3)) for i in order)
        confidence = dict(ranked).get(value, ranked[0][1])
        reasons.append(
            Reason(label=one.task, value=value, by="model", words=tuple(evidence[place]), ranked=ranked,
                   score=scores[place], confidence=confidence, finer=finer[place])
        )  # fmt: skip
    return reasons


def _by_labeller(batch: Batch, label: str, labelling: Labelling, words: list[Reason]) -> list[Reason]:
    """Return what the labeller says; it gives no words, so those of the step stand where it says the same."""
    said = say_by_labeller(batch, replace(labelling, tasks=(label,)))
    scores = said.get("sentiment", [None] * len(batch))
    return [
        old if value == old.value else Reason(label=label, value=value, by="labeller", score=score)
        for value, old, score in zip(said[COLUMNS[label]], words, scores, strict=True)
    ]


def _spelled(words: Evidence, tokens: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """Return evidence with the words that stand in the text where a term (`refund*`) only says how they begin."""
    running = " ".join(tokens) if any(term.endswith("*") for term, _ in words) else ""
    found: dict[str, float] = {}
    for term, weight in words[:MOST_WORDS]:
        spelled = term
        if term.endswith("*"):
            match = re.search(rf"(?<!\S){re.escape(' '.join(term[:-1].split()))}\S*", running)
            spelled = match.group() if match else term[:-1]
        found.setdefault(spelled, round(weight, 3))
    return tuple(found.items())
