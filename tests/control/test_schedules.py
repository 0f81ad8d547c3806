"""Schedules in the control database: versions and assignments are kept, hostile ones refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest

from deskpulse.control import Control
from deskpulse.core.business_time import Holiday, WorkingHours
from deskpulse.core.clock import frozen_at
from deskpulse.core.errors import ConflictError, InputError, LimitError, NotFoundError
from deskpulse.core.events import Event, bus

NINE_TO_FIVE = tuple((d * 1440 + 540, d * 1440 + 1020) for d in range(5))
T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)


def hours(*weekly: tuple[int, int], **more: object) -> WorkingHours:
    return WorkingHours(weekly=weekly or NINE_TO_FIVE, **more)  # type: ignore[arg-type]


def test_a_schedule_comes_back_as_it_was_written(control: Control) -> None:
    written = hours((540, 720), (780, 1050), (10_000, 10_300), timezone="Europe/Berlin", holidays=(
        Holiday(day=date(2026, 12, 24), name="Heiligabend ☃", start=720), Holiday(day=date(2026, 12, 25)),
    ), valid_from=T0)  # fmt: skip
    control.schedules.set("acme", "Day", written, by="ann")
    assert control.schedules.get("acme", "Day").versions == (written,)
    assert [s.name for s in control.schedules.list("acme")] == ["Day"]
    assert control.schedules.list("globex") == ()


def test_an_edit_makes_a_version_and_the_old_one_stays(control: Control) -> None:
    with frozen_at(T0):
        control.schedules.set("acme", "Day", hours(), by="ann")
    with frozen_at(T0 + timedelta(days=1)):
        made = control.schedules.set("acme", "Day", hours((0, 60)), by="bob")
    assert [v.valid_from for v in made.versions] == [None, T0 + timedelta(days=1)]
    assert made.versions[0].weekly == NINE_TO_FIVE
    assert made == control.schedules.get("acme", "Day")
    with pytest.raises(InputError, match="not in order"):
        control.schedules.set("acme", "Day", hours(valid_from=T0), by="bob")
    assert control.schedules.get("acme", "Day") == made


def test_a_correction_keeps_what_the_version_said_before(control: Control) -> None:
    with frozen_at(T0):
        control.schedules.set("acme", "Day", hours(), by="ann")
        control.schedules.set("acme", "Day", hours((0, 60)), by="ann")
    with frozen_at(T0 + timedelta(hours=1)):
        made = control.schedules.set("acme", "Day", hours((0, 90)), by="bob", correct=2)
    assert [v.weekly for v in made.versions] == [NINE_TO_FIVE, ((0, 90),)]
    assert made.versions[1].valid_from == T0
    told = [(w.number, w.wording, w.hours.weekly, w.written_by, w.written_at, w.replaced_by, w.replaced_at)
            for w in control.schedules.wordings("acme", "Day")]  # fmt: skip
    later = T0 + timedelta(hours=1)
    assert told == [
        (1, 1, NINE_TO_FIVE, "ann", T0, None, None), (2, 1, ((0, 60),), "ann", T0, "bob", later),
        (2, 2, ((0, 90),), "bob", later, None, None),
    ]  # fmt: skip
    for number in (0, 3):
        with pytest.raises(NotFoundError, match=f"no version {number}"):
            control.schedules.set("acme", "Day", hours(), by="bob", correct=number)


def test_who_works_by_which(control: Control) -> None:
    assert control.schedules.book("acme") is None
    control.schedules.set("acme", "Day", hours(), by="ann")
    control.schedules.set("acme", "Night", hours((1320, 1800)), by="ann")
    book = control.schedules.book("acme")
    assert book is not None
    assert book.schedule_of("Tier 1", "Pro") is None
    assert control.schedules.assign("acme", "workspace", "", "Day", by="ann")
    assert control.schedules.assign("acme", "brand", "Pro", "Night", by="ann")
    assert control.schedules.assign("acme", "team", "Tier 1", "Day", by="ann")
    assert not control.schedules.assign("acme", "team", "Tier 1", "Day", by="ann")
    assert control.schedules.assign("acme", "team", "Tier 2", "Day", by="ann")
    assert control.schedules.assign("acme", "team", "Tier 2", None, by="bob")
    control.schedules.set_mode("acme", "last_schedule")
    book = control.schedules.book("acme")
    assert book is not None
    assert [book.schedule_of(*who) for who in ((None, None), (None, "Pro"), ("Tier 1", "Pro"), ("Tier 2", "Pro"))] == [
        "Day", "Night", "Day", "Night",
    ]  # fmt: skip
    assert book.mode == "last_schedule"
    told = [(a.target, a.schedule, a.ended_by) for a in control.schedules.assignments("acme", ended=True)]
    assert told == [("Pro", "Night", None), ("Tier 1", "Day", None), ("Tier 2", "Day", "bob"), ("", "Day", None)]
    assert len(control.schedules.assignments("acme")) == 3


def test_a_schedule_in_use_cannot_be_removed_and_one_removed_stays_on_record(control: Control) -> None:
    control.schedules.set("acme", "Day", hours(), by="ann")
    control.schedules.assign("acme", "team", "Tier 1", "Day", by="ann")
    with pytest.raises(ConflictError, match="in use: team Tier 1"):
        control.schedules.remove("acme", "Day", by="ann")
    control.schedules.assign("acme", "team", "Tier 1", None, by="ann")
    control.schedules.remove("acme", "Day", by="ann")
    with pytest.raises(NotFoundError, match="no schedule 'Day'"):
        control.schedules.get("acme", "Day")
    book = control.schedules.book("acme")
    assert book is not None
    assert book.schedules == {}
    control.schedules.set("acme", "Day", hours((0, 60)), by="bob")
    assert [(w.number, w.wording) for w in control.schedules.wordings("acme", "Day")] == [(1, 1), (1, 2)]


def test_what_is_refused(control: Control) -> None:
    with pytest.raises(InputError, match="overlap"):
        control.schedules.set("acme", "Day", hours((540, 700), (600, 720)), by="ann")
    with pytest.raises(InputError, match="1 to 200 characters"):
        control.schedules.set("acme", "", hours(), by="ann")
    with pytest.raises(InputError, match="NUL"):
        control.schedules.set("acme", "a\x00b", hours(), by="ann")
    with pytest.raises(NotFoundError, match="no workspace 'nobody'"):
        control.schedules.set("nobody", "Day", hours(), by="ann")
    with pytest.raises(NotFoundError, match="no schedule 'Day'"):
        control.schedules.assign("acme", "team", "Tier 1", "Day", by="ann")
    with pytest.raises(NotFoundError, match="no schedule"):
        control.schedules.remove("acme", "Day", by="ann")
    with pytest.raises(InputError, match="names no workspace"):
        control.schedules.assign("acme", "workspace", "x", None, by="ann")
    with pytest.raises(InputError, match="not assigned to a 'planet'"):
        control.schedules.assign("acme", "planet", "x", None, by="ann")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no mode"):
        control.schedules.set_mode("acme", "guess")  # type: ignore[arg-type]
    many = tuple(Holiday(day=date(2000, 1, 1) + timedelta(days=d)) for d in range(5_001))
    with pytest.raises(LimitError, match="5,001 holidays"):
        control.schedules.set("acme", "Day", hours(holidays=many), by="ann")
    assert control.schedules.list("acme") == ()


def test_edits_at_once_all_become_versions_and_are_announced(control: Control) -> None:
    heard: list[Event] = []
    stop = bus.listen("schedule.changed", heard.append)
    control.schedules.set("acme", "Day", hours(), by="ann")
    begins = [T0 + timedelta(days=d) for d in range(6)]

    def edit(begin: datetime) -> bool:
        try:
            control.schedules.set("acme", "Day", hours(valid_from=begin), by="ann")
        except InputError:  # a later one was quicker
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(edit, begins))
    stop()
    kept = [v.valid_from for v in control.schedules.get("acme", "Day").versions[1:]]
    assert kept == [b for b, is_kept in zip(begins, done, strict=True) if is_kept]
    assert len(heard) == 1 + sum(done)
    assert done[-1]


def test_when_it_last_changed(control: Control) -> None:
    assert control.schedules.changed_at("acme") is None
    seen = []
    for day, change in enumerate((
        lambda: control.schedules.set("acme", "Day", hours(), by="a"),
        lambda: control.schedules.assign("acme", "team", "T", "Day", by="a"),
        lambda: control.schedules.set_mode("acme", "last_schedule"),
        lambda: control.schedules.assign("acme", "team", "T", None, by="a"),
        lambda: control.schedules.remove("acme", "Day", by="a"),
    )):  # fmt: skip
        with frozen_at(T0 + timedelta(days=day)):
            change()
        seen.append(control.schedules.changed_at("acme"))
    assert seen == [T0 + timedelta(days=d) for d in range(5)]
