"""The icons of the navigation: paths in a box of 24 × 24, drawn as lines."""

from __future__ import annotations

ICONS: dict[str, str] = {
    "overview": "M4 4h7v9H4zM13 4h7v5h-7zM13 11h7v9h-7zM4 15h7v5H4z",
    "forecast": "M4 19h16M5 15l4-5 3 3 4-6M16 7h3.500v3.500",
    "insights": "M12 3a6 6 0 0 0-3.500 10.900V16h7v-2.100A6 6 0 0 0 12 3M9.500 19h5M10.500 21.500h3",
    "events": "M5 6h14v14H5zM5 10.500h14M9 3.500v4M15 3.500v4M9 15l2.200 2.200L15.500 13",
    "anomalies": "M3 13h4l2.500-7 4 13 2.500-9 1.500 3H21",
    "scorecards": "M8 4.500H6V20h12V4.500h-2M9 3h6v3.500H9zM9 16v-3M12 16v-5.500M15 16v-4",
    "patterns": "M4 5h4v4H4zM10 5h4v4h-4zM16 5h4v4h-4zM4 15h4v4H4zM10 15h4v4h-4zM16 15h4v4h-4zM4 12h16",
    "why": "M5 6h7M5 12h11M5 18h5M16 4v4M19 10v4M14 16v4",
    "predictions": "M4 18l5-6 4 3 3-4M16 11l4-5M13.500 6H20v6M4 21h16",
    "problems": "M6 21V4M6 5h11.500l-2.500 4l2.500 4H6",
    "tickets": "M4 13l2.500-8h11l2.500 8v6H4zM4 13h4.500l1.500 2.500h4l1.500-2.500H20",
    "labels": "M4 5v6.500L12.500 20l7-7L11 4.500H4.500zM8 8.500h.01",
    "import": "M12 3v11M7.500 9.500L12 14l4.500-4.500M4 15v5h16v-5",
    "report": "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
    "settings": "M5 7h8M17 7h2M5 17h2M11 17h8M15 5v4M9 15v4",
    "people": "M9 5a3 3 0 1 0 0 6a3 3 0 0 0 0-6M3.5 19c.5-3.5 2.5-5 5.5-5s5 1.5 5.5 5M16 5.5a3 3 0 0 1 0 5.5M17 14.3"
    "c2 .6 3.2 2.2 3.5 4.7",
    "dot": "M12 9a3 3 0 1 0 0 6a3 3 0 0 0 0-6",
}
