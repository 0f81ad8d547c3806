"""Encoders that an owner brings: what they give, that learned models use them when they help, and what goes wrong."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from tests.models.encoders import embedded, embedding_server, write_onnx

from deskpulse.core.errors import InputError, StorageError
from deskpulse.core.settings import Settings
from deskpulse.enrich import endpoints
from deskpulse.enrich.encoders import EncoderChoice, chosen_encoder, opened_encoder
from deskpulse.enrich.learned import LearnedFile, encoder_for, learn_texts, predict_texts, say
from deskpulse.enrich.model import Batch
from deskpulse.models.files import load_model, save_model
from deskpulse.models.measures import measure

_DRAW = random.Random(7)
MEANINGS = {
    label: ["".join(_DRAW.sample("abcdefghijklmnopqrstuvwxyz", 7)) for _ in range(90)]
    for label in ("billing", "account", "shipping")
}
"""Made-up words of each label: nothing in their letters says which, and most stand in one text only."""
FILLER = ["please", "help", "the", "my", "about", "again", "today", "with", "it", "is"]
VECTORS = {
    word: [float(place == number) for place in range(3)]
    for number, words in enumerate(MEANINGS.values())
    for word in words
} | {word: [0.0, 0.0, 0.0] for word in FILLER}
VECTORS |= {"refund": [1.0, 0.0, 0.0], "login": [0.0, 1.0, 0.0], "parcel": [0.0, 0.0, 1.0], "payment": [1.0, 0.0, 0.0]}


def lesson(seed: int, taken: slice) -> tuple[list[str], list[str]]:
    """Return texts that each use one word of a label's, out of some of them."""
    draw = random.Random(seed)
    labels = [draw.choice(list(MEANINGS)) for _ in range(90)]
    texts = [
        " ".join([*draw.sample(FILLER, 4), draw.choice(MEANINGS[label][taken]), *draw.sample(FILLER, 2)])
        for label in labels
    ]
    return texts, labels


@pytest.fixture(scope="module")
def choice(tmp_path_factory: pytest.TempPathFactory) -> EncoderChoice:
    return EncoderChoice(place=str(write_onnx(tmp_path_factory.mktemp("encoder"), VECTORS)))


def test_an_onnx_model_gives_the_mean_of_its_tokens(choice: EncoderChoice) -> None:
    found = opened_encoder(choice).encode(["refund login", "Refund", "", "login the parcel payment"])
    half = 0.5**0.5
    assert found[0] == pytest.approx([half, half, 0.0])
    assert found[1] == pytest.approx([1.0, 0.0, 0.0])
    assert not found[2].any()
    assert found[3] == pytest.approx(np.array([1, 1, 1]) / 3**0.5)
    first = EncoderChoice(place=choice.place, pooling="first")
    assert opened_encoder(first).encode(["login refund"])[0] == pytest.approx([0.0, 1.0, 0.0])
    assert opened_encoder(first).identity != opened_encoder(choice).identity


def test_what_is_learned_with_it_knows_words_it_never_read(choice: EncoderChoice, tmp_path: Path) -> None:
    texts, labels = lesson(1, slice(0, 60))
    new, truth = lesson(2, slice(60, 90))
    plain = learn_texts(texts, labels, "category")
    assert measure(truth, predict_texts(plain, new, "category")[0]).accuracy < 0.7
    model = learn_texts(texts, labels, "category", encoder=choice)
    assert measure(truth, predict_texts(model, new, "category", encoder=choice)[0]).accuracy > 0.95
    path, key = tmp_path / "category-1.npz", b"k" * 32
    save_model(path, model, {"task": "category"}, key=key)
    assert load_model(path, key=key).features.encoder == opened_encoder(choice).identity
    said = say(Batch(new), LearnedFile("category", path, key, 0.0, choice)).columns["category"]
    assert said == predict_texts(model, new, "category", encoder=choice)[0]
    with pytest.raises(StorageError, match="at hand is 'none'"):
        say(Batch(new), LearnedFile("category", path, key))


def test_one_that_does_not_help_is_left_out(tmp_path: Path) -> None:
    noise = np.random.default_rng(3).normal(size=(len(VECTORS), 3)).tolist()
    useless = EncoderChoice(place=str(write_onnx(tmp_path / "noise", dict(zip(VECTORS, noise, strict=True)))))
    texts, labels = lesson(1, slice(0, 60))
    model = learn_texts(texts, labels, "category", encoder=useless)
    assert (model.features.encoder, model.features.meaning, model.held_out["meaning"]) == ("", 0, 0.0)
    assert encoder_for(model, None) is None
    assert predict_texts(model, texts, "category")[0] == predict_texts(learn_texts(texts, labels, "category"), texts,
                                                                       "category")[0]  # fmt: skip


def test_a_server_is_sent_masked_texts_and_answers_in_any_order() -> None:
    with embedding_server([embedded]) as (address, asked):
        served = opened_encoder(EncoderChoice(place=address, model="small", key="s3cret"))
        found = served.encode(["write to ann@example.com", "", "two words"])
        assert found.shape == (3, 3)
        assert not found[1].any()
        assert np.linalg.norm(found[[0, 2]], axis=1) == pytest.approx([1, 1])
        assert found[2] == pytest.approx(np.array([9, 2, 1]) / np.linalg.norm([9, 2, 1]))
    (request,) = asked
    assert request["path"] == "/v1/embeddings"
    assert (request["model"], request["key"]) == ("small", "Bearer s3cret")
    assert request["input"][0] == "write to [email]"
    assert "s3cret" not in repr(EncoderChoice(place=address, key="s3cret"))


def test_a_busy_server_is_asked_again_and_one_that_refuses_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "PAUSE_SECONDS", 0.001)
    with embedding_server([503, 429, embedded]) as (address, asked):
        assert len(opened_encoder(EncoderChoice(place=address)).encode(["a"])) == 1
        assert len(asked) == 3
    with embedding_server([401]) as (address, asked):
        with pytest.raises(StorageError, match="401"):
            opened_encoder(EncoderChoice(place=address)).encode(["a"])
        assert len(asked) == 1
    with pytest.raises(StorageError, match="cannot be reached"):
        opened_encoder(EncoderChoice(place=address)).encode(["a"])


@pytest.mark.parametrize(
    "answer",
    [lambda _: {"data": []}, lambda _: {}, lambda _: ["x"],
     lambda t: {"data": [{"index": 0, "embedding": "x"}] * len(t)},
     lambda t: {"data": [{"index": i, "embedding": [float("nan")]} for i in range(len(t))]}],
)  # fmt: skip
def test_answers_that_are_no_vectors_are_told(answer: object) -> None:
    with embedding_server([answer]) as (address, _), pytest.raises(StorageError, match="encoder http"):
        opened_encoder(EncoderChoice(place=address)).encode(["a", "b"])


def test_files_that_are_none_are_told(tmp_path: Path, choice: EncoderChoice) -> None:
    with pytest.raises(InputError, match=r"model\.onnx is not there"):
        opened_encoder(EncoderChoice(place=str(tmp_path)))
    broken = write_onnx(tmp_path / "broken", VECTORS)
    (broken / "model.onnx").write_bytes(b"nonsense")
    with pytest.raises(StorageError, match="cannot be read"):
        opened_encoder(EncoderChoice(place=str(broken)))
    with pytest.raises(InputError, match="unencrypted"):
        opened_encoder(EncoderChoice(place="http://encoder.example/v1", key="k"))
    assert chosen_encoder(Settings(_env_file=None)) is None
    assert chosen_encoder(Settings(_env_file=None, text_encoder=choice.place)) == choice
