"""Opens what is there, for those who only look: no database, no table and no key is made by looking."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, make_url
from sqlalchemy.exc import DBAPIError

from storage.engine import open_engines
from storage.files import open_files
from storage.keys import SECRETS
from storage.keys.kept import kept
from storage.keys.opening import kms_key, open_keys
from storage.migrate import NEWEST, refuse_unknown, schema_of
from storage.store import Store

IF_NEW = "If it is to be a new one, start the app, which makes it. Nothing was made."
MISTYPED = f"Look whether DATABASE_URL is mistyped. {IF_NEW}"


class NothingThere(Exception):
    """There is no database of ours to look at; the message says what was looked for and what to do. Nothing was made."""


def open_to_look(database_url: str, keys: Path | str, files: Path | str) -> Store:
    """Open the store as `open_store` does, but only where everything is there already.

    Raises NothingThere besides.
    """
    url = make_url(database_url)
    _look(url)
    writer, reader = open_engines(database_url)
    return Store(writer, reader, open_keys(keys, writer), open_files(files, kms_key(keys)))


def _look(url: URL) -> None:
    """Return where database, tables and keys are there, in the shape of this version."""
    place = _spoken(url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise NothingThere(f"There is no database at {place}. {MISTYPED}")
    engine = _for_a_look(url)
    try:
        with engine.connect() as connection:
            _look_inside(connection, place)
    except DBAPIError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        raise NothingThere(
            f"The database at {place} cannot be read: {reason}. Look whether it runs, and whether DATABASE_URL is "
            "mistyped. Nothing was made."
        ) from None
    finally:
        engine.dispose()


def _look_inside(connection: Connection, place: str) -> None:
    found = schema_of(connection)
    if found is None:
        raise NothingThere(f"The database at {place} holds no tables of ours. {MISTYPED}")
    refuse_unknown(found)
    if found != NEWEST:
        raise NothingThere(
            f"The database at {place} has schema {found}, and this version looks at {NEWEST}. Run `migrate` of this "
            "version, or look with the version that made it. Nothing was changed."
        )
    if not set(SECRETS) <= set(kept(connection)):
        raise NothingThere(f"The database at {place} has never been used: no key was made for it. {MISTYPED}")


def _spoken(url: URL) -> str:
    """What an administrator knows the database by, without its password."""
    if url.get_backend_name() == "sqlite":
        return str(Path(url.database or "").absolute())
    return url.set(query={}).render_as_string(hide_password=True)


def _for_a_look(url: URL) -> Engine:
    """SQLite's own way of opening would make a file, and mark another program's database as ours."""
    if url.get_backend_name() != "sqlite":
        return open_engines(url.render_as_string(hide_password=False))[1]
    file = f"{Path(url.database or '').absolute().as_uri()}?mode=ro"
    return create_engine("sqlite://", creator=lambda: sqlite3.connect(file, uri=True), poolclass=NullPool)
