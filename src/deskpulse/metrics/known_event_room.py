"""The known events of a workspace, as API, pages, Python and terminal list and write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from deskpulse.access.principals import require
from deskpulse.control.known_events import KINDS, KnownEvent
from deskpulse.control.repository import checked
from deskpulse.control.schema import NAME_CHARS, UNSTORABLE
from deskpulse.core.clock import now
from deskpulse.core.errors import DeskpulseError, InputError, LimitError, NotFoundError, UnknownNameError
from deskpulse.core.ids import new_id
from deskpulse.core.periods import add_units, zone
from deskpulse.core.principal import Principal
from deskpulse.metrics.conditions import checked_filter
from deskpulse.metrics.filters import Bounds, leaves_of, parse_where
from deskpulse.metrics.happenings import bounds_of, known_happenings, local_time
from deskpulse.metrics.host import Host
from deskpulse.metrics.lookup import find_dimension
from deskpulse.metrics.segments import SEGMENT

Json = dict[str, Any]
NOTE_CHARS = 2_000
FIELDS = ("name", "kind", "start", "end", "where", "note", "repeats_yearly", "ignore")
_YES, _NO = {"true", "yes", "1", "x"}, {"false", "no", "0", ""}


class KnownEventRoom:
    """What one workspace knows to happen, for one principal."""

    def __init__(self, host: Host, principal: Principal) -> None:
        self._settings, self._events, self._principal = host.settings, host.control.known_events, principal
        self._control = host.control
        self._timezone = host.control.workspaces.get(principal.workspace).timezone
        self._local = zone(self._timezone)

    def list(self, *, kind: str | None = None, start: str | None = None, end: str | None = None) -> Json:
        """List the events, the latest first: all, those of a kind, those that touch the time from `start` to `end`."""
        require(self._principal, "viewer")
        events = self._events.list(self._principal.workspace)
        if kind is not None:
            wanted = _kind(kind)
            events = tuple(one for one in events if one.kind == wanted)
        if start or end:
            first, last = local_time(start or "1970-01-02", self._local), local_time(end or "2199-12-30", self._local)
            found = known_happenings(
                self._control, self._principal.workspace, *bounds_of(first, last, self._local),
                timezone=self._timezone, settings=self._settings,
            )  # fmt: skip
            on = {one.event.event_id for one in found}
            events = tuple(one for one in events if one.event_id in on)
        return {"timezone": self._timezone, "kinds": list(KINDS), "events": [self._line(one) for one in events[::-1]]}

    def show(self, event_id: str) -> Json:
        """Return one event."""
        require(self._principal, "viewer")
        return self._line(self._events.get(self._principal.workspace, event_id))

    def add(self, spec: Mapping[str, Any]) -> Json:
        """Keep a new event: name, kind, start, and if wanted end, where, note, repeats_yearly, ignore."""
        require(self._principal, "analyst")
        made = self._read(spec, new_id("event"))
        self._events.save(self._principal.workspace, [made])
        return self._line(made)

    def change(self, event_id: str, spec: Mapping[str, Any]) -> Json:
        """Put what `spec` names in place of what an event was; what it leaves out stays."""
        require(self._principal, "analyst")
        before = self._events.get(self._principal.workspace, event_id)
        kept = {name: getattr(before, name) for name in FIELDS}
        if "kind" in spec and "ignore" not in spec:
            del kept["ignore"]  # it goes by the kind
        made = self._read({**kept, **spec}, event_id)
        self._events.save(self._principal.workspace, [made])
        return self._line(made)

    def remove(self, event_id: str) -> Json:
        """Forget an event."""
        require(self._principal, "analyst")
        if not self._events.delete(self._principal.workspace, event_id):
            raise NotFoundError(f"There is no known event {event_id!r}.", hint="deskpulse events list shows them.")
        return {"removed": event_id}

    def import_rows(self, rows: Sequence[Mapping[str, Any]]) -> Json:
        """Keep many events at once; those that cannot be are returned with their reason, and the others are kept.

        A row with the name and start of an event that is there stands for that one: the same again changes nothing.
        """
        require(self._principal, "analyst")
        if len(rows) > self._settings.known_events_most:
            raise LimitError(f"{len(rows):,} events are more than {self._settings.known_events_most:,}.",
                             setting="known_events_most")  # fmt: skip
        there = {(one.name, one.start): one for one in self._events.list(self._principal.workspace)}
        new: dict[tuple[str, str], KnownEvent] = {}
        counts, rejected = {"added": 0, "changed": 0, "unchanged": 0}, []
        for place, row in enumerate(rows, start=1):
            try:
                made = self._read(row, new_id("event"))
            except DeskpulseError as error:
                rejected.append({"row": place, "reason": error.message, "hint": error.hint, "given": dict(row)})
                continue
            key = (made.name, made.start)
            before = new.get(key) or there.get(key)
            if before is not None:
                made = replace(made, event_id=before.event_id)
            is_same = before is not None and all(getattr(made, name) == getattr(before, name) for name in FIELDS)
            counts["unchanged" if is_same else "added" if before is None else "changed"] += 1
            if not is_same:
                new[key] = made
        self._events.save(self._principal.workspace, list(new.values()))
        return {**counts, "rejected": rejected}

    def _read(self, spec: Mapping[str, Any], event_id: str) -> KnownEvent:
        for name in spec:
            if name not in FIELDS:
                raise UnknownNameError("field of an event", str(name), FIELDS)
        kind = _kind(spec.get("kind") or "other")
        start, end = spec.get("start"), spec.get("end")
        if not start:
            raise InputError("An event needs a start.", hint="Write a day (2026-11-04) or a moment (2026-11-04T08:00).")
        first = local_time(str(start), self._local)
        last = local_time(str(end), self._local) if end else None
        yearly = _flag("repeats_yearly", spec.get("repeats_yearly"), usual=False)
        begin, over = bounds_of(first, last, self._local)
        if last is not None and over <= begin:
            raise InputError(f"The event ends at {last}, before or when it begins ({first}).",
                             hint="The end is not included: 2026-11-04 to 2026-11-06 is two days.")  # fmt: skip
        if yearly and over > _year_after(begin):
            raise InputError("An event that comes every year cannot last longer than one.", hint="Give an earlier end.")
        note = str(spec.get("note") or "").strip()
        if len(note) > NOTE_CHARS or UNSTORABLE.search(note):
            raise InputError(f"A note has at most {NOTE_CHARS:,} characters, and no NUL.", hint="Shorten it.")
        return KnownEvent(
            event_id=event_id, name=checked("The name of an event", str(spec.get("name") or "").strip(), NAME_CHARS),
            kind=kind, start=first, end=last, where=self._filter(spec.get("where")), note=note,
            repeats_yearly=yearly, ignore=_flag("ignore", spec.get("ignore"), usual=kind == "outage"),
            written_by=self._principal.user, written_at=now(),
        )  # fmt: skip

    def _filter(self, given: Any) -> str:
        """Return the filter as one text; an error says what is wrong with it."""
        texts = [str(one).strip() for one in ([given] if isinstance(given, str) else given or ()) if str(one).strip()]
        for item in parse_where(texts, Bounds.of(self._settings)):
            for leaf in leaves_of(item):
                if leaf.dimension == SEGMENT:
                    raise InputError("An event touches a filter, not a segment.", hint="Write the segment's filter.")
                dimension = find_dimension(leaf.dimension)
                checked_filter(dimension, leaf, self._timezone, self._settings.filter_max_values)
        return texts[0] if len(texts) == 1 else " and ".join(f"({text})" for text in texts)

    def _line(self, one: KnownEvent) -> Json:
        start, end = bounds_of(one.start, one.end, self._local)
        told = {name: getattr(one, name) for name in ("event_id", *FIELDS)}
        return {**told, "starts_at": start.isoformat(), "ends_at": end.isoformat(), "written_by": one.written_by,
                "written_at": one.written_at.isoformat()}  # fmt: skip


def _kind(text: str) -> str:
    name = str(text).strip().lower().replace(" ", "_").replace("-", "_")
    if name not in KINDS:
        raise UnknownNameError("kind of event", name[:80], KINDS)
    return name


def _flag(name: str, given: Any, *, usual: bool) -> bool:
    """Return whether a flag is set, as JSON or as a cell of a file says it; nothing says `usual`."""
    if given is None or given == "":
        return usual
    word = str(given).strip().lower()
    if word not in _YES | _NO:
        raise InputError(f"{name} is yes or no, not {word[:50]!r}.", hint="Write true or false.")
    return word in _YES


def _year_after(moment: datetime) -> datetime:
    return datetime.combine(add_units(moment.date(), "year", 1), moment.timetz())
