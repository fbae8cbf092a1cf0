"""The store: opens the database and the files, and hands out transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, func, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage import tables
from storage.attachments import Attachments, Picture, remove_files, remove_unnamed_files, write_files
from storage.cards import Cards
from storage.cases import Cases
from storage.engine import open_engines
from storage.errors import Conflict, Overloaded
from storage.inbound import Inbound
from storage.keys import Keys, open_keys
from storage.links import Links
from storage.migrate import migrate
from storage.outbox import Outbox
from storage.reads.queue import CaseReads
from storage.roster import People

T = TypeVar("T")

ATTEMPTS = 8
"""How often something is done again when others changed the same record meanwhile."""


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

        Raises Conflict where the database itself found two transactions in each other's way (try again), and
        Overloaded where it does not answer.
        """
        try:
            with self._writer.begin() as connection:
                yield Work(connection, self.keys, self._files)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) in DEADLOCK_OR_SERIALISATION:
                raise Conflict("two transactions were in each other's way") from None
            raise Overloaded(type(error.orig).__name__) from None
        except PoolTimeout:
            raise Overloaded("no connection was free") from None

    def commit(self, act: Callable[[Work], T]) -> T:
        """Do something in one writing transaction and return its result.

        Where another transaction came first, `act` is called again after its work was rolled back; Conflict is raised
        when that has happened eight times over.
        """
        for _ in range(ATTEMPTS - 1):
            with suppress(Conflict), self.writing() as work:
                return act(work)
        with self.writing() as work:
            return act(work)

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

    def sweep(self, staged_for: timedelta) -> int:
        """Remove photos that no case has taken for so long; return how many. Repeating is harmless.

        Their rows go first, in a transaction of their own: a photo that a case takes at this moment stays.
        """
        removed = self.commit(lambda work: work.attachments.forget_staged(work.now() - staged_for))
        remove_files(self._files, removed)
        return len(removed)

    def sweep_files(self, unnamed_for: timedelta) -> int:
        """Remove files that no row names, left by a crash that long ago; return how many. Reads the whole folder."""
        with self.reading() as work:
            return remove_unnamed_files(self._files, work.attachments.ids(), unnamed_for)

    def ready(self) -> None:
        """Return once the database has answered. Raises SQLAlchemyError where it does not."""
        with self._reader.connect() as connection:
            connection.execute(text("SELECT 1"))

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
