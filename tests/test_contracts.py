"""Each border between rooms is seen to break when it is broken: a border that cannot break holds nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BREAKS = {
    "layers": ("core/clock.py", "import deskpulse.warehouse.schema"),
    "read-side": ("metrics/model.py", "import deskpulse.sources.model"),
    "duckdb": ("metrics/model.py", "import duckdb"),
    "fastapi": ("ingest/model.py", "import fastapi"),
    "ibis": ("charts/model.py", "import ibis"),
    "one-file-metrics": ("metrics/catalog/speed.py", "import deskpulse.metrics.catalog.volume"),
    "one-file-formats": ("sources/formats/json.py", "import deskpulse.sources.formats.delimited"),
    "one-file-connectors": ("sources/connectors/slack.py", "import deskpulse.sources.connectors.zendesk"),
    "one-file-vendors": ("sources/vendors/intercom.py", "import deskpulse.sources.vendors.zendesk"),
    "one-file-steps": ("enrich/steps/language.py", "import deskpulse.enrich.steps.category"),
    "one-file-reports": ("reports/catalog/brief.py", "import deskpulse.reports.catalog.insights"),
    "one-file-compositions": ("analytics/catalog/trends.py", "import deskpulse.analytics.catalog.live"),
    "one-file-charts": ("charts/kinds/bar.py", "import deskpulse.charts.kinds.line"),
    "one-file-pages": ("web/pages/tickets.py", "import deskpulse.web.pages.overview"),
    "one-file-routes": ("api/routes/health.py", "import deskpulse.api.routes.query"),
    "one-file-methods": ("forecast/methods/theta.py", "import deskpulse.forecast.methods.ets"),
    "one-file-detectors": ("insights/detectors/level.py", "import deskpulse.insights.detectors.season"),
    "one-file-rules": ("insights/recommend/rules/training.py", "import deskpulse.insights.recommend.rules.routing"),
    "one-file-predictions": (
        "insights/predictions/catalog/reopening.py",
        "import deskpulse.insights.predictions.catalog.escalation",
    ),
    "statsforecast": ("metrics/model.py", "import statsforecast"),
    "one-file-benchmarks": ("ops/benchmarks/other.py", "import deskpulse.ops.benchmarks.ingest"),
}


def broken(folder: Path) -> str:
    """Run the contracts in `folder`; return what was told."""
    code = "import sys; sys.path.insert(0, 'src'); from importlinter.cli import lint_imports; sys.exit(lint_imports(is_debug_mode=False, cache_dir=None))"  # noqa: E501
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_every_contract_has_its_break() -> None:
    import tomllib

    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    assert {c["id"] for c in contracts} == set(BREAKS)


def test_nothing_is_broken_now(copy: Path) -> None:
    assert "0 broken" in broken(copy)


@pytest.mark.parametrize("contract", BREAKS)
def test_a_contract_breaks_when_it_is_broken(contract: str, copy: Path) -> None:
    name, line = BREAKS[contract]
    path = copy / "src" / "deskpulse" / name
    text = path.read_text("utf-8") if path.exists() else None  # a catalogue of one file gets a second one
    path.write_text(f"{text or ''}\n{line}\n", "utf-8")
    try:
        told = broken(copy)
    finally:
        path.unlink() if text is None else path.write_text(text, "utf-8")
    assert "BROKEN" in told, told
