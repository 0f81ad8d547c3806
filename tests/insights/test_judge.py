"""One score of all detectors: what it means, and the rest after an alarm."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from deskpulse.insights.judge import HELD, REST_POINTS, SCORE, judge, judge_together, score_of, with_rest
from deskpulse.ops.evaluation.quiet import KINDS, quiet


def test_the_score_tells_how_often_a_quiet_series_would_say_so() -> None:
    """Six kinds of quiet series, 9,000 judged points: 0.99 once in 100, 0.999 once in 1,000, within a factor."""
    strength = np.concatenate([judge(quiet(kind, seed=9, size=2500)).strength[1000:] for kind in KINDS])
    told = score_of(strength)
    assert 0.003 < (told >= 0.99).mean() < 0.02
    assert 0.0001 < (told >= 0.999).mean() < 0.0025


def test_an_outage_is_one_alarm_with_the_detectors_that_agree() -> None:
    track = quiet("season", size=3000, step=900.0)
    values = track.values.copy()
    values[2000:2020] = 0.0
    found = judge(replace(track, values=values))
    assert 1 <= found.alarms[2000:2150].sum() <= 2
    assert found.alarms[2000:2004].any()
    assert "level" in found.agreed(2000)
    assert found.score[2000] >= SCORE
    assert not found.agreed(50)


def test_after_an_alarm_there_is_rest_unless_it_gets_much_worse() -> None:
    strength = np.zeros(400)
    strength[[10, 20, 30, 100, 399]] = [2.0, 5.9, 6.1, 18.0, 1.5]
    assert np.flatnonzero(with_rest(strength, strength >= 1.5)).tolist() == [10, 30, 399]
    strength[100] = 18.4
    assert np.flatnonzero(with_rest(strength, strength >= 1.5)).tolist() == [10, 30, 100, 399]
    strength[100] = 0.0
    strength[[30 + REST_POINTS - 1, 30 + REST_POINTS]] = 1.5
    assert np.flatnonzero(with_rest(strength, strength >= 1.5)).tolist() == [10, 30, 30 + REST_POINTS, 399]


def test_only_alarms_have_a_score_as_high_as_an_alarm() -> None:
    track = quiet("heavy", seed=4, size=2500)
    for score in (SCORE, 0.97):
        found = judge(track, score=score)
        assert ((found.score >= score) == found.alarms).all()
    assert ((found.score >= 0) & (found.score <= 1)).all()
    assert judge(track, using=()).score.max() == 0
    assert HELD < SCORE


def test_several_numbers_are_judged_together() -> None:
    draw = np.random.default_rng(8)
    load = draw.normal(size=500)
    both = np.column_stack([load + draw.normal(0, 0.1, 500), load + draw.normal(0, 0.1, 500)])
    both[450] = (2.0, -2.0)
    found = judge_together(both, score=0.997)
    assert found.alarms[450]
    assert found.agreed(450) == ["isolation_forest"]
    assert found.alarms[:450].sum() <= 1


def test_a_quiet_series_of_nothing_is_silent() -> None:
    found = judge(replace(quiet("noise", size=500), values=np.zeros(500)))
    assert not found.alarms.any()
    assert found.score.max() == pytest.approx(0.0)
