"""The words of this room: evidence, a recommendation, and the rules that find some."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from deskpulse.insights.recommend.evidence import Evidence

Effort = Literal["low", "medium", "high"]


@dataclass(frozen=True, kw_only=True)
class Gain:
    """What is to be expected a month, in `unit`, with the 95 % interval of the evidence."""

    value: float
    low: float
    high: float
    unit: str
    about: str


@dataclass(frozen=True, kw_only=True)
class Recommendation:
    """One thing to do, about the slice `where` (filters, ANDed).

    `metric` in the slice tells later what it brought. `touched` is how many rows a month it is about: what touches
    most comes first. `about` names what no filter does: which of several things about the same slice it is.
    """

    rule: str
    title: str
    text: str
    metric: str
    where: tuple[str, ...]
    evidence: Mapping[str, float | int | str | None]
    gain: Gain | None
    effort: Effort
    owner: str
    touched: float
    notes: tuple[str, ...] = ()
    link: str = ""
    z: float = 0.0
    lists: tuple[Mapping[str, object], ...] = field(default=())
    about: str = ""

    @property
    def id(self) -> str:
        """Return what names it as long as it is about the same thing."""
        said = (self.rule, self.metric, *self.where, *((self.about,) if self.about else ()))
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:12]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A kind of recommendation; `find` yields those that the evidence bears out."""

    name: str
    label: str
    about: str
    find: Callable[[Evidence], Iterable[Recommendation]]
