"""How many people a target needs, with a cap on occupancy, shrinkage, and several contacts at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from math import ceil
from typing import Literal

from deskpulse.core.errors import InputError
from deskpulse.forecast.staffing.erlang import Figures, Work, figures

_LEVEL = re.compile(r"^(\d+(?:\.\d+)?)\s*%?\s*/\s*(\d+(?:\.\d+)?)\s*s?$")
_DEFERRED = re.compile(r"^(\d+(?:\.\d+)?)\s*%?\s*/\s*(\d+(?:\.\d+)?)\s*h$")
_NAMED = re.compile(r"^(asa|abandonment)\s*[= ]\s*(\d+(?:\.\d+)?)\s*(%|s)?$")
HINT = (
    "Write 80/20 (80% within 20 s), asa=30 (mean wait in seconds), abandonment=5 (at most 5%), or 95/8h (95% within "
    "8 working hours)."
)


@dataclass(frozen=True, kw_only=True)
class Target:
    """What is promised: a share answered `within_seconds`, a mean speed of answer, or at most a share that gives up.

    `value` is a share (service_level, abandonment, deferred) or seconds (asa). A deferred target is one of a backlog
    and counts working time; no queue keeps it.
    """

    kind: Literal["service_level", "asa", "abandonment", "deferred"]
    value: float
    within_seconds: float = 20.0

    def is_met(self, found: Figures) -> bool:
        """Whether a queue that does so keeps the promise."""
        if self.kind == "service_level":
            return found.service_level >= self.value
        if self.kind == "asa":
            return found.answer_seconds <= self.value
        return found.abandonment <= self.value


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What beside the target sets the number of people.

    `occupancy`: people are busy at most this share of the time. `shrinkage`: the share of paid time in which they are
    not there for customers. `concurrency`: contacts that one handles at once (chat); the handle time is then that of a
    contact with so many beside it. `most`: more people than this are no answer.
    """

    occupancy: float = 1.0
    shrinkage: float = 0.0
    concurrency: int = 1
    most: int = 10_000


@dataclass(frozen=True, kw_only=True)
class Required:
    """The least that keep the promise: `agents` at work, `people` on the roster, and how the queue then does."""

    agents: int
    people: int
    figures: Figures


def read_target(text: str) -> Target:
    """Return the target that `text` names: 80/20, asa=30 or abandonment=5; InputError when no headcount reaches it."""
    given = text.strip().lower()
    if found := _LEVEL.match(given):
        share, within = float(found[1]) / 100, float(found[2])
        if not 0 < share < 1:
            raise InputError(
                f"No headcount answers {found[1]}% within {found[2]} s: someone may always have to wait longer."
                if share >= 1 else "A target of 0% asks for nobody.",
                hint="Aim at a share above 0 and below 100%, such as 95/20.",
            )  # fmt: skip
        return Target(kind="service_level", value=share, within_seconds=within)
    if found := _DEFERRED.match(given):
        share, within = float(found[1]) / 100, float(found[2]) * 3600
        if not (0 < share <= 1 and within > 0):
            raise InputError(f"{text!r} is no target for deferred work.", hint="Write such as 95/8h.")
        return Target(kind="deferred", value=share, within_seconds=within)
    if found := _NAMED.match(given):
        value = float(found[2])
        if found[1] == "asa" and found[3] != "%":
            if value <= 0:
                raise InputError("No headcount brings the mean wait to 0 s.", hint="Aim at some seconds: asa=5.")
            return Target(kind="asa", value=value)
        if found[1] == "abandonment" and found[3] != "s":
            if not 0 < value < 100:
                raise InputError(
                    f"An abandonment of {value:g}% is no target: with any headcount somebody may give up.",
                    hint="Aim at a share above 0 and below 100%: abandonment=3.",
                )
            return Target(kind="abandonment", value=value / 100)
    raise InputError(f"{text!r} is no target.", hint=HINT)


def required(work: Work, target: Target, rules: Rules) -> Required:
    """Return the least number of people with which `work` meets `target` under `rules`.

    More people never do worse, so the number is found by halving. InputError: `rules.most` do not reach it.
    """
    refuse_bad_rules(rules)
    if target.kind == "deferred":
        raise InputError(
            "A target in hours is one of a backlog, not of a queue with people waiting.",
            hint="Leave the volume out: the workspace's tickets are taken. Or give a limit in seconds, such as 80/20.",
        )
    if target.kind == "abandonment" and work.patience_seconds is None:
        raise InputError(
            "Nobody gives up in a queue of endless patience.", hint="Give the mean patience of customers in seconds."
        )
    if work.rate == 0:
        return Required(agents=0, people=0, figures=figures(work, 1, within_seconds=target.within_seconds))

    @cache  # the last number that was tried is often the answer
    def done(agents: int) -> Figures:
        return figures(work, agents * rules.concurrency, within_seconds=target.within_seconds)

    def is_enough(agents: int) -> bool:
        if work.patience_seconds is None and agents * rules.concurrency <= work.erlangs:
            return False
        found = done(agents)
        return target.is_met(found) and found.occupancy <= rules.occupancy

    # Near the work itself first: far cheaper than halving from the limit.
    few, step, base = 0, 1, max(0, int(work.erlangs / rules.concurrency) - 1)
    while not is_enough(enough := min(base + step, rules.most)):
        if enough == rules.most:
            raise InputError(
                f"{rules.most:,} people do not reach the target with {work.erlangs:,.1f} erlangs.",
                hint="Aim lower, split the queue, or raise DESKPULSE_STAFFING_MAX_AGENTS.",
            )
        few, step = enough, step * 2
    while enough - few > 1:
        middle = (few + enough) // 2
        few, enough = (few, middle) if is_enough(middle) else (middle, enough)
    return Required(agents=enough, people=on_roster(enough, rules.shrinkage), figures=done(enough))


def on_roster(agents: int, shrinkage: float) -> int:
    """Return how many must be planned for `agents` to be there, of whose paid time a share is not for customers."""
    return ceil(agents / (1 - shrinkage) - 1e-9)  # 14 / 0.7 is 20, whatever the last digit says


def refuse_bad_rules(rules: Rules) -> None:
    """Raise InputError for a cap, a shrinkage or a concurrency that nobody can keep."""
    if not 0 < rules.occupancy <= 1:
        raise InputError(
            f"No headcount keeps the occupancy at {rules.occupancy:.0%}." if rules.occupancy <= 0
            else f"An occupancy cap of {rules.occupancy:g} is above 1.",
            hint="Give a share such as 0.85.",
        )  # fmt: skip
    if not 0 <= rules.shrinkage < 1:
        raise InputError(
            f"With a shrinkage of {rules.shrinkage:g} nobody is ever there." if rules.shrinkage >= 1
            else f"A shrinkage of {rules.shrinkage:g} is none.",
            hint="Give a share of 0 or more and below 1, such as 0.3.",
        )  # fmt: skip
    if rules.concurrency < 1:
        raise InputError(f"{rules.concurrency} contacts at once are none.", hint="Give 1 or more.")
