"""Every error that Deskpulse raises on purpose, as one tree.

DeskpulseError
├── InputError            what was given cannot be used              (400, exit 2)
│   ├── UnknownNameError  no such metric, dimension, column, shape …  (400, exit 2)
│   ├── MappingError      a file's columns cannot be mapped           (422, exit 2)
│   └── UnreadableFileError    a file cannot be read as what it claims     (422, exit 2)
├── NotFoundError         the thing asked for is not there            (404, exit 3)
├── ConflictError         it cannot be done in the present state      (409, exit 4)
├── ForbiddenError        this principal may not                      (403, exit 5)
├── LimitError            a named limit was reached                   (413, exit 6)
├── VersionError          a file of a newer Deskpulse                 (409, exit 7)
├── BusyError             another process holds the data folder       (503, exit 8)
├── StorageError          disk full, file damaged, database away      (507, exit 9)
│   └── EndpointError     a server that reads texts is away            (507, exit 9)
└── WorkerError           worker processes died or are gone           (503, exit 10)

Each message says what happened, to which thing; `hint` says what to do.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, ClassVar


class DeskpulseError(Exception):
    """Base of all; `status` is the HTTP status, `exit_code` the CLI's."""

    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1
    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, hint: str = "", **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = details

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class InputError(DeskpulseError):
    """What was given cannot be used as it is."""

    status, exit_code, code = 400, 2, "invalid_input"


class UnknownNameError(InputError):
    """A name is in no catalogue; the nearest known ones are suggested."""

    code = "unknown_name"

    def __init__(self, kind: str, name: str, known: list[str] | tuple[str, ...] | set[str]) -> None:
        nearest = get_close_matches(name, sorted(known), n=3, cutoff=0.5)
        if nearest:
            hint = "Did you mean " + " or ".join(repr(n) for n in nearest) + "?"
        else:
            shown = sorted(known)[:12]
            hint = f"Known: {', '.join(shown)}{' …' if len(known) > len(shown) else ''}." if known else ""
        super().__init__(f"There is no {kind} named {name!r}.", hint=hint, kind=kind, name=name, nearest=nearest)


class MappingError(InputError):
    """A file's columns cannot be mapped to ours."""

    status, code = 422, "mapping"


class UnreadableFileError(InputError):
    """A file cannot be read as what it is or claims to be."""

    status, code = 422, "unreadable_file"


class NotFoundError(DeskpulseError):
    """The thing asked for is not there (or is another workspace's)."""

    status, exit_code, code = 404, 3, "not_found"


class ConflictError(DeskpulseError):
    """It cannot be done in the present state."""

    status, exit_code, code = 409, 4, "conflict"


class ForbiddenError(DeskpulseError):
    """This principal may not do that."""

    status, exit_code, code = 403, 5, "forbidden"


class LimitError(DeskpulseError):
    """A named limit was reached; `setting` says which one."""

    status, exit_code, code = 413, 6, "limit"

    def __init__(self, message: str, *, setting: str, hint: str = "", **details: Any) -> None:
        hint = hint or f"Raise the setting {setting} (DESKPULSE_{setting.upper()}) if that is meant."
        super().__init__(message, hint=hint, setting=setting, **details)


class VersionError(DeskpulseError):
    """A data file was written by a newer Deskpulse."""

    status, exit_code, code = 409, 7, "newer_version"


class BusyError(DeskpulseError):
    """Another process holds what is needed."""

    status, exit_code, code = 503, 8, "busy"


class StorageError(DeskpulseError):
    """The disk is full, a file is damaged or a database is away."""

    status, exit_code, code = 507, 9, "storage"


class EndpointError(StorageError):
    """A server that an owner named for texts (an encoder, a labeller) is away, or answers what cannot be used."""

    code = "endpoint"


class WorkerError(DeskpulseError):
    """Worker processes died, or are no longer there."""

    status, exit_code, code = 503, 10, "worker"


def error_of(code: str, message: str, hint: str = "") -> DeskpulseError:
    """Return an error of the kind that has `code`, as it was told by another process; of none, a plain one."""
    kind = _kinds(DeskpulseError).get(code, DeskpulseError)
    error = kind.__new__(kind)
    DeskpulseError.__init__(error, message, hint=hint)
    return error


def _kinds(kind: type[DeskpulseError]) -> dict[str, type[DeskpulseError]]:
    found = {kind.code: kind}
    for child in kind.__subclasses__():
        found |= _kinds(child)
    return found
