"""Following what was learned: a change of pace is noticed, and only ends before a moment count."""

from __future__ import annotations

import numpy as np

from deskpulse.models.tables.lately import KEPT, LEAST, LEAST_JUDGED, lately

DRAW = np.random.default_rng(4)
COUNT = 600
AT = np.sort(DRAW.uniform(0, 200, COUNT))
KINDS = DRAW.choice(["mail", "chat"], COUNT).tolist()
TOOK = np.where(np.array(KINDS) == "mail", 4.0, 1.0) * DRAW.uniform(0.8, 1.2, COUNT)
SAID = np.where(np.array(KINDS) == "mail", 4.0, 1.0)


def test_the_model_is_believed_as_long_as_it_is_right() -> None:
    found = lately(KINDS, AT, AT + TOOK, SAID)
    assert not found.leads.any()
    assert not found.is_ahead
    assert found.kinds["mail"][1] > 3 > found.kinds["chat"][2]


def test_what_takes_three_times_as_long_is_followed() -> None:
    ended = AT + np.where(AT > 100, 3.0, 1.0) * TOOK
    found = lately(KINDS, AT, ended, SAID)
    assert found.is_ahead
    late = AT > 160
    told, low, high = found.instead(SAID, SAID, SAID)
    error, before = (np.abs(values - (ended - AT))[late].mean() for values in (told, SAID))
    assert error < 0.25 * before
    inside = (ended - AT >= low) & (ended - AT <= high)
    assert 0.6 < inside[late].mean() < 0.95
    np.testing.assert_array_equal(told[AT < 90], SAID[AT < 90])


def test_only_ends_before_a_moment_count() -> None:
    cut = 120.0
    ended = AT + TOOK
    moved = np.where(ended >= cut, ended + 50, ended)
    first, second = lately(KINDS, AT, ended, SAID), lately(KINDS, AT, moved, SAID)
    early = cut >= AT
    np.testing.assert_array_equal(first.middle[early], second.middle[early])
    np.testing.assert_array_equal(first.leads[early], second.leads[early])
    assert not np.array_equal(first.middle, second.middle, equal_nan=True)


def test_few_ends_tell_nothing() -> None:
    few = LEAST - 1
    found = lately(["a"] * few, AT[:few], AT[:few] + 1, np.full(few, 9.0))
    assert np.isnan(found.middle).all()
    assert found.kinds == {}
    some = LEAST_JUDGED
    found = lately(["a"] * some, np.arange(float(some)) * 5, np.arange(float(some)) * 5 + 1, np.full(some, 9.0))
    assert not found.is_ahead, "the first have nothing to be compared with"
    found = lately(["a"] * 90, np.arange(90.0) * 5, np.full(90, np.inf), np.full(90, 9.0))
    assert np.isnan(found.middle).all()
    many = KEPT + LEAST_JUDGED
    found = lately(["a"] * many, np.arange(float(many)) * 5, np.arange(float(many)) * 5 + 1, np.full(many, 9.0))
    assert found.kinds["a"] == (1.0, 1.0, 1.0)
