"""Several statements in one journey to the database, where nobody waits for what each of them answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


@contextmanager
def one_journey(connection: Connection) -> Iterator[None]:
    """Send to PostgreSQL together what is executed within: no rows and no counts of any of it may be asked for.

    What the database refuses is raised by a later statement or at the end, as the DBAPIError that its own would have
    raised. To SQLite, which is no journey away, each goes by itself.
    """
    if connection.dialect.name != "postgresql":
        yield
        return
    driver: Any = connection.connection.driver_connection
    errors = connection.dialect.loaded_dbapi.Error
    try:
        with driver.pipeline():
            yield
    except errors as error:
        lost = connection.dialect.is_disconnect(error, driver, None)
        if lost:
            connection.invalidate(error)
        raise DBAPIError.instance(
            "statements sent together",
            None,
            error,
            errors,
            hide_parameters=True,
            connection_invalidated=lost,
            dialect=connection.dialect,
        ) from error
