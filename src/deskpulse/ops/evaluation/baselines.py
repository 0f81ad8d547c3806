"""What usual tools say of the same texts: VADER, TextBlob, substrings, and TF-IDF with a linear SVM."""

from __future__ import annotations

from collections.abc import Sequence

from deskpulse.models.linear import plain_linear
from deskpulse.ops.evaluation.labelled import Labelled


def vader_baseline(texts: list[str], labels: list[str]) -> list[str]:
    """Label by VADER's compound score: its authors' cuts ±0.05, or the sign where nobody is neutral."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    return [_cut(analyzer.polarity_scores(text)["compound"], 0.05, labels) for text in texts]


def textblob_baseline(texts: list[str], labels: list[str]) -> list[str]:
    """Label by TextBlob's polarity with the usual cuts ±0.1, or the sign where nobody is neutral."""
    from textblob import TextBlob

    return [_cut(float(TextBlob(text).sentiment.polarity), 0.1, labels) for text in texts]


def _cut(score: float, cut: float, labels: list[str]) -> str:
    if "neutral" not in labels:
        return "positive" if score > 0 else "negative"
    return "positive" if score >= cut else "negative" if score <= -cut else "neutral"


def substring_baseline(texts: Sequence[str], names: Sequence[str]) -> list[frozenset[str]]:
    """Give a text every topic whose name stands in it, in any case."""
    return [frozenset(name for name in names if name.lower() in text.lower()) for text in texts]


def linear_baseline(learned: Labelled, texts: list[str]) -> list[str]:
    """Label by TF-IDF of words 1–2 and letters 2–5 and a linear SVM, as a tutorial would have it."""
    return plain_linear(learned.texts, learned.labels, texts)
