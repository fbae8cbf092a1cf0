"""SQLite as we use it: each transaction begins at once, by the statement that its engine names."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.interfaces import DBAPIConnection


class BeginsItself(SQLiteDialect_pysqlite):
    """Begins transactions itself. A listener that did so would have SQLAlchemy look for listeners at every statement."""

    supports_statement_cache = True

    def __init__(self, begin: str = "BEGIN", **others: Any) -> None:
        super().__init__(**others)
        self._begin = begin

    def do_begin(self, dbapi_connection: DBAPIConnection) -> None:
        dbapi_connection.cursor().execute(self._begin)
