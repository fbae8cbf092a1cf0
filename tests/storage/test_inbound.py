"""Once-keys: most are forgotten after a time; those that may come back after years are not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import event, text

from consult_bot.case.verb import THE_PATIENT, Actor, Done, Request
from consult_bot.case.words import Words
from storage.cards import Place
from storage.inbound import REPEATED_WITHIN, hashed
from storage.store import Store
from storage.tables import inbound
from tests.builders import ANA, LENA, World, submission

OVER = REPEATED_WITHIN + timedelta(minutes=1)


def remember(store: Store, *keys: str, lasts: bool = False) -> None:
    with store.writing() as work:
        for key in keys:
            work.inbound.remember(key, 1001, work.now(), lasts=lasts)


def pass_time(store: Store, time: timedelta) -> None:
    with store.writing() as work:
        work.advance_clock(time.total_seconds())


def prune(store: Store, at_most: int = 1000) -> int:
    with store.writing() as work:
        return work.inbound.prune(work.now() - REPEATED_WITHIN, at_most)


def seen(store: Store, *keys: str) -> list[int | None]:
    with store.reading() as work:
        return [work.inbound.seen(key) for key in keys]


def test_it_forgets_what_passes_when_its_time_is_over_and_nothing_younger(store: Store) -> None:
    remember(store, "message:C1:1.1", "reply:1001:n1")
    pass_time(store, timedelta(days=1))
    remember(store, "message:C1:2.2")
    pass_time(store, REPEATED_WITHIN - timedelta(hours=1))
    assert prune(store) == 2
    assert seen(store, "message:C1:1.1", "reply:1001:n1", "message:C1:2.2") == [None, None, 1001]
    assert prune(store) == 0


def test_it_forgets_the_oldest_first_and_a_part_at_a_time(store: Store) -> None:
    for key in ("first", "second", "third"):
        remember(store, key)
        pass_time(store, timedelta(seconds=1))
    pass_time(store, OVER)
    assert prune(store, at_most=2) == 2
    assert seen(store, "first", "second", "third") == [None, None, 1001]
    assert prune(store, at_most=2) == 1


def test_it_keeps_for_ever_what_made_a_case_so_that_a_repeat_makes_no_second_one(world: World) -> None:
    asked = Request("submit", THE_PATIENT, submission=submission(), once_key="fhir:one key for years")
    made = world.desk.handle(asked)
    assert isinstance(made, Done)
    for _ in range(2):
        pass_time(world.store, 10 * OVER)
        assert prune(world.store) == 0
        again = world.desk.handle(asked)
        assert isinstance(again, Done) and again.repeated and again.case.number == made.case.number
        assert again.reveal == made.reveal, "the code is shown again until it was used"


def test_it_keeps_for_ever_what_went_on_in_a_new_case(world: World) -> None:
    old = world.did("close", LENA, world.submit().number, reason="duplicate").number
    asked = Request("submit", THE_PATIENT, submission=submission(), linked_to=old, once_key=f"reply:{old}:n1")
    made = world.desk.handle(asked)
    assert isinstance(made, Done)
    pass_time(world.store, OVER)
    prune(world.store)
    again = world.desk.handle(asked)
    assert isinstance(again, Done) and again.case.number == made.case.number


def test_it_forgets_what_was_done_to_a_case(world: World) -> None:
    number = world.submit().number
    key = "message:C1:1.1"
    asked = Request("note", Actor(ANA.id), number, {"note": Words("Eczema")}, about="1.1", once_key=key)
    assert isinstance(world.desk.handle(asked), Done)
    pass_time(world.store, OVER)
    assert prune(world.store) == 1
    assert seen(world.store, key) == [None]
    world.desk.handle(asked)
    notes = [message for message in world.case(number).messages if message.is_note]
    assert len(notes) == 1, "the case itself knows from which message a note is"


def test_it_knows_for_ever_where_earlier_cards_stood(world: World) -> None:
    number = world.submit().number
    with world.store.writing() as work:
        for ts in ("1.1", "2.2", "3.3"):
            work.cards.put(number, Place("C1", ts))
    pass_time(world.store, OVER)
    assert prune(world.store) == 0
    with world.store.reading() as work:
        found = [work.cards.case_at("C1", ts) for ts in ("1.1", "2.2", "3.3", "4.4")]
    assert found == [number, number, number, None]


def test_it_keeps_what_an_earlier_version_wrote_and_left_open_whether_it_lasts(store: Store) -> None:
    with store.writing() as work:
        row = {"key": hashed("form:old"), "number": 1001, "at": work.now()}
        work.connection.execute(inbound.insert().values(row))
    pass_time(store, OVER)
    assert prune(store) == 0
    assert seen(store, "form:old") == [1001]


def test_it_finds_what_to_forget_by_the_index_of_what_passes(store: Store) -> None:
    remember(store, "message:C1:1.1")
    with store.writing() as work:
        rows = [
            {"key": hashed(str(n)), "number": 1001, "at": work.now() + timedelta(days=1), "lasts": n % 9 == 0}
            for n in range(3000)
        ]
        work.connection.execute(inbound.insert(), rows)
        work.connection.execute(text("ANALYZE"))
    pass_time(store, OVER)
    plans: list[str] = []

    def explain(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        if "inbound" in statement:
            plan = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
            plans.extend(str(step) for step in cursor.connection.execute(f"{plan} {statement}", parameters))

    with store.writing() as work:
        event.listen(work.connection, "before_cursor_execute", explain)
        assert work.inbound.prune(work.now() - REPEATED_WITHIN) == 1
    found = [step for step in plans if "ix_inbound_passing" in step]
    assert len(found) == 2 and not any("Seq Scan" in step or "SCAN inbound" in step for step in plans), plans
