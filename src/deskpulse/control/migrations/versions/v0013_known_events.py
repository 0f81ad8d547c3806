"""Known events."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "known_events",
        sa.Column("workspace", sa.String(60), nullable=False),
        sa.Column("event_id", sa.String(60), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("start", sa.String(30), nullable=False),
        sa.Column("end", sa.String(30)),
        sa.Column("where", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("repeats_yearly", sa.Boolean, nullable=False),
        sa.Column("ignore", sa.Boolean, nullable=False),
        sa.Column("written_by", sa.String(200), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "event_id", name="pk_known_events"),
        sa.UniqueConstraint("workspace", "name", "start", name="uq_known_events_workspace_name_start"),
        sa.ForeignKeyConstraint(
            ["workspace"], ["workspaces.slug"], name="fk_known_events_workspace", ondelete="CASCADE"
        ),
    )
