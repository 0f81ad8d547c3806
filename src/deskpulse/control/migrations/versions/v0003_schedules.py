"""Schedules of working hours: their versions, and who works by which."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def _owner(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["workspace"], ["workspaces.slug"], name=f"fk_{table}_workspace", ondelete="CASCADE")


def upgrade() -> None:
    op.create_table(
        "schedule_versions",
        sa.Column("workspace", sa.String(60), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("wording", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("weekly", sa.Text, nullable=False),
        sa.Column("timezone", sa.String(200), nullable=False),
        sa.Column("holidays", sa.Text, nullable=False),
        sa.Column("valid_from", _MOMENT),
        sa.Column("written_at", _MOMENT, nullable=False),
        sa.Column("written_by", sa.String(200), nullable=False),
        sa.Column("replaced_at", _MOMENT),
        sa.Column("replaced_by", sa.String(200)),
        sa.PrimaryKeyConstraint("workspace", "name", "number", "wording", name="pk_schedule_versions"),
        _owner("schedule_versions"),
    )
    op.create_table(
        "schedule_assignments",
        sa.Column("workspace", sa.String(60), nullable=False),
        sa.Column("scope", sa.String(20), nullable=False),
        sa.Column("target", sa.String(500), nullable=False),
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("schedule", sa.String(200), nullable=False),
        sa.Column("assigned_at", _MOMENT, nullable=False),
        sa.Column("assigned_by", sa.String(200), nullable=False),
        sa.Column("ended_at", _MOMENT),
        sa.Column("ended_by", sa.String(200)),
        sa.PrimaryKeyConstraint("workspace", "scope", "target", "number", name="pk_schedule_assignments"),
        _owner("schedule_assignments"),
    )
