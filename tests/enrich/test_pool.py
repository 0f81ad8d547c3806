"""The enricher: same answers in this process and on workers, and what happens when workers die."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import psutil
import pyarrow as pa
import pytest

from deskpulse.core.errors import InputError, UnknownNameError, WorkerError
from deskpulse.core.settings import Settings
from deskpulse.enrich.catalog import STEPS
from deskpulse.enrich.pool import Enricher
from deskpulse.enrich.taxonomy import Taxonomy
from deskpulse.warehouse.schema import ARROW_TYPES

TEXTS = ["I love it", None, "It is broken again", "", "I love it", "Wo ist meine Bestellung?"]


@pytest.fixture
def two_workers(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, data_dir=tmp_path, workers=2, enrich_in_process_texts=10, enrich_chunk_texts=50)


@pytest.fixture
def enricher(two_workers: Settings) -> Iterator[Enricher]:
    with Enricher(two_workers) as made:
        yield made


def _many(count: int) -> list[str | None]:
    return [f"Order {number} is {'late and broken' if number % 2 else 'great'}" for number in range(count)]


def test_gives_a_row_per_text_and_the_declared_columns(settings: Settings) -> None:
    with Enricher(settings) as enricher:
        table = enricher.enrich(TEXTS)
    assert table.num_rows == len(TEXTS)
    declared = {column: ARROW_TYPES[kind] for step in STEPS.values() for column, kind in step.writes.items()}
    assert {field.name: field.type for field in table.schema} == declared
    rows = table.to_pylist()
    assert rows[0] == rows[4]
    assert rows[0]["sentiment_label"] == "positive"
    assert rows[2]["sentiment_label"] == "negative"
    assert rows[5]["language"] == "de"
    assert all(value is None for row in (rows[1], rows[3]) for value in row.values())


def test_no_texts_give_an_empty_table_with_the_columns(settings: Settings) -> None:
    with Enricher(settings) as enricher:
        table = enricher.enrich([], steps=["language"])
    assert table.num_rows == 0
    assert table.schema == pa.schema([("language", pa.string())])


def test_takes_arrow_arrays(settings: Settings) -> None:
    with Enricher(settings) as enricher:
        plain = enricher.enrich(TEXTS)
        assert enricher.enrich(pa.array(TEXTS)).equals(plain)
        chunked = pa.chunked_array([pa.array(TEXTS[:2]), pa.array(TEXTS[2:])])
        assert enricher.enrich(chunked).to_pylist() == plain.to_pylist()


def test_an_unknown_step_is_refused(settings: Settings) -> None:
    with Enricher(settings) as enricher, pytest.raises(UnknownNameError):
        enricher.enrich(["text"], steps=["mood"])


def test_takes_the_callers_taxonomy(settings: Settings) -> None:
    own = Taxonomy.from_mapping({"bicycles": {"wheels": {"strong": ["spoke*"]}}})
    with Enricher(settings) as enricher:
        row = enricher.enrich(["Two spokes are gone"], steps=["category"], taxonomy=own).to_pylist()[0]
    assert (row["category"], row["subcategory"]) == ("bicycles", "wheels")


def test_workers_answer_as_this_process_does(enricher: Enricher, settings: Settings) -> None:
    texts = [*_many(230), *TEXTS, *_many(20)]
    own = Taxonomy.from_mapping({"quality": {"terms": {"weak": "late"}}})
    with Enricher(settings) as alone:
        expected = alone.enrich(texts, taxonomy=own)
    assert enricher.enrich(texts, taxonomy=own).to_pylist() == expected.to_pylist()
    submitted = [enricher.submit(texts, taxonomy=own) for _ in range(3)]
    assert all(future.result().num_rows == len(texts) for future in submitted)


def test_few_texts_start_no_workers(two_workers: Settings) -> None:
    def refuse() -> Executor:
        raise AssertionError("a pool was started")

    with Enricher(two_workers, executor=refuse) as enricher:
        assert enricher.enrich(_many(9)).num_rows == 9
        assert enricher.enrich(["same"] * 1_000).num_rows == 1_000


def test_a_value_that_is_no_text_is_refused(settings: Settings) -> None:
    with Enricher(settings) as enricher, pytest.raises(InputError, match="Text 2 of 3 is of type int"):
        enricher.enrich(["a", None, 5])  # type: ignore[list-item]


def test_any_executor_will_do(two_workers: Settings) -> None:
    with Enricher(two_workers, executor=lambda: ThreadPoolExecutor(2)) as enricher:
        assert enricher.enrich(_many(200)).num_rows == 200


def test_a_killed_worker_is_replaced_and_the_batch_done_again(enricher: Enricher) -> None:
    expected = enricher.enrich(_many(100)).to_pylist()
    children = psutil.Process().children(recursive=True)
    workers = [child.pid for child in children if "spawn_main" in " ".join(child.cmdline())]
    assert workers
    psutil.Process(workers[0]).kill()
    assert enricher.enrich(_many(100)).to_pylist() == expected


def _die(*_: object) -> None:
    os._exit(1)


def test_workers_that_die_twice_end_in_an_error_that_says_so(two_workers: Settings) -> None:
    pools: list[ProcessPoolExecutor] = []

    def doomed() -> Executor:
        pools.append(ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_die))
        return pools[-1]

    with Enricher(two_workers, executor=doomed) as enricher, pytest.raises(WorkerError, match="died twice"):
        enricher.enrich(_many(100))
    assert len(pools) == 2


def test_closing_waits_for_what_was_submitted_and_refuses_more(two_workers: Settings) -> None:
    enricher = Enricher(two_workers)
    futures = [enricher.submit(_many(60)) for _ in range(3)]
    enricher.close()
    enricher.close()
    assert all(future.result().num_rows == 60 for future in futures)
    with pytest.raises(WorkerError, match="closed"):
        enricher.enrich(["text"])
    with pytest.raises(WorkerError, match="closed"):
        enricher.submit(["text"])


def _run(*arguments: str, code: str = "") -> str:
    done = subprocess.run(
        [sys.executable, *arguments], input=code, capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout


@pytest.mark.parametrize("by_file", [True, False])
def test_a_script_without_a_guard_is_not_run_again_by_the_workers(tmp_path: Path, by_file: bool) -> None:
    code = """
from deskpulse.core.settings import Settings
from deskpulse.enrich.pool import Enricher
print("begun")
with Enricher(Settings(_env_file=None, workers=2, enrich_in_process_texts=10)) as enricher:
    print(enricher.enrich([f"text {n}" for n in range(40)]).num_rows)
"""
    script = tmp_path / "script.py"
    script.write_text(code, encoding="utf-8")
    assert _run(str(script) if by_file else "-", code=code).split() == ["begun", "40"]


def test_workers_load_nothing_heavy() -> None:
    code = "import sys, deskpulse.enrich.catalog as c; c.run_steps(['It is broken']); print(*sys.modules)"
    loaded = set(_run("-c", code).split())
    assert not loaded & {"polars", "pyarrow", "pandas", "sklearn", "duckdb", "pydantic"}
