"""Measures what the product learns to predict on anybody's files: how long something takes, and how probable it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from deskpulse.core.errors import InputError
from deskpulse.models.tables.chance import learn_chance
from deskpulse.models.tables.duration import learn_duration
from deskpulse.models.tables.figures import chance_figures, duration_figures
from deskpulse.models.tables.lately import lately
from deskpulse.ops.evaluation.case_tables import DAY, Cases, Outcomes

Floats = NDArray[np.float64]
Say = Callable[[str], None]
BANDS = (60.0, 3_600.0, 12 * 3_600.0, DAY, 3 * DAY, 7 * DAY, 14 * DAY, 30 * DAY)
"""Elapsed seconds that the baseline's bands end at."""


@dataclass(frozen=True, kw_only=True)
class Split:
    """How cases are parted: those begun before `cut` (a share of them, by beginning) teach first.

    The rest is predicted in `windows` of equal time; before each, model and baseline learn what is known by then. With
    `follows` what ends within a window is followed: the latest of the kind and elapsed band stand in while they tell
    more than the model (`models.tables.lately`).
    """

    cut: float = 0.75
    windows: int = 1
    follows: bool = False


def evaluate_durations(cases: Cases, split: Split, say: Say | None = None) -> dict[str, Any]:
    """Predict how long cases that began after the cut still take, beside the median by kind and elapsed band.

    Only ends known before a window's beginning teach it, as ends or as "not ended yet". Of what is followed, only ends
    before the moment that is asked count. Raises InputError when the parts are too small.
    """
    cut = float(np.quantile(np.unique(cases.began) if split.windows > 1 else cases.began, split.cut))
    tested = (cases.began >= cut) & np.isfinite(cases.ended)
    if not tested.any():
        raise InputError("Nothing that has ended began after the cut.", hint="Choose a smaller --cut.")
    last = float(cases.at[tested].max()) + 1e-6
    lines = np.linspace(cut, last, split.windows + 1)
    said: list[Floats] = []
    low: list[Floats] = []
    high: list[Floats] = []
    truth, plain, fixed, learned, half_lives = [], [], [], [], []
    for begin, end in pairwise(lines):
        now = tested & (cases.at >= begin) & (cases.at < end)
        if not now.any():
            continue
        known = cases.at < begin
        is_ended = cases.ended < begin
        seconds = (np.minimum(cases.ended, begin) - cases.at) * DAY
        model = learn_duration(_rows(cases.frame, known), seconds[known], is_ended[known], cases.at[known])
        asked = (cases.at >= begin) & (cases.at < end) if split.follows else now
        rows = _rows(cases.frame, asked)
        told = (model.median(rows), *model.interval(rows))
        learned.append(told[0][now[asked]])
        if split.follows:
            told = _followed(cases, asked, told)
        for kept, values in zip((said, low, high), told, strict=True):
            kept.append(values[now[asked]])
        truth.append((cases.ended[now] - cases.at[now]) * DAY)
        plain.append(_baseline(cases, known & is_ended, now))
        fixed.append(_baseline(cases, (cases.at < cut) & (cases.ended < cut), now))
        half_lives.append(model.half_life)
        if say:
            say(f"learned from {int(known.sum()):,} moments, predicted {int(now.sum()):,}")
    true = np.concatenate(truth)
    figures = duration_figures(
        np.concatenate(said), true, np.concatenate(plain), np.concatenate(low), np.concatenate(high)
    )
    still = float(np.abs(np.concatenate(fixed) - true).mean())
    return figures | {
        "learned_mae_seconds": float(np.abs(np.concatenate(learned) - true).mean()), "follows": split.follows,
        "baseline_once_mae_seconds": still, "windows": len(said), "half_lives": half_lives,
        "learned_first": int((cases.at < cut).sum()), "left_out": cases.left_out, "interval": 0.8,
    }  # fmt: skip


def _followed(
    cases: Cases, asked: NDArray[np.bool_], told: tuple[Floats, Floats, Floats]
) -> tuple[Floats, Floats, Floats]:
    bands = np.searchsorted(BANDS, cases.elapsed[asked], side="right")
    kinds = [f"{band} {kind}" for kind, band in zip(cases.kind.filter(pl.Series(asked)), bands, strict=True)]
    found = lately(kinds, cases.at[asked] * DAY, cases.ended[asked] * DAY, told[0])
    return found.instead(*told)


def _rows(frame: pl.DataFrame, which: NDArray[np.bool_]) -> pl.DataFrame:
    return frame.filter(pl.Series(which))


def _baseline(cases: Cases, known: NDArray[np.bool_], now: NDArray[np.bool_]) -> Floats:
    """Return the median of those that have ended, by kind and elapsed band; else by kind, else of all."""
    table = pl.DataFrame({
        "kind": cases.kind, "band": np.searchsorted(BANDS, cases.elapsed, side="right"),
        "seconds": (cases.ended - cases.at) * DAY,
    })  # fmt: skip
    seen, asked = table.filter(pl.Series(known)), table.filter(pl.Series(now))
    middle = pl.col("seconds").median()
    by_both = seen.group_by("kind", "band").agg(both=middle)
    by_kind = seen.group_by("kind").agg(alone=middle)
    joined = asked.join(by_both, on=["kind", "band"], how="left", maintain_order="left")
    joined = joined.join(by_kind, on="kind", how="left", maintain_order="left")
    return joined.select(pl.coalesce("both", "alone").fill_null(seen["seconds"].median())).to_series().to_numpy()


def evaluate_outcomes(
    outcomes: Outcomes, *, folds: int = 5, repeats: int = 3, seed: int = 0, say: Say | None = None
) -> dict[str, Any]:
    """Predict an outcome by repeated cross-validation; the AUC is the mean over the parts that are tested."""
    from deskpulse.models.splits import folds as parted

    labels = [str(hit) for hit in outcomes.hits]
    aucs, kinds, whole = [], [], []
    for repeat in range(repeats):
        sure, base = np.zeros(len(labels)), np.zeros(len(labels))
        for inside, outside in parted(labels, folds, seed=seed + repeat):
            model = learn_chance(outcomes.frame[inside], outcomes.hits[inside])
            sure[outside] = model.probability(outcomes.frame[outside])
            base[outside] = outcomes.hits[inside].mean()
            aucs.append(chance_figures(sure[outside], outcomes.hits[outside], 0.5)["auc"])
            kinds.append(model.figures["kind"])
        told = chance_figures(sure, outcomes.hits, 0.5)
        told["brier_base"] = float(((base - outcomes.hits) ** 2).mean())
        whole.append(told)
        if say:
            say(f"part {repeat + 1} of {repeats}: AUC {told['auc']:.3f}")
    figures = {name: float(np.mean([one[name] for one in whole]))
               for name in ("brier", "brier_base", "calibration_error", "share")}  # fmt: skip
    return figures | {
        "n": len(labels), "auc": float(np.mean(aucs)), "auc_spread": float(np.std(aucs)),
        "auc_pooled": float(np.mean([one["auc"] for one in whole])), "folds": folds, "repeats": repeats,
        "chosen": {kind: kinds.count(kind) for kind in sorted(set(kinds))}, "is_many": whole[0]["is_many"],
    }  # fmt: skip
