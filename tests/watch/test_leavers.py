"""The cases of whoever left, or may not have them any more: back in the queue, where somebody sees them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, select, update

from consult_bot.case.events import Event, Happened
from consult_bot.case.model import State
from consult_bot.case.verb import Actor
from consult_bot.roster.people import Person
from consult_bot.slack.thread import thread_posts
from consult_bot.watch.leavers import Leavers
from storage import tables
from storage.cases import Cases
from storage.errors import Overloaded
from storage.store import Store
from tests.builders import ANA, BEN, LENA, World
from tests.commands.outcomes import happened

IN_OREGON = replace(ANA, states=("OR",))
IN_BOTH = replace(ANA, states=("OR", "WA"))
IN_ANOTHER_QUEUE = replace(ANA, queues=("skin",))


def listed(world: World, *people: Person) -> None:
    """A restart with this file."""
    with world.store.writing() as work:
        work.people.replace_all(people)


def asked_by_ana(world: World, **answers: str) -> int:
    """A case of hers that waits for its patient."""
    number = world.submit(**answers).number
    world.did("claim", ANA, number)
    world.did("ask", ANA, number, question="Any fever?")
    return number


def why_released(world: World, number: int) -> str:
    """What the thread is told of its way back into the queue."""
    with world.store.reading() as work:
        place = happened(world, number).index("released") + 1
        told = work.cases.event(number, place)
        (post,) = thread_posts(told.event, work.cases.get(number), told.at)
    assert told.event.name is Happened.RELEASED and post.broadcast
    return json.dumps(post.blocks)


@contextmanager
def cases_read(store: Store) -> Iterator[list[str]]:
    """The statements that read what stands inside of cases."""
    read: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if "cases.body" in statement:
            read.append(statement)

    with store.reading() as work:
        engine = work.connection.engine
    event.listen(engine, "before_cursor_execute", note)
    yield read
    event.remove(engine, "before_cursor_execute", note)


def test_it_gives_back_every_open_case_of_somebody_who_left_and_no_others(world: World) -> None:
    claimed, waiting, bens = (world.submit().number for _ in range(3))
    for number in (claimed, waiting):
        world.did("claim", ANA, number)
    world.did("ask", ANA, waiting, question="Any fever?")
    world.did("claim", BEN, bens)
    leavers = Leavers(world.store, world.desk)
    leavers.give_back_their_cases()
    assert [world.case(number).owner for number in (claimed, waiting, bens)] == [ANA.id, ANA.id, BEN.id]

    with world.store.writing() as work:
        work.people.put([replace(ANA, active=False)])
    for _ in range(2):
        leavers.give_back_their_cases()
    assert [world.case(number).state for number in (claimed, waiting)] == [State.NEW, State.NEW]
    assert world.case(bens).owner == BEN.id
    assert happened(world, claimed)[-1] == "released" and happened(world, claimed).count("released") == 1
    assert "does not work here any more" in why_released(world, claimed)


@pytest.mark.parametrize("restarted", [False, True])
def test_it_gives_back_once_what_its_owner_has_no_licence_for_any_more(world: World, restarted: bool) -> None:
    listed(world, IN_BOTH, BEN, LENA)
    claimed = world.submit(state="WA").number
    world.did("claim", ANA, claimed)
    waiting, elsewhere = asked_by_ana(world, state="WA"), asked_by_ana(world, state="OR")
    bens = world.submit(state="WA").number
    world.did("claim", BEN, bens)
    leavers = Leavers(world.store, world.desk)
    leavers.give_back_their_cases()
    assert {world.case(number).owner for number in (claimed, waiting, elsewhere)} == {ANA.id}

    listed(world, IN_OREGON, BEN, LENA)
    if restarted:
        leavers = Leavers(world.store, world.desk)
    for _ in range(3):
        leavers.give_back_their_cases()
    for number in (claimed, waiting):
        assert (world.case(number).state, world.case(number).owner) == (State.NEW, None)
        assert happened(world, number).count("released") == 1
        told = why_released(world, number)
        assert "is not licensed where the patient is" in told and "does not work here" not in told
        world.did("claim", BEN, number)
    assert world.case(elsewhere).owner == ANA.id and world.case(bens).owner == BEN.id
    assert "released" not in [*happened(world, elsewhere), *happened(world, bens)]


def test_it_gives_back_what_its_owner_does_not_work_in_the_queue_of_any_more(world: World) -> None:
    number = asked_by_ana(world)
    listed(world, IN_ANOTHER_QUEUE, BEN)
    Leavers(world.store, world.desk).give_back_their_cases()
    assert world.case(number).owner is None
    told = why_released(world, number)
    assert "does not work in this queue any more" in told and "licensed" not in told


def test_it_gives_back_more_than_it_reads_at_a_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.cases.READ_AT_A_TIME", 2)
    numbers = [asked_by_ana(world) for _ in range(5)]
    kept = asked_by_ana(world, state="OR")
    listed(world, IN_OREGON)
    Leavers(world.store, world.desk).give_back_their_cases()
    assert {world.case(number).owner for number in numbers} == {None}
    assert world.case(kept).owner == ANA.id


def test_it_reads_the_cases_of_an_owner_only_when_the_roster_changed(world: World) -> None:
    listed(world, IN_BOTH, BEN)
    asked_by_ana(world)
    leavers = Leavers(world.store, world.desk)
    for _ in range(2):
        leavers.give_back_their_cases()
    with cases_read(world.store) as read:
        for _ in range(3):
            leavers.give_back_their_cases()
        assert read == []
        listed(world, replace(IN_BOTH, states=("WA",)), BEN)
        for _ in range(5):
            leavers.give_back_their_cases()
    assert len(read) == 2, "once, and once more for what was claimed while the roster changed"


def test_it_reads_no_cases_where_nobody_listed_licences_or_queues(world: World) -> None:
    asked_by_ana(world)
    with cases_read(world.store) as read:
        Leavers(world.store, world.desk).give_back_their_cases()
    assert read == []


def test_it_gives_back_what_was_claimed_while_the_roster_changed(world: World) -> None:
    listed(world, IN_BOTH)
    number = world.submit().number
    leavers = Leavers(world.store, world.desk)
    listed(world, IN_OREGON)
    leavers.give_back_their_cases()
    with world.store.writing() as work:
        # A claim that read the roster as it was before commits only now.
        claimed = replace(work.cases.get(number), state=State.CLAIMED, owner=ANA.id)
        work.cases.save(claimed, (Event(Happened.CLAIMED, person=ANA.id),), Actor(ANA.id), work.now())
    leavers.give_back_their_cases()
    assert world.case(number).owner is None


def damaged(world: World, number: int, **columns: bytes) -> None:
    """Somebody altered this row."""
    with world.store.writing() as work:
        work.connection.execute(update(tables.cases).where(tables.cases.c.number == number).values(**columns))


@pytest.mark.parametrize("left", [b"", b"not what was sealed, by far"], ids=["nothing", "rubbish"])
@pytest.mark.parametrize("column", ["body", "data_key"])
def test_it_gives_back_all_others_where_a_case_does_not_open(
    world: World, caplog: pytest.LogCaptureFixture, column: str, left: bytes
) -> None:
    listed(world, ANA, BEN)
    of_a_leaver, of_another, not_hers_now, hers = (world.submit().number for _ in range(4))
    also_of_a_leaver, also_not_hers_now = (world.submit().number for _ in range(2))
    for number in (of_a_leaver, of_another, also_of_a_leaver):
        world.did("claim", BEN, number)
    for number in (not_hers_now, hers, also_not_hers_now):
        world.did("claim", ANA, number)
    damaged(world, of_a_leaver, **{column: left})
    damaged(world, not_hers_now, **{column: left})
    listed(world, IN_OREGON)
    leavers = Leavers(world.store, world.desk)
    for _ in range(3):
        leavers.give_back_their_cases()
    given_back = (of_another, hers, also_of_a_leaver, also_not_hers_now)
    assert [world.case(number).state for number in given_back] == [State.NEW] * 4
    told = [record for record in caplog.records if record.name.endswith("leavers")]
    assert [vars(record)["case"] for record in told] == [of_a_leaver, not_hers_now], "once each"
    with world.store.reading() as work:
        owners = work.connection.execute(
            select(tables.cases.c.owner).where(tables.cases.c.number.in_([of_a_leaver, not_hers_now]))
        )
        assert set(owners.scalars()) == {BEN.id, ANA.id}


def test_it_gives_back_what_leavers_held_before_it_reads_any_case(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = world.submit().number
    world.did("claim", BEN, number)
    listed(world, IN_OREGON)

    def broken(cases: Cases, owner: str) -> Any:
        raise OSError("whatever else goes wrong")

    monkeypatch.setattr(Cases, "held_by", broken)
    with pytest.raises(OSError, match="goes wrong"):
        Leavers(world.store, world.desk).give_back_their_cases()
    assert world.case(number).owner is None


def test_it_tries_again_when_the_database_did_not_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = asked_by_ana(world)
    listed(world, IN_OREGON)
    leavers = Leavers(world.store, world.desk)

    def away(act: Any) -> Any:
        raise Overloaded("away")

    with monkeypatch.context() as patched:
        patched.setattr(world.store, "commit", away)
        for _ in range(3):
            leavers.give_back_their_cases()
    assert world.case(number).owner == ANA.id
    leavers.give_back_their_cases()
    assert world.case(number).owner is None
