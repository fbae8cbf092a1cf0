"""Bring the database's tables up to what this version expects."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from storage.engine import open_engines
from storage.errors import DatabaseUnusable

if TYPE_CHECKING:
    from alembic.config import Config

NEWEST = "0004"
ADVISORY_LOCK = 7_266_001
"""Any number that nothing else in the database locks by."""


class SchemaUnknown(Exception):
    """The database was migrated by a newer version; the message says what to do. Nothing was changed."""


def migrate(database_url: str) -> str:
    """Migrate to the newest schema in one transaction; return its name. Repeating is harmless.

    Raises SchemaUnknown where a newer version has been here, and DatabaseUnusable where it cannot be opened.
    """
    try:
        return _migrated(database_url)
    except (OperationalError, OSError) as error:
        raise DatabaseUnusable(_remedy(database_url)) from error


def _remedy(database_url: str) -> str:
    """What an administrator can do. The driver's own words are left out: they may quote what they were given."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return (
            f"The database {url.database} cannot be opened for writing. Let this account write to the file and its "
            "folder, look whether the disk is full, and whether another program holds it."
        )
    return (
        f"The database {url.database} at {url.host or 'the local socket'} does not let us in. Look whether the server "
        "runs and can be reached from here, and whether user, password and database in DATABASE_URL are right."
    )


def _migrated(database_url: str) -> str:
    writer, _ = open_engines(database_url)
    try:
        with writer.begin() as connection:
            if connection.dialect.name == "postgresql":
                # Whoever starts meanwhile waits for the migration, however long it takes.
                connection.execute(text("SET LOCAL lock_timeout = 0"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
            found = schema_of(connection)
            if found == NEWEST:
                return NEWEST
            _upgrade(connection, found)
    finally:
        writer.dispose()
    return NEWEST


def schema_of(connection: Connection) -> str | None:
    """Return the schema that a database has; None where there are no tables of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def refuse_unknown(found: str) -> None:
    """Return for a schema that this version knows. Raises SchemaUnknown."""
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory.from_config(_migrations()).walk_revisions()}
    if found not in known:
        raise SchemaUnknown(
            f"The database has schema {found}, and this version knows only up to {NEWEST}. "
            "Start the newer version again, or restore the backup taken before its migration."
        )


def _upgrade(connection: Connection, found: str | None) -> None:
    from alembic import command

    if found is not None:
        refuse_unknown(found)
    config = _migrations()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _migrations() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
