"""Connections to SQLite and PostgreSQL, so that neither loses a concurrent update."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import InvalidatePoolError

registry.register("sqlite.begins", "storage.sqlite", "BeginsItself")

BUSY_SECONDS = 5
"""How long a transaction waits for another one: longer than any of ours takes, shorter than people wait."""

RESTED_SECONDS = 1.0
"""After so long a rest a connection is tried before it is used: the database may have been restarted meanwhile."""

LET_GO = "-c idle_in_transaction_session_timeout=10s"
"""PostgreSQL takes the locks away from a process that was frozen within a transaction: it kept every other worker from the
lanes for as long as it slept."""

NOTICED = {
    "connect_timeout": BUSY_SECONDS,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""Within 25 seconds a machine that has gone without a word is taken for gone; by the system's own setting, after two hours."""

NO_SORTING = "-c enable_bitmapscan=off"
"""What we ask for is the first few rows in an index's order. Without statistics, PostgreSQL fetches all that waits and sorts
it, and never notes which entries of the index are dead: behind 4,000 deliveries a claim took 420 ms, and takes 8 so."""


def open_engines(database_url: str) -> tuple[Engine, Engine]:
    """Return (writer, reader) for a database URL; on PostgreSQL both are the same engine.

    SQLite: WAL, `synchronous=FULL`, one writer connection, every write `BEGIN IMMEDIATE`. With the driver's own
    deferred transactions, 1,397 of 1,600 concurrent read-modify-write updates were lost silently (DESIGN §6).
    Parameters are hidden from errors, because they carry what people wrote.
    """
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, writes=True), _sqlite(url, writes=False)
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_size=20,
        max_overflow=10,
        pool_use_lifo=True,
        pool_timeout=BUSY_SECONDS,
        connect_args={"options": f"-c lock_timeout={BUSY_SECONDS}s {LET_GO} {NO_SORTING}", **NOTICED},
    )
    _ping_what_has_rested(engine)
    return engine, engine


def committing_each(engine: Engine) -> Engine:
    """Return the same engine, which commits each statement by itself. On SQLite each is a transaction of its own anyway."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def _ping_what_has_rested(engine: Engine) -> None:
    """See that a connection still stands before it is used again after a rest.

    SQLAlchemy's own ping comes before every use: a journey to the database more for each transaction.
    """

    @event.listens_for(engine, "checkin")
    def rest(connection: Any, record: Any) -> None:
        record.info["rests_since_seconds"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ping(connection: Any, record: Any, proxy: Any) -> None:
        since = record.info.get("rests_since_seconds")
        if since is None or time.monotonic() - since < RESTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error


def _sqlite(url: URL, *, writes: bool) -> Engine:
    if not url.database or url.database == ":memory:":
        raise ValueError("DATABASE_URL must name a file, for example sqlite:///var/consult.db")
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url.set(drivername="sqlite+begins"),
        begin="BEGIN IMMEDIATE" if writes else "BEGIN",
        hide_parameters=True,
        pool_size=1 if writes else 5,
        max_overflow=0 if writes else 10,
        pool_timeout=BUSY_SECONDS,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    return engine
