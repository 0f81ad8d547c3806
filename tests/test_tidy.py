"""The house rules that a machine can hold."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
MODULES = [p for p in SOURCES if "migrations/versions" not in p.as_posix()]
MAX_MODULE, USUAL_MODULE, MAX_FUNCTION = 500, 300, 70
BANNED_NAMES = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
SQL = re.compile(r"\b(SELECT\s.+\sFROM\s|INSERT\s+INTO\s|DELETE\s+FROM\s|CREATE\s+(TEMP\s+)?TABLE\s)", re.S)
MAY_HOLD_SQL = ("warehouse/", "metrics/", "ingest/", "control/", "ops/")


def relative(path: Path) -> str:
    return path.relative_to(ROOT / "src" / "deskpulse").as_posix()


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def long_functions(tree: ast.AST) -> list[tuple[str, int]]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MAX_FUNCTION:
                found.append((node.name, length))
    return found


def sql_literals(tree: ast.AST) -> list[str]:
    docstrings = {
        id(n.body[0].value)
        for n in ast.walk(tree)
        if isinstance(n, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and n.body
        and isinstance(n.body[0], ast.Expr)
    }
    return [
        n.value
        for n in ast.walk(tree)
        if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in docstrings and SQL.search(n.value)
    ]


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_a_module_stays_small(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count("\n") <= MAX_MODULE, f"{relative(path)} is longer than {MAX_MODULE} lines"
    assert long_functions(ast.parse(text)) == []


def test_most_modules_stay_within_the_usual_length() -> None:
    over = [relative(p) for p in MODULES if p.read_text("utf-8").count("\n") > USUAL_MODULE]
    assert len(over) <= len(MODULES) * 0.2, f"too many modules over {USUAL_MODULE} lines: {over}"


def test_names_say_what_is_inside() -> None:
    vague = [relative(p) for p in SOURCES if p.stem in BANNED_NAMES or p.parent.name in BANNED_NAMES]
    assert vague == []


def test_every_module_says_what_lies_in_it() -> None:
    silent = [relative(p) for p in MODULES if not ast.get_docstring(ast.parse(p.read_text("utf-8")))]
    assert silent == []


def test_sql_lives_in_its_rooms_only() -> None:
    outside = {
        relative(p): found
        for p in MODULES
        if not relative(p).startswith(MAY_HOLD_SQL) and (found := sql_literals(ast.parse(p.read_text("utf-8"))))
    }
    assert outside == {}


def test_the_sql_rule_sees_sql_and_only_sql() -> None:
    assert sql_literals(ast.parse("x = 'SELECT a FROM tickets WHERE b'"))
    assert sql_literals(ast.parse("x = 'DELETE FROM tickets'"))
    assert not sql_literals(ast.parse("x = 'Select a period from the list'"))


def test_the_function_rule_counts_lines() -> None:
    body = "\n".join("    x = 1" for _ in range(MAX_FUNCTION))
    assert long_functions(ast.parse(f"def f():\n{body}\n")) == [("f", MAX_FUNCTION + 1)]
    assert long_functions(ast.parse("def f():\n    return 1\n")) == []


def test_no_unfinished_marks() -> None:
    mark = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b|raise NotImplementedError")
    found = [relative(p) for p in SOURCES if mark.search(p.read_text("utf-8"))]
    assert found == []


def test_no_machine_paths_and_no_large_files() -> None:
    paths = re.compile(r"/work/(main|shared|wt)|/home/[a-z]+/|/root/")
    for path in tracked():
        assert path.stat().st_size < 2_000_000, f"{path} is larger than 2 MB"
        if path.suffix in {".py", ".md", ".toml", ".yml", ".yaml", ".css", ".js", ".json", ""} and path != Path(
            __file__
        ):
            assert not paths.search(path.read_text("utf-8", errors="replace")), f"{path} names a path of one machine"
