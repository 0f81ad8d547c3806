"""The next month of somebody: drawn toward the team the more the fewer the rows, with intervals that hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from deskpulse.core.errors import InputError
from deskpulse.models.files import load_arrays, save_arrays
from deskpulse.models.tables.figures import level_figures
from deskpulse.models.tables.kept import of_arrays, to_arrays
from deskpulse.models.tables.level import TEAM_PULL, LevelModel, centre, estimate, learn_level

PEOPLE, MONTHS, TRUE, NOISE = 40, 12, 0.5, 2.0


def months(seed: int = 1, *, load: float = 0.0, shift: float = 0.0) -> tuple[pl.DataFrame, Any, Any, Any]:
    """Return months of people who truly differ by `TRUE`, each month with its number of rows and noise of `NOISE`."""
    draw = np.random.default_rng(seed)
    level, weight = draw.normal(10, TRUE, PEOPLE), draw.choice([4, 15, 60], PEOPLE)
    found, values, sizes, periods = [], [], [], []
    means, counts = np.zeros((PEOPLE, MONTHS)), np.zeros((PEOPLE, MONTHS))
    loads = draw.normal(5, 1, (PEOPLE, MONTHS))
    for month in range(MONTHS):
        counts[:, month] = np.maximum(draw.poisson(weight), 1)
        effect = load * (loads[:, month - 1] - 5) if month else 0
        means[:, month] = level + effect + shift * month + draw.normal(0, NOISE / np.sqrt(counts[:, month]))
    for month in range(3, MONTHS):
        whole = float(np.average(means[:, month - 3 : month], weights=counts[:, month - 3 : month]))
        for who in range(PEOPLE):
            own = {days: slice(max(0, month - days // 30), month) for days in (30, 90, 360)}
            row: dict[str, Any] = {f"n_{d}": counts[who, own[d]].sum() for d in own}
            row |= {f"own_{d}": np.average(means[who, own[d]], weights=counts[who, own[d]]) for d in own}
            row |= {"team_90": whole, "team_rows": counts[:, month - 3 : month].sum(), "all_90": whole,
                    "trend": row["own_30"] - row["own_90"], "team_trend": 0.0, "load_30": loads[who, month - 1],
                    "load_change": 0.0, "tenure_days": 400.0}  # fmt: skip
            found.append(row)
            values.append(means[who, month])
            sizes.append(counts[who, month])
            periods.append(month)
    return pl.DataFrame(found), np.array(values), np.array(sizes), np.array(periods, float)


def test_the_fewer_rows_the_more_the_team_counts() -> None:
    frame = pl.DataFrame({"own_90": [14.0, 14.0, None], "n_90": [2.0, 200.0, None], "team_90": [10.0] * 3,
                          "team_rows": [1e9] * 3, "all_90": [0.0] * 3})  # fmt: skip
    said, n = estimate(frame, 90, 20.0)
    assert said.tolist() == pytest.approx([(2 * 14 + 20 * 10) / 22, (200 * 14 + 20 * 10) / 220, 10.0])
    assert n.tolist() == [2.0, 200.0, 0.0]
    small = frame.with_columns(team_rows=pl.lit(TEAM_PULL))
    assert centre(small).tolist() == pytest.approx([5.0] * 3)


def test_it_beats_the_last_month_and_the_team_and_its_interval_holds() -> None:
    frame, values, sizes, periods = months()
    model = learn_level(frame, values, sizes, periods)
    later, truth, _, _ = months(seed=2)
    low, high = model.interval(later)
    found = level_figures(model.expected(later), truth, (later["own_30"].to_numpy(), later["team_90"].to_numpy()),
                          (low, high))  # fmt: skip
    assert found["mae"] < 0.85 * found["last_mae"]
    assert found["mae"] < 0.9 * found["team_mae"]
    assert 0.75 < found["within_interval"] < 0.86
    few, many = later["n_90"].to_numpy() < 20, later["n_90"].to_numpy() > 150
    assert (high - low)[few].mean() > 2 * (high - low)[many].mean()
    assert 0.7 < ((truth >= low) & (truth <= high))[few].mean() < 0.92
    # What truly is: noise of 2 a row and differences of 0.5 put 16 rows' weight on the team.
    assert 4 <= model.pull <= 64


def test_load_is_taken_where_it_helps_and_left_where_it_does_not() -> None:
    for load, is_taken in ((0.8, True), (0.0, False)):
        frame, values, sizes, periods = months(seed=3, load=load)
        model = learn_level(frame, values, sizes, periods)
        assert ("load_30" in model.names) == is_taken
    heavy, _, _, _ = months(seed=3, load=0.8)
    frame, values, sizes, periods = months(seed=3, load=0.8)
    told = learn_level(frame, values, sizes, periods).reasons(heavy[:40])
    assert all({one.feature for one in row} >= {"load_30"} for row in told)


def test_reasons_add_up_to_the_difference_from_everybody() -> None:
    frame, values, sizes, periods = months(seed=4, load=0.8)
    model = learn_level(frame, values, sizes, periods)
    for row, said in zip(model.reasons(frame[:20], most=99), model.expected(frame[:20]), strict=True):
        assert sum(one.weight for one in row) == pytest.approx(said - frame["all_90"][0], abs=1e-3)


def test_a_kept_model_says_the_same(tmp_path: Path) -> None:
    frame, values, sizes, periods = months(seed=5)
    model = learn_level(frame, values, sizes, periods)
    save_arrays(tmp_path / "m.npz", to_arrays(model), {"task": "x"}, key=b"k" * 32)
    again = of_arrays(load_arrays(tmp_path / "m.npz", key=b"k" * 32))
    assert isinstance(again, LevelModel)
    np.testing.assert_array_equal(again.expected(frame), model.expected(frame))
    for first, second in zip(again.interval(frame), model.interval(frame), strict=True):
        np.testing.assert_array_equal(first, second)
    assert again.names == model.names


def test_too_few_months_are_refused() -> None:
    frame, values, sizes, periods = months()
    with pytest.raises(InputError, match="30 of 3 are needed"):
        learn_level(frame[:20], values[:20], sizes[:20], periods[:20])
    with pytest.raises(InputError, match="2 periods"):
        learn_level(frame[:80], values[:80], sizes[:80], periods[:80])


def test_figures_are_those_of_their_definition() -> None:
    last, team = np.array([1.0, np.nan, 3.0]), np.array([2.0, 2.0, 2.0])
    truth, said = np.array([1.5, 2.5, 2.0]), np.array([1.5, 2.0, 2.5])
    found = level_figures(said, truth, (last, team), (said - 0.5, said + 0.1))
    assert found["mae"] == pytest.approx(1.0 / 3)
    assert found["last_mae"] == pytest.approx((0.5 + 0.5 + 1.0) / 3)
    assert found["team_mae"] == pytest.approx((0.5 + 0.5 + 0.0) / 3)
    assert found["within_interval"] == pytest.approx(2 / 3)
