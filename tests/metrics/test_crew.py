"""Scans side by side: the same answers, in order; errors are raised; another state is left alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest

from deskpulse.metrics.crew import Crew
from deskpulse.warehouse.engine import Snapshot


class _Shows:
    def __init__(self, version: int, recounts: int = 0) -> None:
        self.version, self.recounts = version, recounts


def crew(*states: _Shows, threads: int = 2) -> tuple[Crew, list[_Shows]]:
    opened: list[_Shows] = []
    waiting = list(states)

    @contextmanager
    def snapshot() -> Iterator[Snapshot]:
        opened.append(waiting.pop(0))
        yield cast(Snapshot, opened[-1])

    return Crew(snapshot, threads), opened


def test_two_work_at_once_and_the_order_stays() -> None:
    made, _ = crew(_Shows(3))
    meet = threading.Barrier(2, timeout=20)

    def both(_: Any) -> str:
        meet.wait()  # passes only when both are under way
        return threading.current_thread().name

    first, second, third = made.do(cast(Snapshot, _Shows(3)), [both, both, lambda _: "last"])
    assert first != second
    assert third == "last"


@pytest.mark.parametrize("other", [_Shows(4), _Shows(3, recounts=1)])
def test_another_state_is_not_read(other: _Shows) -> None:
    made, opened = crew(other)
    asked = _Shows(3)
    come = threading.Event()

    def slow(snapshot: Any) -> Any:
        come.wait(0.2)
        return snapshot

    assert made.do(cast(Snapshot, asked), [slow, slow, slow]) == [asked] * 3
    assert opened in ([], [other])


def test_an_error_is_raised_once_nothing_is_under_way() -> None:
    made, _ = crew(*[_Shows(3)] * 50)
    under_way = 0

    def fails(_: Any) -> None:
        raise ValueError("no")

    def counts(_: Any) -> None:
        nonlocal under_way
        under_way += 1
        threading.Event().wait(0.01)
        under_way -= 1

    for place in range(4):
        works: list[Any] = [counts] * 4
        works[place] = fails
        with pytest.raises(ValueError, match="no"):
            made.do(cast(Snapshot, _Shows(3)), works)
        assert under_way == 0


def test_one_thread_or_one_work_needs_nobody() -> None:
    alone, opened = crew(threads=1)
    assert alone.do(cast(Snapshot, _Shows(1)), [lambda _: 1, lambda _: 2]) == [1, 2]
    two, also = crew()
    assert two.do(cast(Snapshot, _Shows(1)), [lambda _: 1]) == [1]
    assert opened == also == []
