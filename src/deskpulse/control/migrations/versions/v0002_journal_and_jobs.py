"""The journal of pushed rows, and background jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def _owner(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["workspace"], ["workspaces.slug"], name=f"fk_{table}_workspace", ondelete="CASCADE")


def upgrade() -> None:
    op.create_table(
        "journal",
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("workspace", sa.String(60), nullable=False),
        sa.Column("source", sa.String(500), nullable=False),
        sa.Column("shape", sa.String(500), nullable=False),
        sa.Column("idempotency_key", sa.String(500)),
        sa.Column("rows", sa.LargeBinary),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name="pk_journal"),
        sa.UniqueConstraint(
            "workspace", "source", "idempotency_key", name="uq_journal_workspace_source_idempotency_key"
        ),
        _owner("journal"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_journal_workspace_entry_id", "journal", ["workspace", "entry_id"])
    op.create_table(
        "jobs",
        sa.Column("workspace", sa.String(60), nullable=False),
        sa.Column("job_id", sa.String(500), nullable=False),
        sa.Column("kind", sa.String(500), nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("max_attempts", sa.Integer, nullable=False),
        sa.Column("run_after", _MOMENT, nullable=False),
        sa.Column("lease", sa.String(500)),
        sa.Column("lease_until", _MOMENT),
        sa.Column("is_cancel_requested", sa.Boolean, nullable=False),
        sa.Column("fraction", sa.Double),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.Column("finished_at", _MOMENT),
        sa.PrimaryKeyConstraint("workspace", "job_id", name="pk_jobs"),
        _owner("jobs"),
    )
    op.create_index("ix_jobs_due", "jobs", ["workspace", "status", "run_after"])
    op.create_index("ix_jobs_newest", "jobs", ["workspace", "created_at", "job_id"])
