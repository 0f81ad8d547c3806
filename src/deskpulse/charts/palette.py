"""The colors of pages and documents, light and dark: one list of tokens for CSS, charts and SVG."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Theme = Literal["light", "dark"]

LIGHT: Mapping[str, str] = MappingProxyType(
    {
        "bg": "#f6f7f9", "surface": "#ffffff", "side": "#fbfbfc", "hover": "#f0f1f4", "grid": "#eceef2",
        "border": "#e4e7ec", "border-strong": "#cfd4de",
        "text": "#14171f", "muted": "#545d70", "faint": "#646d7f",
        "accent": "#5151cd", "accent-soft": "#ecebfb", "on-accent": "#ffffff",
        "good": "#0a7149", "good-soft": "#e3f5ec", "bad": "#bf2a3e", "bad-soft": "#fdeaec",
        "warn": "#8a5300", "warn-soft": "#fdf1dc",
        "series-1": "#5b5bd6", "series-2": "#0d9488", "series-3": "#d97706", "series-4": "#db3f7a",
        "series-5": "#2c84d8", "series-6": "#5f9a0c", "series-7": "#a34fc4", "series-8": "#c2553a",
        "other": "#8a90a2", "compared": "#8a90a2",
        "heat-0": "#f2f2fb", "heat-1": "#cbcaf3", "heat-2": "#908fe6", "heat-3": "#4646bd",
    }
)  # fmt: skip

DARK: Mapping[str, str] = MappingProxyType(
    {
        "bg": "#0b0d12", "surface": "#12151c", "side": "#0e1117", "hover": "#1a1e28", "grid": "#1c212b",
        "border": "#222834", "border-strong": "#353d4d",
        "text": "#e9ebf1", "muted": "#a0a8b8", "faint": "#8b94a6",
        "accent": "#9494f8", "accent-soft": "#1f2140", "on-accent": "#0b0d12",
        "good": "#43d29a", "good-soft": "#0e2a20", "bad": "#f58293", "bad-soft": "#351820",
        "warn": "#efb552", "warn-soft": "#33260f",
        "series-1": "#7f7ff2", "series-2": "#2bc0ae", "series-3": "#efa53a", "series-4": "#f0678f",
        "series-5": "#5ba5ee", "series-6": "#9ac44a", "series-7": "#c583e0", "series-8": "#ea8a6c",
        "other": "#7d8498", "compared": "#7d8498",
        "heat-0": "#171a2a", "heat-1": "#2d2e64", "heat-2": "#5454b8", "heat-3": "#a3a3ff",
    }
)  # fmt: skip

THEMES: Mapping[Theme, Mapping[str, str]] = MappingProxyType({"light": LIGHT, "dark": DARK})
SERIES_TOKENS = tuple(f"series-{i}" for i in range(1, 9))


def css_variables(theme: Theme) -> str:
    """Return the theme's tokens as CSS custom properties, e.g. `--accent:#5151cd;`."""
    return "".join(f"--{token}:{color};" for token, color in THEMES[theme].items())


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two `#rrggbb` colors, 1 to 21 (WCAG 2.2, relative luminance)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(color: str) -> float:
    channels = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
