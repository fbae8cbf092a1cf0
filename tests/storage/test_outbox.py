"""The outbox: one worker a delivery, in order within a case, lanes held, nothing lost."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from consult_bot.case.delivery import Cancel, Delivery, DeliveryKind, letter, to_slack
from storage.outbox import Leased
from storage.store import Store
from storage.tables import deliveries
from tests.builders import ANA, World

GAP = timedelta(seconds=1)


def add(store: Store, *deliveries: Delivery) -> None:
    with store.writing() as work:
        work.outbox.add(deliveries)


def now(store: Store) -> datetime:
    with store.reading() as work:
        return work.now()


def claim(store: Store, later: timedelta = timedelta(0)) -> Leased | None:
    with store.writing() as work:
        at, real = work.times()
        return work.outbox.claim(at + later, real)


def finish(store: Store, leased: Leased | None) -> None:
    assert leased
    with store.writing() as work:
        assert work.outbox.finish(leased, "receipt", work.now())


def thread(store: Store, number: int, place: int, due: datetime | None = None) -> Delivery:
    return to_slack(DeliveryKind.THREAD, number, "C1", due or now(store), {"place": str(place)})


def test_it_hands_out_each_delivery_once_and_in_order_within_a_case(store: Store) -> None:
    add(store, thread(store, 1001, 1), thread(store, 1001, 2))
    first = claim(store)
    assert first and first.payload["place"] == "1"
    assert claim(store, GAP) is None
    finish(store, first)
    second = claim(store, 2 * GAP)
    assert second and second.payload["place"] == "2"


def test_it_lets_one_message_a_second_into_a_channel(store: Store) -> None:
    add(store, thread(store, 1001, 1), thread(store, 1002, 1))
    assert claim(store)
    assert claim(store) is None
    assert claim(store, GAP)


def test_it_holds_the_whole_lane_and_keeps_the_order_after_a_rate_limit(store: Store) -> None:
    add(store, thread(store, 1001, 1), thread(store, 1001, 2))
    first = claim(store)
    assert first
    with store.writing() as work:
        until = work.now() + timedelta(seconds=30)
        work.outbox.hold_lane(first.lane, until)
        assert work.outbox.retry(first, "ratelimited", until)
    assert claim(store, timedelta(seconds=20)) is None
    again = claim(store, timedelta(seconds=31))
    assert again and again.id == first.id and again.attempts == 2


def test_it_sends_what_is_due_earlier_first_even_if_it_was_written_later(store: Store) -> None:
    at = now(store)
    add(store, thread(store, 1001, 1, at + timedelta(seconds=30)), thread(store, 1001, 2, at))
    early = claim(store)
    assert early and early.payload["place"] == "2"
    finish(store, early)
    assert claim(store, timedelta(seconds=5)) is None
    late = claim(store, timedelta(seconds=31))
    assert late and late.payload["place"] == "1"


def test_it_coalesces_waiting_redraws_of_a_card(store: Store) -> None:
    redraw = to_slack(DeliveryKind.CARD, 1001, "C1", now(store), dedupe_key="card:C-1001")
    add(store, redraw, redraw)
    add(store, redraw)
    first = claim(store)
    add(store, redraw)
    finish(store, first)
    finish(store, claim(store, GAP))
    assert claim(store, 2 * GAP) is None


def test_it_drops_a_failed_redraw_when_a_newer_one_waits(store: Store) -> None:
    redraw = to_slack(DeliveryKind.CARD, 1001, "C1", now(store), dedupe_key="card:C-1001")
    add(store, redraw)
    first = claim(store)
    assert first
    add(store, redraw)
    with store.writing() as work:
        assert work.outbox.retry(first, "timeout", work.now())
    second = claim(store, GAP)
    assert second and second.id != first.id


def test_it_gives_back_what_a_dead_worker_held_and_ignores_that_worker_afterwards(store: Store) -> None:
    add(store, letter(1001, "received", now(store)))
    held = claim(store)
    assert held
    with store.writing() as work:
        assert work.outbox.recover(work.times()[1]) == 0
        assert work.outbox.recover(work.times()[1] + timedelta(seconds=61)) == 1
    again = claim(store)
    assert again and again.id == held.id and again.attempts == 2
    with store.writing() as work:
        assert not work.outbox.finish(held, "late", work.now())
        assert not work.outbox.retry(held, "late", work.now())
    finish(store, again)


def test_it_cancels_what_waits_about_a_message(store: Store) -> None:
    add(
        store,
        letter(1001, "question", now(store), about="m1"),
        letter(1001, "question", now(store), about="m2"),
    )
    with store.writing() as work:
        work.outbox.cancel([Cancel(1001, "m1")])
    left = claim(store)
    assert left and left.about == "m2"
    finish(store, left)
    assert claim(store) is None


def test_it_lets_others_pass_one_that_was_given_up_and_lists_it(store: Store) -> None:
    add(store, thread(store, 1001, 1), thread(store, 1001, 2))
    poisoned = claim(store)
    assert poisoned
    with store.writing() as work:
        work.outbox.bury(poisoned, "invalid_blocks", work.now())
    assert claim(store, GAP)
    with store.reading() as work:
        stuck = work.outbox.stuck()
    assert [(one.id, one.last_error) for one in stuck] == [(poisoned.id, "invalid_blocks")]


def test_it_goes_on_with_the_next_part_of_a_long_text(store: Store) -> None:
    add(store, thread(store, 1001, 1), thread(store, 1001, 2))
    first = claim(store)
    assert first
    with store.writing() as work:
        work.outbox.go_on(first, '["1.1"]', work.now())
    next_part = claim(store, GAP)
    assert (
        next_part and next_part.id == first.id and next_part.receipt == '["1.1"]' and next_part.attempts == 1
    )


def test_it_holds_no_words_however_much_people_write(world: World) -> None:
    number = world.submit(concern="canary").number
    world.did("claim", ANA, number)
    for verb, field in (("note", "note"), ("ask", "question")):
        world.did(verb, ANA, number, **{field: "canary"})
    world.reply(number, "canary")
    with world.store.reading() as work:
        rows = work.connection.execute(select(deliveries)).all()
    assert len(rows) > 8 and "canary" not in str(rows)
