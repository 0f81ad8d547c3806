"""Which working hours hold for whom in a workspace: schedules, and the teams and brands that work by them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from deskpulse.core.business_time import Mode, Schedule


@dataclass(frozen=True, kw_only=True)
class Book:
    """The schedules of a workspace by name, and who works by which: teams, then brands, then everybody (`default`).

    `mode`: `as_of` counts each stretch by the hours then in force, `last_schedule` all of it by the last ones.
    """

    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    teams: Mapping[str, str] = field(default_factory=dict)
    brands: Mapping[str, str] = field(default_factory=dict)
    default: str | None = None
    mode: Mode = "as_of"

    def schedule_of(self, team: str | None, brand: str | None) -> str | None:
        """Return the name of the schedule of a team or, where it has none, of a brand; else everybody's, or None."""
        return self.teams.get(team or "") or self.brands.get(brand or "") or self.default
