"""Several series together lie far from where they keep company, though each alone may look usual."""

from __future__ import annotations

import numpy as np

from deskpulse.insights.model import WARM_UP, Floats, JointDetector

MEMORY, BLOCK = 365, 20
FOLD = 4.0
"""Deviations beyond which a past value says nothing more of the usual company."""
RIDGE = 0.05
"""So much of an even spread is mixed in: two series that never parted so far are not taken for one."""
MOST = 40.0


def distance(values: Floats) -> Floats:
    """Return the squared Mahalanobis distance of each row to those before it, 40 at most; NaN for the first rows.

    Mahalanobis, "On the generalised distance in statistics", 1936. Mean and covariance are those of the rows before
    its block, shape (n, series).
    """
    found = np.full(len(values), np.nan)
    for start in range(WARM_UP, len(values), BLOCK):
        past = values[max(0, start - MEMORY) : start]
        middle = np.median(past, axis=0)
        unit = np.maximum(past.std(axis=0), 1e-9)
        scaled = np.clip((past - middle) / unit, -FOLD, FOLD)
        company = (1 - RIDGE) * np.atleast_2d(np.cov(scaled.T)) + RIDGE * np.eye(values.shape[1])
        rows = (values[start : start + BLOCK] - middle) / unit
        found[start : start + BLOCK] = np.einsum("ij,jk,ik->i", rows, np.linalg.inv(company), rows)
    return np.asarray(np.minimum(found, MOST))


JOINT_DISTANCE = JointDetector(
    name="joint_distance", label="Out of their company", strangeness=distance,
    about="Several numbers that move together parted: each may be usual, their being so together is not.",
)  # fmt: skip
