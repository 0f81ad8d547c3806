"""The words of this room: what a page is, and what it is built with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deskpulse.web.visit import Visit


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page: its place in the navigation and what builds it.

    `path` is its address; `icon` a name in `icons.py`; pages come in `order` of the navigation. `build` adds the
    page's elements inside the frame; it must not wait for numbers longer than `Visit.load` does.
    `has_period` shows the period and the filters, `has_filters` the filters alone, `has_comparison` the choice of a
    period to compare with; `tells_data`: it tells of the data though it has none of these; `is_warmed`: a server visits
    it as soon as it is up, so that the first visitor finds it quick; `skeleton` is what is painted before anything is
    loaded: rows of cards, each given by its width in twelfths and its height in pixels.
    """

    name: str
    label: str
    path: str
    icon: str
    order: int
    build: Callable[[Visit], Awaitable[None]]
    has_period: bool = True
    has_filters: bool = False
    tells_data: bool = False
    is_warmed: bool = True
    has_comparison: bool = False
    skeleton: tuple[tuple[tuple[int, int], ...], ...] = ()

    @property
    def shows_data(self) -> bool:
        """Whether the page tells of the data: an empty workspace has nothing to show on it."""
        return self.has_period or self.has_filters or self.tells_data
