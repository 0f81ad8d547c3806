"""Models in files: arrays only, with a signed manifest. Nothing in a file is ever run.

`<task>-<version>.npz` holds arrays and UTF-8 JSON, read without pickle. Its manifest, `.json` beside it, has the
SHA-256 of that file and is signed (HMAC-SHA-256, RFC 2104) with a key that lies in the data folder.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import os
import secrets
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from deskpulse.core.errors import StorageError
from deskpulse.models.calibration import STRAIGHT
from deskpulse.models.classifier import TextClassifier
from deskpulse.models.features import Features
from deskpulse.models.linear import Linear

FORMAT = 2
READABLE = (1, 2)
"""Formats of files that are read; those of 1 know words as they are written, those of 2 their stems."""
KEY_NAME = "model.key"


def signing_key(data_dir: Path) -> bytes:
    """Return the key of a data folder, made when missing; only its owner can read it."""
    path = data_dir / KEY_NAME
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_bytes()
        if len(key) < 32:
            raise StorageError(
                f"The key {path} is damaged.", hint="Put it back from a backup; else delete it and train again."
            ) from None
        return key
    key = secrets.token_bytes(32)
    with os.fdopen(handle, "wb") as file:
        file.write(key)
    return key


def _arrays(model: TextClassifier) -> dict[str, Any]:
    features = model.features
    texts = {
        "labels": model.labels, "words": features.words, "letters": features.letters, "signs": features.signs,
        "weights": features.weights, "held_out": model.held_out, "slope": model.slope, "bend": model.bend,
        "meaning": features.meaning, "encoder": features.encoder, "is_stemmed": features.is_stemmed,
    }  # fmt: skip
    return {
        "texts": np.frombuffer(json.dumps(texts).encode(), np.uint8),
        "pairs": features.pairs, "apart": features.apart,
        **{f"idf_{name}": idf for name, idf in features.idf.items()},
        "coefficients": model.linear.coefficients, "intercepts": model.linear.intercepts,
        "offsets": model.offsets, "leaning": model.leaning,
    }  # fmt: skip


def save_model(path: Path, model: TextClassifier, manifest: Mapping[str, Any], *, key: bytes) -> None:
    """Write a text classifier and its manifest."""
    save_arrays(path, _arrays(model), manifest, key=key)


def save_arrays(path: Path, arrays: Mapping[str, Any], manifest: Mapping[str, Any], *, key: bytes) -> None:
    """Write a model's arrays and its manifest; a file appears whole or not at all. The manifest comes last."""
    path.parent.mkdir(parents=True, exist_ok=True)
    held = io.BytesIO()
    np.savez_compressed(held, **arrays)
    content = held.getvalue()
    told = {**manifest, "format": FORMAT, "sha256": hashlib.sha256(content).hexdigest()}
    body = json.dumps(told, sort_keys=True)
    signed = json.dumps({"manifest": body, "signature": hmac.new(key, body.encode(), "sha256").hexdigest()})
    for target, data in ((path, content), (_manifest(path), signed.encode())):
        part = target.with_name(f"{target.name}.part")
        part.write_bytes(data)
        part.replace(target)


def load_model(path: Path, *, key: bytes) -> TextClassifier:
    """Read a text classifier; StorageError as `load_arrays` raises it."""
    return _model(load_arrays(path, key=key))


def load_arrays(path: Path, *, key: bytes) -> dict[str, Any]:
    """Read a model's arrays; StorageError when a file is missing, was changed, or was signed with another key."""
    try:
        content = path.read_bytes()
        signed = json.loads(_manifest(path).read_bytes())
        body, signature = str(signed["manifest"]), str(signed["signature"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StorageError(f"The model {path.name} cannot be read: {error}", hint="Train it again.") from error
    wanted = hmac.new(key, body.encode(), "sha256").hexdigest()
    if not hmac.compare_digest(wanted, signature):
        raise StorageError(f"The model {path.name} was not signed by this data folder.", hint="Train it again.")
    manifest = json.loads(body)
    if manifest["sha256"] != hashlib.sha256(content).hexdigest():
        raise StorageError(f"The model {path.name} was changed after it was signed.", hint="Train it again.")
    if manifest["format"] not in READABLE:
        raise StorageError(f"The model {path.name} is of another Deskpulse.", hint="Train it again.")
    with np.load(io.BytesIO(content), allow_pickle=False) as held:
        return {name: held[name] for name in held.files}


def _model(arrays: dict[str, Any]) -> TextClassifier:
    texts = json.loads(arrays["texts"].tobytes())
    steep, level = texts.get("bend", STRAIGHT)
    features = Features(
        words=texts["words"], pairs=arrays["pairs"], apart=arrays["apart"], letters=texts["letters"],
        signs=texts["signs"], weights=texts["weights"],
        idf={name.removeprefix("idf_"): array for name, array in arrays.items() if name.startswith("idf_")},
        meaning=texts.get("meaning", 0), encoder=texts.get("encoder", ""), is_stemmed=texts.get("is_stemmed", False),
    )  # fmt: skip
    return TextClassifier(
        labels=texts["labels"], features=features, linear=Linear(arrays["coefficients"], arrays["intercepts"]),
        slope=texts["slope"], offsets=arrays["offsets"], leaning=arrays["leaning"], held_out=texts["held_out"],
        bend=(steep, level),
    )  # fmt: skip


def _manifest(path: Path) -> Path:
    return path.with_suffix(".json")


@lru_cache(maxsize=8)
def opened_model(path: Path, key: bytes) -> TextClassifier:
    """Return a model, read once a process: a version's file never changes."""
    return load_model(path, key=key)
