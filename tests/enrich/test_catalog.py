"""Choosing, ordering and explaining steps."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from deskpulse.core.errors import InputError, UnknownNameError
from deskpulse.enrich import catalog
from deskpulse.enrich.catalog import STEPS, choose, explain, run_steps, steps_version, with_needed
from deskpulse.enrich.model import Batch, Step


def _step(name: str, *needs: str) -> Step:
    def run(batch: Batch) -> dict[str, list[Any]]:
        return {name: [None] * len(batch)}

    return Step(name=name, version=1, about="For tests.", writes={name: "text"}, run=run, needs=needs)


def test_steps_come_after_those_they_need() -> None:
    ordered = catalog._ordered([_step("a", "b"), _step("b", "c"), _step("c")])
    assert list(ordered) == ["c", "b", "a"]


def test_a_circle_of_needs_is_refused() -> None:
    with pytest.raises(ValueError, match="need each other"):
        catalog._ordered([_step("a", "b"), _step("b", "a")])


def test_a_column_that_nobody_writes_is_refused() -> None:
    with pytest.raises(ValueError, match="no step writes"):
        catalog._ordered([_step("a", "missing")])


def test_two_writers_of_a_column_are_refused() -> None:
    with pytest.raises(ValueError, match="both write 'a'"):
        catalog._ordered([_step("a"), Step("b", 1, "For tests.", {"a": "text"}, lambda batch: {})])


def test_an_unknown_step_is_named_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'sentiment'"):
        choose(["sentimnet"])


def test_needed_steps_run_but_only_wanted_columns_come_back() -> None:
    assert [step.name for step in with_needed(choose(["sentiment"]))] == ["language", "sentiment"]
    assert set(run_steps(["I love it"], ["sentiment"])) == {"sentiment", "sentiment_label", "subjectivity"}


def test_version_names_every_step_with_its_version() -> None:
    assert steps_version(["language"]) == f"language:{STEPS['language'].version}"
    assert len(steps_version().split()) == len(STEPS)


def test_explaining_a_step_without_reasons_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STEPS, "mute", _step("mute"))
    with pytest.raises(InputError, match="gives no reasons"):
        explain("text", "mute")


def test_the_documented_step_works() -> None:
    page = (Path(__file__).parents[2] / "docs" / "add" / "enrichment-step.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, "enrichment-step.md", "exec"), names)
    step = names["WORD_COUNT"]
    assert step.run(Batch(["Where is it?", None])) == {"word_count": [4, None]}
