"""Seeded ways of parting labelled texts, the same on every machine. Labels keep their shares."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deskpulse.core.errors import InputError

Places = NDArray[np.intp]


def _by_label(labels: Sequence[str], seed: int) -> list[Places]:
    """Return, for every label in order of name, its places in a drawn order."""
    draw = np.random.default_rng(seed)
    names, numbers = np.unique(np.array(labels, dtype=object).astype(str), return_inverse=True)
    return [draw.permutation(np.flatnonzero(numbers == number)) for number in range(len(names))]


def folds(labels: Sequence[str], count: int, *, seed: int = 0) -> list[tuple[Places, Places]]:
    """Return `count` pairs (places to learn from, places to test on); every text is tested once."""
    if not 2 <= count <= len(labels):
        raise InputError(f"{len(labels)} texts cannot be parted in {count} folds.", hint="Give 2 or more.")
    fold_of = np.empty(len(labels), int)
    dealt = 0
    for places in _by_label(labels, seed):
        fold_of[places] = (dealt + np.arange(len(places))) % count
        dealt += len(places)
    return [(np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)) for fold in range(count)]


def few_of_each(labels: Sequence[str], count: int, *, seed: int = 0) -> Places:
    """Return the places of `count` texts of every label (all of a label that has fewer), in order."""
    return np.sort(np.concatenate([places[:count] for places in _by_label(labels, seed)]))
