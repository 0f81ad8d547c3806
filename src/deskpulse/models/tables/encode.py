"""Columns of words and numbers → matrices: for trees (numbers, missing ones kept) and for linear models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from deskpulse.core.errors import InputError

Floats = NDArray[np.float64]
PRIOR = 10.0
"""A word's mean counts as if so many rows more had the mean of all: few rows do not make a rule."""
LEAST, MOST = 3, 200
"""Rows that a word needs for a column of its own in a linear model, and most such words of a column."""
_CLIP = 4.0


@dataclass(frozen=True, kw_only=True)
class Encoder:
    """How columns become numbers; learned from rows, applied to any others with the same columns.

    For trees a word is its mean target (shrunk), for linear models a column of its own; a word not seen before counts
    as the mean, and as no column. Numbers are left as they are, and standardised.
    """

    numbers: tuple[str, ...]
    words: tuple[str, ...]
    codes: dict[str, dict[str, float]]
    mean: float
    centres: tuple[float, ...]
    scales: tuple[float, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, in the order of a tree matrix."""
        return (*self.numbers, *self.words)

    @staticmethod
    def learn(frame: pl.DataFrame, target: Floats, weights: Floats | None = None) -> Encoder:
        """Learn from rows; columns of text are words, all others numbers."""
        words = tuple(n for n, kind in frame.schema.items() if kind == pl.String)
        numbers = tuple(n for n in frame.columns if n not in words)
        weight = np.ones(len(target)) if weights is None else weights
        mean = float(np.average(target, weights=weight)) if len(target) else 0.0
        table = pl.DataFrame({"target__": target, "weight__": weight}).hstack([frame[name] for name in words])
        codes = {}
        for name in words:
            total = (pl.col("target__") * pl.col("weight__")).sum()
            shrunk = (total + PRIOR * mean) / (pl.col("weight__").sum() + PRIOR)
            found = table.group_by(pl.col(name).fill_null("")).agg(code=shrunk, rows=pl.len())
            found = found.sort(["rows", name], descending=[True, False])
            codes[name] = {str(word): float(code) for word, code, _ in found.iter_rows()}
        centres, scales = [], []
        for name in numbers:
            values = frame[name].cast(pl.Float64).to_numpy()
            known = values[np.isfinite(values)]
            centres.append(float(known.mean()) if len(known) else 0.0)
            scales.append(float(known.std()) or 1.0 if len(known) else 1.0)
        return Encoder(numbers=numbers, words=words, codes=codes, mean=mean, centres=tuple(centres),
                       scales=tuple(scales))  # fmt: skip

    def tree_matrix(self, frame: pl.DataFrame) -> Floats:
        """Return rows × columns in the order of `names`; what is missing is NaN."""
        self._check(frame)
        parts = [frame[name].cast(pl.Float64).to_numpy() for name in self.numbers]
        for name in self.words:
            filled = frame[name].cast(pl.String).fill_null("")
            codes = self.codes[name]
            parts.append(filled.replace_strict(codes, default=self.mean, return_dtype=pl.Float64).to_numpy())
        return np.column_stack(parts) if parts else np.empty((frame.height, 0))

    def linear_matrix(self, frame: pl.DataFrame, words: dict[str, Sequence[str]]) -> Floats:
        """Return rows × columns: numbers standardised, whether each is missing, and one column each of `words`."""
        self._check(frame)
        parts: list[Floats] = []
        for name, centre, scale in zip(self.numbers, self.centres, self.scales, strict=True):
            values = frame[name].cast(pl.Float64).to_numpy()
            is_missing = ~np.isfinite(values)
            parts += [np.where(is_missing, 0.0, np.clip((values - centre) / scale, -_CLIP, _CLIP)),
                      is_missing.astype(np.float64)]  # fmt: skip
        for name in self.words:
            told = frame[name].cast(pl.String).fill_null("").to_numpy()
            parts += [(told == word).astype(np.float64) for word in words[name]]
        return np.column_stack(parts) if parts else np.empty((frame.height, 0))

    def _check(self, frame: pl.DataFrame) -> None:
        if missing := [name for name in self.names if name not in frame.columns]:
            raise InputError(f"The column {missing[0]} is missing.", hint="The model was learned with it.")

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {"numbers": self.numbers, "words": self.words, "codes": self.codes, "mean": self.mean,
                "centres": self.centres, "scales": self.scales}  # fmt: skip

    @staticmethod
    def of(told: dict[str, Any]) -> Encoder:
        """Return what `as_dict` told."""
        lists = {name: tuple(told[name]) for name in ("numbers", "words", "centres", "scales")}
        return Encoder(codes=told["codes"], mean=told["mean"], **lists)


def frequent_words(frame: pl.DataFrame, names: Sequence[str]) -> dict[str, Sequence[str]]:
    """Return the words of each column that enough rows have, the most frequent first."""
    found: dict[str, Sequence[str]] = {}
    for name in names:
        counted = frame.group_by(pl.col(name).fill_null("")).len().filter(pl.col("len") >= LEAST)
        found[name] = counted.sort(["len", name], descending=[True, False])[name].head(MOST).to_list()
    return found
