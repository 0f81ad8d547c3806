"""Why a single case: what its score would be were one feature another row's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from deskpulse.models.tables.encode import Encoder

Floats = NDArray[np.float64]
ROWS = 24
"""Rows learned from that stand for all."""


@dataclass(frozen=True, kw_only=True)
class Reason:
    """A feature, its value in the case, and how much it moves the score against what others have there."""

    feature: str
    value: Any
    weight: float


def references(matrix: Floats) -> Floats:
    """Return the rows that stand for all: evenly over a drawn order, the same each time."""
    drawn = np.random.default_rng(5).permutation(len(matrix))[:ROWS]
    return matrix[np.sort(drawn)]


def ablated(
    score: Callable[[Floats], Floats], encoder: Encoder, frame: pl.DataFrame, others: Floats, most: int
) -> list[list[Reason]]:
    """Return the `most` features of each row that move `score` most: the score less its mean with others' values.

    `score` takes tree matrices, `others` is one. Each feature is exchanged by itself, so weights need not add up.
    """
    matrix = encoder.tree_matrix(frame)
    found = []
    for number in range(len(matrix)):
        row = matrix[number]
        tried = np.repeat(row[None, :], 1 + len(row) * len(others), axis=0)
        for column in range(len(row)):
            begin = 1 + column * len(others)
            tried[begin : begin + len(others), column] = others[:, column]
        scores = score(tried)
        weights = scores[0] - scores[1:].reshape(len(row), len(others)).mean(axis=1)
        told = [
            Reason(feature=name, value=frame[name][number], weight=round(float(weight), 4))
            for name, weight in zip(encoder.names, weights, strict=True)
            if abs(weight) >= 0.01
        ]
        found.append(sorted(told, key=lambda one: (-abs(one.weight), one.feature))[:most])
    return found
