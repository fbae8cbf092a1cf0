"""What a verb costs: a claim through the desk, beside a listener that runs just the claim's recorded SQL."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from statistics import median

from sqlalchemy import event

from bench.result import Result
from consult_bot.case.verb import Actor, Done, Request
from storage.store import Store
from tests.builders import ANA, World

CLAIMS = 150
WARM_UP = 10


def verb(name: str, store: Store) -> Result:
    """Measure one client's claims; the two kinds take turns, so that the machine's moods meet both."""
    world = World(store)
    numbers = [world.submit().number for _ in range(2 * (CLAIMS + WARM_UP) + 1)]
    recorded = _record(store, lambda: _claim(world, numbers[-1]))
    ours, bare = [], []
    for place, (mine, other) in enumerate(_pairs(numbers[:-1])):
        took = _timed(lambda mine=mine: _claim(world, mine))
        took_bare = _timed(lambda other=other: _replay(store, recorded, other, numbers[-1]))
        if place >= WARM_UP:
            ours.append(took)
            bare.append(took_bare)
    return Result("verb", name, 1, median(ours) * 1000, median(bare) * 1000, "ms")


def _pairs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    return zip(numbers[::2], numbers[1::2], strict=True)


def _claim(world: World, number: int) -> None:
    outcome = world.desk.handle(Request("claim", Actor(ANA.id), number))
    if not isinstance(outcome, Done):
        raise TypeError(f"the claim came to {type(outcome).__name__}")


def _timed(do: Callable[[], None]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


Statement = tuple[str, object]


def _record(store: Store, do: Callable[[], None]) -> list[Statement]:
    """Return the statements that a call runs, with their parameters, as the driver gets them."""
    statements: list[Statement] = []

    def note(connection: object, cursor: object, statement: str, parameters: object, *rest: object) -> None:
        if not statement.startswith("BEGIN"):
            statements.append((statement, parameters))

    with store.writing() as work:
        engine = work.connection.engine
    event.listen(engine, "before_cursor_execute", note)
    do()
    event.remove(engine, "before_cursor_execute", note)
    return statements


def _replay(store: Store, statements: list[Statement], number: int, recorded_number: int) -> None:
    """Run the same statements in one transaction, about another case."""
    with store.writing() as work:
        for statement, parameters in statements:
            work.connection.exec_driver_sql(statement, _about(parameters, number, recorded_number))


def _about(parameters: object, number: int, recorded_number: int) -> object:
    if isinstance(parameters, dict):
        return {key: _about(value, number, recorded_number) for key, value in parameters.items()}
    if isinstance(parameters, list | tuple):
        return type(parameters)(_about(value, number, recorded_number) for value in parameters)
    if parameters == recorded_number:
        return number
    if isinstance(parameters, str):
        return parameters.replace(f"C-{recorded_number}", f"C-{number}")
    return parameters
