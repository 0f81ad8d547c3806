"""Queues with random arrivals in a steady state: what so many servers make of so much work.

Erlang B and C: A. K. Erlang, "Solution of some problems in the theory of probabilities of significance in automatic
telephone exchanges", 1917. Erlang A: C. Palm, 1957; O. Garnett, A. Mandelbaum, M. Reiman, "Designing a call center with
impatient customers", Manufacturing & Service Operations Management 4(3), 2002.

Arrivals are Poisson, handle times and patience exponential. Work is measured in erlangs: arrivals of a second × seconds
of handling. Nothing here forms a factorial or a power of the work: sums are of positive terms, scaled by the largest.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np

from deskpulse.core.errors import InputError
from deskpulse.forecast.model import Floats

LONGEST_SUM = 200_000
"""Most people in the queue of Erlang A that are summed over."""
_TAIL = 12.0
"""Standard deviations of the queue's length behind which nothing is left of a double's digits."""


_FAINT = 45.0
"""Terms that are e to the power of this times smaller than the largest add nothing to a sum of doubles."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """What comes in: `rate` arrivals a second, each handled for `handle_seconds`.

    `patience_seconds` is the mean time after which a waiting customer gives up; None: nobody does.
    InputError: a number is not finite, negative, or a time of 0.
    """

    rate: float
    handle_seconds: float
    patience_seconds: float | None = None

    def __post_init__(self) -> None:
        for name, value in (("handle time", self.handle_seconds), ("patience", self.patience_seconds)):
            if value is not None and not 0 < value < inf:
                raise InputError(f"A {name} of {value:g} s is none.", hint="Give seconds above 0.")
        if not 0 <= self.erlangs < inf:
            raise InputError(f"{self.erlangs:g} erlangs are no work.", hint="Give a volume of 0 or more.")

    @property
    def erlangs(self) -> float:
        """The work offered: how many servers it would keep busy all the time."""
        return self.rate * self.handle_seconds


@dataclass(frozen=True, kw_only=True)
class Figures:
    """How a queue does. Shares are within 0 and 1.

    `service_level`: of all that come, those answered within the limit. `answer_seconds`: mean wait of the answered
    (ASA). `wait_seconds`: mean wait of all. `occupancy`: share of the servers' time spent handling.
    """

    wait_share: float
    service_level: float
    answer_seconds: float
    wait_seconds: float
    abandonment: float
    occupancy: float


def erlang_b(erlangs: float, servers: int) -> float:
    """Return the share of arrivals that find all servers busy, where nobody waits (Erlang B), by recursion."""
    _refuse_bad(erlangs, servers)
    blocked = 1.0
    for count in range(1, servers + 1):
        blocked = erlangs * blocked / (count + erlangs * blocked)
    return blocked


def erlang_c(erlangs: float, servers: int) -> float:
    """Return the share of arrivals that wait (Erlang C); 1 when the servers cannot keep up."""
    blocked = erlang_b(erlangs, servers)
    if erlangs >= servers:
        return 1.0
    return blocked / (1 - erlangs / servers * (1 - blocked))


def patience_from(wait_seconds: float, abandonment: float) -> float:
    """Return the mean patience in seconds behind a mean wait of all who came and the share of them that gave up.

    Whatever the number of servers, the share that gives up is the mean wait ÷ the mean patience (Garnett, Mandelbaum
    and Reiman 2002).
    """
    if not (0 < abandonment < 1 and 0 < wait_seconds < inf):
        raise InputError(
            f"Patience cannot be told from a mean wait of {wait_seconds:g} s and {abandonment:.1%} that gave up.",
            hint="Both must be above 0, the share below 100%; or give the mean patience itself.",
        )
    return wait_seconds / abandonment


def figures(work: Work, servers: int, *, within_seconds: float) -> Figures:
    """Return how `servers` do with `work`: by Erlang A when patience is known, else by Erlang C.

    InputError: the numbers are none, or without patience the servers cannot keep up, so that waits grow for ever.
    """
    _refuse_bad(work.erlangs, servers)
    if not 0 <= within_seconds < inf:
        raise InputError(f"{within_seconds:g} s is no limit of a wait.", hint="Give seconds, 0 or more.")
    if work.rate == 0:
        return Figures(wait_share=0.0, service_level=1.0, answer_seconds=0.0, wait_seconds=0.0, abandonment=0.0,
                       occupancy=0.0)  # fmt: skip
    if work.patience_seconds is None:
        return _patient(work, servers, within_seconds)
    return _impatient(work, work.patience_seconds, servers, within_seconds)


def _patient(work: Work, servers: int, within: float) -> Figures:
    spare = servers - work.erlangs
    if spare <= 0:
        raise InputError(
            f"{servers:,} at work cannot keep up with {work.erlangs:,.2f} erlangs: waits grow for ever.",
            hint="Take more people, or give the customers' patience.",
        )
    waits = erlang_c(work.erlangs, servers)
    late = waits * float(np.exp(-spare * within / work.handle_seconds))
    mean = waits * work.handle_seconds / spare
    return Figures(wait_share=waits, service_level=1 - late, answer_seconds=mean, wait_seconds=mean, abandonment=0.0,
                   occupancy=work.erlangs / servers)  # fmt: skip


def _impatient(work: Work, patience: float, servers: int, within: float) -> Figures:
    """Erlang A. With all servers busy and j waiting, who comes gets a server after a sum of j + 1 exponential times of
    rates capacity + k/patience; e to the power of minus it ÷ patience is a Beta variable, which gives every figure.
    """
    from scipy.special import betainc

    alpha = servers * patience / work.handle_seconds
    crowd = work.rate * patience
    logs = _queue_logs(alpha, crowd)
    largest = float(logs.max())
    weights = np.exp(logs - largest)
    blocked = erlang_b(work.erlangs, servers)
    total = float(weights.sum())
    scale = blocked / ((1 - blocked) * float(np.exp(-largest)) + blocked * total)
    found = weights * scale  # the chance to find all busy and j = 0, 1, … waiting
    ahead = np.arange(1, len(found) + 1, dtype=np.float64)
    served = alpha / (alpha + ahead)
    in_time = served * betainc(ahead, alpha + 1, -np.expm1(-within / patience))
    waited = patience * served * np.cumsum(1 / (alpha + ahead))
    waits = min(1.0, total * scale)
    abandonment = float(np.dot(found, ahead / (alpha + ahead)))
    return Figures(
        wait_share=waits, service_level=min(1.0, 1 - waits + float(np.dot(found, in_time))),
        answer_seconds=float(np.dot(found, waited)) / (1 - abandonment), wait_seconds=abandonment * patience,
        abandonment=abandonment, occupancy=work.erlangs * (1 - abandonment) / servers,
    )  # fmt: skip


def _queue_logs(alpha: float, crowd: float) -> Floats:
    """Return the logarithm of how likely j = 0, 1, … are waiting, as multiples of none waiting with all busy."""
    length = max(0.0, crowd - alpha) + _TAIL * np.sqrt(2 * crowd) + 100
    if alpha > crowd:
        # Below capacity the terms fall at least as fast as a geometric series.
        length = min(length, 45 / np.log(alpha / crowd) + 100)
    if length > LONGEST_SUM:
        raise InputError(
            f"With such patience about {length:,.0f} customers may be waiting at once.",
            hint="Leave the patience out when hardly anybody gives up, or give a shorter one.",
        )
    steps = np.log(crowd) - np.log(alpha + np.arange(1, int(length)))
    logs = np.concatenate(([0.0], np.cumsum(steps)))
    # The terms rise and then fall: behind the last that a double can tell beside the largest, nothing is left.
    return np.asarray(logs[: int(np.flatnonzero(logs > logs.max() - _FAINT)[-1]) + 1])


def _refuse_bad(erlangs: float, servers: int) -> None:
    if not 0 <= erlangs < inf:
        raise InputError(f"{erlangs:g} erlangs are no work.", hint="Give a volume and a handle time of 0 or more.")
    if servers < 1:
        raise InputError(f"{servers:,} servers answer nobody.", hint="Take one or more.")
