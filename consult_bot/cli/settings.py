"""Settings for a command, or its end with every fault named."""

from __future__ import annotations

import typer

from consult_bot.config import BadSettings, Settings, load_settings, load_storage_settings
from consult_bot.forms.catalogue import CatalogueError
from storage.errors import AwsUnusable, DatabaseUnusable
from storage.keys import KeysUnusable
from storage.looking import NothingThere, open_to_look
from storage.migrate import SchemaUnknown
from storage.store import Store

NOTHING_THERE = 1
CANNOT_START = 2
UNUSABLE = (AwsUnusable, DatabaseUnusable, KeysUnusable, SchemaUnknown, CatalogueError)


def settings_or_exit() -> Settings:
    """Return the settings; end the command with code 2 where one is missing or wrong."""
    try:
        return load_settings()
    except BadSettings as error:
        raise cannot_start(error) from None


def store_to_look_at() -> Store:
    """Return the store, for a command that only looks, and needs neither Slack nor mail; end the command where it cannot
    open. A mistyped DATABASE_URL is told, with code 1, rather than taken for an empty practice."""
    try:
        settings = load_storage_settings()
        return open_to_look(settings.database_url, settings.keys, settings.attachments)
    except NothingThere as nothing:
        typer.secho(str(nothing), err=True, fg="red")
        raise typer.Exit(NOTHING_THERE) from None
    except (BadSettings, *UNUSABLE) as error:
        raise cannot_start(error) from None


def port_in_use(port: int) -> OSError:
    """Return the error for a port that another program holds."""
    return OSError(f"Port {port} is in use. End the other program, or set PORT to another number.")


def cannot_start(error: Exception) -> typer.Exit:
    """Say what stands in the way, and return the exit to raise."""
    typer.secho(str(error), err=True, fg="red")
    return typer.Exit(CANNOT_START)
