"""What holds for every detector, and what each is for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from deskpulse.core.errors import UnknownNameError
from deskpulse.insights.catalogue import detectors, find_detector, joint_detectors
from deskpulse.insights.model import WARM_UP, Detector, Track
from deskpulse.insights.neighbours import course, nearest_course, nearest_value
from deskpulse.insights.surprise import surprise
from deskpulse.ops.evaluation.quiet import quiet

ALL = sorted(detectors().values(), key=lambda d: d.name)


def changed(track: Track, at: slice, *, add: float = 0.0, times: float = 1.0) -> Track:
    values = track.values.copy()
    values[at] = values[at] * times + add
    return replace(track, values=values)


@pytest.mark.parametrize("detector", ALL, ids=lambda d: d.name)
def test_a_point_is_judged_from_its_past_only(detector: Detector) -> None:
    track = quiet("counts", size=1500)
    whole = surprise(detector.strangeness(track))
    for size in (WARM_UP + 7, 613, 1111):
        begun = Track(values=track.values[:size], times=track.times[:size])
        assert np.allclose(surprise(detector.strangeness(begun)), whole[:size], atol=1e-6)
        other = surprise(detector.strangeness(changed(track, slice(size, None), add=1e6)))
        assert np.allclose(other[:size], whole[:size], atol=1e-6)
    assert whole.shape == (1500,)
    assert np.isfinite(whole).all()
    assert (whole[:WARM_UP] == 0).all()
    assert whole.max() > 0.2


@pytest.mark.parametrize("detector", ALL, ids=lambda d: d.name)
@pytest.mark.parametrize("values", [np.zeros(400), np.full(400, 7.5), np.zeros(0), np.ones(1), np.ones(30)])
def test_a_flat_or_short_series_is_never_strange(detector: Detector, values: np.ndarray) -> None:
    track = Track(values=values, times=np.arange(len(values)) * 3600.0)
    found = surprise(detector.strangeness(track))
    assert found.shape == values.shape
    assert (found < 1).all()


@pytest.mark.parametrize("detector", ALL, ids=lambda d: d.name)
def test_times_that_stand_still_or_go_back_do_no_harm(detector: Detector) -> None:
    track = quiet("season", size=600)
    times = track.times.copy()
    times[300:] -= 3600
    for odd in (times, np.zeros(600)):
        assert np.isfinite(surprise(detector.strangeness(replace(track, times=odd)))).all()


def at_four(track: Track, days: int, size: int = 12) -> slice:
    start = int((days * 86_400 + 4 * 3600) / track.step)
    return slice(start, start + size)


@pytest.mark.parametrize(
    ("name", "kind", "step", "event"),
    [
        ("level", "noise", 300.0, {"add": 60.0}),
        ("quantile_band", "noise", 300.0, {"add": 60.0}),
        ("rare_value", "noise", 300.0, {"add": -60.0}),
        ("season", "season", 900.0, {"add": -90.0}),
        ("rare_time", "season", 900.0, {"add": -62.0}),
        ("hours_shape", "season", 900.0, {"add": -40.0}),
        ("recent_shape", "season", 900.0, {"add": -40.0}),
        ("half_day", "season", 900.0, {"add": -40.0, "size": 40}),
        ("change_point", "noise", 300.0, {"add": 8.0, "size": 96}),
    ],
)
def test_each_sees_what_it_is_for(name: str, kind: str, step: float, event: dict[str, float]) -> None:
    track = quiet(kind, size=2500, step=step)
    at = at_four(track, 20 if step > 300 else 7, int(event.pop("size", 12)))
    found = surprise(find_detector(name).strangeness(changed(track, at, **event)))
    assert found[at].max() > max(1.0, np.delete(found, np.r_[at.start : at.stop + 100]).max())


def test_what_each_is_for_is_tried() -> None:
    tried = next(m for m in test_each_sees_what_it_is_for.pytestmark if m.name == "parametrize")  # type: ignore[attr-defined]
    assert {case[0] for case in tried.args[1]} == set(detectors())


def test_an_unknown_detector_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="rare_time"):
        find_detector("rare_tim")


def test_the_nearest_before_equals_looking_at_all() -> None:
    draw = np.random.default_rng(3)
    rows = np.concatenate([draw.normal(size=(700, 3)), draw.integers(0, 3, (700, 3))])
    for gap, rank in ((1, 1), (6, 1), (24, 5)):
        found = nearest_course(rows, gap, rank=rank)
        for place in (0, gap, 30, 511, 512, 530, 1023, 1024, 1399):
            apart = np.sort(np.sqrt(((rows[: max(place - gap + 1, 0)] - rows[place]) ** 2).mean(axis=1)))
            assert found[place] == pytest.approx(
                apart[rank - 1] if len(apart) >= rank else np.nan, abs=1e-6, nan_ok=True
            )
    single = nearest_value(rows[:, 0].copy(), 4)
    for place in (3, 4, 5, 700, 1399):
        apart = np.abs(rows[: max(place - 3, 0), 0] - rows[place, 0])
        assert single[place] == pytest.approx(apart.min() if len(apart) else np.nan, nan_ok=True)


def test_a_course_is_the_means_before_a_point_latest_first() -> None:
    rows = course(np.arange(10.0), 2, 3)
    assert rows[9].tolist() == [8.5, 6.5, 4.5]
    assert rows[0].tolist() == [0.0, 0.0, 0.0]


def test_surprise_is_the_logarithm_of_how_seldom_it_was() -> None:
    draw = np.random.default_rng(5)
    told = surprise(draw.exponential(size=20_000))[2000:]
    for order in (1, 2, 3):
        assert (told > order).mean() == pytest.approx(10.0**-order, rel=0.35)


def test_the_forest_sees_what_is_odd_only_together_and_from_the_past_only() -> None:
    forest = joint_detectors()["isolation_forest"].strangeness
    draw = np.random.default_rng(8)
    load = draw.normal(size=500)
    both = np.column_stack([load + draw.normal(0, 0.1, 500), load + draw.normal(0, 0.1, 500)])
    both[450] = (2.0, -2.0)
    assert np.sort(np.abs(both), axis=0)[-5:].min() > 2.0
    found = forest(both)
    assert found[450] > np.delete(found[WARM_UP:], 450 - WARM_UP).max()
    assert np.array_equal(forest(both[:300]), found[:300], equal_nan=True)
    assert np.isnan(found[:WARM_UP]).all()
    assert np.isfinite(forest(np.zeros((200, 3)))[WARM_UP:]).all()
    assert forest(np.zeros((0, 2))).shape == (0,)
