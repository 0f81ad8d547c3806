"""The formats that reports are written in: Markdown, HTML, JSON. Texts from customers are escaped in each."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from deskpulse.charts.svg import chart_svg
from deskpulse.reports.model import (
    AdviceList,
    Block,
    Grid,
    Heading,
    Made,
    Numbers,
    Paragraph,
    Picture,
    Writer,
)  # fmt: skip

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!])")


def plain(text: str) -> str:
    """Return `text` so that Markdown shows it as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def write_markdown(made: Made) -> bytes:
    """Return the report as Markdown."""
    lines = [
        f"# {plain(made.label)}",
        "",
        f"{plain(made.workspace)}, {made.period}. As of {made.as_of}; made {made.made_at}.",
    ]
    for block in made.blocks:
        lines += ["", *_markdown(block)]
    return ("\n".join(lines) + "\n").encode("utf-8")


def _markdown(block: Block) -> list[str]:
    match block:
        case Heading():
            return [f"## {plain(block.text)}"]
        case Paragraph():
            return [plain(block.text)]
        case Numbers():
            rows = [(n.label, n.value, n.change, n.note) for n in block.items]
            return _markdown_table(
                ("number", "value", "against the period before", "rests on"), rows, frozenset({1, 2})
            )
        case Grid():
            note = ["", f"*{plain(block.note)}*"] if block.note else []
            return _markdown_table(block.columns, block.rows, block.numeric) + note
        case Picture():
            return [f"*{plain(block.caption)}*"]
        case AdviceList():
            if not block.items:
                return [plain(block.none)]
            told = []
            for number, advice in enumerate(block.items, 1):
                told.append(f"{number}. **{plain(advice.title)}.** {plain(advice.evidence)} {plain(advice.action)}")
                if advice.where:
                    told.append(f"   Tickets: `{' and '.join(advice.where).replace('`', '')}`")
            return told


def _markdown_table(columns: tuple[str, ...], rows: Any, numeric: frozenset[int]) -> list[str]:
    def line(cells: Any) -> str:
        return "| " + " | ".join(plain(cell) for cell in cells) + " |"

    rule = "| " + " | ".join("---:" if i in numeric else "---" for i in range(len(columns))) + " |"
    return [line(columns), rule, *(line(row) for row in rows)]


_TEMPLATES = Environment(
    loader=PackageLoader("deskpulse.reports"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
    lstrip_blocks=True,
)  # fmt: skip


def write_html(made: Made) -> bytes:
    """Return the report as one HTML page that needs nothing else: styles and charts inside, no script."""
    blocks = [{"kind": type(block).__name__, "block": block} for block in made.blocks]
    return _TEMPLATES.get_template("report.html").render(made=made, blocks=blocks, draw=_draw).encode("utf-8")


def _draw(picture: Picture) -> Markup:
    # The drawing room escapes every label; its SVG holds no script.
    return Markup(chart_svg(picture.kind, picture.data, width=860, height=260))  # noqa: S704


def write_json(made: Made) -> bytes:
    """Return the report as JSON: blocks with their kind."""

    def plain_value(value: Any) -> Any:
        return sorted(value) if isinstance(value, frozenset) else str(value)

    content = {f.name: getattr(made, f.name) for f in dataclasses.fields(made) if f.name != "blocks"}
    content["blocks"] = [{"kind": type(b).__name__.lower(), **dataclasses.asdict(b)} for b in made.blocks]
    return orjson.dumps(content, default=plain_value, option=orjson.OPT_INDENT_2)


WRITERS = {
    w.name: w
    for w in (
        Writer(name="md", media_type="text/markdown; charset=utf-8", write=write_markdown),
        Writer(name="html", media_type="text/html; charset=utf-8", write=write_html),
        Writer(name="json", media_type="application/json", write=write_json),
    )
}
