"""The words of this room: a change, a kind of changes, and the hours that changes are put on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from deskpulse.forecast.model import Floats

HOURS = 24


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change: its kind, its days (`start` to `end`, not included; None: all), and the kind's own numbers.

    `percent` is signed for volume and handle time; of a holiday it is the share of a usual day that still comes.
    """

    kind: str
    percent: float | None = None
    contacts: float | None = None
    people: float | None = None
    day: date | None = None
    moved_from: date | None = None
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Hours:
    """The days to come by local hour, arrays of shape (days, 24): `contacts`, seconds of handling, `people` planned."""

    contacts: Floats
    handle_seconds: Floats
    people: Floats

    def copy(self) -> Hours:
        """Return hours of their own, to change."""
        return replace(self, contacts=self.contacts.copy(), handle_seconds=self.handle_seconds.copy(),
                       people=self.people.copy())  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Base:
    """What is expected without any change.

    `days` are those of the horizon. `profile` (7, 24) is the share of a weekday's contacts that comes in an hour, and
    `usual` (7,) a usual weekday's contacts. `off` are days off. `holiday_level` is what a day off brought in the past,
    as a share of a usual day, from `holidays_seen` of them; None where there was none. `has_plan`: `hours.people` is
    a plan; otherwise it is empty, and what the base needs is taken for one.
    """

    days: tuple[date, ...]
    hours: Hours
    profile: Floats
    usual: Floats
    off: frozenset[date]
    holiday_level: float | None
    holidays_seen: int
    has_plan: bool
    patience_seconds: float | None
    timezone: str
    method: str
    label: str
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()
    notes: tuple[str, ...] = ()


Apply = Callable[[Change, Base, Hours, list[int]], str]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of changes. `numbers` are the names it takes with least and most; `needs` one of them.

    `apply` changes the hours of the given days (places in `Base.days`), and returns a note or "".
    """

    name: str
    about: str
    apply: Apply
    numbers: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    needs_window: bool = False
    is_day: bool = False
