"""What stands in the head of every page: colors, styles, fonts, and the theme before the first paint."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

from deskpulse.charts.palette import css_variables

ASSETS = Path(__file__).parent / "assets"


def asset(name: str) -> str:
    """Return the address of an asset of ours; it changes with the content, so that browsers may keep it."""
    return f"/assets/{name}?v={sha256((ASSETS / name).read_bytes()).hexdigest()[:12]}"


@cache
def head_html() -> str:
    """Return the tags; they are the same on every page."""
    light, dark = css_variables("light"), css_variables("dark")
    return (
        f"<style>:root{{{light}}}:root[data-theme=dark]{{{dark}}}</style>\n"
        '<link rel="preload" href="/assets/inter/inter-latin.woff2" as="font" type="font/woff2" crossorigin>\n'
        f'<script src="{asset("theme.js")}"></script>\n'
        f'<link rel="stylesheet" href="{asset("theme.css")}">\n'
        '<meta name="robots" content="noindex">'
    )
