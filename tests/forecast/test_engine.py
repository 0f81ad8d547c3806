"""Choice, measurement, intervals, cleaning and honest answers to bad input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.forecast.made import calls, daily

from deskpulse.core.errors import InputError, LimitError
from deskpulse.core.settings import Settings
from deskpulse.forecast.backtest import Outcome, Past, Windows, plan_windows, scores, summed
from deskpulse.forecast.catalogue import find_method
from deskpulse.forecast.choose import choose
from deskpulse.forecast.clean import cleaned
from deskpulse.forecast.conformal import calibrate, covered
from deskpulse.forecast.engine import expect
from deskpulse.forecast.model import Floats, Series
from deskpulse.forecast.results import Expected, Task
from deskpulse.forecast.special import Special
from deskpulse.forecast.trend import trend

SETTINGS = Settings(_env_file=None)
QUICK = ("season_level", "linear_trend")


def run(values: Floats, horizon: int = 7, **more: object) -> Expected:
    task: dict[str, object] = {"seasons": (7,), "kind": "count", "methods": QUICK} | more
    return expect(Task(values=np.asarray(values, dtype=np.float64), horizon=horizon, **task), SETTINGS)


@given(
    size=st.integers(1, 400),
    horizon=st.integers(1, 60),
    step=st.integers(1, 30),
    windows=st.integers(1, 12),
    choice=st.integers(1, 8),
    least=st.integers(1, 50),
)
def test_no_step_is_both_chosen_by_and_reported_on(
    size: int, horizon: int, step: int, windows: int, choice: int, least: int
) -> None:
    made = plan_windows(size, horizon, step=step, windows=windows, choice=choice, least=least)
    chosen = {o + n for o in made.choice for n in range(horizon)}
    reported = {o + n for o in made.report for n in range(horizon)}
    assert not chosen or max(chosen) < min(reported)
    assert all(least <= o <= size - horizon for o in (*made.choice, *made.report))
    assert len(made.report) <= windows
    assert len(made.choice) <= choice
    assert (size - horizon < least) == (not made.report)


def test_scores_are_those_of_plain_loops() -> None:
    forecast, actual = np.array([[1.0, 2, 3, 4], [2, 2, 2, 2]]), np.array([[2.0, 2, 1, np.nan], [4, 0, 2, 1]])
    done = Outcome(forecast=forecast, actual=actual, origins=(4, 8))
    found = scores(done, scale=2.0)
    pairs = [(f, a) for f, a in zip(forecast.ravel(), actual.ravel(), strict=True) if a == a]
    assert found["mae"] == pytest.approx(sum(abs(f - a) for f, a in pairs) / 7)
    assert found["mase"] == pytest.approx(sum(abs(f - a) for f, a in pairs) / 14)
    assert found["wape"] == pytest.approx(8 / 12)
    assert found["bias"] == pytest.approx((sum(f for f, _ in pairs) - 12) / 12)
    assert summed(done, 2) == pytest.approx((1 + 0 + 1) / (4 + 4 + 3))  # 3 vs 4, 4 vs 4, 4 vs 3; one sum is unknown
    assert scores(Outcome(forecast=forecast, actual=np.zeros((2, 4)), origins=(4, 8)), 0.0)["wape"] is None


def test_the_naive_is_chosen_when_it_wins_and_that_is_said() -> None:
    found = run(np.resize([30.0, 12, 14, 13, 15, 4, 2], 140))
    assert found.method == "seasonal_naive"
    assert found.accuracy.wape == 0
    assert any("No method was better" in note for note in found.notes)
    assert [t.method for t in found.tried if t.is_chosen] == ["seasonal_naive"]


def test_low_counts_stay_with_the_naive_where_it_wins_by_what_is_told() -> None:
    """Half of the places do as the day before: a rate has the least squares, the naive the least WAPE."""
    random = np.random.default_rng(4)
    days = [(random.random(24) < 0.3).astype(float)]
    for _ in range(59):
        days.append(np.where(random.random(24) < 0.45, days[-1], random.random(24) < 0.3))
    found = run(np.concatenate(days), 24, seasons=(24,), methods=("poisson_mean", "tsb"))
    tried = {t.method: t for t in found.tried}
    assert tried["poisson_mean"].error < tried["seasonal_naive"].error, "or this would try nothing"
    assert (found.method, found.tried[0].method) == ("seasonal_naive", "seasonal_naive")
    assert found.accuracy.wape == found.naive.wape < 0.8
    assert "had to beat the same as last season by absolute ones too" in " ".join(found.notes)


def test_low_counts_that_lost_to_the_naive_on_the_reported_windows_are_given_up() -> None:
    """By chance until late, then each day as the day before: what was chosen is behind in what is told."""
    random = np.random.default_rng(1)
    early = (random.random((54, 24)) < 0.2).astype(float)
    values = np.concatenate([early.ravel(), np.tile(early[-1], 4)])
    found = run(values, 24, seasons=(24,), methods=("poisson_mean",), step=24)
    assert found.method == "seasonal_naive"
    assert found.accuracy.wape == found.naive.wape
    assert [t.method for t in found.tried if t.is_chosen] == ["seasonal_naive"]
    assert found.tried[0].method == "seasonal_naive"
    assert "erred more than the same as last season on later ones" in " ".join(found.notes)


def test_a_better_method_is_chosen_and_measured_on_windows_of_its_own() -> None:
    values = daily(364, growth=0.3)
    found = run(values)
    assert found.method != "seasonal_naive"
    assert found.accuracy.wape < 0.9 * found.naive.wape
    assert found.accuracy.mase < found.naive.mase
    assert (found.accuracy.windows, found.accuracy.horizon) == (6, 7)
    # What is told is the error of what would have been forecast, with nothing later known, in each of six weeks.
    then = np.concatenate([run(values[:origin]).points for origin in range(364 - 42, 364, 7)])
    assert found.accuracy.wape == pytest.approx(np.abs(then - values[-42:]).sum() / values[-42:].sum())


def test_the_future_has_no_say_in_what_is_cleaned_for_a_backtest() -> None:
    values = daily(120)
    values[100] = 900.0
    past = Past(series=Series(values=values, seasons=(7,), kind="count"), raw=values)
    assert past.seen(90).values.tolist() == Past(series=past.series, raw=values[:95]).seen(90).values.tolist()
    assert past.seen(110).values[100] < 300


@pytest.mark.parametrize(("mean", "horizon"), [(100.0, 7), (12.0, 7), (300.0, 28)])
def test_intervals_hold_what_they_say(mean: float, horizon: int) -> None:
    eighty, ninety_five = [], []
    for seed in range(12):
        found = run(daily(364, mean=mean, seed=seed), horizon, step=7)
        eighty.append(found.accuracy.coverage_80)
        ninety_five.append(found.accuracy.coverage_95)
    assert np.mean(eighty) == pytest.approx(0.80, abs=0.05)
    assert np.mean(ninety_five) == pytest.approx(0.95, abs=0.05)


def test_bands_nest_grow_and_stay_counts() -> None:
    found = run(daily(200, mean=8), 14)
    (low80, high80), (low95, high95) = found.bands[0.8], found.bands[0.95]
    assert (low95 >= 0).all()
    assert (low95 <= low80).all()
    assert (low80 <= found.points).all()
    assert (found.points <= high80).all()
    assert (high80 <= high95).all()


def test_calibration_is_the_conformal_quantile_of_plain_errors() -> None:
    random = np.random.default_rng(0)
    errors = random.normal(0, 1, (400, 1))
    done = Outcome(forecast=np.zeros((400, 1)), actual=errors, origins=tuple(range(400)))
    made = calibrate(done, "number")
    low, high = made.band(np.zeros(1), 0.8)
    assert high[0] == pytest.approx(np.sort(np.abs(errors).ravel())[int(np.ceil(401 * 0.8)) - 1], rel=0.002)
    assert low[0] == -high[0]
    assert covered(done, [made] * 400, 0.95) == pytest.approx(0.95, abs=0.01)


def test_spikes_and_outages_are_replaced_and_a_new_level_is_not() -> None:
    values = daily(140)
    values[50] *= 6
    values[80:82] = 0
    clean = cleaned(values, 7, "count")
    assert clean.replaced.tolist() == [50, 80, 81]
    assert clean.values[50] == pytest.approx(np.median(values[[22, 29, 36, 43, 57, 64, 71, 78]]), rel=0.2)
    shifted = daily(140)
    shifted[70:] *= 2.5
    assert len(cleaned(shifted, 7, "count").replaced) == 0


def test_marked_outages_and_gaps_are_filled_by_their_place_in_the_week() -> None:
    values = daily(140)
    values[[30, 61]] = np.nan
    marked = np.zeros(140, dtype=bool)
    marked[90] = True
    clean = cleaned(values, 7, "count", marked)
    assert clean.filled.tolist() == [30, 61]
    assert clean.replaced.tolist() == [90]
    near = [9, 16, 23, 37, 44, 51]
    assert clean.values[30] == pytest.approx(np.median(values[near]), rel=0.15)
    found = run(values, marked=marked)
    assert (found.filled, found.replaced) == ((30, 61), (90,))


def test_closed_hours_stay_closed() -> None:
    days, _ = calls(120)
    days[:, :6] = 0
    found = run(days.ravel(), 24, seasons=(24, 120), methods=("day_profile",), step=24)
    assert (found.points[:6] == 0).all()
    assert (found.points[8:20] > 0).all()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (daily(5), "less than two seasons"),
        (daily(5), "The same is expected of every step"),
        (np.zeros(60), "expected to stay so"),
        (np.full(60, 7.0), "expected to stay so"),
        (np.array([np.nan] * 40), "no series"),
        (np.array([4.0]), "no series"),
        (np.eye(1, 90, 40).ravel() * 500, "Every known value but 1 that was marked or no part of the pattern is 0"),
        (np.where(np.arange(140) // 7 % 5 == 2, np.nan, daily(140)), "gaps were filled"),
        (daily(20), ""),
        (np.array([np.nan] * 50 + daily(60).tolist()), ""),
        (np.tile([0.0, 0, 0, 0, 0, 0, 1], 20), "low"),
    ],
    ids=[
        "five days",
        "straight",
        "zeros",
        "constant",
        "nothing known",
        "one",
        "one spike",
        "missing weeks",
        "short",
        "late",
        "rare",
    ],
)
def test_bad_series_get_an_honest_answer(values: Floats, said: str) -> None:
    found = run(values, 14)
    assert found.points.shape == (14,)
    assert np.isfinite(found.points).all() or found.method == "none"
    assert said in " ".join(found.notes)


def test_a_horizon_longer_than_history_is_told() -> None:
    found = run(daily(40), 100)
    assert found.points.shape == (100,)
    said = " ".join(found.notes)
    assert "longer than the history" in said
    assert "Errors are measured" in said
    assert found.accuracy.horizon < 40


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(InputError, match="negative values"):
        run(np.array([4.0, -1, 3] * 10))
    with pytest.raises(InputError, match="infinite"):
        run(np.array([4.0, np.inf] * 10))
    with pytest.raises(InputError, match="0 steps"):
        run(daily(50), 0)
    with pytest.raises(InputError, match="Seasons"):
        run(daily(50), 7, seasons=(7, 7))
    with pytest.raises(LimitError, match="forecast_max_horizon"):
        run(daily(50), 10_000)


def test_an_ensemble_is_the_mean_of_what_beat_the_naive() -> None:
    values = daily(300, seed=2, growth=0.3)
    past = Past(series=Series(values=values, seasons=(7,), kind="count"), raw=values)
    names = ("seasonal_naive", "historic_average", "season_level")
    windows = Windows(choice=(200, 207, 214, 221), report=(250,), horizon=7)
    made = choose([find_method(n) for n in names], past, windows, fallback=find_method(names[0]))
    assert made.name == "ensemble"
    assert "seasonal_naive" not in {m.name for m in made.members}
    alone = [m.forecast(past.series, 7) for m in made.members]
    assert made.predict(past.series, 7) == pytest.approx(np.average(alone, axis=0, weights=made.weights))
    by_error = [t.error for t in made.tried if t.method in {m.name for m in made.members}]
    assert by_error == sorted(by_error)
    assert list(made.weights) == sorted(made.weights, reverse=True), "who errs least weighs most"


def test_a_holiday_and_a_launch_are_learned_put_back_and_told() -> None:
    values, ahead = daily(364, seed=4), 14
    special = np.zeros((364 + ahead, 2))
    special[[40, 111, 182, 253, 300, 366], 0] = 1
    special[[70, 150, 230, 320, 370], 1] = 1
    values = np.round(values * np.where(special[:364, 0] > 0, 0.3, 1) * np.where(special[:364, 1] > 0, 2.0, 1))
    plain = run(values, ahead)
    told = run(values, ahead, special=Special(names=("holiday", "launch"), steps=special))
    assert told.points[2] == pytest.approx(0.3 * plain.points[2], rel=0.2)
    assert told.points[6] == pytest.approx(2.0 * plain.points[6], rel=0.2)
    assert told.points[4] == pytest.approx(plain.points[4], rel=0.1)
    assert not set(told.replaced) & set(np.flatnonzero(special[:364].any(axis=1)).tolist()), "none is an outage"
    said = " ".join(told.notes)
    assert "A holiday is expected to bring 0.29 times the usual, as 5 steps of the past did." in said
    unseen = run(values[:60], 7, special=Special(names=("launch",), steps=np.eye(67)[:, [62]]))
    assert "A launch lies ahead and none was seen before" in " ".join(unseen.notes)


def test_a_marked_outage_is_neither_fitted_to_nor_scored() -> None:
    values, marked = daily(200), np.zeros(200, dtype=bool)
    values[190:193] *= 6
    marked[190:193] = True
    bare, told = run(values), run(values, marked=marked)
    assert told.accuracy.wape < 0.5 * bare.accuracy.wape
    assert "3 marked steps were left out of fitting and of the error." in told.notes
    assert {190, 191, 192} <= set(told.replaced)
    assert run(values, marked=np.ones(200, dtype=bool)).method == "none", "nothing is left to forecast from"


@pytest.mark.parametrize(
    ("slope", "better", "label"),
    [
        (0.5, "up", "improving"), (-0.5, "up", "declining"), (0.5, "down", "declining"), (-0.5, "down", "improving"),
        (0.5, "none", "rising"), (0.0, "up", "stable"),
    ],
)  # fmt: skip
def test_a_trend_is_named_by_what_is_good(slope: float, better: str, label: str) -> None:
    steps = np.arange(91)
    noise = np.random.default_rng(4).normal(0, 2, 91)
    values = 50 + slope * steps + 20 * (steps % 7 == 0) + noise
    found = trend(values, 7, better)
    assert found.label == label
    assert found.low <= slope <= found.high
    assert found.n == 91
    assert trend(values[:6], 7, better).label == "unknown"


def test_a_trend_of_a_wandering_series_is_not_claimed_lightly() -> None:
    """Errors that hang together widen the interval: most random walks around a level are no trend."""
    claimed = 0
    for seed in range(40):
        noise = np.random.default_rng(seed).normal(0, 1, 120)
        values = np.zeros(120)
        for n in range(1, 120):
            values[n] = 0.6 * values[n - 1] + noise[n]
        claimed += trend(values, 1, "up").label != "stable"
    assert claimed <= 6
