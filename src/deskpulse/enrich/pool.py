"""Enrichment of many texts on several processes: a table of columns, one row a text."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import accumulate
from multiprocessing import get_context
from types import TracebackType
from typing import Any, TypeAlias

import polars as pl
import pyarrow as pa

from deskpulse.core.errors import EndpointError, InputError, WorkerError
from deskpulse.core.settings import Settings
from deskpulse.enrich.catalog import Teller, begin_worker, choose, run_or_fall_back, steps_version
from deskpulse.enrich.learned import BY_MODEL
from deskpulse.enrich.taxonomy import Taxonomy
from deskpulse.warehouse.schema import ARROW_TYPES, POLARS_TYPES, Kind

Texts: TypeAlias = Sequence[str | None] | pa.Array | pa.ChunkedArray
Columns: TypeAlias = dict[str, list[Any]]
Done: TypeAlias = tuple[Columns, dict[str, EndpointError]]
_AWAY = "tasks_away"


def tasks_away(table: pa.Table) -> dict[str, str]:
    """Return, by task, why the server that should have told of a table's texts did not; empty where all is as set."""
    told = (table.schema.metadata or {}).get(_AWAY.encode())
    return dict(json.loads(told)) if told else {}


def _arrow(values: list[Any], kind: Kind) -> pa.Array:
    """Return values as Arrow, through Polars: `pa.array` of a list brings in pandas, which takes a second."""
    wanted = ARROW_TYPES[kind]
    if kind != "texts":
        return pl.Series(values, dtype=POLARS_TYPES[kind]).to_arrow().cast(wanted)
    ends = accumulate((len(texts) if texts else 0 for texts in values), initial=0)
    starts = [end if texts is not None else None for texts, end in zip([*values, ()], ends, strict=True)]
    flat = [text for texts in values if texts for text in texts]
    return pa.ListArray.from_arrays(_arrow(starts, "int").cast(pa.int32()), _arrow(flat, "text"))


@contextmanager
def _hidden_main() -> Iterator[None]:
    """Let workers that start inside the block not run the caller's script again.

    A spawned process imports the main module first: a script without a `__name__` guard would begin anew in each
    worker, and one read from standard input cannot be imported at all. Our workers need nothing from it.
    """
    main = sys.modules["__main__"]
    kept: dict[str, object] = {name: vars(main).pop(name) for name in ("__file__", "__spec__") if name in vars(main)}
    main.__spec__ = None
    try:
        yield
    finally:
        vars(main).update(kept)


class Enricher:
    """Runs enrichment steps: small batches in this process, larger ones on a pool that starts when first needed.

    `executor` makes the pool (a process pool of `settings.workers` by default) and is called again when its
    workers have died. Safe to call from several threads; close it, or use it as a context manager.
    """

    def __init__(self, settings: Settings, *, executor: Callable[[], Executor] | None = None) -> None:
        self._settings = settings
        self._make = executor or (
            lambda: ProcessPoolExecutor(
                max_workers=settings.workers, mp_context=get_context("spawn"), initializer=begin_worker
            )
        )
        self._lock = threading.Lock()
        self._pool: Executor | None = None
        self._callers: ThreadPoolExecutor | None = None
        self._closed = False

    def __enter__(self) -> Enricher:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def steps_version(self, steps: Iterable[str] | None = None) -> str:
        """Return names and versions of the steps, to be stored beside what they wrote."""
        return steps_version(steps)

    def enrich(
        self,
        texts: Texts,
        *,
        steps: Iterable[str] | None = None,
        taxonomy: Taxonomy | None = None,
        learned: Sequence[Teller] = (),
    ) -> pa.Table:
        """Return a table with a row per text, in order, and the columns of the named steps (all when None).

        Equal texts are worked out once. `learned` models say what they learned in place of the steps, and add the
        columns that only they write. Raises UnknownNameError for a name that is no step, InputError for a value
        that is no text, WorkerError when the workers die twice over the same texts. Where a server that a model
        reads by is away the steps' values stand, and `tasks_away` of the table tells so.
        """
        self._refuse_closed()
        return self._enrich(texts, steps, taxonomy, learned)

    def _enrich(
        self, texts: Texts, steps: Iterable[str] | None, taxonomy: Taxonomy | None, learned: Sequence[Teller]
    ) -> pa.Table:
        chosen = choose(steps)
        names = [step.name for step in chosen]
        values = texts.to_pylist() if isinstance(texts, pa.Array | pa.ChunkedArray) else texts
        for place, value in enumerate(values):
            if value is not None and not isinstance(value, str):
                raise InputError(f"Text {place} of {len(values)} is of type {type(value).__name__}, not a text.")
        places: dict[str | None, int] = {}
        rows = [places.setdefault(text, len(places)) for text in values]
        unique = list(places)
        if len(unique) < self._settings.enrich_in_process_texts or self._settings.workers == 1:
            done = [run_or_fall_back(unique, names, taxonomy=taxonomy, learned=learned)]
        else:
            done = self._on_pool(unique, partial(run_or_fall_back, names=names, taxonomy=taxonomy, learned=learned))
        parts = [columns for columns, _ in done]
        kinds = {column: kind for step in chosen for column, kind in step.writes.items()}
        for column, kind in BY_MODEL.items():
            if any(column in part for part in parts):
                kinds[column] = kind
                for part in parts:  # a part whose server was away has none
                    part.setdefault(column, [None] * len(next(iter(part.values()))))
        table = pa.table(
            {column: pa.chunked_array([_arrow(part[column], kind) for part in parts]) for column, kind in kinds.items()}
        )
        away = {task: str(error) for _, errors in done for task, error in errors.items()}
        if away:
            table = table.replace_schema_metadata({_AWAY: json.dumps(away)})
        return table if len(unique) == len(rows) else table.take(_arrow(rows, "int"))

    def submit(
        self,
        texts: Texts,
        *,
        steps: Iterable[str] | None = None,
        taxonomy: Taxonomy | None = None,
        learned: Sequence[Teller] = (),
    ) -> Future[pa.Table]:
        """Begin what `enrich` does and return at once, so that the caller can write the last batch meanwhile."""
        with self._lock:
            self._refuse_closed()
            if self._callers is None:
                self._callers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="enrich")
            return self._callers.submit(self._enrich, texts, steps, taxonomy, learned)

    def close(self) -> None:
        """Wait for what was submitted, then end the workers. Closing again does nothing."""
        with self._lock:
            self._closed = True
            callers, self._callers = self._callers, None
        if callers is not None:
            callers.shutdown()
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown()

    def _refuse_closed(self) -> None:
        if self._closed:
            raise WorkerError("The enricher is closed.", hint="Make a new one.")

    def _on_pool(self, texts: list[str | None], run: Callable[[list[str | None]], Done]) -> list[Done]:
        """Do `run` on chunks of the texts; a chunk whose worker died is given to a fresh pool once."""
        size = self._chunk_size(len(texts))
        chunks = [texts[start : start + size] for start in range(0, len(texts), size)]
        done: dict[int, Done] = {}
        for attempt in (1, 2):
            pool = self._current_pool()
            try:
                with self._lock, _hidden_main():
                    futures = {
                        number: pool.submit(run, chunk) for number, chunk in enumerate(chunks) if number not in done
                    }
                for number, future in futures.items():
                    done[number] = future.result()
                return [done[number] for number in range(len(chunks))]
            except BrokenExecutor as error:
                self._discard(pool)
                if attempt == 2:
                    raise WorkerError(
                        f"Enrichment workers died twice over the same {len(texts)} texts.",
                        hint="Look for a memory limit or a kill in the system log; fewer workers need less memory.",
                    ) from error
        raise AssertionError("unreachable")

    def _chunk_size(self, count: int) -> int:
        """Return the size that gives every worker the same number of chunks, none above the limit."""
        workers = self._settings.workers
        rounds = -(-count // (self._settings.enrich_chunk_texts * workers))
        return -(-count // (rounds * workers))

    def _current_pool(self) -> Executor:
        with self._lock:
            if self._pool is None:
                self._pool = self._make()
            return self._pool

    def _discard(self, pool: Executor) -> None:
        """Forget a broken pool, unless another thread has replaced it already."""
        with self._lock:
            if self._pool is pool:
                self._pool = None
        pool.shutdown(wait=False, cancel_futures=True)
