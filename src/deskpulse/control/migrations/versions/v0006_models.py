"""Learned models: their versions, and which is active."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "models",
        sa.Column("workspace", sa.String(60), nullable=False),
        sa.Column("task", sa.String(60), nullable=False),
        sa.Column("version", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("file", sa.String(200), nullable=False),
        sa.Column("data_hash", sa.String(64), nullable=False),
        sa.Column("features", sa.Text, nullable=False),
        sa.Column("metrics", sa.Text, nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("activated_at", _MOMENT),
        sa.Column("activated_by", sa.String(200)),
        sa.PrimaryKeyConstraint("workspace", "task", "version", name="pk_models"),
        sa.ForeignKeyConstraint(["workspace"], ["workspaces.slug"], name="fk_models_workspace", ondelete="CASCADE"),
    )
