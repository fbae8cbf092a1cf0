"""Cases that a version before schema 0004 saved last: filled in, so that Home tells whose turn it is."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import event, select, text, true, update

import storage.cases
from consult_bot.case.home import Page, Shelf
from consult_bot.case.model import Case
from consult_bot.case.verb import THE_PATIENT, Done
from consult_bot.roster.people import Person
from storage import tables
from storage.cases import Cases, Undecided
from storage.keys import Sealed
from storage.store import Store
from storage.whose_turn import AGAIN_SECONDS, WhoseTurn
from tests.builders import ANA, BEN, World

CASES = tables.cases


def advised(world: World, *, understood: bool, by: Person = ANA) -> int:
    number = world.submit().number
    world.did("claim", by, number)
    world.advise(by, number)
    world.advance(seconds=31)
    if understood:
        confirm(world, number)
    return number


def confirm(world: World, number: int) -> None:
    """The patient says "I understand"."""
    world.did("opened", THE_PATIENT, number)
    done = world.do("acknowledge", THE_PATIENT, number, about=world.case(number).messages[-1].id)
    assert isinstance(done, Done)


def as_upgraded(world: World, *numbers: int) -> None:
    """What the table says after `migrate` from schema 0003: of these, or of all."""
    these = CASES.c.number.in_(numbers) if numbers else true()
    with world.store.writing() as work:
        work.connection.execute(update(CASES).where(these).values(understood=None))


@contextmanager
def an_older_version() -> Iterator[None]:
    """Saves here are those of a process that does not know the column, and leaves it as it finds it."""

    def known_to_it(case: Case, data_key: Sealed) -> dict[str, object]:
        saved = columns(case, data_key)
        del saved["understood"]
        return saved

    columns = storage.cases._columns
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage.cases, "_columns", known_to_it)
        yield


def told(store: Store) -> dict[int, bool | None]:
    with store.reading() as work:
        return {row.number: row.understood for row in work.connection.execute(select(CASES))}


def shelves(world: World, number: int) -> list[Shelf]:
    """Where this case stands on Ana's Home."""
    with world.store.reading() as work:
        lists = work.homes.lists(ANA, Page())
    return [shown.shelf for shown in lists if number in [row.case.number for row in shown.rows]]


@contextmanager
def statements(store: Store) -> Iterator[list[tuple[str, Any]]]:
    """What the database is asked, and with which parameters."""
    seen: list[tuple[str, Any]] = []

    def note(connection: object, cursor: object, statement: str, parameters: Any, *rest: object) -> None:
        seen.append((statement, parameters))

    engines = {store._writer, store._reader}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield seen
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


def test_it_gives_a_case_that_was_understood_before_the_upgrade_back_to_its_owner(world: World) -> None:
    number, waits = advised(world, understood=True), advised(world, understood=False)
    claimed = world.submit().number
    as_upgraded(world)
    assert shelves(world, number) == [Shelf.PATIENT]
    before = world.case(number)
    assert WhoseTurn(world.store).fill_in() == 1
    assert shelves(world, number) == [Shelf.WAITING] and shelves(world, waits) == [Shelf.PATIENT]
    assert world.case(number) == before, "nothing of the case itself is another"
    assert told(world.store) == {number: True, waits: None, claimed: None}
    assert WhoseTurn(world.store).fill_in() == 0


def test_it_is_in_the_way_of_nobody_who_read_the_case_before(world: World) -> None:
    number = advised(world, understood=True)
    as_upgraded(world)
    read = world.case(number)
    WhoseTurn(world.store).fill_in()
    with world.store.writing() as work:
        saved = work.cases.save(read, (), THE_PATIENT, work.now())
    assert saved.case.version == read.version + 1 and told(world.store)[number] is True


def test_it_finds_what_an_older_version_saves_during_a_deploy(world: World) -> None:
    """Such a save leaves in the table what it found there, whoever wrote that."""
    filled_in, written_by_a_save = (advised(world, understood=False) for _ in range(2))
    as_upgraded(world, filled_in)
    assert WhoseTurn(world.store).fill_in() == 0
    with an_older_version():
        for number in (filled_in, written_by_a_save):
            confirm(world, number)
    assert told(world.store) == {filled_in: None, written_by_a_save: False}
    assert WhoseTurn(world.store).fill_in() == 2
    for number in (filled_in, written_by_a_save):
        assert shelves(world, number) == [Shelf.WAITING]


def test_it_leaves_alone_what_somebody_saved_meanwhile(world: World) -> None:
    number = advised(world, understood=True)
    as_upgraded(world)
    with world.store.reading() as work:
        (found,) = work.cases.undecided(("", 0), 100)
    assert found.case
    with an_older_version():
        world.advise(ANA, number)
    with world.store.writing() as work:
        work.cases.mark_understood([found.case])
    assert told(world.store) == {number: None}


def test_it_may_be_done_by_two_workers_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = [advised(world, understood=True) for _ in range(2)]
    as_upgraded(world)
    both_have_read, undecided = Barrier(2), Cases.undecided

    def after_reading(cases: Cases, behind: tuple[str, int], most: int) -> list[Undecided]:
        found = undecided(cases, behind, most)
        both_have_read.wait(10)
        return found

    monkeypatch.setattr(Cases, "undecided", after_reading)
    with ThreadPoolExecutor(2) as workers:
        done = [workers.submit(WhoseTurn(world.store).fill_in) for _ in range(2)]
    assert [each.result() for each in done] == [2, 2]
    assert told(world.store) == dict.fromkeys(numbers, True)


def test_it_goes_through_many_a_part_at_a_time_and_passes_over_what_does_not_open(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.whose_turn.AT_A_TIME", 2)
    numbers = [advised(world, understood=True, by=by) for by in (ANA, BEN, ANA, BEN, ANA)]
    as_upgraded(world)
    damaged = numbers[:2]
    with world.store.writing() as work:
        work.connection.execute(update(CASES).where(CASES.c.number.in_(damaged)).values(body=b""))
    chore = WhoseTurn(world.store)
    assert [chore.fill_in() for _ in range(3)] == [1, 1, 1]
    assert told(world.store) == dict.fromkeys(numbers, True) | dict.fromkeys(damaged)


def test_it_reads_nothing_for_an_hour_once_all_were_looked_through(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor the cases of those who never say that they understand: it passes over them, and would for ever."""
    monkeypatch.setattr("storage.whose_turn.AT_A_TIME", 2)
    for understood in (False, False, False, True, False):
        advised(world, understood=understood)
    as_upgraded(world)
    chore = WhoseTurn(world.store)
    with statements(world.store) as seen:
        assert [chore.fill_in() for _ in range(6)] == [0, 1, 0, 0, 0, 0]
    assert looks(seen) == 3
    chore._again_at -= AGAIN_SECONDS
    with statements(world.store) as seen:
        assert [chore.fill_in() for _ in range(6)] == [0] * 6
    assert looks(seen) == 3, "an older version may have saved some since"


def looks(seen: list[tuple[str, Any]]) -> int:
    return len([each for each, _ in seen if "FROM cases" in each])


def test_it_looks_among_open_cases_only(world: World) -> None:
    """By the index that holds no closed ones: those grow for ever."""
    with world.store.reading() as work, statements(world.store) as seen:
        work.cases.undecided(("", 0), 100)
    asked, given = next(each for each in seen if "FROM cases" in each[0])
    with world.store.reading() as work:
        sqlite = work.connection.dialect.name == "sqlite"
        if not sqlite:
            work.connection.execute(text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN QUERY PLAN" if sqlite else "EXPLAIN"
        plan = work.connection.exec_driver_sql(f"{explain} {asked}", given).all()
    assert "ix_cases_owner" in str(plan), plan
