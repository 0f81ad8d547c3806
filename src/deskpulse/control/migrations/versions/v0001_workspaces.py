"""Workspaces with their preferences, mappings and import runs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def _owner(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["workspace"], ["workspaces.slug"], name=f"fk_{table}_workspace", ondelete="CASCADE")


def upgrade() -> None:
    op.create_table(
        "workspaces",
        sa.Column("slug", sa.String(60), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("timezone", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("slug", name="pk_workspaces"),
    )
    op.create_table(
        "preferences",
        sa.Column("workspace", sa.String(60), nullable=False),
        sa.Column("key", sa.String(500), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "key", name="pk_preferences"),
        _owner("preferences"),
    )
    op.create_table(
        "mappings",
        sa.Column("workspace", sa.String(60), nullable=False),
        sa.Column("source", sa.String(500), nullable=False),
        sa.Column("fingerprint", sa.String(500), nullable=False),
        sa.Column("mapping", sa.Text, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "source", "fingerprint", name="pk_mappings"),
        _owner("mappings"),
    )
    op.create_table(
        "runs",
        sa.Column("workspace", sa.String(60), nullable=False),
        sa.Column("run_id", sa.String(500), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("source", sa.String(500), nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("path", sa.Text),
        sa.Column("options", sa.Text, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("progress", sa.Text, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("is_cancel_requested", sa.Boolean, nullable=False),
        sa.Column("host", sa.String(500), nullable=False),
        sa.Column("pid", sa.BigInteger, nullable=False),
        sa.Column("process_started", sa.Double, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("heartbeat_at", _MOMENT, nullable=False),
        sa.Column("finished_at", _MOMENT),
        sa.PrimaryKeyConstraint("workspace", "run_id", name="pk_runs"),
        _owner("runs"),
    )
    op.create_index("ix_runs_newest", "runs", ["workspace", "created_at", "run_id"])
