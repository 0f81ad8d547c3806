"""All pages, in the order of the navigation."""

from __future__ import annotations

from functools import cache

from deskpulse.core.registry import collect
from deskpulse.web import pages
from deskpulse.web.model import Page


@cache
def all_pages() -> tuple[Page, ...]:
    """Return every page, collected from `pages/` and from installed plugins."""
    return tuple(sorted(collect(pages, Page, plugins="deskpulse.pages").values(), key=lambda p: (p.order, p.name)))
