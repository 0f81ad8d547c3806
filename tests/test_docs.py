"""The docs are tested against the code: what is shown exists, what is registered is told, what is linked is there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from deskpulse.cli import docs as generated
from deskpulse.cli.main import app
from deskpulse.core.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
BLOCK = re.compile(r"```[a-z]*\n(.*?)```", re.S)
SETTING = re.compile(r"\bDESKPULSE_([A-Z_]+)\b")


def names(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", PAGES, ids=names)
def test_links_lead_somewhere(path: Path) -> None:
    targets = [t for t in LINK.findall(path.read_text("utf-8")) if "://" not in t]
    assert [t for t in targets if not (path.parent / t).exists()] == []


@pytest.mark.parametrize("path", PAGES, ids=names)
def test_settings_that_are_named_exist(path: Path) -> None:
    named = {s.lower() for s in SETTING.findall(path.read_text("utf-8"))}
    assert named - set(Settings.model_fields) - {"shots"} == set()


@pytest.mark.parametrize("page", generated.PAGES)
def test_generated_pages_are_current(page: str) -> None:
    path = ROOT / "docs" / page
    assert path.read_text("utf-8") == generated.PAGES[page](), "run `make docs`"


def commands() -> list[tuple[str, list[str]]]:
    found = []
    for path in PAGES:
        for block in BLOCK.findall(path.read_text("utf-8")):
            for line in block.replace("\\\n", " ").splitlines():
                if line.strip().startswith("deskpulse "):
                    found.append((names(path), shlex.split(line, comments=True)))
    return found


@pytest.mark.parametrize(("page", "words"), commands(), ids=lambda v: v if isinstance(v, str) else " ".join(v)[:50])
def test_commands_that_are_shown_can_be_parsed(page: str, words: list[str]) -> None:
    command: Any = typer.main.get_command(app)
    arguments = words[1:]
    while hasattr(command, "commands") and arguments and arguments[0] in command.commands:
        command = command.commands[arguments.pop(0)]
    assert not hasattr(command, "commands") or command.invoke_without_command, f"{page}: {' '.join(words)}"
    command.make_context("shown", list(arguments))


def test_the_readme_fits_a_screen_and_shows_the_product() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert len(text.splitlines()) <= 60
    assert "make run" in text
    assert "make test" in text
    for image in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text):
        assert (ROOT / image).stat().st_size > 20_000


def test_every_room_is_on_the_architecture_page() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    package = ROOT / "src" / "deskpulse"
    rooms = {p.name for p in package.iterdir() if p.is_dir() and (p / "__init__.py").is_file()}
    assert [room for room in sorted(rooms) if f"`{room}" not in text] == []


def test_every_decision_is_a_numbered_page_of_the_same_shape() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [int(p.name[:4]) for p in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text("utf-8")
        for part in ("**Context.**", "**Decision.**", "**Consequences.**"):
            assert part in text, f"{page.name} lacks {part}"


@pytest.mark.parametrize(
    "kind",
    ["metric", "enrichment-step", "file-format", "connector", "chart", "page", "report", "forecast-method", "detector",
     "composition"],
)  # fmt: skip
def test_how_to_add_each_kind_is_told_and_names_real_files(kind: str) -> None:
    text = (ROOT / "docs" / "add" / f"{kind}.md").read_text("utf-8")
    for path in re.findall(r"`((?:src|tests|docs)/[\w/.-]+\.\w+)`", text):
        assert (ROOT / path).exists() or "example" in path or "<" in path, f"{path} is not there"
