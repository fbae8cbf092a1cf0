"""The history: append-only, and verify names the first broken row."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from storage import history
from storage.store import Store
from tests.builders import ANA, World


@pytest.fixture
def numbers(world: World) -> list[int]:
    made = [world.submit().number for _ in range(2)]
    for number in made:
        world.did("claim", ANA, number)
        world.did("note", ANA, number, note="One.")
    with world.store.writing() as work:
        assert history.seal(work.connection) == 6
        assert history.seal(work.connection) == 0
    return made


def broken(store: Store) -> str | None:
    with store.reading() as work:
        return history.verify(work.connection).broken


def tamper(store: Store, statement: str, **values: object) -> None:
    """What somebody with the database's own password can do: take the guards off first."""
    with store.writing() as work:
        if work.connection.dialect.name == "sqlite":
            for table in ("history", "seals"):
                for verb in ("update", "delete"):
                    work.connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_{verb}"))
        else:
            work.connection.execute(text("SET LOCAL session_replication_role = replica"))
        work.connection.execute(text(statement), values)


def test_it_holds_when_nobody_touched_it(world: World, numbers: list[int]) -> None:
    with world.store.reading() as work:
        verdict = history.verify(work.connection)
    assert (verdict.rows, verdict.sealed, verdict.broken) == (6, 6, None)


@pytest.mark.parametrize(
    "statement", ["UPDATE history SET actor = 'x'", "DELETE FROM history", "DELETE FROM seals"]
)
def test_it_cannot_be_changed_through_the_database(world: World, numbers: list[int], statement: str) -> None:
    with pytest.raises(SQLAlchemyError, match="append-only"), world.store.writing() as work:
        work.connection.execute(text(statement))
    assert broken(world.store) is None


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE history SET actor = 'U0BEN' WHERE number = :n AND place = 2", "row 2 (id"),
        ("UPDATE history SET payload = previous WHERE number = :n AND place = 3", "row 3 (id"),
        ("UPDATE history SET event = 'released' WHERE number = :n AND place = 2", "released"),
        ("DELETE FROM history WHERE number = :n AND place = 2", "row 2 is missing"),
        ("DELETE FROM history WHERE number = :n AND place = 3", "is missing"),
        ("UPDATE seals SET hash = :h WHERE place = 4", "seal 4"),
        ("DELETE FROM seals WHERE place = 2", "seal 2 is missing"),
    ],
)
def test_it_names_the_first_broken_row(world: World, numbers: list[int], statement: str, named: str) -> None:
    values: dict[str, object] = {"n": numbers[1]} if ":n" in statement else {}
    tamper(world.store, statement, **values, **({"h": b"x"} if ":h" in statement else {}))
    found = broken(world.store)
    assert found and named in found


def test_it_notices_a_whole_case_that_is_gone(world: World, numbers: list[int]) -> None:
    tamper(world.store, "DELETE FROM history WHERE number = :n", n=numbers[0])
    found = broken(world.store)
    assert found and "missing" in found


def test_it_keeps_in_full_what_the_case_forgets(world: World) -> None:
    number = world.submit().number
    world.did("claim", ANA, number)
    world.did("ask", ANA, number, question="Taken back?")
    world.did("undo", ANA, number)
    with world.store.reading() as work:
        asked = work.cases.event(number, 4)
    assert asked.event.name.value == "asked" and asked.actor == ANA.id
