"""Anomalies that were found, what people said of them, and the last look."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def _workspace(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["workspace"], ["workspaces.slug"], name=f"fk_{table}_workspace", ondelete="CASCADE")


def upgrade() -> None:
    op.create_table(
        "anomalies",
        sa.Column("workspace", sa.String(60), nullable=False),
        sa.Column("anomaly_id", sa.String(500), nullable=False),
        sa.Column("starts_at", _MOMENT, nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        sa.Column("found_at", _MOMENT, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("why", sa.Text),
        sa.PrimaryKeyConstraint("workspace", "anomaly_id", name="pk_anomalies"),
        _workspace("anomalies"),
    )
    op.create_table(
        "anomaly_marks",
        sa.Column("workspace", sa.String(60), nullable=False),
        sa.Column("anomaly_id", sa.String(500), nullable=False),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("shape", sa.Text, nullable=False),
        sa.Column("marked_by", sa.String(200), nullable=False),
        sa.Column("marked_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "anomaly_id", name="pk_anomaly_marks"),
        _workspace("anomaly_marks"),
    )
    op.create_table(
        "anomaly_looks",
        sa.Column("workspace", sa.String(60), nullable=False),
        sa.Column("looked_at", _MOMENT, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("workspace", name="pk_anomaly_looks"),
        _workspace("anomaly_looks"),
    )
