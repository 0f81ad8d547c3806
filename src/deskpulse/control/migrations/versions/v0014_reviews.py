"""Quality reviews that people make, one row an act."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reviews",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("workspace", sa.String(60), nullable=False),
        sa.Column("review_id", sa.String(60), nullable=False),
        sa.Column("ticket_id", sa.String(500), nullable=False),
        sa.Column("agent", sa.String(500), nullable=False),
        sa.Column("reviewer", sa.String(200), nullable=False),
        sa.Column("is_latest", sa.Boolean, nullable=False),
        sa.Column("is_removed", sa.Boolean, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("act", sa.String(20), nullable=False),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acted_by", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_reviews"),
        sa.ForeignKeyConstraint(["workspace"], ["workspaces.slug"], name="fk_reviews_workspace", ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reviews_review", "reviews", ["workspace", "review_id", "number"])
    op.create_index("ix_reviews_ticket", "reviews", ["workspace", "ticket_id", "number"])
    op.create_index("ix_reviews_order", "reviews", ["workspace", "number"])
