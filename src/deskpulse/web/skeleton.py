"""The first paint: the page's outline as static HTML, there before any script has run, replaced by the page itself."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from deskpulse.web.model import Page

_STYLES_GO_HERE = "<!-- styles -->"
_BASE_STYLES = re.compile(rb"<style>\s*(@layer[^;{]*;)(.*?)</style>", re.DOTALL)


def skeleton_html(page: Page, frame: dict[str, Any]) -> str:
    """Return the outline of `page`: the navigation (its links work), the header, and gray cards."""
    nav = "".join(
        f'<a class="nav{" on" if item["on"] else ""}" href="{escape(item["href"])}">'
        f'<svg viewBox="0 0 24 24"><path d="{escape(item["icon"])}"/></svg>{escape(item["label"])}</a>'
        for item in frame["nav"]
    )
    as_of = f'<p class="as-of">Data up to<br><b>{escape(frame["asOf"])}</b></p>' if frame["asOf"] else ""
    bar = '<div class="filters"></div>' if frame["hasFilters"] else ""
    if sample := frame["sample"]:
        link = f'<a href="{escape(sample["href"])}">{escape(sample["link"])}</a>'
        bar += f'<p class="sample">{escape(sample["text"])} {link}</p>'
    return (
        '<div id="skeleton" aria-hidden="true"><div class="frame"><aside class="side">'
        '<a class="brand" href="/"><span class="mark"></span>Deskpulse</a>'
        f'<div class="workspace-name">{escape(frame["workspaceName"])}</div><nav>{nav}</nav>{as_of}</aside>'
        '<div class="body"><header class="top"><span class="icon menu"></span>'
        f"<h1>{escape(frame['title'])}</h1></header>"
        f'{bar}<main class="content">{_cards(page)}</main></div></div></div>\n{_STYLES_GO_HERE}'
    )


def painted_first(html: bytes) -> bytes:
    """Return a page's HTML with NiceGUI's own styles after the outline, which does without them.

    In the head they hold back the first paint until all of them have come and been read. The layers' order, which the
    first mention settles, stays in the head. HTML without an outline stays as it is.
    """
    found = _BASE_STYLES.search(html)
    if found is None or _STYLES_GO_HERE.encode() not in html:
        return html
    layers, styles = found.groups()
    head = html[: found.start()] + b"<style>" + layers + b"</style>" + html[found.end() :]
    return head.replace(_STYLES_GO_HERE.encode(), b"<style>" + styles + b"</style>", 1)


def _cards(page: Page) -> str:
    rows = []
    for row in page.skeleton:
        cards = "".join(f'<div class="card ghost s{width}" style="height:{height}px"></div>' for width, height in row)
        rows.append(f'<div class="board">{cards}</div>')
    return "".join(rows)
