"""Anomalies as people ask for them: look, list, show, say what one is."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from deskpulse.access.principals import require
from deskpulse.control.anomalies import AnomalyMark, FoundAnomaly
from deskpulse.core.clock import now
from deskpulse.core.errors import ForbiddenError, InputError, UnknownNameError
from deskpulse.core.periods import parse_period, zone
from deskpulse.core.principal import Principal
from deskpulse.forecast.known_days import WHOLE_DAY
from deskpulse.insights.watch.causes import explained, with_known
from deskpulse.insights.watch.choices import KEY, checked_choice, told
from deskpulse.insights.watch.families import FAMILIES
from deskpulse.insights.watch.known import AFTER, explaining
from deskpulse.insights.watch.looking import Look, look
from deskpulse.insights.watch.memory import FIXED, KNOWN_EVENT, VERDICTS, precision, suppressed_by
from deskpulse.insights.watch.naming import named
from deskpulse.insights.watch.reading import whole_hour
from deskpulse.metrics.happenings import Happening, known_happenings
from deskpulse.metrics.host import Host
from deskpulse.metrics.lookup import METRICS, find_metric

Json = dict[str, Any]
SEVERITIES = ("low", "medium", "high")
MOST_NOTE = 2_000
_LONG = ("courses", "shape")


class AnomalyRoom:
    """The anomalies of one workspace, for one principal."""

    def __init__(self, host: Host, principal: Principal) -> None:
        self._host, self._principal = host, principal
        self._kept, self._slug = host.control.anomalies, principal.workspace

    def look(self) -> Json:
        """Look at everything that is watched, keep what is found in place of what was, and list it."""
        require(self._principal, "analyst")
        self._refuse_limited()
        self.refresh()
        return self.listed({})

    def refresh(self) -> Look:
        """Look, and keep what is found; the same data gives the same anomalies under the same names."""
        began, choices = time.perf_counter(), self._choices()
        version = self._host.numbers(self._principal).version
        workspace = self._host.describe_workspace(self._principal)
        engine, settings = self._host.numbers(self._principal), self._host.settings
        found = look(engine, self._principal, settings, timezone=workspace["timezone"],
                     first_at=_moment(workspace["first_at"]), last_at=_moment(workspace["last_at"]),
                     off=self._days_off(), choices=choices)  # fmt: skip
        names = named(found, self._kept.list(self._slug))
        kept = [FoundAnomaly(anomaly_id=name, starts_at=one.starts_at, ends_at=one.ends_at, found_at=now(), body=body)
                for name, one, body in zip(names, found.incidents, found.bodies, strict=True)]  # fmt: skip
        summary = {key: value.isoformat() if isinstance(value, datetime) else value for key, value in
                   found.summary.items()}  # fmt: skip
        self._kept.replace(self._slug, kept, summary | {
            "version": version, "choices": choices, "seconds": round(time.perf_counter() - began, 3)})  # fmt: skip
        return found

    def is_stale(self) -> bool:
        """Return whether nobody looked yet, or data came since, or something else is watched."""
        seen = self._kept.look(self._slug)
        return (
            seen is None
            or seen["version"] != self._host.numbers(self._principal).version
            or seen.get("choices", {}) != self._choices()
        )

    def watched(self) -> Json:
        """Tell which metrics are watched, in which slices, and which a manager chose otherwise than shipped."""
        require(self._principal, "viewer")
        return {"watched": told(self._choices()),
                "false_alarms_per_week": self._host.settings.anomaly_false_alarms_per_week}  # fmt: skip

    def watch(self, metric: str, by: Sequence[str] | None) -> Json:
        """Watch a metric as a whole and in slices `by` (None: as shipped, or as a whole where it is not shipped)."""
        require(self._principal, "manager")
        names = checked_choice(metric, by or ())
        is_shipped = by is None and any(family.metric == metric for family in FAMILIES)
        return self._choose(metric, None if is_shipped else {metric: list(names)})

    def unwatch(self, metric: str) -> Json:
        """Watch a metric no more."""
        require(self._principal, "manager")
        return self._choose(find_metric(metric).name, {find_metric(metric).name: None})

    def _choose(self, metric: str, choice: Json | None) -> Json:
        others = {name: by for name, by in self._choices().items() if name != metric}
        self._host.control.preferences.set(self._slug, KEY, others | (choice or {}))
        return self.watched()

    def _choices(self) -> Json:
        """Return what the workspace chose; a metric that is no more is watched no more."""
        kept: Json = self._host.control.preferences.get(self._slug, KEY, {})
        return {name: by for name, by in kept.items() if name in METRICS}

    def whole_hour(self) -> datetime | None:
        """Return the end of the last hour of which all data is known to have come; None without data."""
        workspace = self._host.describe_workspace(self._principal)
        last = _moment(workspace["last_at"])
        return None if last is None else whole_hour(last, zone(workspace["timezone"]))

    def listed(self, spec: Json) -> Json:
        """List the anomalies, newest first, behind them those that known events explain, and what was looked at.

        `spec` has period (of the data, such as 30d; all when left out), metric, severity (this or graver), state, and
        all (also those that are suppressed). `counts` tells how many of what was asked for are in which state.
        """
        require(self._principal, "viewer")
        self._refuse_limited()
        severity = spec.get("severity")
        if severity is not None and severity not in SEVERITIES:
            raise UnknownNameError("severity", severity, SEVERITIES)
        if spec.get("metric"):
            find_metric(spec["metric"])
        seen = self._kept.look(self._slug)
        window = self._window(spec.get("period"), seen)
        asked = [
            line for line in self._lines()
            if (severity is None or SEVERITIES.index(line["severity"]) >= SEVERITIES.index(severity))
            and (not spec.get("metric") or any(m["metric"] == spec["metric"] for m in line["members"]))
            and (window is None or (window[0] < datetime.fromisoformat(line["to"]) and
                 datetime.fromisoformat(line["from"]) < window[1]))
        ]  # fmt: skip
        lines = sorted((line for line in asked if spec.get("all") or line["state"] != "suppressed"),
                       key=lambda line: line["known"] is not None)  # fmt: skip
        shown = [{k: v for k, v in line.items() if k not in _LONG} for line in lines]
        counts = Counter("known" if line["known"] else line["state"] for line in asked)
        return {"anomalies": shown, "counts": dict(sorted(counts.items())), "look": _told_look(seen),
                "is_stale": self.is_stale(), "precision": precision(self._marks())}  # fmt: skip

    def show(self, anomaly: str) -> Json:
        """Return one anomaly with its series, its band, and what drove it."""
        require(self._principal, "viewer")
        self._refuse_limited()
        kept = self._kept.get(self._slug, anomaly)
        line = next(one for one in self._lines() if one["anomaly_id"] == anomaly)
        why: Json | None = kept.why
        if why is None:
            timezone = self._host.control.workspaces.get(self._slug).timezone
            why = explained(self._host, self._principal, kept.body, timezone)
            self._kept.explain(self._slug, anomaly, why)
        if not self._principal.sees_personal_data and why["drivers"]:
            why = why | {"drivers": why["drivers"] | {"phrases": [], "topics": [], "tickets": []}}
        return line | with_known(self._host, self._principal, line, why)

    def mark(self, anomaly: str, verdict: str, note: str = "") -> Json:
        """Remember what an anomaly is: not-an-anomaly, known-event or fixed; "" forgets what was said."""
        require(self._principal, "analyst")
        self._refuse_limited()
        if verdict == "":
            self._kept.unmark(self._slug, anomaly)
            return self.show(anomaly)
        if verdict not in VERDICTS:
            raise UnknownNameError("verdict on an anomaly", verdict, VERDICTS)
        if len(note) > MOST_NOTE:
            raise InputError(f"A note has {MOST_NOTE} characters at most, not {len(note)}.", hint="Write it shorter.")
        kept = self._kept.get(self._slug, anomaly)
        self._kept.mark(self._slug, AnomalyMark(anomaly_id=anomaly, verdict=verdict, note=note,
                                                shape=kept.body["shape"], marked_by=self._principal.user,
                                                marked_at=now()))  # fmt: skip
        return self.show(anomaly)

    def _lines(self) -> list[Json]:
        marks = self._marks()
        said = {mark["anomaly_id"]: mark for mark in marks}
        lines, found = [], self._kept.list(self._slug)
        happenings, local = self._happenings(found)
        for kept in found:
            mark = said.get(kept.anomaly_id)
            like = None if mark else suppressed_by(kept.anomaly_id, kept.body["shape"], marks)
            known = None if mark or like else explaining(kept.body, happenings, local)
            state = mark["verdict"] if mark else "suppressed" if like else KNOWN_EVENT if known else "open"
            came_back = state == "open" and any(
                m["verdict"] == FIXED and m["shape"]["metric"] == kept.body["metric"]
                and (m["shape"]["by"] or None, m["shape"]["value"]) == (kept.body["by"], kept.body["slice"])
                and datetime.fromisoformat(m["shape"]["to"]) <= kept.starts_at for m in marks)  # fmt: skip
            lines.append({
                "anomaly_id": kept.anomaly_id, **kept.body, "state": state, "came_back": came_back,
                "mark": {k: mark[k] for k in ("verdict", "note", "marked_by", "marked_at")} if mark else None,
                "suppressed_by": like["anomaly_id"] if like else None,
                "known": {"event_id": known.event.event_id, "name": known.event.name, "kind": known.event.kind}
                if known else None, "found_at": kept.found_at.isoformat(),
            })  # fmt: skip
        return lines

    def _happenings(self, found: Sequence[FoundAnomaly]) -> tuple[Sequence[Happening], ZoneInfo]:
        """Return the known events of the time of what was found, and the workspace's time zone."""
        timezone = self._host.control.workspaces.get(self._slug).timezone
        if not found:
            return (), zone(timezone)
        start, end = min(one.starts_at for one in found) - 2 * AFTER, max(one.starts_at for one in found) + AFTER
        return known_happenings(self._host.control, self._slug, start, end, timezone=timezone,
                                settings=self._host.settings), zone(timezone)  # fmt: skip

    def _marks(self) -> Sequence[Json]:
        return [{**asdict(mark), "marked_at": mark.marked_at.isoformat()} for mark in self._kept.marks(self._slug)]

    def _window(self, period: str | None, seen: Json | None) -> tuple[datetime, datetime] | None:
        if not period:
            return None
        timezone = zone(self._host.control.workspaces.get(self._slug).timezone)
        until = _moment(seen.get("until")) if seen else None
        # The end of the data's last whole day: a span such as 7d ends with it.
        found = parse_period(period, timezone, until=until - timedelta(seconds=1) if until else None)
        # Of the day that goes on the hours are judged: what is odd in them is of the latest days, too.
        latest = _moment(seen.get("hours_until")) if seen else None
        is_latest = latest is not None and found.end == until
        return found.start, latest if is_latest and latest is not None else found.end

    def _days_off(self) -> frozenset[date]:
        book = self._host.control.schedules.book(self._slug)
        if book is None:
            return frozenset()
        return frozenset(
            h.day for s in book.schedules.values() if s.versions for h in s.versions[-1].holidays
            if h.start == 0 and h.end == WHOLE_DAY
        )  # fmt: skip

    def _refuse_limited(self) -> None:
        if self._principal.row_filters:
            raise ForbiddenError("Anomalies are found in all rows, and you see some of them.",
                                 hint="deskpulse insights tells what is not as usual in yours.")  # fmt: skip


def _told_look(seen: Json | None) -> Json | None:
    return None if seen is None else seen | {"looked_at": seen["looked_at"].isoformat()}


def _moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
