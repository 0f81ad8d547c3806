"""Queues: published digits, a second way of reckoning each, a simulation, and what holds for any work."""

from __future__ import annotations

import heapq
from decimal import Decimal, getcontext
from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm

from deskpulse.core.errors import InputError
from deskpulse.forecast.staffing.erlang import Figures, Work, erlang_b, erlang_c, figures, patience_from
from deskpulse.forecast.staffing.required import Rules, on_roster, read_target, required

TEN = Work(rate=100 / 1800, handle_seconds=180)
TEN_IMPATIENT = Work(rate=100 / 1800, handle_seconds=180, patience_seconds=300)


def direct_b(erlangs: int, servers: int) -> Decimal:
    """Erlang B by its defining sum, with 60 digits."""
    getcontext().prec = 60
    terms = [Decimal(erlangs) ** n / factorial(n) for n in range(servers + 1)]
    return terms[-1] / sum(terms)


def direct_c(erlangs: int, servers: int) -> Decimal:
    getcontext().prec = 60
    terms = [Decimal(erlangs) ** n / factorial(n) for n in range(servers)]
    last = Decimal(erlangs) ** servers / factorial(servers) * servers / (servers - erlangs)
    return last / (sum(terms) + last)


def chain(work: Work, servers: int, within: float, most: int = 160) -> Figures:
    """Erlang A by the chain of states itself, and the wait of one customer by the matrix exponential of the queue."""
    assert work.patience_seconds is not None
    serve, leave = 1 / work.handle_seconds, 1 / work.patience_seconds
    down = [min(n, servers) * serve + max(0, n - servers) * leave for n in range(most + 1)]
    states = np.cumprod([1.0, *(work.rate / d for d in down[1:])])
    states /= states.sum()
    queue = states[servers:]
    # One customer with j ahead: j falls by 1 whenever a server is free or one ahead gives up; or the customer does.
    size = len(queue) + 2
    moves = np.zeros((size, size))
    for j in range(len(queue)):
        onward = servers * serve + j * leave
        moves[j, j - 1 if j else size - 2] += onward
        moves[j, size - 1] += leave
        moves[j, j] -= onward + leave
    after = expm(moves * within)[: len(queue), size - 2]
    lost = float(np.dot(queue, np.arange(len(queue)))) * leave / work.rate
    waits = float(queue.sum())
    return Figures(
        wait_share=waits, service_level=1 - waits + float(np.dot(queue, after)), answer_seconds=np.nan,
        wait_seconds=lost / leave, abandonment=lost,
        occupancy=float(np.dot(states, np.minimum(np.arange(most + 1), servers))) / servers,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("erlangs", "servers", "known"),
    [(1, 2, 0.3333333333), (2, 3, 0.4444444444), (5, 6, 0.5875164505), (8, 10, 0.4091801508), (10, 12, 0.4493882243),
     (18, 21, 0.3958715342), (20, 24, 0.2980722998), (50, 55, 0.3845473179), (100, 110, 0.2370075003),
     (10, 14, 0.1741319335950498)],
)  # fmt: skip
def test_erlang_c_has_the_published_digits(erlangs: int, servers: int, known: float) -> None:
    found = erlang_c(erlangs, servers)
    assert found == pytest.approx(known, abs=6e-11)
    assert found == pytest.approx(float(direct_c(erlangs, servers)), rel=1e-12)


@pytest.mark.parametrize(
    ("erlangs", "servers", "known", "digits"),
    [(10, 15, 0.03649695, 8), (20, 30, 0.0084575, 7), (100, 117, 0.00979007, 8)],
)
def test_erlang_b_has_the_published_digits(erlangs: int, servers: int, known: float, digits: int) -> None:
    found = erlang_b(erlangs, servers)
    assert round(found, digits) == known
    assert found == pytest.approx(float(direct_b(erlangs, servers)), rel=1e-12)


def test_service_level_and_speed_of_answer_have_the_published_digits() -> None:
    levels = [0.3896, 0.6402, 0.7956, 0.8884, 0.9415, 0.9706, 0.9858]
    speeds = [122.78, 40.44, 17.12, 7.84, 3.67, 1.72, 0.79]
    found = [figures(TEN, servers, within_seconds=20) for servers in range(11, 18)]
    assert [round(f.service_level, 4) for f in found] == levels
    assert [round(f.answer_seconds, 2) for f in found] == speeds
    assert found[3].service_level == pytest.approx(0.8883500191794669, rel=1e-12)
    assert round(found[3].occupancy, 3) == 0.714
    assert on_roster(14, 0.3) == 20


def test_erlang_a_has_the_published_digits() -> None:
    found = figures(TEN_IMPATIENT, 13, within_seconds=20)
    assert round(found.wait_share, 6) == 0.225797
    assert round(found.abandonment, 6) == 0.024963
    assert round(found.occupancy, 6) == 0.750028
    assert round(found.wait_seconds / 60, 6) == 0.124817
    more = figures(TEN_IMPATIENT, 14, within_seconds=20)
    assert (round(more.wait_share, 5), round(more.abandonment, 6)) == (0.14526, 0.013984)


@pytest.mark.parametrize("servers", [1, 4, 8, 10, 13, 20])
def test_erlang_a_is_what_the_chain_of_states_says(servers: int) -> None:
    found, other = figures(TEN_IMPATIENT, servers, within_seconds=25), chain(TEN_IMPATIENT, servers, 25)
    for name in ("wait_share", "service_level", "wait_seconds", "abandonment", "occupancy"):
        assert getattr(found, name) == pytest.approx(getattr(other, name), rel=1e-9), name


def simulate(work: Work, servers: int, within: float, *, seed: int, calls: int = 120_000) -> dict[str, np.ndarray]:
    """Serve random calls one after the other, first come first served; return what became of each, after a start."""
    random = np.random.default_rng(seed)
    at = np.cumsum(random.exponential(1 / work.rate, calls))
    lasts = random.exponential(work.handle_seconds, calls)
    patience = np.full(calls, np.inf)
    if work.patience_seconds is not None:
        patience = random.exponential(work.patience_seconds, calls)
    free = [0.0] * servers
    waits, lost = np.zeros(calls), np.zeros(calls)
    for n in range(calls):
        wait = max(0.0, free[0] - at[n])
        if wait > patience[n]:
            waits[n], lost[n] = patience[n], 1
        else:
            waits[n] = wait
            heapq.heapreplace(free, at[n] + wait + lasts[n])
    kept = slice(calls // 12, None)
    in_time = (lost == 0) & (waits <= within)
    return {"wait_share": (waits[kept] > 0) * 1.0, "service_level": in_time[kept] * 1.0, "wait_seconds": waits[kept],
            "abandonment": lost[kept]}  # fmt: skip


@pytest.mark.parametrize(("work", "servers"), [(TEN, 14), (TEN, 12), (TEN_IMPATIENT, 13), (TEN_IMPATIENT, 9)])
def test_a_simulation_confirms_the_figures_within_its_band(work: Work, servers: int) -> None:
    found, seen = figures(work, servers, within_seconds=20), simulate(work, servers, 20, seed=11)
    for name, values in seen.items():
        means = values[: len(values) // 40 * 40].reshape(40, -1).mean(axis=1)
        band = 3.3 * means.std(ddof=1) / np.sqrt(len(means))  # of 16 figures one may be out once in 60 seeds
        assert abs(getattr(found, name) - means.mean()) <= band + 1e-12, (name, band)


def test_the_mean_wait_of_the_answered_is_that_of_a_simulation() -> None:
    random = np.random.default_rng(5)
    work, servers, n = TEN_IMPATIENT, 9, 400_000
    # Who meets j ahead of him waits a sum of exponential times: drawn as such, kept when patience lasts.
    serve, leave = servers / 180, 1 / 300
    down = [min(k, servers) / 180 + max(0, k - servers) * leave for k in range(1, 200)]
    states = np.cumprod([1.0, *(work.rate / d for d in down)])
    ahead = random.choice(len(states), n, p=states / states.sum()) - servers
    waits, longest = np.zeros(n), int(ahead.max())
    for k in range(longest + 1):
        some = ahead >= k
        waits[some] += random.exponential(1 / (serve + k * leave), int(some.sum()))
    answered = waits[waits < random.exponential(300, n)]
    found = figures(work, servers, within_seconds=20).answer_seconds
    assert abs(found - answered.mean()) < 4 * answered.std() / np.sqrt(len(answered))


def test_patience_is_told_by_waits_and_abandonment() -> None:
    for servers in (8, 11, 13):
        found = figures(TEN_IMPATIENT, servers, within_seconds=20)
        assert patience_from(found.wait_seconds, found.abandonment) == pytest.approx(300, rel=1e-9)
    with pytest.raises(InputError, match="cannot be told"):
        patience_from(20, 0)


def test_endless_patience_is_the_limit_of_long_patience() -> None:
    patient = figures(TEN, 13, within_seconds=20)
    nearly = figures(Work(rate=TEN.rate, handle_seconds=180, patience_seconds=3e7), 13, within_seconds=20)
    assert nearly.service_level == pytest.approx(patient.service_level, abs=1e-4)
    assert nearly.answer_seconds == pytest.approx(patient.answer_seconds, rel=1e-3)


@given(
    erlangs=st.floats(0.01, 3000),
    spare=st.floats(-0.9, 1.0),
    handle=st.floats(5, 3600),
    patience_share=st.floats(0.01, 20),
    within=st.floats(0, 600),
)
def test_figures_are_shares_and_more_people_never_do_worse(
    erlangs: float, spare: float, handle: float, patience_share: float, within: float
) -> None:
    work = Work(rate=erlangs / handle, handle_seconds=handle, patience_seconds=handle * patience_share)
    servers = max(1, int(erlangs * (1 + spare)))
    few, more = (figures(work, n, within_seconds=within) for n in (servers, servers + 1))
    for found in (few, more):
        for value in (found.wait_share, found.service_level, found.abandonment):
            assert -1e-9 <= value <= 1 + 1e-9
        assert 0 <= found.occupancy <= 1 + 1e-9
        assert found.answer_seconds >= 0
    assert more.service_level >= few.service_level - 1e-9
    assert more.abandonment <= few.abandonment + 1e-9
    assert more.answer_seconds <= few.answer_seconds * (1 + 1e-9) + 1e-9


@given(
    volume=st.floats(0.1, 2000),
    handle=st.floats(10, 1200),
    patience=st.none() | st.floats(20, 1200),
    target=st.sampled_from(["80/20", "95/10", "asa=30", "asa=2"]),
    occupancy=st.sampled_from([1.0, 0.85, 0.6]),
    concurrency=st.sampled_from([1, 3]),
)
def test_the_number_required_is_the_least_that_is_enough(
    volume: float, handle: float, patience: float | None, target: str, occupancy: float, concurrency: int
) -> None:
    work = Work(rate=volume / 1800, handle_seconds=handle, patience_seconds=patience)
    aim, rules = read_target(target), Rules(occupancy=occupancy, concurrency=concurrency, shrinkage=0.3)
    found = required(work, aim, rules)
    assert aim.is_met(found.figures)
    assert found.figures.occupancy <= occupancy
    assert found.people * 0.7 >= found.agents - 1e-6 > (found.people - 1) * 0.7 - 1e-6
    fewer = (found.agents - 1) * concurrency
    if fewer > (0 if patience else work.erlangs):
        less = figures(work, fewer, within_seconds=aim.within_seconds)
        assert not (aim.is_met(less) and less.occupancy <= occupancy)


@pytest.mark.parametrize(
    ("text", "told"),
    [("100/20", "No headcount"), ("0/20", "nobody"), ("asa=0", "No headcount"), ("abandonment=0", "no target"),
     ("fast", "no target"), ("80", "no target"), ("", "no target"), ("nan/20", "no target"), ("asa=5%", "no target")],
)  # fmt: skip
def test_a_target_that_no_headcount_reaches_is_told(text: str, told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        read_target(text)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("work", "target", "rules", "told"),
    [
        (TEN, "80/20", Rules(occupancy=0), "No headcount keeps"),
        (TEN, "80/20", Rules(occupancy=1.2), "above 1"),
        (TEN, "80/20", Rules(shrinkage=1), "nobody is ever there"),
        (TEN, "80/20", Rules(concurrency=0), "none"),
        (TEN, "80/20", Rules(most=12), "do not reach"),
        (TEN, "80/20", Rules(most=10), "do not reach"),
        (TEN_IMPATIENT, "99.9/20", Rules(most=12), "do not reach"),
        (TEN, "abandonment=3", Rules(), "endless patience"),
    ],
)
def test_bad_rules_are_told(work: Work, target: str, rules: Rules, told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        required(work, read_target(target), rules)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("rate", "handle", "patience"),
    [(1, float("nan"), None), (1, 0, None), (1, -3, None), (float("nan"), 60, None), (-1, 60, None), (1, 60, 0),
     (1, 60, float("inf")), (float("inf"), 60, 60), (1e300, 1e300, 60)],
)  # fmt: skip
def test_work_that_is_none_is_told(rate: float, handle: float, patience: float | None) -> None:
    with pytest.raises(InputError, match=r"is none|are no work") as caught:
        Work(rate=rate, handle_seconds=handle, patience_seconds=patience)
    assert caught.value.hint


def test_a_queue_of_millions_is_told() -> None:
    with pytest.raises(InputError, match="customers may be waiting at once"):
        figures(Work(rate=50, handle_seconds=100, patience_seconds=9e6), 100, within_seconds=20)


def test_too_few_without_patience_and_an_empty_interval() -> None:
    with pytest.raises(InputError, match="grow for ever"):
        figures(TEN, 10, within_seconds=20)
    empty = required(Work(rate=0, handle_seconds=180), read_target("80/20"), Rules())
    assert (empty.agents, empty.people) == (0, 0)
    assert required(TEN_IMPATIENT, read_target("abandonment=2.5"), Rules()).agents == 13
