"""Boosted trees as arrays: learned by scikit-learn, scored by NumPy: a file runs nothing and needs no import."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_BATCH = 65_536
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, eq=False)
class Trees:
    """The nodes of all trees one after the other. A leaf leads to itself, so that every row walks `depth` steps."""

    feature: NDArray[np.int32]
    threshold: Floats
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    missing_left: NDArray[np.bool_]
    value: Floats
    roots: NDArray[np.int32]
    depth: int
    start: float

    def scores(self, matrix: Floats) -> Floats:
        """Return the sum over the trees for each row: log-odds of a classifier."""
        found = np.full(len(matrix), self.start)
        for begin in range(0, len(matrix), _BATCH):
            found[begin : begin + _BATCH] += self._walk(matrix[begin : begin + _BATCH])
        return found

    def _walk(self, matrix: Floats) -> Floats:
        rows, total = np.arange(len(matrix)), np.zeros(len(matrix))
        missing = np.isnan(matrix)
        has_missing = bool(missing.any())
        for root in self.roots:
            node = np.full(len(matrix), root)
            for _ in range(self.depth):
                feature = self.feature[node]
                is_left = matrix[rows, feature] <= self.threshold[node]
                if has_missing:
                    is_left = np.where(missing[rows, feature], self.missing_left[node], is_left)
                node = np.where(is_left, self.left[node], self.right[node])
            total += self.value[node]
        return total

    def arrays(self) -> dict[str, Any]:
        """Return the arrays, to be kept."""
        return {
            "feature": self.feature, "threshold": self.threshold, "left": self.left, "right": self.right,
            "missing_left": self.missing_left, "value": self.value, "roots": self.roots,
            "depth_start": np.array([self.depth, self.start]),
        }  # fmt: skip

    @staticmethod
    def of(arrays: dict[str, Any]) -> Trees:
        """Return what `arrays` gave."""
        depth, start = arrays["depth_start"].tolist()
        kept = {name: array for name, array in arrays.items() if name != "depth_start"}
        return Trees(depth=int(depth), start=start, **kept)


def fit_trees(
    matrix: Floats, hits: NDArray[np.bool_], weights: Floats | None = None, *, rounds: int, leaves: int, least: int,
    rate: float = 0.1,
) -> Trees:  # fmt: skip
    """Learn log-odds of `hits` by boosting (Friedman 2001; scikit-learn's histogram trees). Rows × columns."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    if hits.all() or not hits.any():
        share = np.clip(hits.mean() if len(hits) else 0.5, 1e-6, 1 - 1e-6)
        return _single(float(np.log(share / (1 - share))))
    learner = HistGradientBoostingClassifier(
        max_iter=rounds, learning_rate=rate, max_leaf_nodes=leaves, min_samples_leaf=least, early_stopping=False,
        random_state=0,
    )  # fmt: skip
    # A column of which nothing is known cannot be binned; as a constant it is never split.
    matrix = np.where(np.isnan(matrix).all(axis=0), 0.0, matrix)
    calm(lambda: learner.fit(matrix, hits, sample_weight=weights))
    # The fitted nodes have no public name; tests hold that these arrays score as scikit-learn does.
    nodes = [stage[0].nodes for stage in learner._predictors]
    return _joined(nodes, float(np.ravel(learner._baseline_prediction)[0]))


def calm(do: Callable[[], T]) -> T:
    """Do something with one thread of the numeric libraries: several wait for each other on a busy machine."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        return do()


def _joined(trees: list[Any], start: float) -> Trees:
    roots = np.cumsum([0, *[len(nodes) for nodes in trees[:-1]]]).astype(np.int32)
    parts: dict[str, list[Any]] = {name: [] for name in ("feature", "threshold", "left", "right", "missing", "value")}
    for root, nodes in zip(roots, trees, strict=True):
        is_leaf, own = nodes["is_leaf"].astype(bool), np.arange(len(nodes))
        parts["feature"].append(np.where(is_leaf, 0, nodes["feature_idx"]))
        parts["threshold"].append(np.where(is_leaf, np.inf, nodes["num_threshold"]))
        parts["left"].append(np.where(is_leaf, own, nodes["left"]) + root)
        parts["right"].append(np.where(is_leaf, own, nodes["right"]) + root)
        parts["missing"].append(nodes["missing_go_to_left"].astype(bool))
        parts["value"].append(np.where(is_leaf, nodes["value"], 0.0))
    whole = {name: np.concatenate(arrays) for name, arrays in parts.items()}
    return Trees(
        feature=whole["feature"].astype(np.int32), threshold=whole["threshold"].astype(np.float64),
        left=whole["left"].astype(np.int32), right=whole["right"].astype(np.int32), missing_left=whole["missing"],
        value=whole["value"].astype(np.float64), roots=roots, depth=max(int(nodes["depth"].max()) for nodes in trees),
        start=start,
    )  # fmt: skip


def _single(start: float) -> Trees:
    none = np.zeros(1, np.int32)
    return Trees(feature=none, threshold=np.array([np.inf]), left=none, right=none, missing_left=np.zeros(1, bool),
                 value=np.zeros(1), roots=none, depth=0, start=start)  # fmt: skip
