"""The numbers of health and of the moment as Prometheus reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from deskpulse.ops.request_times import BOUNDS, RouteTimes

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition(
    health: Mapping[str, Any], live: Mapping[str, Any], times: Mapping[tuple[str, str], RouteTimes], workspace: str
) -> bytes:
    """Return the numbers of `/metrics/health` and `/metrics/live` in the text format; what is not known is left out."""
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.core import Metric

    class Numbers:
        def collect(self) -> Iterable[Metric]:
            yield from _health(health, workspace)
            yield from _live(live, workspace)
            yield from _requests(times)

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Numbers())
    return generate_latest(registry)


def _health(health: Mapping[str, Any], workspace: str) -> Iterable[Any]:
    from prometheus_client.core import GaugeMetricFamily

    yield GaugeMetricFamily("deskpulse_uptime_seconds", "Seconds since the start.", health["uptime_seconds"])
    for part, about in (("process", "This process"), ("machine", "The machine"), ("disk", "The data folder's disk"),
                        ("network", "The machine's network")):  # fmt: skip
        for name, value in (health[part] or {}).items():
            if name != "pid" and value is not None:
                yield GaugeMetricFamily(f"deskpulse_{part}_{name}", f"{about}: {name.replace('_', ' ')}.", value)
    seconds = GaugeMetricFamily("deskpulse_database_seconds", "Time of a trivial statement.", labels=["database"])
    sizes = GaugeMetricFamily("deskpulse_database_bytes", "Size on disk.", labels=["database"])
    for name, told in health["databases"].items():
        seconds.add_metric([name], told["seconds"])
        if told["bytes"] is not None:
            sizes.add_metric([name], told["bytes"])
    yield from (seconds, sizes)
    for kind in ("jobs", "imports"):
        family = GaugeMetricFamily(f"deskpulse_{kind}", f"{kind.capitalize()} by state.", labels=["workspace", "state"])
        for state, count in health[kind].items():
            family.add_metric([workspace, state], count)
        yield family
    journal = health["journal"]
    waiting = GaugeMetricFamily("deskpulse_journal_waiting", "Pushes not yet written.", labels=["workspace"])
    waiting.add_metric([workspace], journal["waiting"])
    yield waiting
    if journal["oldest_seconds"] is not None:
        oldest = GaugeMetricFamily("deskpulse_journal_oldest_seconds", "Age of the oldest.", labels=["workspace"])
        oldest.add_metric([workspace], journal["oldest_seconds"])
        yield oldest


def _live(live: Mapping[str, Any], workspace: str) -> Iterable[Any]:
    from prometheus_client.core import GaugeMetricFamily

    labels = ["workspace", "section", "metric", "of"]
    family = GaugeMetricFamily("deskpulse_live", "What is going on at the latest moment of the data.", labels=labels)
    for section in live["sections"]:
        for row in (*section["rows"], section["totals"]):
            of = "; ".join(f"{name}={row[name]}" for name in section["by"] if name in row)
            for metric, cell in row.items():
                if isinstance(cell, dict) and cell.get("value") is not None:
                    family.add_metric([workspace, section["name"], metric, of], cell["value"])
    yield family


def _requests(times: Mapping[tuple[str, str], RouteTimes]) -> Iterable[Any]:
    from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily

    labels = ["method", "route"]
    family = HistogramMetricFamily("deskpulse_request_seconds", "Time to answer.", labels=labels)
    errors = CounterMetricFamily("deskpulse_request_errors", "Answers of 500 and above.", labels=labels)
    for key, told in times.items():
        passed, buckets = 0, []
        for bound, number in zip((*BOUNDS, float("inf")), told.buckets, strict=True):
            passed += number
            buckets.append((f"{bound:.6g}" if bound < BOUNDS[-1] * 2 else "+Inf", float(passed)))
        family.add_metric(list(key), buckets, told.seconds)
        errors.add_metric(list(key), told.errors)
    yield from (family, errors)
