"""The application's secrets as the database keeps them: wrapped, made once, whoever comes first."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from storage import tables
from storage.keys import KEY_BYTES, SECRETS, Opened, Sealed

MASTER = "master"
"""The row of the master key as KMS encrypted it. There is none where a key file is used."""

INSERTS: dict[str, Callable[[Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


def kept(connection: Connection) -> dict[str, bytes]:
    """Return everything of the table by name, wrapped."""
    rows = connection.execute(select(tables.secrets.c.name, tables.secrets.c.wrapped))
    return {row.name: row.wrapped for row in rows}


def keep(connection: Connection, name: str, wrapped: bytes) -> None:
    """Keep a secret, unless another process has kept one by this name: then that one stays. Read it afterwards."""
    insert = INSERTS[connection.dialect.name](tables.secrets)
    connection.execute(insert.values(name=name, wrapped=wrapped).on_conflict_do_nothing())


def complete(connection: Connection, master: Sealed) -> dict[str, bytes]:
    """Make the secrets that are missing, and return all of them, wrapped."""
    found = kept(connection)
    for name in SECRETS:
        if name not in found:
            keep(connection, name, master.seal(os.urandom(KEY_BYTES), _context(name)))
    return kept(connection)


def opened(master: Sealed, wrapped: Mapping[str, bytes]) -> Opened:
    """Return the secrets ready for use. Raises KeysUnusable for the wrong master key."""
    return Opened(master, {name: master.open(wrapped[name], _context(name)) for name in SECRETS})


def _context(name: str) -> str:
    return f"secret {name}"
