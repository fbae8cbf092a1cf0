"""The bare thing: the statements that the real thing ran, recorded and run again about another case."""

from __future__ import annotations

import pickle
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event

from consult_bot.case.model import spoken
from storage.engine import open_engines
from storage.store import Store

DRAWS = "INSERT INTO case_numbers"
"""How the statement begins that has the database draw a case number."""

Statement = tuple[str, Any]
Swapped = dict[object, object]
"""Recorded value -> the value that stands in its place."""


@dataclass(frozen=True)
class Recording:
    """Statements with their parameters, as the driver got them, and the values in them that are one case's own."""

    statements: tuple[Statement, ...]
    number: int
    case_id: str
    once_key: str


@contextmanager
def recording(store: Store) -> Iterator[list[Statement]]:
    """Give a list that grows by each statement that this store runs, `BEGIN` left out."""
    statements: list[Statement] = []

    def note(connection: object, cursor: object, statement: str, parameters: object, *rest: object) -> None:
        if not statement.startswith("BEGIN"):
            statements.append((statement, _kept(parameters)))

    engines = _engines(store)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield statements
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


def _engines(store: Store) -> set[Engine]:
    with store.writing() as writing, store.reading() as reading:
        return {writing.connection.engine, reading.connection.engine}


def _kept(parameters: Any) -> Any:
    """The parameters as they can be kept: SQLite's driver is given views of bytes."""
    if isinstance(parameters, list | tuple):
        return type(parameters)(map(_kept, parameters))
    return bytes(parameters) if isinstance(parameters, memoryview) else parameters


def replay(connection: Connection, recorded: Recording, case_id: str, once_key: str, number: int = 0) -> None:
    """Run the statements about another case; a number that the database draws takes the place of the recorded one."""
    swapped: Swapped = {recorded.case_id: case_id, recorded.once_key: once_key}
    swapped |= swapped_number(recorded.number, number)
    for statement, parameters in recorded.statements:
        result = connection.exec_driver_sql(statement, about(parameters, swapped))
        rows = result.all() if result.returns_rows else []
        if statement.startswith(DRAWS):
            swapped |= swapped_number(recorded.number, rows[0][0])


def swapped_number(recorded: int, number: int) -> Swapped:
    """Return how one case number takes another's place, as a number and as people say it."""
    return {recorded: number, spoken(recorded): spoken(number)}


def about(parameters: Any, swapped: Mapping[object, object]) -> Any:
    """Return the parameters of a statement with every swapped value in its new form, inside texts too."""
    if isinstance(parameters, dict):
        return {key: about(value, swapped) for key, value in parameters.items()}
    if isinstance(parameters, list | tuple):
        return type(parameters)(about(value, swapped) for value in parameters)
    if isinstance(parameters, str):
        for old, new in swapped.items():
            if isinstance(old, str):
                parameters = parameters.replace(old, str(new))
        return parameters
    return swapped.get(parameters, parameters)


@dataclass(frozen=True)
class Task:
    """What a bare server does at each request, and where."""

    database_url: str
    recorded: Recording

    def write(self, path: Path) -> None:
        """Leave it for another process of this run."""
        path.write_bytes(pickle.dumps(self))


def again(task: str) -> Callable[..., None]:
    """Return what does the task of that file once more, in one transaction; it takes a case number where one is known."""
    known: Task = pickle.loads(Path(task).read_bytes())
    engine, _ = open_engines(known.database_url)

    def once_more(number: int = 0) -> None:
        with engine.begin() as connection:
            replay(connection, known.recorded, secrets.token_hex(16), secrets.token_hex(32), number)

    return once_more
