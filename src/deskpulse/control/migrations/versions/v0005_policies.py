"""Service-level policies: their versions."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "policy_versions",
        sa.Column("workspace", sa.String(60), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("conditions", sa.Text, nullable=False),
        sa.Column("targets", sa.Text, nullable=False),
        sa.Column("valid_from", _MOMENT),
        sa.Column("valid_until", _MOMENT),
        sa.Column("written_at", _MOMENT, nullable=False),
        sa.Column("written_by", sa.String(200), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("ended_by", sa.String(200)),
        sa.PrimaryKeyConstraint("workspace", "name", "number", name="pk_policy_versions"),
        sa.ForeignKeyConstraint(
            ["workspace"], ["workspaces.slug"], name="fk_policy_versions_workspace", ondelete="CASCADE"
        ),
    )
