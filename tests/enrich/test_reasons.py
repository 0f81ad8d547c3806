"""Reasons: the words that decided stand in the text, and say the same as the steps."""

import pytest
from tests.models.lessons import lesson

from deskpulse.enrich.catalog import run_steps
from deskpulse.enrich.learned import COLUMNS, LearnedFile, learn_texts
from deskpulse.enrich.reasons import LABELS, reasons_of
from deskpulse.models.files import save_model

TEXTS = ["I was charged twice!! Please refund me ASAP, this is unacceptable", "Thanks, works great now", "", None,
         "12:30", "Zweimal abgebucht, bitte um Erstattung", "a\x00\udc80b", "🙂"]  # fmt: skip


def test_values_are_those_of_the_steps_and_words_stand_in_the_text() -> None:
    found = reasons_of(TEXTS)
    columns = run_steps(TEXTS)
    for place, (text, reasons) in enumerate(zip(TEXTS, found, strict=True)):
        for label in LABELS:
            assert reasons[label].value == columns[COLUMNS[label]][place]
            for word, weight in reasons[label].words:
                assert weight
                assert word.split()[0].strip("*") in (text or "").lower()


def test_a_category_tells_its_words_and_the_next_best() -> None:
    (found,) = reasons_of(["I was charged twice for my subscription, refund me"])
    reason = found["category"]
    assert (reason.value, reason.finer, reason.by) == ("billing", "duplicate_charge", "words")
    assert dict(reason.words)["charged twice"] > 0 > dict(reason.words)["subscription"]
    shares = dict(reason.ranked)
    assert shares["billing"] > shares["cancellation"] > 0
    assert sum(shares.values()) < 1


def test_a_model_tells_its_features(tmp_path: object) -> None:
    from pathlib import Path

    texts, labels = lesson(20)
    path = Path(str(tmp_path)) / "category.npz"
    save_model(path, learn_texts(texts, labels, "category"), {"task": "category"}, key=b"k")
    (found, nothing) = reasons_of([texts[0], None], learned=[LearnedFile("category", path, b"k")])
    reason = found["category"]
    assert (reason.by, reason.value) == ("model", labels[0])
    assert any(word in texts[0].lower() and weight > 0 for word, weight in reason.words)
    assert reason.ranked[0][0] == labels[0]
    assert reason.ranked[0][1] == pytest.approx(reason.confidence)
    assert nothing["category"].value is None
    assert nothing["category"].words == ()
