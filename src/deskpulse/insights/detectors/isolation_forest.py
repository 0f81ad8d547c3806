"""Several series together are where they seldom were, though each alone may look usual."""

from __future__ import annotations

import numpy as np

from deskpulse.insights.model import WARM_UP, Floats, JointDetector

TREES, SEED, MEMORY = 64, 20_251, 5000
GROWTH = 2.0
"""The forest is grown anew, on the points until then, each time there are so many times as many."""
STRAYS, REACH = 0.1, 6.0
"""So many made-up points, anywhere within so many deviations, grow along: trees grown on what was alone make no cut
beyond it, and would take what lies far outside for the outermost that they know."""


def isolation(values: Floats) -> Floats:
    """Return how easily each row is told apart from those before it, within 0..1; NaN for the first rows. Shape (n,).

    Liu, Ting and Zhou, "Isolation Forest", 2008, on the rows along the principal axes of those before: a tree cuts
    along one column, so what breaks the usual company of the series needs a column of its own. The same values give
    the same numbers.
    """
    from sklearn.ensemble import IsolationForest

    found = np.full(len(values), np.nan)
    start = WARM_UP
    while start < len(values):
        end = min(max(int(start * GROWTH), start + 1), len(values))
        past = values[max(0, start - MEMORY) : start]
        rows = _along_axes(values[:end], past)
        strays = np.random.default_rng(SEED).uniform(-REACH, REACH, (int(STRAYS * len(past)), rows.shape[1]))
        forest = IsolationForest(n_estimators=TREES, random_state=SEED)
        forest.fit(np.vstack([rows[max(0, start - MEMORY) : start], strays]))
        found[start:end] = -forest.score_samples(rows[start:end])
        start = end
    return found


def _along_axes(values: Floats, past: Floats) -> Floats:
    """Return `values` along the principal axes of `past`, in deviations."""
    spread = past.std(axis=0)
    unit = np.where(spread > 0, spread, 1.0)
    scaled = (past - past.mean(axis=0)) / unit
    power, axes = np.linalg.eigh(np.atleast_2d(np.cov(scaled.T)))
    floor = 1e-6 * max(float(power.max()), 1e-12)
    return np.asarray((values - past.mean(axis=0)) / unit @ axes / np.sqrt(np.maximum(power, floor)))


ISOLATION_FOREST = JointDetector(
    name="isolation_forest", label="Unusual together", strangeness=isolation,
    about="Several numbers together are where they seldom were: many contacts with few answers, for instance.",
)  # fmt: skip
