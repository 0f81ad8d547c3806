"""The page of metrics is what the catalogue says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deskpulse.metrics import catalog
from deskpulse.metrics.dimensions import DIMENSIONS
from deskpulse.metrics.docs import metrics_markdown
from deskpulse.metrics.facts import FACTS
from deskpulse.metrics.lookup import METRICS, counted, dimensions_of
from deskpulse.metrics.model import Metric
from deskpulse.metrics.pages import kind_of
from deskpulse.warehouse.schema import TABLES

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_page_is_current() -> None:
    written = (DOCS / "metrics.md").read_text("utf-8")
    assert written.endswith(metrics_markdown()), "run `make docs`"


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_every_metric_says_what_it_is(metric: Metric) -> None:
    assert metric.about.endswith(".")
    assert metric.formula
    assert not metric.formula.endswith(".")
    assert re.fullmatch(r"[a-z][a-z0-9_]*", metric.name)
    assert not metric.name.startswith("avg")
    assert f"## {metric.name}\n" in metrics_markdown()


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_the_columns_behind_a_metric_exist(metric: Metric) -> None:
    assert {name for name in (*metric.drill, *metric.fact.drill) if kind_of(metric.fact, name) is None} == set()
    assert {kind_of(metric.fact, name) for name in (metric.moment, *metric.closing)} == {"time"}
    assert kind_of(metric.fact, metric.fact.time) == "time"


@pytest.mark.parametrize("metric", [m for m in METRICS.values() if m.parts], ids=lambda m: m.name)
def test_a_derived_metric_repeats_whose_rows_it_counts(metric: Metric) -> None:
    behind = counted(metric)
    assert (metric.fact, metric.moment) == (behind.fact, behind.moment)
    assert "team" in dimensions_of(metric) or "customer_tier" in dimensions_of(metric)


def test_dimensions_read_columns_that_exist() -> None:
    for fact in FACTS.values():
        for dimension in (DIMENSIONS[name] for name in fact.dimensions):
            assert dimension.kind == "clock" or kind_of(fact, dimension.via or dimension.column) is not None
            assert not dimension.table or dimension.field in TABLES[dimension.table].column_names
    for dimension in DIMENSIONS.values():
        if dimension.kind == "bucket":
            assert len(dimension.order) == len(dimension.edges) + 1
            assert list(dimension.edges) == sorted(dimension.edges)


def test_the_example_of_the_guide_is_a_metric() -> None:
    guide = (DOCS / "add" / "metric.md").read_text("utf-8")
    example = guide.split("```python\n", 1)[1].split("```", 1)[0]
    declared: dict[str, object] = {}
    exec(example, declared)
    assert isinstance(declared["NOTED_RATE"], Metric)
    assert catalog.__path__


def test_the_definitions_that_tools_differ_in_name_metrics_of_the_catalogue() -> None:
    text = (DOCS / "definitions.md").read_text("utf-8")
    table = text.split("## Metrics that tools define differently")[1].split("\n## ")[0]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    named = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    assert len(named) > 15
    assert named <= set(METRICS)
