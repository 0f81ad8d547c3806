"""Whether the day or the month comes first, decided over all date columns of a file together."""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from deskpulse.core.clock import known_timezones
from deskpulse.ingest.suggest.profile import Profile
from deskpulse.ingest.values.times import read_times

_LATER = ("closed_at", "solved_at", "first_solved_at", "first_replied_at", "updated_at", "ended_at", "responded_at",
          "answered_at", "left_at", "churned_at", "due_at")  # fmt: skip
_EARLIER = ("created_at", "started_at", "offered_at", "asked_at", "joined_at")
_MONTH_FIRST_ZONES = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Phoenix",
                      "America/Detroit", "America/Boise", "America/Anchorage", "Pacific/Honolulu", "US/")  # fmt: skip
_ORDER_WORDS = {"dmy": "day first", "mdy": "month first", "ymd": "year first"}


_ZONE_IN_NAME = re.compile(r"[(\[]\s*(UTC|[A-Z][A-Za-z]+(?:/[A-Z][A-Za-z_+-]+)+)\s*[)\]]")


@dataclass(frozen=True)
class DateOrder:
    """How the file's dates are written; `note` tells a person when it had to be guessed."""

    parse: str
    note: str = ""


def date_order(columns: dict[str, Profile], zone: str) -> DateOrder:
    """Return the order of day and month for the time columns (by target) whose dates leave it open."""
    plain = {t: p for t, p in columns.items() if not p.is_typed_time and p.times and p.times.get("iso", 0.0) < 0.98}
    if not plain:
        return DateOrder("iso")
    day, month = (sum(getattr(p, kind) for p in plain.values()) for kind in ("day_first", "month_first"))
    if day or month:
        order = "dmy" if day >= month else "mdy"
        if day and month:
            return DateOrder(order, _mixed(plain, order))
        unclear = [p.name for p in plain.values() if p.is_ambiguous_date]
        if unclear:
            others = ", ".join(repr(p.name) for p in plain.values() if not p.is_ambiguous_date)
            told = f"{', '.join(map(repr, unclear))}: no day is above 12, so read {_ORDER_WORDS[order]} like {others}."
            return DateOrder(order, told)
        return DateOrder(order)
    if all(p.times.get("ymd", 0.0) > max(p.times.get("dmy", 0.0), p.times.get("mdy", 0.0)) for p in plain.values()):
        return DateOrder("ymd")
    order, why = _likely(plain, zone)
    names = ", ".join(repr(p.name) for p in plain.values())
    return DateOrder(
        order,
        f"{names}: every day is 12 or less, so day and month could change places. Read with the "
        f"{_ORDER_WORDS[order]} because {why}. If that is wrong, set the parse of these columns.",
    )


def _mixed(plain: dict[str, Profile], order: str) -> str:
    """Return the note on dates that cannot all be read in one order."""
    other = "month_first" if order == "dmy" else "day_first"
    against = {p.name: getattr(p, other) for p in plain.values() if getattr(p, other)}
    strange = "month first" if order == "dmy" else "day first"
    told = ", ".join(f"{count:,} of {name!r}" for name, count in against.items())
    return (
        f"Dates are written both ways: {told} can only be read {strange}, more dates only {_ORDER_WORDS[order]}. All"
        f" are read {_ORDER_WORDS[order]}: those rows are set aside, and dates without a number above 12 may be wrong."
        " Write dates one way, best as 2026-03-16."
    )


def named_zone(columns: dict[str, Profile], zone: str) -> tuple[str, str]:
    """Return the zone that a heading such as "Date (Europe/Berlin)" names, else `zone`; and a note of it."""
    local = [p for p in columns.values() if not p.is_zoned and not p.is_typed_time]
    named = {p.name: found for p in local for found in _ZONE_IN_NAME.findall(p.name) if _is_zone(found)}
    if len(set(named.values())) != 1:
        return zone, ""
    column, found = next(iter(named.items()))
    return found, f"Times are in {found}, as the heading {column!r} says."


def _is_zone(name: str) -> bool:
    return name == "UTC" or name in known_timezones()


def _likely(plain: dict[str, Profile], zone: str) -> tuple[str, str]:
    """Return the likelier order of dates that can be read both ways, and why."""
    backwards = {order: _backwards(plain, order) for order in ("dmy", "mdy")}
    if backwards["dmy"] != backwards["mdy"]:
        better = min(backwards, key=lambda o: backwards[o])
        return better, f"{max(backwards.values())} rows would otherwise end before they begin"
    cells = pl.concat([p.cells.drop_nulls().head(50).alias("c") for p in plain.values()])
    if cells.str.contains(r"^\d{1,2}\.\d{1,2}\.").any():
        return "dmy", "dates with dots are written so"
    if cells.str.contains(r"(?i)\d\s*[ap]\.?m").any():
        return "mdy", "dates with AM and PM mostly are"
    if zone.startswith(_MONTH_FIRST_ZONES):
        return "mdy", f"dates in {zone} are written so"
    return "dmy", "most countries write them so"


def _backwards(plain: dict[str, Profile], order: str) -> int:
    """Return how many rows would end before they begin."""
    read = {
        t.rpartition(".")[2]: read_times(p.cells, order, "UTC").values
        for t, p in plain.items()
        if t.rpartition(".")[2] in _LATER + _EARLIER
    }
    return sum(
        int((read[later] < read[earlier]).sum())
        for earlier in _EARLIER if earlier in read for later in _LATER if later in read
    )  # fmt: skip
