"""Suppressed addresses and letters that went out, on each kind of database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import event

from consult_bot.case.delivery import DeliveryKind
from consult_bot.case.words import Words
from storage.letters import SentLetter
from storage.store import Store
from storage.tables import suppressions
from tests.builders import ANA, World


def test_it_knows_an_address_however_it_is_written_and_keeps_the_first_reason(world: World) -> None:
    with world.store.writing() as work:
        work.suppressions.add(Words(" Canary@Home.example"), "permanent", work.now())
        work.suppressions.add(Words("canary@home.example"), "complaint", work.now())
        work.suppressions.add(Words(""), "permanent", work.now())
    with world.store.reading() as work:
        assert work.suppressions.reason(Words("canary@home.EXAMPLE ")) == "permanent"
        assert work.suppressions.reason(Words("other@home.example")) is None
        assert work.suppressions.reason(Words("")) is None
        (row,) = work.connection.execute(suppressions.select()).all()
    assert b"canary" not in bytes(row.email_index) and len(row.email_index) == 32


def test_it_is_added_once_by_many_at_the_same_moment(world: World) -> None:
    def add(reason: str) -> None:
        world.store.commit(
            lambda work: work.suppressions.add(Words("canary@home.example"), reason, work.now())
        )

    with ThreadPoolExecutor(4) as many:
        list(many.map(add, ["permanent", "complaint"] * 4))
    with world.store.reading() as work:
        assert len(work.connection.execute(suppressions.select()).all()) == 1


def test_it_finds_a_letter_by_its_receipt_and_nothing_else(world: World) -> None:
    number = world.submit().number
    world.did("claim", ANA, number)
    case = world.did("ask", ANA, number, question="Since when?")
    world.advance(minutes=1)
    for kind, receipts in ((DeliveryKind.LETTER, ["ses-1", "ses-2"]), (DeliveryKind.CARD, ["1700.1"])):
        for receipt in receipts:
            with world.store.writing() as work:
                (leased,) = work.outbox.claim(*work.times(), {kind})
                assert work.outbox.finish(leased, receipt, work.now())
    with world.store.reading() as work:
        assert work.letters.with_receipt("ses-1") == SentLetter(number, None)
        assert work.letters.with_receipt("ses-2") == SentLetter(number, case.messages[-1].id)
        assert work.letters.with_receipt("1700.1") is None
        assert work.letters.with_receipt("") is None


def test_it_looks_for_receipts_through_their_index_alone(sqlite_store: Store) -> None:
    plans: list[str] = []

    def explain(connection, cursor, statement, parameters, *rest) -> None:
        plans.extend(
            step[3] for step in cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        )

    with sqlite_store.reading() as work:
        event.listen(work.connection, "before_cursor_execute", explain)
        work.letters.with_receipt("ses-1")
    assert plans == ["SEARCH deliveries USING INDEX ix_deliveries_receipt (receipt=?)"]
