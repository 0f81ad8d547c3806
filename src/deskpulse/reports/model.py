"""The words of this room: a report is a list of blocks, made by asking; writers turn blocks into documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from deskpulse.charts.model import ChartData

if TYPE_CHECKING:
    from deskpulse.reports.asking import Asking

Tone = Literal["good", "bad", "plain"]


@dataclass(frozen=True, kw_only=True)
class Heading:
    """The title of a section."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    """Some sentences."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Number:
    """One number with its name, how it changed, and what it rests on."""

    label: str
    value: str
    change: str = ""
    tone: Tone = "plain"
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """Numbers side by side."""

    items: tuple[Number, ...]


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table of texts; the columns in `numeric` stand right. `note` says what was left out, if anything."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A chart: its kind, data, and a caption that says the same in words."""

    kind: str
    data: ChartData
    caption: str


@dataclass(frozen=True, kw_only=True)
class Advice:
    """A recommendation: what to do, the numbers behind it, and the filter that lists its tickets."""

    title: str
    evidence: str
    action: str
    where: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AdviceList:
    """Recommendations, the most costly matter first."""

    items: tuple[Advice, ...]
    none: str = "Nothing stands out against the rest."


Block = Heading | Paragraph | Numbers | Grid | Picture | AdviceList


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report of the catalogue: `build` asks and returns blocks."""

    name: str
    label: str
    about: str
    build: Callable[[Asking], tuple[Block, ...]]


@dataclass(frozen=True, kw_only=True)
class Made:
    """A report made: its blocks and what they rest on."""

    name: str
    label: str
    workspace: str
    period: str
    as_of: str
    made_at: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, kw_only=True)
class Document:
    """A report as a file would hold it."""

    content: bytes
    media_type: str


@dataclass(frozen=True, kw_only=True)
class Writer:
    """A format that reports are written in."""

    name: str
    media_type: str
    write: Callable[[Made], bytes]


@dataclass(frozen=True, kw_only=True)
class Slice:
    """One value of a dimension with the metrics asked for it: (value, n) by metric."""

    name: str
    values: Mapping[str, tuple[float | None, int]] = field(default_factory=dict)
