"""What is learned: right, sure as often as right, explained, the same every time; features against scikit-learn's."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.models.lessons import lesson

from deskpulse.core.errors import InputError, StorageError
from deskpulse.enrich.catalog import run_steps
from deskpulse.enrich.learned import LearnedFile, documents_of, learn_texts, predict_texts
from deskpulse.enrich.model import Batch
from deskpulse.models import files
from deskpulse.models.calibration import STRAIGHT, bent, fit_bend, fit_calibration, probabilities
from deskpulse.models.classifier import TextClassifier, learn
from deskpulse.models.features import Documents, Features
from deskpulse.models.files import load_model, save_model, signing_key
from deskpulse.models.measures import expected_calibration_error, measure
from deskpulse.models.stems import stem


@pytest.fixture(scope="module")
def model() -> TextClassifier:
    texts, labels = lesson()
    return learn_texts(texts, labels, "category")


def test_it_tells_new_texts_apart(model: TextClassifier) -> None:
    texts, labels = lesson(20, seed=2)
    said, sure = predict_texts(model, texts, "category")
    found = measure(labels, said, sure)
    assert found.accuracy >= 0.95
    assert found.calibration_error is not None
    assert found.calibration_error <= 0.25
    assert model.held_out["accuracy"] >= 0.9
    probabilities_of_all = model.probabilities(documents_of(Batch(texts), "category"))
    assert probabilities_of_all.sum(axis=1) == pytest.approx(1.0, abs=1e-5)


def test_the_same_texts_give_the_same_model(model: TextClassifier) -> None:
    again = learn_texts(*lesson(), "category")
    assert np.array_equal(again.linear.coefficients, model.linear.coefficients)
    assert again.slope == model.slope


def test_a_text_is_judged_alike_whatever_stands_beside_it(model: TextClassifier) -> None:
    texts, _ = lesson(5, seed=3)
    together = predict_texts(model, texts, "category")
    apart = [predict_texts(model, [text], "category") for text in texts]
    assert together[0] == [said[0] for said, _ in apart]
    assert together[1] == pytest.approx([sure[0] for _, sure in apart], abs=1e-3)


def test_texts_without_words_get_no_label(model: TextClassifier) -> None:
    assert predict_texts(model, ["", None, "   "], "category") == ([None] * 3, [None] * 3)
    assert predict_texts(model, [], "category") == ([], [])
    said, _ = predict_texts(model, ["x" * 1_000_000, "🙂🙂", "\ud800\x00 refund", "مرحبا بكم"], "category")
    assert len(said) == 4


def test_reasons_name_the_words_that_decided(model: TextClassifier) -> None:
    (reasons,) = model.reasons(documents_of(Batch(["please help, the courier lost my parcel"]), "category"))
    words = {word for word, weight in reasons[:6] if weight > 0}
    assert {"courier", "parcel"} <= words
    weights = [abs(weight) for _, weight in reasons]
    assert weights == sorted(weights, reverse=True)


def test_words_weigh_as_scikit_learn_weighs_them() -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = ["refund my card now", "card refund refund", "my parcel is late", "late late parcel now"]
    documents = documents_of(Batch(texts), "category")
    features, matrix = Features.learn(documents)
    ours = matrix[:, : len(features.words)].toarray()
    theirs = TfidfVectorizer(
        sublinear_tf=True, token_pattern=None, tokenizer=lambda text: [*map(stem, text.split())], norm=None
    ).fit(texts)
    wanted = theirs.transform(texts).toarray()
    for word, column in theirs.vocabulary_.items():
        mine = ours[:, features.words.index(word)]
        shared = wanted[:, column]
        there = shared > 0
        # Ours are scaled with the pairs of words in the block: equal up to one factor for each text.
        assert (mine > 0).tolist() == there.tolist()
    for row in range(len(texts)):
        columns = [(features.words.index(word), column) for word, column in theirs.vocabulary_.items()]
        ratios = [ours[row, mine] / wanted[row, their] for mine, their in columns if wanted[row, their] > 0]
        assert ratios == pytest.approx([ratios[0]] * len(ratios), rel=1e-4)
    assert np.allclose(matrix.toarray(), features.transform(documents).toarray(), atol=1e-6)


def test_blocks_have_the_length_they_count() -> None:
    features, matrix = Features.learn(documents_of(Batch(["refund my card", "refund my order now"]), "category"))
    first = matrix[:, : len(features.words) + len(features.pairs)].toarray()
    assert np.linalg.norm(first, axis=1) == pytest.approx([1.0, 1.0], rel=1e-5)


def test_calibration_makes_confidence_hold() -> None:
    draw = np.random.default_rng(3)
    truth = draw.integers(0, 3, 4_000)
    scores = draw.normal(0, 1, (4_000, 3)).astype(np.float32)
    scores[np.arange(4_000), truth] += 1.0
    raw = probabilities(scores * 8, 1.0, np.zeros(3, np.float32))
    slope, offsets = fit_calibration(scores, truth)
    mended = probabilities(scores, slope, offsets)

    def error(sure: np.ndarray) -> float:
        said = sure.argmax(axis=1)
        return expected_calibration_error((said == truth).tolist(), sure.max(axis=1).tolist())

    assert error(mended) < 0.03 < error(raw)
    assert slope == pytest.approx(1.0, abs=0.15)  # the scores are log odds of normal densities


def _said_of_many_labels(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities of 30 labels whose likeliest is right less often than told when sure, else more often."""
    draw = np.random.default_rng(seed)
    odds = draw.normal(1.0, 2.0, n)
    top = np.maximum(1 / (1 + np.exp(-odds)), 0.06)
    sure = np.tile((1 - top)[:, None] / 29, (1, 30)).astype(np.float32)
    sure[:, 0] = top
    right = draw.random(n) < 1 / (1 + np.exp(-(0.5 * odds + 0.4)))
    return sure, np.where(right, 0, 1 + draw.integers(0, 29, n))


def test_a_bend_makes_the_sureness_of_many_labels_hold() -> None:
    bend = fit_bend(*_said_of_many_labels(4_000, 1))
    assert bend == pytest.approx((0.5, 0.4), abs=0.1)
    sure, truth = _said_of_many_labels(4_000, 2)
    mended = bent(sure, bend)

    def error(told: np.ndarray) -> float:
        return expected_calibration_error((told.argmax(axis=1) == truth).tolist(), told.max(axis=1).tolist())

    assert error(mended) < 0.02 < 0.06 < error(sure)
    assert mended.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    assert np.array_equal(mended.argmax(axis=1), sure.argmax(axis=1))
    few = fit_bend(*(one[:10] for one in _said_of_many_labels(4_000, 3)))
    assert abs(few[0] - 1.0) < 0.5


def test_a_bend_leaves_the_order_of_labels() -> None:
    draw = np.random.default_rng(5)
    sure = draw.dirichlet([0.4] * 4, 2_000).astype(np.float32)
    for bend in ((0.3, -2.0), (2.0, 1.5), STRAIGHT):
        order = np.argsort(-bent(sure, bend), axis=1, kind="stable")[:, :2]
        clear = np.sort(sure, axis=1)[:, -2] - np.sort(sure, axis=1)[:, -3] > 1e-4
        assert np.array_equal(order[clear], np.argsort(-sure, axis=1, kind="stable")[clear, :2])
    assert bent(sure[:0], (0.5, 0.1)).shape == (0, 4)
    certain = np.array([[1.0, 0.0], [0.0, 1.0]], np.float32)
    assert np.isfinite(bent(certain, (0.5, -3.0))).all()


def test_few_examples_are_helped_by_texts_without_labels() -> None:
    texts, labels = lesson(40, seed=4)
    few = [place for place in range(len(texts)) if place < 9]
    tested, truth = lesson(30, seed=5)
    helped = learn_texts([texts[i] for i in few], [labels[i] for i in few], "category", unlabelled=texts[9:])
    alone = learn_texts([texts[i] for i in few], [labels[i] for i in few], "category")
    right = [measure(truth, predict_texts(one, tested, "category")[0]).accuracy for one in (alone, helped)]
    assert right[1] > right[0]
    assert helped.held_out["unlabelled"] == len(texts) - 9


def test_what_cannot_be_learned_is_said() -> None:
    with pytest.raises(InputError, match="only one label"):
        learn_texts(["a b", "b c"], ["x", "x"], "category")
    with pytest.raises(InputError, match="no words"):
        learn_texts(["", " "], ["1", "2"], "emotion")
    with pytest.raises(InputError, match="no labels"):
        learn(Documents([], np.empty(0, np.int64), np.zeros(1, np.int64)), [])


@pytest.fixture
def kept(tmp_path: Path, model: TextClassifier) -> tuple[Path, bytes]:
    key = signing_key(tmp_path)
    save_model(tmp_path / "category-1.npz", model, {"task": "category"}, key=key)
    return tmp_path / "category-1.npz", key


def test_a_model_comes_back_from_its_file_as_it_was(kept: tuple[Path, bytes], model: TextClassifier) -> None:
    path, key = kept
    texts, _ = lesson(5, seed=6)
    again = load_model(path, key=key)
    assert predict_texts(again, texts, "category") == predict_texts(model, texts, "category")
    assert again.held_out == json.loads(json.dumps(model.held_out))
    assert signing_key(path.parent) == key
    assert (path.parent / "model.key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("word", "stemmed"),
    [("charge", "charg"), ("charges", "charg"), ("charged", "charg"), ("charging", "charg"), ("is", "is"),
     ("bus", "bus"), ("payments", "pay"), ("facturas", "factura"), ("s" * 50, "s" * 50)],
)  # fmt: skip
def test_endings_are_taken_off(word: str, stemmed: str) -> None:
    assert stem(word) == stemmed


def test_forms_of_a_word_are_one_feature_told_as_it_is_written() -> None:
    texts = ["they charged me", "charges again", "charging twice", "a parcel", "parcels lost", "my parcel"]
    model = learn_texts(texts * 3, [*["billing"] * 3, *["delivery"] * 3] * 3, "category")
    assert "charg" in model.features.words
    assert "charged" not in model.features.words
    (reasons,) = model.reasons(documents_of(Batch(["you charge too much"]), "category"))
    told = {word for word, _ in reasons}
    assert "charge" in told
    assert "charg" not in told


def test_a_model_of_before_stems_reads_words_as_they_are_written(
    tmp_path: Path, model: TextClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = replace(model, features=replace(model.features, is_stemmed=False), bend=STRAIGHT)
    arrays = files._arrays(before)
    texts = json.loads(arrays["texts"].tobytes())
    del texts["is_stemmed"], texts["bend"]
    arrays["texts"] = np.frombuffer(json.dumps(texts).encode(), np.uint8)
    monkeypatch.setattr(files, "FORMAT", 1)
    key = signing_key(tmp_path)
    files.save_arrays(tmp_path / "category-1.npz", arrays, {"task": "category"}, key=key)
    again = load_model(tmp_path / "category-1.npz", key=key)
    assert not again.features.is_stemmed
    documents = documents_of(Batch(lesson(5, seed=6)[0]), "category")
    assert np.array_equal(again.probabilities(documents), before.probabilities(documents))
    assert not np.array_equal(again.probabilities(documents), model.probabilities(documents))
    monkeypatch.setattr(files, "FORMAT", 3)
    files.save_arrays(tmp_path / "category-2.npz", arrays, {"task": "category"}, key=key)
    with pytest.raises(StorageError, match="another Deskpulse"):
        load_model(tmp_path / "category-2.npz", key=key)


@pytest.mark.parametrize("harm", ["arrays", "manifest", "key", "torn", "missing"])
def test_a_changed_file_is_refused(kept: tuple[Path, bytes], harm: str) -> None:
    path, key = kept
    if harm == "arrays":
        path.write_bytes(path.read_bytes()[:-1] + b"x")
    elif harm == "manifest":
        manifest = path.with_suffix(".json")
        manifest.write_text(manifest.read_text("utf-8").replace("sha256", "sha255"), "utf-8")
    elif harm == "torn":
        path.with_suffix(".json").write_text("{", "utf-8")
    elif harm == "missing":
        path.unlink()
    with pytest.raises(StorageError, match="category-1"):
        load_model(path, key=b"another key" * 4 if harm == "key" else key)


def test_a_model_speaks_in_place_of_a_step(kept: tuple[Path, bytes]) -> None:
    path, key = kept
    texts = ["my parcel is late, where is the courier", "", "zzz qqq"]
    found = run_steps(texts, learned=[LearnedFile("category", path, key, 0.5)])
    assert found["category"][:2] == ["delivery", None]
    assert found["category_by"] == ["model", None, "model"]
    assert found["subcategory"] == [None] * 3
    assert (found["category"][2], found["category_confidence"][2]) == ("unknown", None)
    unsure = run_steps(texts[:1], ["category"], learned=[LearnedFile("category", path, key, 1.01)])
    assert unsure["category"] == ["unknown"]
