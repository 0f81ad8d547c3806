"""Count how often each row content occurred, over chunks, at 16 bytes a content."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl


class Occurrences:
    """Numbers equal contents 1, 2, 3 … in the order they come.

    Counts are kept as sorted arrays that are merged when they come to be of like size, so that looking up a
    chunk costs a few binary searches however much has been seen.
    """

    def __init__(self) -> None:
        self._levels: list[tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]] = []

    def number(self, hashes: pl.Series) -> pl.Series:
        """Return for each of `hashes` (UInt64) the how-many-eth of its kind it is, from 1 on; and remember them."""
        frame = hashes.alias("h").to_frame()
        within = frame.select(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("h")).to_series()
        keys = hashes.to_numpy()
        before = np.zeros(len(keys), dtype=np.int64)
        for known, counts in self._levels:
            at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
            before += np.where(known[at] == keys, counts[at], 0)
        if len(keys):
            self._add(*np.unique(keys, return_counts=True))
        return within + pl.Series(before)

    def _add(self, keys: npt.NDArray[np.uint64], counts: npt.NDArray[np.int64]) -> None:
        self._levels.append((keys, counts.astype(np.int64)))
        while len(self._levels) > 1 and len(self._levels[-1][0]) * 2 > len(self._levels[-2][0]):
            both = [self._levels.pop(), self._levels.pop()]
            merged, place = np.unique(np.concatenate([k for k, _ in both]), return_inverse=True)
            total = np.zeros(len(merged), dtype=np.int64)
            np.add.at(total, place, np.concatenate([c for _, c in both]))
            self._levels.append((merged, total))
