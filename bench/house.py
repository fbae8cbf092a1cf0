"""The real app inside this process, on the database that is measured: it makes cases, and its SQL is recorded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.databases import Database
from bench.load import Connection
from bench.recorded import Recording, Task, recording
from bench.servers import app_settings
from consult_bot.app import WebServer, build, listen
from consult_bot.case.verb import THE_PATIENT, Done, Request
from consult_bot.config import load_settings
from storage.inbound import hashed
from storage.store import Store
from tests.builders import submission


class Here:
    """The app in this process, serving on `port`; `database` is the name of the kind."""

    def __init__(self, database: Database) -> None:
        listening = listen(0)
        self.port: int = listening.getsockname()[1]
        settings = load_settings(app_settings(database, self.port), env_file=None)
        self._house = build(settings)
        self._server = WebServer(self._house.web, listening)
        self._server.start()
        self.store: Store = self._house.store
        self.database = database.name
        self._url, self._folder = database.url, database.folder

    def new_cases(self, count: int) -> list[int]:
        """Submit so many cases, and return their numbers."""
        outcomes = (
            self._house.desk.handle(Request("submit", THE_PATIENT, submission=submission()))
            for _ in range(count)
        )
        return [outcome.case.number for outcome in outcomes if isinstance(outcome, Done)]

    def record(self, request: bytes, once_key: str) -> Path:
        """Send a request with this once-key, and return the file with the SQL that it ran, for a bare server."""
        with recording(self.store) as statements:
            status, page = Connection(self.port).ask(request)
        with self.store.reading() as work:
            number = work.inbound.seen(once_key)
            if number is None:
                raise ValueError(f"the request to record was answered {status}: {page[:200]!r}")
            case = work.cases.get(number)
        return self.write(Recording(tuple(statements), case.number, case.id, hashed(once_key)))

    def write(self, recorded: Recording) -> Path:
        """Leave a recording for a bare server on this database, and return its file."""
        path = self._folder / f"recorded-{recorded.number}"
        Task(self._url, recorded).write(path)
        return path

    def stop(self) -> None:
        self._server.stop()
        self.store.close()


@contextmanager
def app_here(database: Database) -> Iterator[Here]:
    """Give the app in this process, and end it afterwards."""
    here = Here(database)
    try:
        yield here
    finally:
        here.stop()
