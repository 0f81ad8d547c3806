"""How right labels are: shares, F1, confusion, calibration. All take lists of equal length, one item a text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

BINS = 10
"""Equal bins of confidence that the calibration error is taken over."""


@dataclass
class Tally:
    """How often a label was right (`hits`), said (`said`) and true (`actual`)."""

    hits: int = 0
    said: int = 0
    actual: int = 0

    @property
    def precision(self) -> float | None:
        """Share of right ones among those said; None when it was never said."""
        return self.hits / self.said if self.said else None

    @property
    def recall(self) -> float | None:
        """Share of the true ones that were found; None when there were none."""
        return self.hits / self.actual if self.actual else None

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall: 2 hits ÷ (said + actual); 0 without hits."""
        return 2 * self.hits / (self.said + self.actual) if self.hits else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return the figures of the label; n is how often it is true."""
        return {"n": self.actual, "precision": self.precision, "recall": self.recall, "f1": self.f1}


@dataclass
class Measured:
    """Figures of predictions against the truth. F1 means are over the labels that are true somewhere."""

    n: int
    accuracy: float
    macro_f1: float
    micro_f1: float
    majority: float
    labels: dict[str, Tally]
    confusion: dict[str, dict[str, int]] = field(default_factory=dict)
    calibration_error: float | None = None


def measure(
    actual: Sequence[str], said: Sequence[str | None], confidence: Sequence[float | None] | None = None
) -> Measured:
    """Measure one label a text; None in `said` is a wrong answer. `confidence` (0 to 1) gives the calibration error."""
    tallies: dict[str, Tally] = {}
    confusion: dict[str, dict[str, int]] = {}
    for truth, answer in zip(actual, said, strict=True):
        tallies.setdefault(truth, Tally()).actual += 1
        if answer is not None:
            tallies.setdefault(answer, Tally()).said += 1
            tallies[answer].hits += answer == truth
        row = confusion.setdefault(truth, {})
        row[answer or ""] = row.get(answer or "", 0) + 1
    n = len(actual)
    right = [truth == answer for truth, answer in zip(actual, said, strict=True)]
    return Measured(
        n=n,
        accuracy=sum(right) / n if n else 0.0,
        macro_f1=_macro(tallies),
        micro_f1=_micro(tallies),
        majority=max(Counter(actual).values(), default=0) / n if n else 0.0,
        labels=dict(sorted(tallies.items())),
        confusion={truth: dict(sorted(row.items())) for truth, row in sorted(confusion.items())},
        calibration_error=expected_calibration_error(right, confidence) if confidence is not None else None,
    )


def measure_several(actual: Sequence[Collection[str]], said: Sequence[Collection[str]]) -> Measured:
    """Measure any number of labels a text.

    Accuracy: all labels of a text right. Confusion: how often each was found, missed and wrongly said. The
    majority is the share of texts that have the most frequent set of labels.
    """
    truths, answers = [frozenset(one) for one in actual], [frozenset(one) for one in said]
    tallies = {name: Tally() for name in sorted({*chain.from_iterable(truths), *chain.from_iterable(answers)})}
    for truth, answer in zip(truths, answers, strict=True):
        for name in truth | answer:
            tally = tallies[name]
            tally.actual += name in truth
            tally.said += name in answer
            tally.hits += name in truth and name in answer
    n = len(truths)
    return Measured(
        n=n,
        accuracy=sum(t == a for t, a in zip(truths, answers, strict=True)) / n if n else 0.0,
        macro_f1=_macro(tallies),
        micro_f1=_micro(tallies),
        majority=max(Counter(truths).values(), default=0) / n if n else 0.0,
        labels=tallies,
        confusion={
            name: {"found": t.hits, "missed": t.actual - t.hits, "wrongly_said": t.said - t.hits}
            for name, t in tallies.items()
        },
    )


def _macro(tallies: dict[str, Tally]) -> float:
    true = [tally.f1 for tally in tallies.values() if tally.actual]
    return sum(true) / len(true) if true else 0.0


def _micro(tallies: dict[str, Tally]) -> float:
    whole = Tally(
        hits=sum(t.hits for t in tallies.values()),
        said=sum(t.said for t in tallies.values()),
        actual=sum(t.actual for t in tallies.values()),
    )
    return whole.f1


def expected_calibration_error(right: Sequence[bool], confidence: Sequence[float | None]) -> float:
    """Mean distance between confidence and share right over ten equal bins, weighted by size (Guo and others 2017).

    Texts without a confidence are left out; 0 when there are none with one.
    """
    bins: list[list[float]] = [[0.0, 0.0, 0.0] for _ in range(BINS)]
    for is_right, sure in zip(right, confidence, strict=True):
        if sure is not None:
            found = bins[min(int(sure * BINS), BINS - 1)]
            found[0] += 1
            found[1] += is_right
            found[2] += sure
    n = sum(count for count, _, _ in bins)
    return sum(abs(hits - sure) for _, hits, sure in bins) / n if n else 0.0
