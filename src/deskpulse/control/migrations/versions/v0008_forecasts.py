"""The list of kept forecasts, with what is known of how they do."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "forecasts",
        sa.Column("workspace", sa.String(60), nullable=False),
        sa.Column("forecast_id", sa.String(500), nullable=False),
        sa.Column("question_key", sa.String(32), nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("made_by", sa.String(200), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("whole_at", _MOMENT, nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("figures", sa.Text, nullable=False),
        sa.Column("checked_at", _MOMENT),
        sa.PrimaryKeyConstraint("workspace", "forecast_id", name="pk_forecasts"),
        sa.ForeignKeyConstraint(["workspace"], ["workspaces.slug"], name="fk_forecasts_workspace", ondelete="CASCADE"),
    )
    op.create_index("ix_forecasts_question", "forecasts", ["workspace", "question_key", "made_at"])
