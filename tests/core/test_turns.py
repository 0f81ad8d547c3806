"""Work in the background lets questions go first, but not for ever."""

from __future__ import annotations

import threading
import time

from deskpulse.core.background import Background
from deskpulse.core.turns import Turns, turns


def in_background(own: Turns, pause: float, stopping: threading.Event | None = None) -> float:
    waited: list[float] = []

    def work() -> None:
        own.give_way()
        began = time.monotonic()
        own.take(pause, stopping)
        waited.append(time.monotonic() - began)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return waited[0]


def test_the_background_waits_for_a_pause_and_notes_no_question_itself() -> None:
    own = Turns()
    assert in_background(own, 5.0) < 1  # nobody asked yet
    own.take(0.2)
    assert 0.1 < in_background(own, 0.2) < 2
    assert in_background(own, 0.2) < 0.1  # its own turn was no question


def test_it_goes_on_though_somebody_always_asks_and_ends_when_told() -> None:
    own, stopping = Turns(), threading.Event()
    asking = threading.Event()

    def ask() -> None:
        while not asking.wait(0.002):
            own.take(0)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        assert in_background(own, 0.02) < 3  # 20 pauses at most
        threading.Timer(0.05, stopping.set).start()
        assert in_background(own, 1.0, stopping) < 5
    finally:
        asking.set()
        thread.join()


def test_background_threads_give_way() -> None:
    turns.take(0)
    began, waited = time.monotonic(), threading.Event()

    def work() -> bool:
        turns.take(0.3, background.stopping)
        waited.set()
        return False

    background = Background("test", work, pause=60, told="")
    background.start()
    assert waited.wait(10)
    background.stop()
    assert time.monotonic() - began > 0.25
