"""What a file format declares; `formats/` holds one file for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from deskpulse.core.settings import Settings
from deskpulse.sources.blob import Blob
from deskpulse.sources.model import Part


@dataclass(frozen=True)
class Content:
    """What was found in one file: its parts in the order to read them, and what a person should know."""

    parts: tuple[Part, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Format:
    """One kind of file.

    `sniff` says how sure it is that a blob is of this kind: 0 not at all, 0.3 by its name alone, 1 by its
    content beyond doubt. `open` returns what is in it, raising UnreadableFileError when it cannot be read.
    """

    name: str
    label: str
    extensions: tuple[str, ...]
    sniff: Callable[[Blob], float]
    open: Callable[[Blob, Settings], Content]
