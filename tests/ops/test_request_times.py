"""Times of answers: what the histogram tells is near what sorting tells."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from deskpulse.ops.request_times import BOUNDS, RequestTimes

SECONDS = st.lists(st.floats(0.0005, 60), min_size=1, max_size=200)


@given(SECONDS, st.sampled_from([0.5, 0.95]))
def test_a_quantile_is_within_its_bucket(seconds: list[float], share: float) -> None:
    times = RequestTimes()
    for value in seconds:
        times.add("GET", "/r", 200, value)
    told = times.all()["GET", "/r"].quantile(share)
    rank = max(1, -int(-share * len(seconds) // 1))
    exact = sorted(seconds)[rank - 1]
    assert told is not None
    assert exact / 1.42 <= told <= exact * 1.42


def test_routes_are_apart_and_errors_counted() -> None:
    times = RequestTimes()
    times.add("GET", "/a", 200, 0.01)
    times.add("GET", "/a", 503, 1_000)
    times.add("POST", "/a", 200, 0.02)
    found = {(t["method"], t["route"]): (t["requests"], t["errors"]) for t in times.told()}
    assert found == {("GET", "/a"): (2, 1), ("POST", "/a"): (1, 0)}
    assert times.all()["GET", "/a"].buckets[-1] == 1
    assert times.all()["GET", "/a"].quantile(1.0) == BOUNDS[-1]
    assert RequestTimes().told() == []
