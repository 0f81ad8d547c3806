"""What became of the rows most alike, as a simple answer: nearest neighbours by words of the text and of the columns.

Each row is a vector of hashed words, TF-IDF weighted, of length one for its text and for its columns; rows are alike by
the cosine (Cover and Hart 1967; Weinberger and others 2009 on hashing). A share is drawn toward that of all rows.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from deskpulse.models.files import load_arrays

Floats = NDArray[np.float64]
NEIGHBOURS, POOL = 50, 5_000
"""Rows that an answer rests on, and most rows that they are sought among: the latest."""
PULL = 50.0
"""A share counts as if so many rows more had the share of all."""
LEAST = 20
BUCKETS, MOST_WORDS = 1 << 16, 200
_BATCH = 256
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, kw_only=True, eq=False)
class Nearest:
    """Rows with what became of them: `values` are seconds or, of a share, 0 and 1; `keys` name whose they are."""

    keys: tuple[str, ...]
    values: Floats
    rows: Any
    idf: NDArray[np.float32]
    whole: float
    is_share: bool

    def answers(self, texts: Sequence[str | None], frame: pl.DataFrame) -> Floats:
        """Return the median, or the share drawn toward that of all, of the rows most alike to each."""
        found = np.empty(frame.height)
        asked = _joined(texts, frame, self.idf)
        most = min(NEIGHBOURS, len(self.values))
        for begin in range(0, frame.height, _BATCH):
            like = (asked[begin : begin + _BATCH] @ self.rows.T).toarray()
            near = np.argpartition(-like, most - 1, axis=1)[:, :most]
            found[begin : begin + _BATCH] = self._told(self.values[near])
        return found

    def alike(self, text: str | None, frame: pl.DataFrame, own: str) -> tuple[float, list[tuple[str, float]]]:
        """Return the answer for one row, never from its `own`, and whose rows it rests on, the most alike first.

        Each is told once, with the cosine.
        """
        like = np.asarray((_joined([text], frame, self.idf) @ self.rows.T).toarray())[0]
        like[[key == own for key in self.keys]] = -1.0
        near = np.argsort(-like, kind="stable")[: min(NEIGHBOURS, len(like))]
        near = near[like[near] >= 0]
        if not near.size:
            return self.whole, []
        found: dict[str, float] = {}
        for place in near:
            found.setdefault(self.keys[place], round(float(like[place]), 3))
        return float(self._told(self.values[near][None, :])[0]), list(found.items())

    def _told(self, values: Floats) -> Floats:
        if not self.is_share:
            return np.asarray(np.median(values, axis=1))
        return np.asarray((values.sum(axis=1) + PULL * self.whole) / (values.shape[1] + PULL))

    def arrays(self) -> dict[str, Any]:
        """Return the arrays, to be kept."""
        told = {"keys": self.keys, "whole": self.whole, "is_share": self.is_share, "shape": self.rows.shape}
        return {"values": self.values, "idf": self.idf, "data": self.rows.data, "indices": self.rows.indices,
                "indptr": self.rows.indptr, "texts": np.frombuffer(json.dumps(told).encode(), np.uint8)}  # fmt: skip


def learn_nearest(
    texts: Sequence[str | None], frame: pl.DataFrame, values: Floats, keys: Sequence[str], *, is_share: bool
) -> Nearest | None:
    """Keep the latest rows (they come oldest first) to find alike ones among; None with fewer than `LEAST`."""
    if len(values) < LEAST:
        return None
    texts, frame, values, keys = texts[-POOL:], frame[-POOL:], values[-POOL:], keys[-POOL:]
    counts = [_counts(_said(texts)), _counts(_columns(frame))]
    having = sum(np.bincount(one.indices, minlength=BUCKETS) for one in counts)
    idf = (1.0 + np.log((1.0 + len(values)) / (1.0 + having))).astype(np.float32)
    return Nearest(
        keys=tuple(keys), values=np.asarray(values, np.float64), rows=_joined(texts, frame, idf), idf=idf,
        whole=float(np.mean(values) if is_share else np.median(values)), is_share=is_share,
    )  # fmt: skip


def _joined(texts: Sequence[str | None], frame: pl.DataFrame, idf: NDArray[np.float32]) -> Any:
    """Return rows × buckets: text and columns weigh the same, and together one."""
    from scipy.sparse import csr_matrix

    parts = [_scaled(_counts(told), idf) for told in (_said(texts), _columns(frame))]
    return csr_matrix((parts[0] + parts[1]) * np.float32(np.sqrt(0.5)))


def _said(texts: Sequence[str | None]) -> list[list[str]]:
    return [_WORD.findall((text or "").lower())[:MOST_WORDS] for text in texts]


def _columns(frame: pl.DataFrame) -> list[list[str]]:
    """Return the words of the columns that hold words, and the age (a logarithm) in whole steps."""
    names = [name for name, kind in frame.schema.items() if kind == pl.String]
    told: list[list[str]] = [[] for _ in range(frame.height)]
    for name in names:
        for place, value in enumerate(frame[name].to_list()):
            if value is not None:
                told[place].append(f"{name}={value}")
    if "age" in frame.columns:
        for place, value in enumerate(frame["age"].to_list()):
            if value is not None:
                told[place].append(f"age={int(value)}")
    return told


@lru_cache(maxsize=200_000)
def _bucket(word: str) -> int:
    return zlib.crc32(word.encode()) % BUCKETS


def _counts(told: list[list[str]]) -> Any:
    """Return how often each row has each word: rows × buckets."""
    from scipy.sparse import csr_matrix

    indptr = np.cumsum([0, *(len(words) for words in told)])
    indices = np.fromiter((_bucket(word) for words in told for word in words), np.int32, int(indptr[-1]))
    counts = csr_matrix((np.ones(len(indices), np.float32), indices, indptr), shape=(len(told), BUCKETS))
    counts.sum_duplicates()
    return counts


def _scaled(counts: Any, idf: NDArray[np.float32]) -> Any:
    """Return (1 + ln count) × idf, each row of length one."""
    counts.data = (1.0 + np.log(counts.data)) * idf[counts.indices]
    length = np.sqrt(np.asarray(counts.multiply(counts).sum(axis=1)).ravel())
    counts.data /= np.repeat(np.where(length == 0, 1.0, length), np.diff(counts.indptr)).astype(np.float32)
    return counts


@lru_cache(maxsize=16)
def opened_nearest(path: Path, key: bytes) -> Nearest:
    """Return rows that were kept, read once a process: a version's file never changes."""
    from scipy.sparse import csr_matrix

    arrays = load_arrays(path, key=key)
    told = json.loads(arrays["texts"].tobytes())
    rows = csr_matrix((arrays["data"], arrays["indices"], arrays["indptr"]), shape=tuple(told["shape"]))
    return Nearest(keys=tuple(told["keys"]), values=arrays["values"], rows=rows, idf=arrays["idf"],
                   whole=told["whole"], is_share=told["is_share"])  # fmt: skip
