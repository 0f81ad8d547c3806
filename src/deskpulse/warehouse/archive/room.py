"""The archive of one warehouse as its doors see it: what is in it, archiving and restoring month by month, checking."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from deskpulse.core.clock import now
from deskpulse.core.errors import InputError, NotFoundError
from deskpulse.warehouse.archive.months import Month, archive_month, months_to_archive, restore_month
from deskpulse.warehouse.archive.store import read_files
from deskpulse.warehouse.archive.tables import ArchivedFile

if TYPE_CHECKING:
    from deskpulse.warehouse.duckdb import DuckWarehouse

MOST_MONTHS = 1_200
_AGE = re.compile(r"\s*(\d{1,4})\s*(mo|months?|y|years?)\s*", re.I)
_MONTH = re.compile(r"(\d{4})-(\d{2})")


class ArchiveRoom:
    """Archives and restores; every method may be called from any thread."""

    def __init__(self, warehouse: DuckWarehouse) -> None:
        self._warehouse = warehouse

    def files(self) -> list[ArchivedFile]:
        """Return the archived files, by table and month."""
        with self._warehouse.reader() as reader:
            return read_files(reader)

    def show(self) -> dict[str, Any]:
        """Return the files, and how many rows and bytes they hold together; `taken` rows came back since."""
        files = self.files()
        return {
            "files": [_told(file) for file in files],
            "rows": sum(file.rows - file.taken for file in files),
            "bytes": sum(file.bytes for file in files),
        }

    def plan(self, before: datetime) -> list[Month]:
        """Return what could be archived of the months before `before`, the oldest first."""
        with self._warehouse.reader() as reader:
            return months_to_archive(reader, before, read_files(reader))

    def run(
        self,
        before: datetime,
        *,
        dry_run: bool = False,
        seconds: float | None = None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> dict[str, Any]:
        """Archive the months before `before`: all, or what `seconds` allow; return what was done and what is left.

        Every month of a table is a transaction of its own: what was done stays done when a later one fails.
        """  # fmt: skip
        plan = self.plan(before)
        told = {"before": before.isoformat(), "dry_run": dry_run}
        if dry_run:
            return {**told, "archived": [], "left": [_planned(chunk) for chunk in plan]}
        began = time.monotonic()
        done: list[dict[str, Any]] = []
        for number, chunk in enumerate(plan):
            late = seconds is not None and number and time.monotonic() - began > seconds
            if late or stopped():
                return {**told, "archived": done, "left": [_planned(chunk) for chunk in plan[number:]]}
            file = self._warehouse.rearrange(partial(archive_month, chunk=chunk, before=before))
            if file is not None:
                done.append({**_planned(chunk), "file": file.name, "bytes": file.bytes})
        return {**told, "archived": done, "left": []}

    def restore(self, months: list[str] | None = None, *, seconds: float | None = None) -> dict[str, Any]:
        """Bring months (such as 2024-03; None: all) back into the warehouse; return what was done and what is left."""
        files = self.files()
        if months is not None:
            wanted = {_checked_month(month) for month in months}
            missing = wanted - {_month(file.month) for file in files}
            if missing:
                raise NotFoundError(f"Nothing of {min(missing)} is archived.", hint="deskpulse archive show lists it.")
            files = [file for file in files if _month(file.month) in wanted]
        began = time.monotonic()
        done: list[dict[str, Any]] = []
        for number, file in enumerate(files):
            if seconds is not None and number and time.monotonic() - began > seconds:
                return {"restored": done, "left": [_told(f) for f in files[number:]]}
            rows = self._warehouse.rearrange(partial(restore_month, file=file))
            done.append({"table": file.table, "month": _month(file.month), "rows": rows})
        return {"restored": done, "left": []}

    def damage(self) -> list[str]:
        """Return, in a sentence each, the files that are missing or no longer what was written."""
        found = (self._warehouse.archive.damage(file) for file in self.files())
        return [sentence for sentence in found if sentence]


def archive_before(older_than: str) -> datetime:
    """Return the beginning of the first month that is too young: `18mo` or `2y` before now, or the month `2024-03`."""
    if _MONTH.fullmatch(older_than.strip()):
        before = datetime.fromisoformat(f"{_checked_month(older_than.strip())}-01T00:00:00+00:00")
        if before > now():
            raise InputError(f"The months before {older_than.strip()} are not over.", hint="Name a month of the past.")
        return before
    age = _AGE.fullmatch(older_than)
    months = int(age[1]) * (12 if age[2].lower().startswith("y") else 1) if age else 0
    if not 1 <= months <= MOST_MONTHS:
        raise InputError(f"{older_than[:40]!r} is no age of data.", hint="Give months or years, such as 18mo or 2y.")
    moment = now()
    number = moment.year * 12 + moment.month - 1 - months
    return moment.replace(year=number // 12, month=number % 12 + 1, day=1, hour=0, minute=0, second=0, microsecond=0)


def _checked_month(month: str) -> str:
    match = _MONTH.fullmatch(month)
    if not match or not 1 <= int(match[2]) <= 12 or not int(match[1]):
        raise InputError(f"{month[:40]!r} is no month.", hint="Write it like 2024-03.")
    return month


def _month(moment: datetime) -> str:
    return f"{moment:%Y-%m}"


def _planned(chunk: Month) -> dict[str, Any]:
    return {"table": chunk.table, "month": _month(chunk.month), "rows": chunk.rows}


def _told(file: ArchivedFile) -> dict[str, Any]:
    told = asdict(file)
    del told["columns"]
    return {**told, "month": _month(file.month), "archived_at": file.archived_at.isoformat()}
