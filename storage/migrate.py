"""Bring the database's tables up to what this version expects."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from storage.engine import open_engines

NEWEST = "0004"
ADVISORY_LOCK = 7_266_001
"""Any number that nothing else in the database locks by."""


class SchemaUnknown(Exception):
    """The database was migrated by a newer version; the message says what to do. Nothing was changed."""


def migrate(database_url: str) -> str:
    """Migrate to the newest schema in one transaction; return its name. Repeating is harmless.

    Raises SchemaUnknown where a newer version has been here.
    """
    writer, _ = open_engines(database_url)
    try:
        with writer.begin() as connection:
            if connection.dialect.name == "postgresql":
                # Whoever starts meanwhile waits for the migration, however long it takes.
                connection.execute(text("SET LOCAL lock_timeout = 0"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
            found = _version(connection)
            if found == NEWEST:
                return NEWEST
            _upgrade(connection, found)
    finally:
        writer.dispose()
    return NEWEST


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _upgrade(connection: Connection, found: str | None) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise SchemaUnknown(
            f"The database has schema {found}, and this version knows only up to {NEWEST}. "
            "Start the newer version again, or restore the backup taken before its migration."
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
