"""The working hours of the sample world's teams, as its people keep them, and what it promises its customers."""

from __future__ import annotations

from datetime import date

from deskpulse.core.business_time import MINUTES_A_DAY, Holiday, WorkingHours
from deskpulse.core.service_levels import Policy, parse_targets
from deskpulse.demo.calendar import REGIONS
from deskpulse.demo.cast import NIGHT, TEAMS


def working_hours(year: int) -> dict[str, WorkingHours]:
    """Return each team's hours, with the holidays of the world that ends in `year` and of the year after.

    The night desk rests on no day.
    """
    found = {}
    for number, team in enumerate(TEAMS):
        weekly = tuple((day * MINUTES_A_DAY + team.opens * 60, day * MINUTES_A_DAY + team.closes * 60)
                       for day in range(team.days))  # fmt: skip
        rests = () if number == NIGHT else next(r.holidays for r in REGIONS if r.timezone == team.timezone)
        holidays = tuple(Holiday(day=date(y, m, d)) for y in range(year - 2, year + 2) for m, d in rests)
        found[team.name] = WorkingHours(weekly=weekly, timezone=team.timezone, holidays=holidays)
    return found


def service_levels() -> tuple[Policy, ...]:
    """Return what the sample world promises: more to large companies than to others."""
    return (
        Policy(
            name="Enterprise", conditions={"company_tier": ("enterprise",)}, position=0,
            targets=parse_targets("first_reply: urgent 30m, * 2h; resolution: urgent 8h, * 1d business"),
        ),
        Policy(
            name="Standard", position=1,
            targets=parse_targets("first_reply: urgent 2h, * 8h business; resolution: urgent 1d, * 3d business"),
        ),
    )  # fmt: skip
