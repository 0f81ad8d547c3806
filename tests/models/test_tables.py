"""Learners of tables: what they learn, what they say when there is little, and that a kept one says the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from deskpulse.core.errors import InputError, StorageError
from deskpulse.models.files import load_arrays, save_arrays
from deskpulse.models.tables.chance import ChanceModel, learn_chance
from deskpulse.models.tables.duration import DurationModel, learn_duration
from deskpulse.models.tables.figures import auc, chance_figures, duration_figures
from deskpulse.models.tables.kept import of_arrays, to_arrays
from deskpulse.models.tables.trees import calm, fit_trees

KEY = b"k" * 32
DRAW = np.random.default_rng(3)
ROWS = 1500
KIND = DRAW.choice(["slow", "quick"], ROWS)
NOISE = DRAW.normal(size=ROWS)
FRAME = pl.DataFrame({"kind": KIND, "noise": np.where(NOISE > 2, np.nan, NOISE)})
HOURS = np.where(KIND == "slow", 48.0, 4.0) * DRAW.exponential(size=ROWS)
DAYS = np.sort(DRAW.uniform(0, 60, ROWS))


@pytest.fixture(scope="module")
def duration() -> DurationModel:
    left = (DAYS.max() - DAYS) * 24
    seconds, is_ended = np.minimum(HOURS, left) * 3600, left > HOURS
    return learn_duration(FRAME, seconds, is_ended, DAYS, half_lives=(None,))


@pytest.fixture(scope="module")
def chance() -> ChanceModel:
    return learn_chance(FRAME, DRAW.random(ROWS) < np.where(KIND == "slow", 0.7, 0.2))


def test_trees_as_arrays_score_as_scikit_learn_does() -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier

    matrix = np.column_stack([NOISE, DRAW.normal(size=ROWS), FRAME["noise"].to_numpy()])
    hits = NOISE + DRAW.normal(size=ROWS) > 0
    trees = fit_trees(matrix, hits, rounds=15, leaves=8, least=20)
    unknown = np.column_stack([matrix, np.full(ROWS, np.nan)])
    same = fit_trees(unknown, hits, rounds=15, leaves=8, least=20)
    np.testing.assert_allclose(same.scores(unknown), trees.scores(matrix), atol=1e-9)
    theirs = HistGradientBoostingClassifier(
        max_iter=15, learning_rate=0.1, max_leaf_nodes=8, min_samples_leaf=20, early_stopping=False, random_state=0
    )
    calm(lambda: theirs.fit(matrix, hits))
    np.testing.assert_allclose(trees.scores(matrix), theirs.decision_function(matrix), atol=1e-9)
    assert np.isfinite(fit_trees(matrix, np.zeros(ROWS, bool), rounds=5, leaves=4, least=5).scores(matrix)).all()


def test_medians_are_those_of_the_kinds(duration: DurationModel) -> None:
    asked = pl.DataFrame({"kind": ["slow", "quick", "never seen"], "noise": [0.0, 0.0, None]})
    slow, quick, unknown = duration.median(asked) / 3600
    assert slow == pytest.approx(48 * np.log(2), rel=0.3)
    assert quick == pytest.approx(4 * np.log(2), rel=0.35)
    assert unknown > quick
    low, high = duration.interval(asked)
    assert (low < duration.median(asked)).all()
    assert (high > duration.median(asked)).all()
    over = duration.over(asked, np.full(3, 24 * 3600.0))
    assert over[0] == pytest.approx(np.exp(-0.5), abs=0.12)
    assert over[1] < 0.05


def test_what_has_not_ended_teaches_as_well() -> None:
    """All are looked at after two hours: those still running say that it takes longer than the ended ones do."""
    hours = np.full(ROWS, 10.0) * DRAW.exponential(size=ROWS)
    seconds, is_ended = np.minimum(hours, 8.0) * 3600, hours < 8
    days = np.zeros(ROWS)
    model = learn_duration(FRAME.select("noise"), seconds, is_ended, days, half_lives=(None,))
    said = float(np.median(model.median(FRAME.select("noise")))) / 3600
    only_ended = float(np.median(hours[is_ended]))
    assert abs(said - 10 * np.log(2)) < abs(only_ended - 10 * np.log(2)) / 2


def test_intervals_hold_as_often_as_they_say(duration: DurationModel) -> None:
    draw = np.random.default_rng(9)
    kind = draw.choice(["slow", "quick"], 800)
    new = pl.DataFrame({"kind": kind, "noise": draw.normal(size=800)})
    truth = np.where(kind == "slow", 48.0, 4.0) * draw.exponential(size=800) * 3600
    told = duration_figures(duration.median(new), truth, np.full(800, np.median(truth)), *duration.interval(new))
    assert 0.72 <= told["within_interval"] <= 0.92
    assert told["gain"] > 0.05


def test_probabilities_hold_and_name_their_reason(chance: ChanceModel) -> None:
    draw = np.random.default_rng(11)
    kind = draw.choice(["slow", "quick"], 2000)
    new = pl.DataFrame({"kind": kind, "noise": draw.normal(size=2000)})
    hits = draw.random(2000) < np.where(kind == "slow", 0.7, 0.2)
    told = chance_figures(chance.probability(new), hits, 0.45)
    assert told["auc"] > 0.7
    assert told["calibration_error"] < 0.05
    assert told["brier"] < told["brier_base"]
    for row, reasons in zip(kind[:2], chance.reasons(new[:2]), strict=True):
        assert reasons[0].feature == "kind"
        assert (reasons[0].weight > 0) == (row == "slow")


def test_what_takes_long_is_given_as_the_reason(duration: DurationModel) -> None:
    (slow,), (quick,) = duration.reasons(pl.DataFrame({"kind": ["slow", "quick"], "noise": [0.0, 0.0]}), most=1)
    assert (slow.feature, quick.feature) == ("kind", "kind")
    assert slow.weight > 0 > quick.weight


def test_a_kept_model_says_the_same(tmp_path: Path, duration: DurationModel, chance: ChanceModel) -> None:
    for name, model in (("duration", duration), ("chance", chance)):
        path = tmp_path / f"{name}.npz"
        save_arrays(path, to_arrays(model), {"task": name}, key=KEY)
        again = of_arrays(load_arrays(path, key=KEY))
        asked = FRAME[:50]
        if isinstance(again, DurationModel):
            np.testing.assert_array_equal(again.median(asked), duration.median(asked))
        else:
            np.testing.assert_array_equal(again.probability(asked), chance.probability(asked))
    with pytest.raises(StorageError):
        load_arrays(path, key=b"x" * 32)


def test_too_little_is_said() -> None:
    few = FRAME[:20]
    with pytest.raises(InputError, match="ended"):
        learn_duration(few, np.ones(20), np.ones(20, bool), np.arange(20.0))
    with pytest.raises(InputError, match="had it"):
        learn_chance(few, np.arange(20) < 3)


def test_ranks() -> None:
    assert auc(np.array([0.9, 0.8, 0.1]), np.array([True, True, False])) == 1.0
    assert auc(np.array([0.5, 0.5]), np.array([True, False])) == 0.5
    assert auc(np.array([0.5]), np.array([True])) is None
