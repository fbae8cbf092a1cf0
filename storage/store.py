"""The store: opens the database and the files, and hands out transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, func, select, text, update
from sqlalchemy.exc import IntegrityError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage import tables
from storage.answers import Answers
from storage.attachments import (
    Attachments,
    Picture,
    Stored,
    read_files,
    remove_files,
    write_files,
)
from storage.cards import Cards
from storage.cases import Cases
from storage.engine import committing_each, open_engines
from storage.errors import Conflict, Overloaded, Unanswered
from storage.files import Files, open_files
from storage.files.sweeping import sweep_unnamed
from storage.inbound import SEEN, Inbound, hashed, is_of_two_at_once
from storage.keys import Keys
from storage.keys.opening import kms_key, open_keys
from storage.letters import Letters
from storage.links import Links
from storage.migrate import migrate
from storage.outbox import Outbox
from storage.outbox.backlog import Backlog, backlog
from storage.reads.home import HomeReads
from storage.reads.queue import CaseReads
from storage.roster import People
from storage.suppressions import Suppressions

T = TypeVar("T")

TIMES = {
    "sqlite": select(func.strftime("%Y-%m-%dT%H:%M:%f", "now"), tables.clock.c.offset_seconds),
    "postgresql": select(func.clock_timestamp(), tables.clock.c.offset_seconds),
}
TIMES_AND_SEEN = {dialect: times.add_columns(SEEN.scalar_subquery()) for dialect, times in TIMES.items()}

ATTEMPTS = 8
"""How often something is done again when others changed the same record meanwhile."""


class Work:
    """One transaction, and everything that can be done in it."""

    def __init__(self, connection: Connection, keys: Keys) -> None:
        self.connection = connection
        self.keys = keys
        self.cases = Cases(connection, keys)
        self.people = People(connection)
        self.links = Links(connection, keys)
        self.cards = Cards(connection)
        self.outbox = Outbox(connection)
        self.inbound = Inbound(connection)
        self.answers = Answers(connection, keys)
        self.attachments = Attachments(connection)
        self.reads = CaseReads(connection, keys)
        self.homes = HomeReads(connection, keys)
        self.letters = Letters(connection)
        self.suppressions = Suppressions(connection, keys)

    def times(self) -> tuple[datetime, datetime]:
        """Return (now, real now): the database's time with and without the clock's offset."""
        moment, offset_seconds = self.connection.execute(TIMES[self.connection.dialect.name]).one()
        real = _utc(moment)
        return real + timedelta(seconds=offset_seconds), real

    def now(self) -> datetime:
        """Return the time that everything but leases goes by."""
        return self.times()[0]

    def now_and_seen(self, once_key: str) -> tuple[datetime, int | None]:
        """Return now, and the case that a request with this key was about, None for a new key; one statement."""
        statement = TIMES_AND_SEEN[self.connection.dialect.name]
        moment, offset_seconds, number = self.connection.execute(
            statement, {"sought": hashed(once_key)}
        ).one()
        return _utc(moment) + timedelta(seconds=offset_seconds), number

    def advance_clock(self, seconds: float) -> None:
        """Move the clock. Only a sandbox and tests do."""
        self.connection.execute(
            update(tables.clock).values(offset_seconds=tables.clock.c.offset_seconds + seconds)
        )


def _utc(moment: str | datetime) -> datetime:
    """The database's time: SQLite writes it as a text in UTC."""
    if isinstance(moment, str):
        return datetime.fromisoformat(moment).replace(tzinfo=UTC)
    return moment.astimezone(UTC)


class Store:
    """A database and files under one set of keys. Safe to share between threads."""

    def __init__(self, writer: Engine, reader: Engine, keys: Keys, files: Files) -> None:
        self._writer = writer
        self._one_by_one = committing_each(writer)
        self._reader = reader
        self.files = files
        self.keys = keys

    @contextmanager
    def writing(self) -> Iterator[Work]:
        """Give a transaction that commits at the end, and rolls back where an exception leaves it.

        Raises Conflict where nothing was done and it can be tried again at once (two transactions were in each other's
        way or did the same request, or the connection broke), Unanswered where it broke at the commit, which may have
        been done, and Overloaded where the database does not answer.
        """
        with self._opened(self._writer) as work:
            yield work

    @contextmanager
    def statement(self) -> Iterator[Work]:
        """Give a work for a single statement, which commits by itself. Raises as `writing` does.

        On PostgreSQL it costs one journey to the database in place of three.
        """
        with self._opened(self._one_by_one) as work:
            yield work

    @contextmanager
    def _opened(self, engine: Engine) -> Iterator[Work]:
        self.keys.warm()
        uncommitted = engine is self._writer
        try:
            with engine.begin() as connection:
                yield Work(connection, self.keys)
                uncommitted = False  # from here on, a commit may have been done though its answer was lost
        except (OperationalError, InternalError) as error:
            if getattr(error.orig, "sqlstate", None) in DEADLOCK_OR_SERIALISATION:
                raise Conflict("two transactions were in each other's way") from None
            if error.connection_invalidated:
                if uncommitted:
                    raise Conflict("the connection broke before anything was done") from None
                raise Unanswered(type(error.orig).__name__) from None
            if isinstance(error, InternalError):  # with the connection whole, it is a fault of ours
                raise
            raise Overloaded(type(error.orig).__name__) from None
        except IntegrityError as error:
            if is_of_two_at_once(error):
                raise Conflict("the same request was done at the same moment") from None
            raise
        except PoolTimeout:
            raise Overloaded("no connection was free") from None

    def commit(self, act: Callable[[Work], T]) -> T:
        """Do something in one writing transaction and return its result.

        Where another transaction came first, `act` is called again after its work was rolled back; Conflict is raised
        when that has happened eight times over, Unanswered and Overloaded at once.
        """
        for _ in range(ATTEMPTS - 1):
            with suppress(Conflict), self.writing() as work:
                return act(work)
        with self.writing() as work:
            return act(work)

    @contextmanager
    def reading(self) -> Iterator[Work]:
        """Give a transaction for looking only; whatever it might change is rolled back.

        Raises Overloaded where the database does not answer.
        """
        self.keys.warm()
        try:
            with self._reader.connect() as connection:  # leaving it rolls back
                yield Work(connection, self.keys)
        except (OperationalError, PoolTimeout) as error:
            raise Overloaded(type(error).__name__) from None
        except InternalError as error:
            if error.connection_invalidated:
                raise Overloaded(type(error.orig).__name__) from None
            raise

    def stage(self, picture: Picture) -> str:
        """Keep a photo that no case holds yet; return its id. The files are whole before the row names them.

        Raises OSError or Overloaded where they could not be kept; then nothing names them, or what does (Unanswered) is swept.
        """
        staged = write_files(picture, self.keys, self.files)
        with self.writing() as work:
            work.attachments.add(staged, work.now())
        return staged.id

    def photo(self, attachment_id: str, *, thumbnail: bool = False) -> Stored:
        """Return a photo, or its thumbnail (JPEG). Raises UnknownAttachment, and FilesAway while the bucket is.

        No transaction is open while its file is read: a slow bucket must not hold the connections of others.
        """
        with self.reading() as work:
            filed = work.attachments.find(attachment_id)
        return read_files(filed, self.keys, self.files, thumbnail=thumbnail)

    def sweep(self, staged_for: timedelta) -> int:
        """Remove photos that no case has taken for so long; return how many. Repeating is harmless.

        Their rows go first, in a transaction of their own: a photo that a case takes at this moment stays.
        """
        removed = self.commit(lambda work: work.attachments.forget_staged(work.now() - staged_for))
        remove_files(self.files, removed)
        return len(removed)

    def sweep_files(self, unnamed_for: timedelta) -> int:
        """Remove files that no row names, left by a crash that long ago; return how many. Lists all files.

        Removes nothing, and logs what to do, where they may be another database's. Raises OSError, FilesAway, KeysAway.
        """
        database = self.keys.database_id()
        with self.reading() as work:
            named = work.attachments.ids()
        return sweep_unnamed(self.files, database, named, unnamed_for)

    def ready(self) -> None:
        """Return once the database has answered. Raises SQLAlchemyError where it does not."""
        with self._reader.connect() as connection:
            connection.execute(text("SELECT 1"))

    def backlog(self) -> Backlog:
        """Return what waits in the outbox. Needs no keys. Raises SQLAlchemyError where the database does not answer."""
        with self._reader.connect() as connection:
            return backlog(connection, Work(connection, self.keys).now())

    def close(self) -> None:
        """Let go of every connection."""
        self._writer.dispose()
        self._reader.dispose()


def open_store(database_url: str, keys: Path | str, files: Path | str) -> Store:
    """Open, creating or migrating the database and making keys on the very first run.

    `keys` is the folder of a key file, or `kms:` and a key; `files` a folder, or `s3://bucket/prefix`. Raises
    `storage.keys.KeysUnusable`, `storage.errors.AwsUnusable`, `storage.errors.DatabaseUnusable` or
    `storage.migrate.SchemaUnknown`, each with the remedy.
    """
    migrate(database_url)
    writer, reader = open_engines(database_url)
    return Store(writer, reader, open_keys(keys, writer), open_files(files, kms_key(keys)))


DEADLOCK_OR_SERIALISATION = ("40P01", "40001")
