"""Encoders: texts as vectors of their meaning, by a model that an owner brings. Absent unless one is named.

An encoder is an ONNX model in a folder (`model.onnx` beside `tokenizer.json`), run here, or a server that speaks
OpenAI's embeddings protocol. What is sent to a server has personal data masked. Learned models read the vectors beside
words; which encoder they were learned with is kept with them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from deskpulse.core.errors import InputError, StorageError
from deskpulse.enrich.endpoints import Endpoint
from deskpulse.enrich.personal import masked_copy

if TYPE_CHECKING:
    from deskpulse.core.settings import Settings

Floats = NDArray[np.float32]
MODEL_FILE, TOKENIZER_FILE = "model.onnx", "tokenizer.json"
TEXT_CHARS = 8_000
"""Of a longer text only so many characters are read."""
AT_A_TIME = 32
SENT_AT_A_TIME = 64


@dataclass(frozen=True, kw_only=True)
class EncoderChoice:
    """Which encoder: a folder (or `.onnx` file in one) or a server's address, such as http://127.0.0.1:11434/v1.

    `model` and `key` are the server's; `pooling` and `tokens` (the most read of a text) are those of an ONNX model.
    """

    place: str
    model: str = ""
    key: str = field(default="", repr=False)
    pooling: Literal["mean", "first"] = "mean"
    tokens: int = 256


class Encoder(Protocol):
    """Turns texts into vectors. `identity` tells encoders apart: two of one identity give the same vectors."""

    identity: str

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return a vector of length one for each text; zeros for an empty one."""
        ...


def chosen_encoder(settings: Settings) -> EncoderChoice | None:
    """Return the encoder that the settings name; None when they name none."""
    if not settings.text_encoder:
        return None
    return EncoderChoice(
        place=settings.text_encoder, model=settings.text_encoder_model, key=settings.text_encoder_key,
        pooling=settings.text_encoder_pooling, tokens=settings.text_encoder_tokens,
    )  # fmt: skip


@lru_cache(maxsize=2)
def opened_encoder(choice: EncoderChoice) -> Encoder:
    """Return an encoder, opened once a process.

    InputError where nothing usable is named; StorageError for files that cannot be read or packages that are missing.
    """
    if choice.place.startswith(("http://", "https://")):
        return _Endpoint(choice)
    return _Onnx(choice)


class _Onnx:
    """A transformer in ONNX, as exporters write it: token ids in, a vector for each token (or for the text) out."""

    def __init__(self, choice: EncoderChoice) -> None:
        try:
            import onnxruntime
            from tokenizers import Tokenizer
        except ImportError as error:
            raise StorageError(
                f"The encoder {choice.place} needs a package that is not installed: {error.name}.",
                hint="Install deskpulse[encoder].",
            ) from error
        given = Path(choice.place).expanduser()
        model = given if given.suffix == ".onnx" else given / MODEL_FILE
        tokenizer = model.with_name(TOKENIZER_FILE)
        for file in (model, tokenizer):
            if not file.is_file():
                hint = f"Name a folder with {MODEL_FILE} and {TOKENIZER_FILE}."
                raise InputError(f"The encoder's file {file} is not there.", hint=hint)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # there is a process for each core already
        try:
            self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
            self._tokenizer: Any = Tokenizer.from_file(str(tokenizer))
        except Exception as error:  # each library has errors of its own, with no base in common
            raise StorageError(f"The encoder {model} cannot be read: {str(error)[:200]}") from error
        self._tokenizer.enable_truncation(max_length=choice.tokens)
        self._tokenizer.enable_padding()
        self._inputs = [one.name for one in self._session.get_inputs()]
        self._is_first = choice.pooling == "first"
        hashed = hashlib.sha256()
        for file in (model, tokenizer):
            hashed.update(hashlib.sha256(file.read_bytes()).digest())
        self.identity = f"onnx {hashed.hexdigest()[:16]} {choice.pooling} {choice.tokens}"

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return a vector for each text; texts of like length are read together."""
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        found: list[Floats] = []
        for start in range(0, len(order), AT_A_TIME):
            found.append(self._some([texts[place][:TEXT_CHARS] for place in order[start : start + AT_A_TIME]]))
        vectors = np.concatenate(found) if found else np.empty((0, 0), np.float32)
        placed = np.empty_like(vectors)
        placed[order] = vectors
        return _of_length_one(placed, texts)

    def _some(self, texts: list[str]) -> Floats:
        read = self._tokenizer.encode_batch(texts)
        mask = np.array([one.attention_mask for one in read], np.int64)
        given = {
            "input_ids": np.array([one.ids for one in read], np.int64), "attention_mask": mask,
            "token_type_ids": np.array([one.type_ids for one in read], np.int64),
        }  # fmt: skip
        unknown = [name for name in self._inputs if name not in given]
        if unknown:
            raise StorageError(f"The encoder asks for {unknown[0]!r}, which no tokenizer gives.")
        out = np.asarray(self._session.run(None, {name: given[name] for name in self._inputs})[0], np.float32)
        if out.ndim == 2:  # the model pools itself
            return out
        if self._is_first:
            return out[:, 0]
        weight = mask[:, :, None].astype(np.float32)
        pooled: Floats = (out * weight).sum(axis=1) / np.maximum(weight.sum(axis=1), 1.0)
        return pooled


class _Endpoint:
    """A server with OpenAI's embeddings protocol: POST …/embeddings with `model` and `input`."""

    def __init__(self, choice: EncoderChoice) -> None:
        self._server = Endpoint("encoder", choice.place, choice.key)
        self._model = choice.model
        self.identity = f"endpoint {self._server.place} {choice.model}"

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return a vector for each text; what is sent has personal data masked."""
        sent = [masked_copy(text[:TEXT_CHARS]) or " " for text in texts]
        found = [self._some(sent[start : start + SENT_AT_A_TIME]) for start in range(0, len(sent), SENT_AT_A_TIME)]
        sizes = {one.shape[1] for one in found}
        if len(sizes) > 1:
            raise self._server.error("its vectors are of different lengths")
        return _of_length_one(np.concatenate(found) if found else np.empty((0, 0), np.float32), texts)

    def _some(self, texts: list[str]) -> Floats:
        answer = self._server.ask("embeddings", {"model": self._model, "input": texts, "encoding_format": "float"})
        try:
            rows = sorted(answer["data"], key=lambda one: one["index"])
            vectors = np.array([one["embedding"] for one in rows], np.float32)
        except (KeyError, TypeError, ValueError) as error:
            raise self._server.error(f"it does not answer with vectors ({error!r})") from error
        if vectors.ndim != 2 or len(vectors) != len(texts) or not np.isfinite(vectors).all():
            raise self._server.error(f"it answers {len(texts)} texts with {vectors.shape} numbers")
        return vectors


def _of_length_one(vectors: Floats, texts: Sequence[str]) -> Floats:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Floats = (vectors / np.maximum(lengths, 1e-9)).astype(np.float32)
    scaled[[place for place, text in enumerate(texts) if not text.strip()]] = 0.0
    return scaled
