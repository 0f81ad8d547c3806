"""Draws from one unit's tickets: some at random, the same for the same seed; some for a reason, of several kinds."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Json = dict[str, Any]
AGAIN = 0.5
"""What a reason still weighs for each ticket that was picked for it already: so a pick shows several kinds."""


def place(seed: str, ticket_id: str) -> str:
    """Return a ticket's place in the random order of a seed: nothing of the ticket but its id moves it."""
    return hashlib.sha256(f"{seed}\x1f{ticket_id}".encode("utf-8", "surrogatepass")).hexdigest()


def draw(
    ids: Sequence[str], *, seed: str, at_random: int, for_reason: int,
    reasons_of: Callable[[Sequence[str]], Mapping[str, list[Json]]],
) -> list[Json]:  # fmt: skip
    """Return `{ticket_id, chosen, reasons}`: first `at_random` of all `ids`, then up to `for_reason` of the rest.

    `chosen` is "random" or the reason that weighed most. `reasons_of` tells the reasons of tickets.
    """
    order = sorted(ids, key=lambda one: place(seed, one))
    drawn, rest = order[:at_random], order[at_random:]
    told = reasons_of([*drawn, *rest])
    picks: list[Json] = [{"ticket_id": one, "chosen": "random", "reasons": told.get(one, [])} for one in drawn]
    seen: Counter[str] = Counter()
    left = [one for one in rest if told.get(one)]

    def worth(one: str) -> float:
        return sum(float(reason["weight"]) * AGAIN ** seen[reason["name"]] for reason in told[one])

    while left and len(picks) < len(drawn) + for_reason:
        best = max(left, key=lambda one: (worth(one), place(seed, one)))
        left.remove(best)
        why = max(told[best], key=lambda reason: reason["weight"] * AGAIN ** seen[reason["name"]])
        seen.update(reason["name"] for reason in told[best])
        picks.append({"ticket_id": best, "chosen": why["name"], "reasons": told[best]})
    return picks
