"""migrate: bring the database up to this version."""

from __future__ import annotations

import typer

from consult_bot.cli.settings import UNUSABLE, cannot_start
from consult_bot.config import BadSettings, load_storage_settings
from storage.migrate import migrate as migrate_database


def migrate() -> None:
    """Create or upgrade the tables. Repeating is harmless; `run`, `web` and `worker` do it too."""
    try:
        typer.echo(f"The database is at schema {migrate_database(load_storage_settings().database_url)}.")
    except (BadSettings, *UNUSABLE) as error:
        raise cannot_start(error) from None
