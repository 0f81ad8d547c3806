"""Learned models in place of steps: labels and scores agree, and what a model never saw is left alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import polars as pl
import pytest
from tests.models.lessons import lesson

from deskpulse.enrich.catalog import run_steps
from deskpulse.enrich.learned import LearnedFile, documents_of, learn_texts, predict_texts
from deskpulse.enrich.model import Batch
from deskpulse.enrich.reasons import reasons_of
from deskpulse.ingest.text_facts import SentimentCuts, text_facts
from deskpulse.models.classifier import TextClassifier
from deskpulse.models.files import load_model, save_model

KEY = b"k" * 32
MOODS = {
    "negative": ["delayed", "lost", "rude", "cancelled", "waiting", "broken", "why"],
    "neutral": ["gate", "when", "flight", "seat", "which", "ticket", "change"],
    "positive": ["lovely", "kind", "crew", "thanks", "smooth", "upgrade", "best"],
}
FILLER = [
    "the",
    "my",
    "a",
    "to",
    "is",
    "on",
    "from",
    "today",
    "with",
    "you",
    "at",
    "was",
    "gate",
    "crew",
    "why",
    "when",
]
NEVER_LEARNED = [
    "注文した商品がまだ届きません", "12345", "!!!", "заказ ещё не пришёл", "لم يصل طلبي بعد", "Siparişim hala gelmedi",
    "Moje zamówienie jeszcze nie przyszło", "สินค้ายังไม่มา", "Tilaukseni on myöhässä", "(415) 555-0132", "🙃🙃",
]  # fmt: skip


def moods(count: int, seed: int) -> tuple[list[str], list[str]]:
    """Return texts of uneven moods whose words mix, as people's do: most are negative."""
    draw = Random(seed)
    texts, labels = [], []
    for _ in range(count):
        label = draw.choices([*MOODS], [6, 2, 1])[0]
        words = draw.sample(MOODS[label], 2) + draw.sample(FILLER, 4) + [draw.choice(MOODS[draw.choice([*MOODS])])]
        draw.shuffle(words)
        texts.append(" ".join(words))
        labels.append(label)
    return texts, labels


def kept(model: TextClassifier, folder: Path, task: str, least: float = 0.0) -> LearnedFile:
    """Return a model as it is told by."""
    path = folder / f"{task}-1.npz"
    save_model(path, model, {"task": task}, key=KEY)
    return LearnedFile(task, path, KEY, least)


@pytest.fixture(scope="module")
def mood(tmp_path_factory: pytest.TempPathFactory) -> LearnedFile:
    model = learn_texts(*moods(600, 1), "sentiment")
    leaning = np.array([0.0, 0.7, 1.4], np.float32)  # what most probable is, is not what is decided
    return kept(replace(model, leaning=leaning), tmp_path_factory.mktemp("mood"), "sentiment")


@pytest.fixture(scope="module")
def topic(tmp_path_factory: pytest.TempPathFactory) -> LearnedFile:
    return kept(learn_texts(*lesson(), "category"), tmp_path_factory.mktemp("topic"), "category", 0.3)


def messages(texts: list[str], found: dict[str, list[object]], each: int = 1) -> pl.DataFrame:
    """Return customers' messages with what was said of them, `each` to a ticket."""
    n = len(texts)
    plain = {name: [None] * n for name in ("subcategory", "category", "category_confidence")}
    names = "sentiment sentiment_label subjectivity emotion emotion_intensity urgency language indicators escalation"
    said = {name: found[name] for name in (*names.split(), "question_count")}
    return pl.DataFrame(
        {
            "ticket_id": [str(i // each) for i in range(n)], "message_id": [str(i) for i in range(n)],
            "author_kind": ["customer"] * n, "is_public": [True] * n, "sent_at": list(range(n)), **plain, **said,
        },
        schema_overrides={"indicators": pl.List(pl.String), "escalation": pl.List(pl.String)} | dict.fromkeys(
            ("category", "subcategory"), pl.String) | {"category_confidence": pl.Float64},
    )  # fmt: skip


def test_a_ticket_is_called_what_the_model_calls_its_message(mood: LearnedFile) -> None:
    texts, _ = moods(400, 2)
    model = load_model(mood.path, key=KEY)
    found = run_steps(texts, learned=[mood])
    said, _ = predict_texts(model, texts, "sentiment")
    most = [
        model.labels[place] for place in model.probabilities(documents_of(Batch(texts), "sentiment")).argmax(axis=1)
    ]
    assert sum(one != other for one, other in zip(most, said, strict=True)) >= 5
    assert found["sentiment_label"] == said
    assert len(set(said)) == 3
    facts = text_facts(messages(texts, found)).sort(pl.col("ticket_id").cast(int))
    assert facts.select(said=SentimentCuts().label(pl.col("sentiment_said")))["said"].to_list() == said
    assert all(-1 <= score <= 1 for score in found["sentiment"])


def test_a_ticket_of_several_messages_is_called_by_their_mean(mood: LearnedFile) -> None:
    texts = ["crew lovely kind thanks best", "delayed lost rude cancelled waiting", "rude lost broken why delayed"]
    found = run_steps(texts, learned=[mood])
    assert found["sentiment_label"] == ["positive", "negative", "negative"]
    facts = text_facts(messages(texts, found, each=3))
    assert facts["sentiment_said"].to_list() == [pytest.approx(sum(found["sentiment"]) / 3)]
    assert facts.select(said=SentimentCuts().label(pl.col("sentiment_said")))["said"].to_list() == ["negative"]


@pytest.mark.parametrize("text", NEVER_LEARNED)
def test_what_a_model_never_saw_is_told_by_the_step_or_unknown(
    text: str, mood: LearnedFile, topic: LearnedFile
) -> None:
    found, shipped = run_steps([text], learned=[mood, topic]), run_steps([text])
    assert found["sentiment_label"] == shipped["sentiment_label"]
    assert found["sentiment"] == shipped["sentiment"]
    assert (found["category"], found["category_confidence"]) == (["unknown"], [None])  # its categories are others
    assert predict_texts(load_model(topic.path, key=KEY), [text], "category") == ([None], [None])
    (reasons,) = reasons_of([text], learned=[mood, topic])
    assert (reasons["sentiment"].by, reasons["sentiment"].value) == ("words", shipped["sentiment_label"][0])
    assert reasons["category"].value == "unknown"


def test_the_step_tells_of_other_languages_that_it_knows(mood: LearnedFile, tmp_path: Path) -> None:
    text = "Mein Paket ist immer noch nicht da, das ist eine Frechheit"
    assert run_steps([text], learned=[mood])["sentiment_label"] == ["negative"]
    texts, labels = lesson()
    names = {"billing": "billing", "delivery": "shipping", "login": "account"}
    model = kept(learn_texts(texts, [names[label] for label in labels], "category"), tmp_path, "category")
    found = run_steps([text, "the courier lost my parcel"], learned=[model])
    assert found["category"] == ["shipping", "shipping"]
    assert found["category_by"] == [None, "model"]


def test_a_finer_label_stays_where_the_model_says_the_same_category(tmp_path: Path) -> None:
    texts, labels = lesson()
    names = {"billing": "billing", "delivery": "shipping", "login": "technical"}
    model = kept(learn_texts(texts, [names[label] for label in labels], "category"), tmp_path, "category")
    said = ["I was charged twice, please refund my payment", "my password is locked, reset the code"]
    found, shipped = run_steps(said, learned=[model]), run_steps(said)
    assert found["category"] == ["billing", "technical"]
    assert shipped["category"][1] != "technical"
    assert found["subcategory"] == [shipped["subcategory"][0], None]
    assert shipped["subcategory"][0] is not None
    (reasons, _) = reasons_of(said, learned=[model])
    assert (reasons["category"].by, reasons["category"].finer) == ("model", shipped["subcategory"][0])


@pytest.mark.parametrize(
    "words",
    [
        {
            "lasku": ["laskun", "maksu", "hyvitys", "veloitus"],
            "toimitus": ["paketti", "lähetys", "kuljetus", "myöhässä"],
        },
        {
            "rachunek": ["faktura", "opłata", "zwrot", "przelew"],
            "wysyłka": ["paczka", "kurier", "dostawa", "opóźnienie"],
        },
        {"請求": ["請求書", "支払い", "返金", "料金"], "配送": ["荷物", "配達", "届かない", "遅れ"]},
    ],
)
def test_a_category_is_learned_in_a_language_without_word_lists(words: dict[str, list[str]], tmp_path: Path) -> None:
    draw = Random(4)

    def write(count: int) -> tuple[list[str], list[str]]:
        labels = [draw.choice([*words]) for _ in range(count)]
        gap = "が" if "請求" in words else " "
        return [gap.join([*draw.sample(words[label], 2), str(draw.randrange(9))]) for label in labels], labels

    model = kept(learn_texts(*write(80), "category"), tmp_path, "category")
    texts, labels = write(30)
    found = run_steps(texts, learned=[model])
    assert [*map(str, found["category"])] == labels
    assert {*found["category_by"]} == {"model"}
