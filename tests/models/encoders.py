"""A small encoder in ONNX's own format, and a server that speaks the embeddings protocol, for tests."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np

FLOAT, INT64 = 1, 7


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def _field(number: int, value: int | bytes | str) -> bytes:
    """Return one field of a protocol buffer: a number, or a length and bytes."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    raw = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(raw)) + raw


def _value(name: str, kind: int, dimensions: Sequence[str]) -> bytes:
    shape = b"".join(_field(1, _field(2, one)) for one in dimensions)
    return _field(1, name) + _field(2, _field(1, _field(1, kind) + _field(2, shape)))


def write_onnx(folder: Path, vectors: Mapping[str, Sequence[float]]) -> Path:
    """Write a model that looks each word up in a table, and its tokenizer; unknown words have zeros."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.normalizers import Lowercase
    from tokenizers.pre_tokenizers import Whitespace

    folder.mkdir(parents=True, exist_ok=True)
    words = ["[PAD]", "[UNK]", *vectors]
    size = len(next(iter(vectors.values())))
    table = np.array([[0.0] * size, [0.0] * size, *vectors.values()], np.float32)
    initializer = (
        b"".join(_field(1, length) for length in table.shape) + _field(2, FLOAT) + _field(8, "table")
        + _field(9, table.tobytes())
    )  # fmt: skip
    node = _field(1, "table") + _field(1, "input_ids") + _field(2, "states") + _field(4, "Gather")
    graph = (
        _field(1, node) + _field(2, "words") + _field(5, initializer)
        + _field(11, _value("input_ids", INT64, ["texts", "tokens"]))
        + _field(11, _value("attention_mask", INT64, ["texts", "tokens"]))
        + _field(12, _value("states", FLOAT, ["texts", "tokens", "size"]))
    )  # fmt: skip
    (folder / "model.onnx").write_bytes(_field(1, 8) + _field(7, graph) + _field(8, _field(2, 13)))
    tokenizer = Tokenizer(WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = Lowercase(), Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


@contextmanager
def json_server(answer_to: Callable[[int, dict[str, Any]], int | bytes]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Serve answers to POSTs; yield the address and what is asked.

    An answer, to the n-th request and its body, is a status (with no body) or the bytes of one.
    """
    asked: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            asked.append({"path": self.path, "key": self.headers.get("authorization"), **body})
            answer = answer_to(len(asked), body)
            said = b"no" if isinstance(answer, int) else answer
            self.send_response(answer if isinstance(answer, int) else 200)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def embedding_server(answers: Sequence[Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Serve embeddings; yield its address and what it is asked.

    An answer is a status (with no body), or a function that makes the body of the texts; the last one is repeated.
    """

    def answer_to(number: int, body: dict[str, Any]) -> int | bytes:
        answer = answers[min(number, len(answers)) - 1]
        return answer if isinstance(answer, int) else json.dumps(answer(body["input"])).encode()

    with json_server(answer_to) as served:
        yield served


def embedded(texts: list[str]) -> dict[str, Any]:
    """Return an answer: how many letters, words and marks each text has; in another order than asked."""
    rows = [{"index": i, "embedding": [len(t), len(t.split()), t.count("!") + 1]} for i, t in enumerate(texts)]
    return {"data": rows[::-1]}
