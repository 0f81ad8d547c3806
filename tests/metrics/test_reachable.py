"""Every column that a metric reads can come from a user's file, or follows from what such files bring."""

from __future__ import annotations

from collections.abc import Iterator

import ibis.expr.operations as ops

from deskpulse.ingest.shapes import shapes
from deskpulse.ingest.transform.people import ROLES
from deskpulse.metrics.compile import base
from deskpulse.metrics.dimensions import DIMENSIONS
from deskpulse.metrics.lookup import METRICS
from deskpulse.metrics.model import Metric
from deskpulse.warehouse.schema import COMPUTED, ENTITIES, TABLES
from deskpulse.warehouse.table import PROVENANCE_NAMES

HISTORY_MADE = {"ticket_gaps", "ticket_stays", "reply_waits", "sla_targets"}
"""Tables computed from tickets, events and messages."""
TOLD_BY_TEXT = {"sentiment", "sentiment_label", "subjectivity", "emotion", "language", "urgency", "category",
                "subcategory", "indicators", "escalation", "emotion_intensity", "category_confidence", "question_count",
                "body_masked"}  # fmt: skip
"""What enrichment says of texts."""
FROM_HISTORY = {("tickets", name) for name in (*COMPUTED, "csat_score", "is_one_touch", "time_problem")}
"""What follows from a ticket's surveys, messages and times."""


def columns_read(metric: Metric) -> Iterator[tuple[str, str]]:
    """Yield table and column of all that a metric computes with, filters by and is dated by."""
    rows = base(metric.fact)
    made = {name for name, _ in metric.fact.added}
    closes = metric.closes if isinstance(metric.closes, tuple) else (metric.closes,)
    for name in (metric.time or metric.fact.time, metric.fact.until, metric.opens, *closes):
        if name and name not in made:
            yield metric.fact.table, name
    for part in (metric.where, metric.value, metric.numerator, metric.denominator):
        for found in part(rows).op().find(ops.Field) if part else ():
            if isinstance(found.rel, ops.UnboundTable):
                yield found.rel.name, found.name


def columns_cut_by() -> Iterator[tuple[str, str]]:
    """Yield table and column of all dimensions, of the fact that has them or of its ticket."""
    for metric in METRICS.values():
        fact = metric.fact
        for name in fact.dimensions:
            dimension = DIMENSIONS[name]
            table, column = dimension.table or fact.table, dimension.field or dimension.column
            if column in TABLES[table].column_names:
                yield table, column
            elif column in TABLES["tickets"].column_names:
                yield "tickets", column


def fillable() -> set[tuple[str, str]]:
    """Return table and column of all that an import shape can fill, by a column of its own or by naming somebody."""
    found = set()
    for shape in shapes().values():
        for target in shape.targets:
            if target.name not in shape.beside:
                table, _, column = target.name.rpartition(".")
                found.add((table or shape.table, column))
    return found | {(role.table, column) for role in ROLES for column in (role.id, "name")}


def test_every_column_that_a_metric_reads_can_be_imported() -> None:
    read = {place for metric in METRICS.values() if not metric.parts for place in columns_read(metric)}
    read |= set(columns_cut_by())
    assert ("calls", "talk_seconds") in read
    assert ("customers", "tier") in read
    known = fillable() | FROM_HISTORY
    unreached = {
        (table, column) for table, column in read - known
        if table in ENTITIES and table not in HISTORY_MADE
        and column not in PROVENANCE_NAMES and column not in TOLD_BY_TEXT
    }  # fmt: skip
    assert unreached == set()


def test_a_column_that_no_import_fills_is_noticed() -> None:
    assert not {("tickets", "sla_due_at"), ("agents", "label")} & fillable()
