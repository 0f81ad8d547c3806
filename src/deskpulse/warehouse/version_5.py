"""Version 5: copies of texts with personal data masked; escalation language, questions, how strong an emotion is."""

from __future__ import annotations

from deskpulse.warehouse.migration_steps import AddColumn, Migration
from deskpulse.warehouse.table import Kind

# The copies of texts that are there already stay null: they are masked as they are read, until they are read anew.
_SAID: tuple[tuple[str, Kind], ...] = (
    ("emotion_intensity", "float"), ("escalation", "texts"), ("question_count", "int"),
)  # fmt: skip
VERSION_5 = Migration(
    5,
    "masked copies of texts, escalation language, questions, how strong an emotion is",
    (
        AddColumn("tickets", "subject_masked", "text"),
        AddColumn("tickets", "description_masked", "text"),
        AddColumn("messages", "body_masked", "text"),
        AddColumn("surveys", "comment_masked", "text"),
        *(AddColumn(table, name, kind) for table in ("tickets", "ticket_basis", "messages") for name, kind in _SAID),
    ),
)
