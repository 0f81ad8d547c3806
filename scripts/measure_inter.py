"""Write the widths of Inter's glyphs to `charts/assets/inter/widths.json`, so that SVG texts are measured right.

Run it after changing the font files: `uv run --no-project --with fonttools,brotli python scripts/measure_inter.py`.
"""

from __future__ import annotations

import json
from pathlib import Path

from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

FOLDER = Path(__file__).parents[1] / "src/deskpulse/charts/assets/inter"
WEIGHTS = (400, 600)


def widths(weight: int) -> dict[str, int]:
    """Return the advance of every character at `weight`, in thousandths of the font size."""
    found: dict[str, int] = {}
    for path in sorted(FOLDER.glob("inter-*.woff2"), reverse=True):  # latin last: it wins
        font = instancer.instantiateVariableFont(TTFont(path), {"wght": weight})
        unit = font["head"].unitsPerEm
        for point, glyph in font.getBestCmap().items():
            found[chr(point)] = round(font["hmtx"][glyph][0] * 1000 / unit)
    return dict(sorted(found.items()))


def main() -> None:
    """Write the file."""
    table = {str(weight): widths(weight) for weight in WEIGHTS}
    target = FOLDER / "widths.json"
    target.write_text(json.dumps(table, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
