"""What is kept stays small, and is never wrong while others write."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.metrics.world import OWNER, at, engine_of, put

from deskpulse.core.settings import Settings
from deskpulse.metrics.cache import Cache
from deskpulse.metrics.model import MetricQuery


def test_the_least_recently_used_leaves_first() -> None:
    cache: Cache[str] = Cache(2)
    cache.put("a", "1")
    cache.put("b", "2")
    assert cache.get("a") == "1"
    cache.put("c", "3")
    assert (cache.get("a"), cache.get("b"), cache.get("c"), len(cache)) == ("1", None, "3", 2)


def test_a_size_of_nothing_keeps_nothing() -> None:
    cache: Cache[str] = Cache(0)
    cache.put("a", "1")
    assert (cache.get("a"), len(cache)) == (None, 0)


def test_heavy_values_make_room() -> None:
    cache: Cache[str] = Cache(10, most=10)
    cache.put("a", "1", weight=4)
    cache.put("b", "2", weight=4)
    cache.put("b", "2 again", weight=6)
    assert (cache.get("a"), cache.get("b")) == ("1", "2 again")
    cache.put("c", "3", weight=5)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (None, None, "3")
    cache.put("d", "4", weight=11)
    assert cache.get("d") is None


def test_answers_given_while_others_write_are_of_one_version(settings: Settings) -> None:
    """Each write adds one ticket, so an answer's count tells which version it is of."""
    warehouse, engine = engine_of(settings)
    first = warehouse.version
    query = MetricQuery(metrics=("tickets_created", "backlog"), start=at("2026-01-01"), end=at("2027-01-01"))

    def write(number: int) -> None:
        put(warehouse, tickets=[{"ticket_id": f"t{number}", "created_at": at("2026-03-01")}])

    def ask(_: int) -> list[tuple[int, float, float]]:
        answers = [engine.query(OWNER, query) for _ in range(8)]
        return [
            (a.version, a.totals["tickets_created"].value or 0, a.totals["backlog"].value or 0) for a in answers
        ]  # fmt: skip

    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(ask, i) for i in range(3)]
        list(pool.map(write, range(10)))
        answers = [answer for future in asked for answer in future.result()]
    answers.append((warehouse.version, engine.query(OWNER, query).totals["tickets_created"].value or 0, 10))
    assert all(version - first == count == level for version, count, level in answers)
    assert answers[-1][1] == 10
    warehouse.close()
