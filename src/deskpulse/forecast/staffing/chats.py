"""How many chats an agent has at once, and how long one lasts: from the messages that agents wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from deskpulse.metrics.model import Filter, Where
from deskpulse.metrics.past import Past

PAUSE = timedelta(minutes=15)
"""An agent who writes nothing in a chat for longer has left it."""
LEAST = 20
"""Stretches of chatting below which nothing is told."""


@dataclass(frozen=True, kw_only=True)
class Chats:
    """`at_once`: chats under way, on average over the time in which any is; `seconds`: mean length of one."""

    at_once: float
    seconds: float
    stretches: int

    @property
    def concurrency(self) -> int:
        """Whole chats at once, rounded down: who has more people than needed answers in time."""
        return max(1, int(self.at_once + 1e-9))


def is_of_chats(conditions: Sequence[Where]) -> bool:
    """Whether `conditions` keep chats alone."""
    return any(isinstance(one, Filter) and (one.dimension, one.operator, one.values) == ("channel", "in", ("chat",))
               for one in conditions)  # fmt: skip


def read_chats(past: Past, start: datetime, end: datetime) -> Chats | None:
    """Return how agents chatted within [start, end); None where too little is known.

    At once is the sum of all stretches ÷ the time that they cover, agent by agent.
    """
    found = past.chat_stretches(start, end, pause=PAUSE)
    if found.height < LEAST:
        return None
    who = found["who"].to_numpy()
    begins, ends = (found[name].dt.timestamp("us").to_numpy() / 1e6 for name in ("from_at", "until_at"))
    covered = 0.0
    for agent in np.unique(who):
        mine = who == agent
        covered += _covered(begins[mine], ends[mine])
    whole = float((ends - begins).sum())
    return Chats(at_once=whole / covered, seconds=whole / found.height, stretches=found.height)


def _covered(begins: Any, ends: Any) -> float:
    """Return the length of what stretches cover together; they are in order of their beginning."""
    before = np.concatenate([[-np.inf], np.maximum.accumulate(ends)[:-1]])
    return float(np.maximum(ends - np.maximum(begins, before), 0.0).sum())
