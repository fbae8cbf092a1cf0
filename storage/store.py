"""The store: opens the database and the files, and hands out transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, func, select, text, update
from sqlalchemy.exc import OperationalError

from storage import tables
from storage.attachments import Attachments, Picture, write_files
from storage.cards import Cards
from storage.cases import Cases
from storage.engine import open_engines
from storage.errors import Conflict
from storage.inbound import Inbound
from storage.keys import Keys, open_keys
from storage.links import Links
from storage.migrate import migrate
from storage.outbox import Outbox
from storage.reads.queue import CaseReads
from storage.roster import People


class Work:
    """One transaction, and everything that can be done in it."""

    def __init__(self, connection: Connection, keys: Keys, files: Path) -> None:
        self.connection = connection
        self.keys = keys
        self.cases = Cases(connection, keys)
        self.people = People(connection)
        self.links = Links(connection, keys)
        self.cards = Cards(connection)
        self.outbox = Outbox(connection)
        self.inbound = Inbound(connection)
        self.attachments = Attachments(connection, keys, files)
        self.reads = CaseReads(connection, keys)

    def times(self) -> tuple[datetime, datetime]:
        """Return (now, real now): the database's time with and without the clock's offset."""
        if self.connection.dialect.name == "sqlite":
            moment = func.strftime("%Y-%m-%dT%H:%M:%f", "now")
        else:
            moment = func.clock_timestamp()
        found = self.connection.execute(select(moment, tables.clock.c.offset_seconds)).one()
        real = datetime.fromisoformat(found[0]) if isinstance(found[0], str) else found[0]
        real = real.replace(tzinfo=UTC) if real.tzinfo is None else real.astimezone(UTC)
        return real + timedelta(seconds=found[1]), real

    def now(self) -> datetime:
        """Return the time that everything but leases goes by."""
        return self.times()[0]

    def advance_clock(self, seconds: float) -> None:
        """Move the clock. Only a sandbox and tests do."""
        self.connection.execute(
            update(tables.clock).values(offset_seconds=tables.clock.c.offset_seconds + seconds)
        )


class Store:
    """A database and a folder of files under one set of keys. Safe to share between threads."""

    def __init__(self, writer: Engine, reader: Engine, keys: Keys, files: Path) -> None:
        self._writer = writer
        self._reader = reader
        self._files = files
        self.keys = keys

    @contextmanager
    def writing(self) -> Iterator[Work]:
        """Give a transaction that commits at the end, and rolls back where an exception leaves it.

        Raises Conflict where the database itself found two transactions in each other's way: try again.
        """
        try:
            with self._writer.begin() as connection:
                yield Work(connection, self.keys, self._files)
        except OperationalError as error:
            if _in_each_others_way(error):
                raise Conflict("two transactions were in each other's way") from None
            raise

    @contextmanager
    def reading(self) -> Iterator[Work]:
        """Give a transaction for looking only; whatever it might change is rolled back."""
        with self._reader.connect() as connection:
            yield Work(connection, self.keys, self._files)
            connection.rollback()

    def stage(self, picture: Picture) -> str:
        """Keep a photo that no case holds yet; return its id. The files are on disk before the row names them."""
        staged = write_files(picture, self.keys, self._files)
        with self.writing() as work:
            work.attachments.add(staged, work.now())
        return staged.id

    def ready(self) -> bool:
        """Whether the database answers."""
        with self._reader.connect() as connection:
            return bool(connection.scalar(text("SELECT 1")))

    def close(self) -> None:
        """Let go of every connection."""
        self._writer.dispose()
        self._reader.dispose()


def open_store(database_url: str, keys_folder: Path, files_folder: Path) -> Store:
    """Open, creating or migrating the database and making keys on the very first run.

    Raises `storage.keys.KeysUnusable` or `storage.migrate.SchemaUnknown`, each with the remedy.
    """
    migrate(database_url)
    writer, reader = open_engines(database_url)
    with writer.begin() as connection:
        keys = open_keys(keys_folder, connection)
    return Store(writer, reader, keys, files_folder)


DEADLOCK_OR_SERIALISATION = ("40P01", "40001")


def _in_each_others_way(error: OperationalError) -> bool:
    return getattr(error.orig, "sqlstate", None) in DEADLOCK_OR_SERIALISATION
