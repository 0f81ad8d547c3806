from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from deskpulse.control import Control
from deskpulse.control import upgrade as upgrading
from deskpulse.control.database import Database
from deskpulse.control.migrations import HEAD, REVISIONS
from deskpulse.control.schema import Base
from deskpulse.control.upgrade import migrate, upgrade
from deskpulse.core.errors import VersionError
from deskpulse.core.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = Database(url, busy_timeout_seconds=10, pool_size=2)
    yield opened
    opened.close()


def tables(database: Database) -> set[str]:
    with database.read() as connection:
        return set(inspect(connection).get_table_names())


def test_the_revisions_are_those_of_the_migration_files() -> None:
    config = Config()
    config.set_main_option("script_location", "deskpulse.control:migrations")
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [HEAD]
    assert tuple(s.revision for s in scripts.walk_revisions())[::-1] == REVISIONS


def test_migrations_build_exactly_the_declared_tables(database: Database) -> None:
    upgrade(database)
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_comparison_sees_a_difference(database: Database) -> None:
    """Without this the test above could pass for want of looking."""
    upgrade(database)
    with database.write() as connection:
        connection.execute(text("ALTER TABLE runs ADD COLUMN surplus INTEGER"))
    with database.read() as connection:
        found = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    assert [entry[0] for entry in found] == ["remove_column"]


@pytest.mark.parametrize("older", REVISIONS[:-1])
def test_an_older_database_is_brought_up_and_keeps_its_rows(
    database: Database, url: str, settings: Settings, older: str
) -> None:
    with database.write() as connection:
        migrate(connection, older)
        moment = "2026-03-01 12:00:00+00:00" if not database.is_sqlite else "2026-03-01 12:00:00.000000"
        values = {"slug": "acme", "name": "Acme", "timezone": "UTC", "kind": "user"}
        columns = text(
            "INSERT INTO workspaces (slug, name, timezone, kind, created_at, updated_at) "
            f"VALUES (:slug, :name, :timezone, :kind, '{moment}', '{moment}')"
        )
        connection.execute(columns, values)
    with Control.open(url, settings) as control:
        assert [w.name for w in control.workspaces.list()] == ["Acme"]
        assert control.workspaces.get("acme").created_at.isoformat() == "2026-03-01T12:00:00+00:00"
        assert control.journal.append("acme", "push", "tickets", b"[]").entry_id == 1


def test_a_newer_database_is_refused_and_left_alone(database: Database, url: str, settings: Settings) -> None:
    Control.open(url, settings).close()
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(VersionError, match=r"newer Deskpulse \(revision 9999\)") as caught:
        Control.open(url, settings)
    assert "Install that version" in caught.value.hint
    with database.read() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"


def test_a_failing_migration_leaves_nothing_behind(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(connection: object, revision: str) -> None:
        migrate(connection, revision)  # type: ignore[arg-type]
        raise RuntimeError("power cut")

    monkeypatch.setattr(upgrading, "migrate", broken)
    with pytest.raises(RuntimeError, match="power cut"):
        upgrade(database)
    assert tables(database) == set()
    monkeypatch.undo()
    upgrade(database)
    assert {"workspaces", "journal", "jobs", "alembic_version"} <= tables(database)


def test_two_processes_may_open_a_new_database_at_once(url: str) -> None:
    program = "import sys\nfrom deskpulse.control import Control\nControl.open(sys.argv[1]).close()"
    started = [subprocess.Popen([sys.executable, "-c", program, url]) for _ in range(2)]
    assert [process.wait(60) for process in started] == [0, 0]


def test_opening_an_up_to_date_database_does_not_load_alembic(tmp_path: Path, settings: Settings) -> None:
    url = f"sqlite:///{(tmp_path / 'control.sqlite3').as_posix()}"
    Control.open(url, settings).close()
    program = (
        "import sys\nfrom deskpulse.control import Control\nControl.open(sys.argv[1]).close()\n"
        "print('alembic' in sys.modules, 'psycopg' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", program, url], check=True, capture_output=True, text=True)
    assert told.stdout.split() == ["False", "False"]


def test_migrations_import_nothing_of_ours() -> None:
    """A step that was released must not change when a module of ours does."""
    for path in (ROOT / "src/deskpulse/control/migrations/versions").glob("v*.py"):
        modules = {
            n.module if isinstance(n, ast.ImportFrom) else n.names[0].name
            for n in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(n, ast.Import | ast.ImportFrom)
        }
        assert modules == {"sqlalchemy", "alembic"}


def test_an_installed_wheel_carries_the_migrations(tmp_path: Path) -> None:
    hatchling = pytest.importorskip("hatchling.build", reason="hatchling, which builds the wheel, is not installed")
    del hatchling
    build = "import sys, hatchling.build; print(hatchling.build.build_wheel(sys.argv[1]))"
    made = subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)], cwd=ROOT, check=True, capture_output=True, text=True
    )
    site = tmp_path / "site"
    zipfile.ZipFile(tmp_path / made.stdout.split()[-1]).extractall(site)
    program = (
        f"import sys\nsys.path.insert(0, {str(site)!r})\nimport deskpulse.control as c\n"
        f"assert c.__file__.startswith({str(site)!r}), c.__file__\n"
        "c.Control.open(sys.argv[1]).workspaces.ensure('acme')\nprint('made')"
    )
    url = f"sqlite:///{(tmp_path / 'control.sqlite3').as_posix()}"
    told = subprocess.run(
        [sys.executable, "-c", program, url], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert told.stdout.strip() == "made"
