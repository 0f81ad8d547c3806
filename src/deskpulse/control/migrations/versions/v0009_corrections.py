"""What people said of labels."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "corrections",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("workspace", sa.String(60), nullable=False),
        sa.Column("ticket_id", sa.String(500), nullable=False),
        sa.Column("label", sa.String(60), nullable=False),
        sa.Column("value", sa.String(200)),
        sa.Column("finer", sa.String(200)),
        sa.Column("old_value", sa.String(500)),
        sa.Column("old_by", sa.String(200)),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("corrected_by", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_corrections"),
        sa.ForeignKeyConstraint(
            ["workspace"], ["workspaces.slug"], name="fk_corrections_workspace", ondelete="CASCADE"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_corrections_ticket", "corrections", ["workspace", "ticket_id", "number"])
    op.create_index("ix_corrections_order", "corrections", ["workspace", "number"])
