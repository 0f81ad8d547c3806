"""Bringing a control database to this version's revision, or refusing a newer one."""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text

from deskpulse.control.database import Database
from deskpulse.control.faults import newer_revision
from deskpulse.control.migrations import HEAD, REVISIONS


def upgrade(database: Database) -> None:
    """Migrate `database` to HEAD in one transaction; VersionError when its revision is unknown here.

    Processes that open one database at the same moment wait for each other.
    """
    with database.read() as connection:
        if _revision(connection) == HEAD:
            return
    with database.write() as connection:
        database.hold(connection, "upgrade")
        revision = _revision(connection)
        if revision == HEAD:
            return
        if revision is not None and revision not in REVISIONS:
            raise newer_revision(database.where, revision)
        migrate(connection, HEAD)


def migrate(connection: Connection, revision: str) -> None:
    """Run the migrations up to `revision` inside the transaction of `connection`."""
    from alembic import command  # 0.2 s to import, and most starts need none of it
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "deskpulse.control:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)
