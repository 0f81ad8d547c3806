"""Every method keeps its promises; the simple ones are what their names say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.forecast.made import WEEK, calls, daily

from deskpulse.core.errors import UnknownNameError
from deskpulse.forecast.backtest import predict
from deskpulse.forecast.calendar import calendar_features, seasons_of
from deskpulse.forecast.catalogue import candidates, catalog_methods, find_method, methods
from deskpulse.forecast.methods.regression import PENALTIES, ridge
from deskpulse.forecast.model import Series, fitting_season
from deskpulse.forecast.phases import day_labels
from deskpulse.forecast.special import Special, learned, special_days

QUICK = sorted(name for name, m in methods().items() if not m.is_slow)


def weekly(values: np.ndarray, kind: str = "count") -> Series:
    return Series(values=np.asarray(values, dtype=np.float64), seasons=(7,), kind=kind)


@pytest.mark.parametrize("name", sorted(methods()))
def test_a_method_gives_finite_points_of_the_horizon_and_the_same_again(name: str) -> None:
    method = find_method(name)
    low = weekly(np.random.default_rng(1).poisson(0.6, 140))
    days, _ = calls(25)
    many = Series(values=days.ravel(), seasons=(24, 120), kind="count")
    fitting = [s for s in (weekly(daily(140 if name != "auto_arima" else 40)), low, many) if method.fits(s, 9)]
    assert fitting, "no series of these fits it"
    for series in fitting[:1]:
        points = predict(method, series, 9)
        assert points.shape == (9,)
        assert np.isfinite(points).all()
        assert (points >= 0).all()
        assert (predict(method, series, 9) == points).all()


@pytest.mark.parametrize("name", QUICK)
@given(
    values=st.lists(st.integers(0, 500), min_size=1, max_size=60),
    horizon=st.integers(1, 40),
    kind=st.sampled_from(["count", "amount", "number"]),
)
def test_quick_methods_hold_for_any_counts(name: str, values: list[int], horizon: int, kind: str) -> None:
    series = weekly(np.array(values), kind)
    method = find_method(name)
    if method.fits(series, horizon):
        points = predict(method, series, horizon)
        assert points.shape == (horizon,)
        assert np.isfinite(points).all()
        assert kind == "number" or (points >= 0).all()


@given(st.lists(st.floats(0, 1), min_size=10, max_size=50))
def test_a_rate_stays_a_rate(values: list[float]) -> None:
    series = weekly(np.array(values), "ratio")
    for name in QUICK:
        if find_method(name).fits(series, 12):
            points = predict(find_method(name), series, 12)
            assert ((points >= 0) & (points <= 1)).all(), name


def test_the_naive_repeats_the_last_season_and_the_average_takes_four() -> None:
    values = np.arange(35.0)
    assert find_method("seasonal_naive").forecast(weekly(values), 10).tolist() == [*range(28, 35), 28, 29, 30]
    expected = [(values[7 + i] + values[14 + i] + values[21 + i] + values[28 + i]) / 4 for i in range(7)]
    assert find_method("historic_average").forecast(weekly(values), 7) == pytest.approx(expected)
    assert find_method("seasonal_naive").forecast(weekly(values[:3]), 2).tolist() == [2.0, 2.0]


def test_a_line_with_a_season_is_found_exactly() -> None:
    steps = np.arange(70)
    values = 100 + 0.5 * steps + 10 * (steps % 7 == 2)
    coming = np.arange(70, 84)
    points = find_method("linear_trend").forecast(weekly(values, "number"), 14)
    assert points == pytest.approx(100 + 0.5 * coming + 10 * (coming % 7 == 2), abs=0.6)


@pytest.mark.parametrize("name", ["season_level", "ets", "mstl", "theta", "regression"])
def test_methods_find_a_weekly_pattern_that_grows(name: str) -> None:
    coming = np.arange(210, 224)
    truth = (100 + 0.2 * coming) * WEEK[coming % 7]
    points = find_method(name).forecast(weekly(daily(210, growth=0.2)), 14)
    assert np.abs(points - truth).sum() / truth.sum() < 0.09


@pytest.mark.parametrize("name", sorted(name for name, m in methods().items() if m.together is not None))
def test_many_pasts_together_give_what_each_gives_alone(name: str) -> None:
    method, values = find_method(name), daily(260)
    pasts = [weekly(values[:end]) for end in (60, 130, 240, 250, 260)]
    assert method.together is not None
    for past, points in zip(pasts, method.together(pasts, 10), strict=True):
        assert points == pytest.approx(method.forecast(past, 10)), past.size


@pytest.mark.parametrize(("name", "model"), [("ets", "AutoETS"), ("theta", "Theta")])
def test_smoothing_is_as_good_as_the_library_that_looks_for_an_optimum(name: str, model: str) -> None:
    from statsforecast import models

    kinds = {"AutoETS": {"model": "AAA", "damped": True}, "Theta": {"decomposition_type": "additive"}}
    ours, theirs = 0.0, 0.0
    for seed in range(4):
        values = daily(224, seed=seed)
        past, coming = values[:-14], values[-14:]
        fitted = getattr(models, model)(season_length=7, **kinds[model]).forecast(y=past, h=14)["mean"]
        ours += np.abs(find_method(name).forecast(weekly(past), 14) - coming).sum()
        theirs += np.abs(fitted - coming).sum()
    assert ours < 1.03 * theirs


def test_the_ridge_is_that_of_the_library() -> None:
    from sklearn.linear_model import RidgeCV

    random = np.random.default_rng(3)
    inputs = random.normal(size=(90, 6))
    inputs -= inputs.mean(axis=0)
    values, coming = 5 + inputs @ np.arange(6.0) + random.normal(0, 4, 90), random.normal(size=(4, 6))
    library = RidgeCV(alphas=PENALTIES).fit(inputs, values).predict(coming)
    assert ridge(inputs, values, coming) == pytest.approx(library)


def test_regression_learns_what_a_known_event_does() -> None:
    values, event = daily(280), np.zeros(287)
    event[[30, 61, 99, 140, 171, 203, 260, 283]] = 1
    values = values * (1 + event[:280])
    known = Series(values=values, seasons=(7,), kind="count", features=event[:, None])
    points = find_method("regression").forecast(known, 7)
    plain = find_method("regression").forecast(weekly(values), 7)
    assert points[3] > 1.5 * plain[3]
    assert points[2] == pytest.approx(plain[2], rel=0.15)


def test_low_counts_get_a_rate_and_places_only_where_counts_tell_them_apart() -> None:
    random = np.random.default_rng(2)
    alike = find_method("poisson_mean").forecast(weekly(random.poisson(0.3, 350)), 7)
    assert np.ptp(alike) < 0.25
    differing = find_method("poisson_mean").forecast(weekly(random.poisson(np.resize(WEEK * 2, 350))), 7)
    assert differing[0] > 2 * differing[6]


def test_weekdays_of_rows_without_dates_are_found_again_behind_missing_days() -> None:
    missing = (37, 73, 74)
    days, weekday = calls(110, missing=missing)
    labels = day_labels(days, 5)
    moved = (labels - weekday) % 5
    wrong = (moved != moved[-1]).mean()
    assert wrong <= 0.05, "nearly every row has the label of its weekday"
    assert (day_labels(calls(110)[0], 5) - np.arange(110)) % 5 == pytest.approx(np.full(110, (labels[0] * 0)))


def test_the_day_profile_beats_the_mean_of_four_weeks_where_days_are_missing() -> None:
    days, _ = calls(125, missing=(60, 112))
    known = Series(values=days[:120].ravel(), seasons=(24, 120), kind="count", is_dated=False)
    actual = days[120:].ravel()
    profile = find_method("day_profile").forecast(known, 120)
    average = find_method("historic_average").forecast(known, 120)
    assert np.abs(profile - actual).sum() < 0.9 * np.abs(average - actual).sum()


def test_opt_in_methods_are_tried_only_by_name_and_unknown_ones_are_told() -> None:
    series = weekly(daily(200))
    assert "auto_arima" not in {m.name for m in candidates(series, 7, tries_slow=True)}
    named = {m.name for m in candidates(series, 7, asked=("auto_arima",), tries_slow=True)}
    assert named == {"auto_arima", "seasonal_naive", "historic_average"}
    quick = {m.name for m in candidates(series, 7, tries_slow=False)}
    assert "mstl" not in quick
    assert {"ets", "theta", "regression"} <= quick
    with pytest.raises(UnknownNameError, match="theta"):
        candidates(series, 7, asked=("thetta",), tries_slow=True)
    assert {m["name"] for m in catalog_methods()} == set(methods())


def test_seasons_and_features_of_the_calendar() -> None:
    from datetime import date, timedelta

    assert seasons_of("15min") == (96, 672)
    assert seasons_of("day") == (7,)
    assert seasons_of("month") == (12,)
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(70)]
    features = calendar_features(days, known=60)
    assert features is not None
    assert features.shape == (70, 2)  # the month's first and last days
    assert features[31].tolist() == [1, 0]
    special = special_days(days, holidays={date(2026, 1, 6)}, events={"launch": np.arange(70) == 31})
    assert special is not None
    assert special.names == ("holiday", "day after a holiday", "launch")
    assert [special.steps[n].tolist() for n in (5, 6, 31)] == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert special_days(days) is None
    assert fitting_season(weekly(np.ones(13))) == 1


def test_kinds_that_share_days_are_not_counted_twice() -> None:
    """A sale brings twice as much, a launch half as much again; on some days both were on, and on a holiday a sale."""
    random = np.random.default_rng(4)
    steps = np.zeros((420, 3))
    steps[[50, 51, 120, 190, 260], 0] = 1
    steps[[120, 190, 300, 340, 380], 1] = 1
    steps[[90, 260, 330], 2] = 1
    truth = np.array([2.0, 1.5, 0.4])
    values = 200 * (1 + 0.3 * (np.arange(420) % 7 < 2)) * np.where(steps > 0, truth, 1.0).prod(axis=1)
    values = random.poisson(values).astype(np.float64)
    special = Special(names=("sale", "launch", "holiday"), steps=steps)
    found = learned(special, values, 7, "count")
    assert found.sizes == pytest.approx(truth, rel=0.06)
    assert found.on(120, 1)[0] == pytest.approx(values[120] / 200 / (1 + 0.3 * (120 % 7 < 2)), rel=0.1)
    plain = learned(special, values - 300, 7, "number")  # differences, not factors
    assert plain.sizes[2] < 0 < plain.sizes[1] < plain.sizes[0]


def test_kinds_that_were_always_on_together_share_what_was_seen() -> None:
    steps = np.zeros((210, 2))
    steps[[60, 61, 62, 130, 131], :] = 1
    values = np.where(steps[:, 0] > 0, 400.0, 100.0) + np.arange(210) % 3
    for kind, together in (("count", 4.0), ("number", 300.0)):
        found = learned(Special(names=("campaign", "launch"), steps=steps), values, 7, kind)
        assert found.sizes[0] == pytest.approx(found.sizes[1])
        whole = found.sizes.prod() if kind == "count" else found.sizes.sum()
        assert whole == pytest.approx(together, rel=0.05), kind
        assert found.counts == (5, 5)
