"""Service-level policies: what is promised to which customers, and how the versions of a policy follow each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from deskpulse.core.errors import InputError, UnknownNameError

TARGETS = ("first_reply", "next_reply", "periodic_update", "requester_wait", "agent_work", "resolution")
"""What can be promised; `docs/service-levels.md` says when each clock runs."""
CONDITIONS = ("priority", "channel", "team", "brand", "ticket_type", "category", "customer_tier", "company_tier")
"""What tickets may be chosen by."""
ANY = "*"
"""The priority of a promise for all priorities that have none of their own."""
LONGEST_SECONDS = 10 * 366 * 86_400.0
_UNITS = {"s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0, "w": 604_800.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Promise:
    """How soon one target must be reached: seconds by priority, `ANY` for the others; in calendar or working time."""

    seconds: Mapping[str, float]
    is_business: bool = False

    def __post_init__(self) -> None:
        if not self.seconds:
            raise InputError("A promise names no time.", hint="For example: first_reply: urgent 30m, * 4h.")
        for priority, seconds in self.seconds.items():
            if not 0 < seconds <= LONGEST_SECONDS:
                raise InputError(
                    f"A promise of {seconds:g} seconds for {priority!r} is not possible.",
                    hint="Give more than nothing and at most ten years.",
                )


@dataclass(frozen=True, kw_only=True)
class Policy:
    """One version of a policy: for tickets that meet all `conditions` (each: one of several values).

    The first policy by `position` that a ticket meets is the ticket's. A version holds for what began to count in
    [valid_from, valid_until); None is without limit. `targets` is empty for a policy that promises nothing: the
    tickets it chooses have no target.
    """

    name: str
    targets: Mapping[str, Promise]
    conditions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    position: int = 0
    version: int = 1
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def __post_init__(self) -> None:
        for target in self.targets:
            if target not in TARGETS:
                raise UnknownNameError("target", target, TARGETS)
        for name, values in self.conditions.items():
            if name not in CONDITIONS:
                raise UnknownNameError("condition", name, CONDITIONS)
            if not values:
                raise InputError(f"The condition on {name} names no value.", hint="Name one, or leave it out.")

    def as_dict(self) -> dict[str, object]:
        """Return a JSON-able form."""
        return {
            "name": self.name, "version": self.version, "position": self.position,
            "conditions": {name: list(values) for name, values in self.conditions.items()},
            "targets": {
                name: {"seconds": dict(promise.seconds), "is_business": promise.is_business}
                for name, promise in self.targets.items()
            },
            "text": print_targets(self.targets),
            "valid_from": self.valid_from.isoformat() if self.valid_from else None,
            "valid_until": self.valid_until.isoformat() if self.valid_until else None,
        }  # fmt: skip


def in_order(policies: Iterable[Policy]) -> tuple[Policy, ...]:
    """Return the versions of all policies in the order in which tickets try them."""
    return tuple(sorted(policies, key=lambda p: (p.position, p.name, p.version)))


def read_seconds(text: str) -> float:
    """Return the seconds of a duration such as `30m`, `1h 30m` or `2d`."""
    found = _DURATION.findall(text)
    if not found or _DURATION.sub("", text).strip():
        raise InputError(f"{text.strip()[:40]!r} is no duration.", hint="Write 45s, 30m, 1h 30m, 2d or 1w.")
    return sum(float(number) * _UNITS[unit.lower()] for number, unit in found)


def parse_targets(text: str) -> dict[str, Promise]:
    """Return the promises of `first_reply: urgent 30m, * 4h business; resolution: * 3d`.

    Each target's times go by priority, `*` for the others; `business` at its end counts working time.
    """
    found: dict[str, Promise] = {}
    for part in filter(str.strip, text.split(";")):
        name, colon, times = (piece.strip() for piece in part.partition(":"))
        if not colon:
            raise InputError(f"{part.strip()[:60]!r} has no colon.", hint="Write target: priority time, …")
        if name in found:
            raise InputError(f"The target {name} is there twice.", hint="Put all its times into one.")
        bare = re.sub(r"\s+business$", "", times, flags=re.IGNORECASE)
        seconds: dict[str, float] = {}
        for item in bare.split(","):
            first, _, rest = item.strip().partition(" ")
            # "1h 30m" is a time for all priorities; "high 1h 30m" begins with a priority.
            priority, duration = (first, rest) if rest and not _DURATION.match(first) else (ANY, item)
            if priority in seconds:
                raise InputError(f"{name} has two times for {priority}.", hint="Keep one.")
            seconds[priority] = read_seconds(duration)
        if name not in TARGETS:
            raise UnknownNameError("target", name, TARGETS)
        found[name] = Promise(seconds=seconds, is_business=bare != times)
    if not found:
        raise InputError("There is no target.", hint="For example: first_reply: urgent 30m, * 4h.")
    return found


def print_targets(targets: Mapping[str, Promise]) -> str:
    """Return promises as `parse_targets` reads them."""
    said = []
    for name, promise in targets.items():
        times = ", ".join(f"{priority} {_print_seconds(seconds)}" for priority, seconds in promise.seconds.items())
        said.append(f"{name}: {times}{' business' if promise.is_business else ''}")
    return "; ".join(said)


def _print_seconds(seconds: float) -> str:
    parts, left = [], seconds
    for unit, size in (("d", 86_400.0), ("h", 3_600.0), ("m", 60.0)):
        whole = int(left // size)
        if whole:
            parts.append(f"{whole}{unit}")
            left -= whole * size
    if left or not parts:
        parts.append(f"{left:g}s")
    return " ".join(parts)


def refuse_disorder(versions: Iterable[Policy]) -> None:
    """Raise InputError unless each version of one policy begins after the one before."""
    begins = [v.valid_from for v in versions]
    for before, after in pairwise(begins):
        if after is None or (before is not None and after <= before):
            raise InputError(
                "A version must begin after the one before.",
                hint=f"The last one begins at {before.isoformat()}." if before else "Give it a beginning.",
            )
