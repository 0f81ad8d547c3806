"""Linear scores for each label, learned one label against the rest; with few labels, from unlabelled texts too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Numbers = NDArray[np.intp]

STRENGTH = 0.5
"""C of the support vector machine: how much a wrong text costs beside simple coefficients."""
SHARES = (0.3, 0.5, 0.7, 0.9)
"""In each round of learning from unlabelled texts, the surest so many of each label are believed."""
BELIEF = 0.5
"""What an unlabelled text counts at most beside a labelled one."""
STEEP = 4.0
THEMES, THEMES_COUNT = 200, 1.5
FLOOR = 0.25
"""What a feature counts that all labels' texts have alike."""


@dataclass(frozen=True)
class Linear:
    """Coefficients (features × labels) and an intercept for each label."""

    coefficients: Floats
    intercepts: Floats

    def scores(self, matrix: Any) -> Floats:
        """Return how much speaks for each label: texts × labels."""
        scored: Floats = np.asarray(matrix @ self.coefficients, np.float32) + self.intercepts
        return scored


def fit_weighed(matrix: Any, truth: Numbers, labels: int, *, weights: Floats | None = None, strength: float) -> Linear:
    """Fit as `fit_linear` does, balanced, each feature multiplied by how one-sidedly a label's texts have it.

    The factor is that of Wang and Manning (2012), the distance from 0 of the log-count ratio, with a floor.
    """
    from scipy import sparse

    has = (matrix > 0).astype(np.float32)
    whole = np.asarray(has.sum(axis=0)).ravel() + 2.0
    coefficients = np.zeros((matrix.shape[1], labels), np.float32)
    intercepts = np.full(labels, -2.0, np.float32)
    for label in range(labels):
        mine = truth == label
        if not mine.any() or mine.all():
            intercepts[label] = 2.0 if mine.all() else -2.0
            continue
        inside = np.asarray(has[mine].sum(axis=0)).ravel() + 1.0
        outside = whole - inside
        ratios = np.log((inside / inside.sum()) / (outside / outside.sum()))
        factors = (FLOOR + np.abs(ratios)).astype(np.float32)
        one = fit_linear(
            matrix @ sparse.diags(factors), mine.astype(np.intp), 2,
            weights=weights, strength=strength, is_balanced=True,
        )  # fmt: skip
        coefficients[:, label] = one.coefficients[:, 1] * factors
        intercepts[label] = one.intercepts[1]
    return Linear(coefficients, intercepts)


def fit_linear(
    matrix: Any,
    truth: Numbers,
    labels: int,
    *,
    weights: Floats | None = None,
    strength: float = STRENGTH,
    is_balanced: bool = False,
) -> Linear:
    """Fit a linear support vector machine with squared hinge loss (Fan and others 2008), one label against the rest.

    A label that no text has scores as low as can be. `is_balanced` lets rare labels count as much as frequent ones.
    """
    from sklearn.svm import LinearSVC

    present = np.unique(truth)
    coefficients = np.zeros((matrix.shape[1], labels), np.float32)
    intercepts = np.full(labels, -2.0, np.float32)
    if len(present) == 1:
        intercepts[present] = 2.0
        return Linear(coefficients, intercepts)
    machine = LinearSVC(
        C=strength, class_weight="balanced" if is_balanced else None, random_state=0, max_iter=2_000, tol=1e-3
    )
    machine.fit(matrix, truth, sample_weight=weights)
    learned, levels = machine.coef_, machine.intercept_
    if len(present) == 2:
        learned, levels = np.vstack([-learned, learned]), np.concatenate([-levels, levels])
    coefficients[:, present] = learned.T
    intercepts[present] = levels
    return Linear(coefficients, intercepts)


def themes_of(matrix: Any) -> Floats:
    """Return the main directions that texts differ in (features × themes), labels unseen, scaled to count as a block.

    They are the truncated singular value decomposition of latent semantic analysis (Deerwester and others 1990).
    """
    from sklearn.decomposition import TruncatedSVD

    count = min(THEMES, matrix.shape[0] - 1, matrix.shape[1] - 1)
    directions = TruncatedSVD(count, n_iter=2, random_state=0).fit(matrix).components_.T.astype(np.float32)
    lengths = np.linalg.norm(np.asarray(matrix[:2_000] @ directions), axis=1)
    scaled: Floats = directions * np.float32(THEMES_COUNT / max(float(lengths.mean()), 1e-6))
    return scaled


def _with_themes(matrix: Any, themes: Floats) -> Any:
    from scipy import sparse

    return sparse.hstack([matrix, sparse.csr_matrix(np.asarray(matrix @ themes, np.float32))], format="csr")


def fit_with_unlabelled(
    matrix: Any, truth: Numbers, labels: int, unlabelled: Any, themes: Floats, *,
    weights: Floats | None = None, strength: float = STRENGTH,
) -> Linear:  # fmt: skip
    """Learn from labelled texts, then in rounds from those unlabelled ones that it is surest of (self-training).

    Each label takes the same share of the texts that it is said of, so that no label swallows the others. `themes`
    (see `themes_of`) are features beside; as they are sums of features, what is learned of them goes back to these.
    """
    from scipy import sparse

    both = _with_themes(sparse.vstack([matrix, unlabelled], format="csr"), themes)
    n = matrix.shape[0]
    own = np.ones(n, np.float32) if weights is None else weights
    found = fit_linear(both[:n], truth, labels, weights=weights, strength=strength)
    unlabelled = both[n:]
    for share in SHARES:
        scored = STEEP * found.scores(unlabelled)
        raised = np.exp(scored - scored.max(axis=1, keepdims=True))
        sure = raised.max(axis=1) / raised.sum(axis=1)
        said = scored.argmax(axis=1)
        taken = []
        for label in range(labels):
            places = np.flatnonzero(said == label)
            taken.append(places[np.argsort(-sure[places], kind="stable")][: max(1, int(len(places) * share))])
        believed = np.sort(np.concatenate(taken))
        counts = np.concatenate([own, BELIEF * np.maximum(sure[believed], 0.1)]).astype(np.float32)
        rows = np.concatenate([np.arange(n), n + believed])
        found = fit_linear(
            both[rows], np.concatenate([truth, said[believed]]), labels, weights=counts, strength=strength
        )
    width = matrix.shape[1]
    return Linear(found.coefficients[:width] + themes @ found.coefficients[width:], found.intercepts)


def plain_linear(texts: list[str], labels: list[str], tested: list[str]) -> list[str]:
    """Return what a tutorial gives: TF-IDF of words 1-2 and letters 2-5 with a linear SVM, the baseline of ours."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, dtype=np.float32)
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, dtype=np.float32)
    machine = make_pipeline(make_union(words, letters), LinearSVC(C=STRENGTH, random_state=0))
    return [str(label) for label in machine.fit(texts, labels).predict(tested)]
