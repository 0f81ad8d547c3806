"""What people decided about recommendations."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recommendations",
        sa.Column("workspace", sa.String(60), nullable=False),
        sa.Column("recommendation_id", sa.String(60), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("decided_by", sa.String(200), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(500), nullable=False),
        sa.Column("told", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("workspace", "recommendation_id", name="pk_recommendations"),
        sa.ForeignKeyConstraint(
            ["workspace"], ["workspaces.slug"], name="fk_recommendations_workspace", ondelete="CASCADE"
        ),
    )
