"""The outbox: one worker a delivery, in order within a case, lanes held, nothing lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import event, select, text

from consult_bot.case.delivery import (
    WORKSPACE,
    Cancel,
    Delivery,
    DeliveryKind,
    Priority,
    Way,
    home,
    letter,
    to_slack,
)
from storage.outbox import IN_HAND, PROMPT_SECONDS, Leased
from storage.outbox.lanes import SLACK_GAP, method_lane
from storage.store import Store
from storage.tables import deliveries
from tests.builders import ANA, World

GAP = SLACK_GAP


def add(store: Store, *deliveries: Delivery) -> None:
    with store.writing() as work:
        work.outbox.add(deliveries)


def now(store: Store) -> datetime:
    with store.reading() as work:
        return work.now()


def claim(store: Store, later: timedelta = timedelta(0)) -> Leased | None:
    with store.writing() as work:
        at, real = work.times()
        return next(iter(work.outbox.claim(at + later, real)), None)


def finish(store: Store, leased: Leased | None) -> None:
    assert leased
    with store.writing() as work:
        assert work.outbox.finish(leased, "receipt", work.now())


def held_for(leased: Leased, seconds: float) -> Leased:
    """The same delivery, as somebody has it who claimed it so long ago."""
    began_seconds = leased.claim.began_seconds - seconds
    return replace(leased, claim=replace(leased.claim, began_seconds=began_seconds))


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


def test_it_keeps_a_second_between_messages_that_go_out_as_late_as_they_may() -> None:
    assert SLACK_GAP - timedelta(seconds=PROMPT_SECONDS) >= timedelta(seconds=1)


def test_it_lets_one_message_a_second_into_a_channel(store: Store) -> None:
    add(store, thread(store, 1001, 1), thread(store, 1002, 1))
    finish(store, claim(store))
    assert claim(store) is None
    assert claim(store, GAP)


def test_it_keeps_a_second_behind_what_goes_out_later_than_at_once(store: Store) -> None:
    add(store, thread(store, 1001, 1), thread(store, 1002, 1))
    slow = claim(store)
    assert slow
    slow = held_for(slow, 0.5)
    with store.writing() as work:
        assert work.outbox.enter_late(slow)
        late = work.times()[1] + IN_HAND + GAP
        assert work.outbox.claim(slow.claim.now + GAP, late) == []
        (following,) = work.outbox.claim(slow.claim.now + 2 * GAP, late)
    with store.writing() as work:
        assert not work.outbox.enter_late(slow), "another has the lane by now"
        assert work.outbox.enter_late(following)


def test_it_keeps_a_channel_for_what_is_in_hand_however_long_that_takes(store: Store) -> None:
    """A call may take longer than a slot: without that, whatever comes next would overtake it, again and again."""
    add(store, thread(store, 1001, 1), thread(store, 1002, 1), letter(1002, "received", now(store)))
    in_hand = claim(store)
    assert in_hand and in_hand.number == 1001
    with store.writing() as work:
        hour_later, real = work.times()[0] + timedelta(hours=1), work.times()[1]
        assert [one.kind for one in work.outbox.claim(hour_later, real, limit=5)] == [DeliveryKind.LETTER]
    finish(store, in_hand)
    following = claim(store, GAP)
    assert following and following.number == 1002


def test_it_opens_a_channel_when_a_worker_that_is_no_more_has_kept_it_for_a_while(store: Store) -> None:
    add(store, thread(store, 1001, 1), thread(store, 1002, 1))
    assert claim(store)
    with store.writing() as work:
        at, real = work.times()
        assert work.outbox.claim(at + GAP, real + IN_HAND - GAP) == []
        (following,) = work.outbox.claim(at + GAP, real + IN_HAND + GAP)
    assert following.number == 1002


def test_it_holds_the_whole_lane_and_keeps_the_order_after_a_rate_limit(store: Store) -> None:
    add(store, thread(store, 1001, 1), thread(store, 1001, 2))
    first = claim(store)
    assert first
    with store.writing() as work:
        until = work.now() + timedelta(seconds=30)
        work.outbox.lanes.hold(first.lane, until)
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


def test_it_hands_out_no_redraw_that_a_change_has_asked_for_which_is_not_committed_yet(
    postgres_store: Store,
) -> None:
    """Whoever drew it now would draw the case as it was, and nothing would be left to draw it as it is then."""
    redraw = to_slack(DeliveryKind.CARD, 1001, "C1", now(postgres_store), dedupe_key="card:C-1001")
    add(postgres_store, redraw)
    with postgres_store.writing() as changing:
        changing.outbox.add([redraw])
        assert claim(postgres_store) is None
    assert claim(postgres_store)


def test_it_waits_for_no_other_worker_that_stands_still_in_its_claim(postgres_store: Store) -> None:
    at = now(postgres_store)
    add(postgres_store, *(to_slack(DeliveryKind.THREAD, 1000 + n, f"C{n % 2}", at) for n in range(8)))
    for _ in range(2):
        finish(postgres_store, claim(postgres_store))  # both lanes are known from now on
    with postgres_store.writing() as still:
        still.connection.execute(text("SET LOCAL lock_timeout = '10s'"))
        (taken,) = still.outbox.claim(at + 2 * GAP, still.times()[1])
        with postgres_store.writing() as other:
            other.connection.execute(text("SET LOCAL lock_timeout = '1ms'"))
            claimed = other.outbox.claim(at + 2 * GAP, other.times()[1], limit=8)
    assert {one.lane for one in claimed} == {"slack:C0", "slack:C1"} - {taken.lane}


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


def test_it_hands_out_one_of_each_channel_at_a_time(store: Store) -> None:
    at = now(store)
    add(store, *(to_slack(DeliveryKind.THREAD, 1000 + n, f"C{n % 3}", at) for n in range(9)))
    add(store, letter(1001, "received", at), letter(1002, "received", at))
    with store.writing() as work:
        claimed = work.outbox.claim(*work.times(), limit=10)
    lanes = [one.lane for one in claimed]
    assert sorted(lanes) == ["mail", "mail", "slack:C0", "slack:C1", "slack:C2"]
    with store.writing() as work:
        assert work.outbox.claim(*work.times(), limit=10) == []


def test_it_takes_no_slot_of_a_channel_for_which_it_hands_out_nothing(store: Store) -> None:
    at = now(store)
    add(store, *(to_slack(DeliveryKind.THREAD, 1000 + n, f"C{n}", at) for n in range(3)))
    lanes = []
    for _ in range(3):
        with store.writing() as work:
            lanes += [one.lane for one in work.outbox.claim(at, work.times()[1], limit=1)]
    assert lanes == ["slack:C0", "slack:C1", "slack:C2"]


def test_it_lets_urgent_cases_overtake_others_and_nothing_within_a_case(store: Store) -> None:
    at = now(store)
    urgent = replace(thread(store, 1002, 2, at), priority=Priority.URGENT)
    add(store, thread(store, 1001, 1, at), thread(store, 1002, 1, at), urgent)
    told = []
    for second in range(3):
        leased = claim(store, second * GAP)
        assert leased
        told.append((leased.number, leased.payload["place"]))
        finish(store, leased)
    assert told == [(1002, "1"), (1002, "2"), (1001, "1")]


def test_it_keeps_the_order_of_cases_after_slack_was_away(store: Store) -> None:
    at = now(store)
    add(store, thread(store, 1001, 1, at), thread(store, 1002, 1, at + GAP))
    first = claim(store, 2 * GAP)
    assert first and first.number == 1001
    with store.writing() as work:
        until = at + timedelta(seconds=60)
        work.outbox.lanes.hold(first.lane, until)
        work.outbox.retry(first, "http_503", until)
    again = claim(store, timedelta(seconds=60))
    assert again and again.number == 1001


def test_it_holds_only_what_uses_a_method_that_slack_limits(store: Store) -> None:
    at = now(store)
    add(store, home("U0ANA", at), thread(store, 1001, 1, at), letter(1001, "received", at))
    with store.writing() as work:
        work.outbox.lanes.hold(method_lane("views.publish"), at + timedelta(minutes=1))
        claimed = work.outbox.claim(*work.times(), limit=5)
    assert {one.kind for one in claimed} == {DeliveryKind.THREAD, DeliveryKind.LETTER}
    with store.reading() as work:
        assert work.outbox.ways_free(*work.times()) == []
    held = claim(store, timedelta(minutes=2))
    assert held and held.kind is DeliveryKind.HOME


def test_it_holds_all_of_slack_while_the_workspace_is_broken_and_knows_when_it_works_again(
    store: Store,
) -> None:
    at = now(store)
    add(store, thread(store, 1001, 1, at), home("U0ANA", at), letter(1001, "received", at))
    with store.writing() as work:
        work.outbox.lanes.hold(WORKSPACE, at + timedelta(minutes=1))
        assert work.outbox.lanes.mark_broken(WORKSPACE, "token_revoked", at)
        assert not work.outbox.lanes.mark_broken(WORKSPACE, "token_revoked", at), "it is known already"
        assert [one.kind for one in work.outbox.claim(*work.times(), limit=5)] == [DeliveryKind.LETTER]
    probe = claim(store, timedelta(minutes=2))
    assert probe and probe.mends == (WORKSPACE,)
    finish(store, probe)
    with store.reading() as work:
        assert work.outbox.lanes.broken() == []
    after = claim(store, timedelta(minutes=3))
    assert after and after.mends == ()


def test_it_lets_a_dead_letter_wait_for_a_human(store: Store) -> None:
    add(store, thread(store, 1001, 1), thread(store, 1002, 1))
    dead = claim(store)
    assert dead
    with store.writing() as work:
        assert work.outbox.bury(dead, "invalid_blocks", work.now())
        assert not work.outbox.revive(dead.id + 1, work.now()), "that one is not dead"
        assert work.outbox.revive(dead.id, work.now())
        assert not work.outbox.revive(dead.id, work.now()), "it waits already"
    again = claim(store, GAP)
    assert again and again.id == dead.id and again.attempts == 2, "so that it looks before it posts again"
    with store.writing() as work:
        work.outbox.bury(again, "invalid_blocks", work.now())
        assert work.outbox.give_up(dead.id, work.now())
        assert not work.outbox.revive(dead.id, work.now())
        assert work.outbox.stuck() == []


def test_it_forgets_what_went_out_long_ago_and_nothing_else(store: Store) -> None:
    at = now(store)
    add(store, *(thread(store, number, 1, at) for number in (1001, 1002, 1003)))
    sent = claim(store)
    finish(store, sent)
    dead = claim(store, GAP)
    assert dead
    with store.writing() as work:
        work.outbox.bury(dead, "invalid_blocks", work.now())
        assert work.outbox.prune(at - GAP) == (0, 0)
        count, up_to = work.outbox.prune(at + timedelta(days=1), at_most=2)
        assert (count, up_to) == (1, 2)
        assert work.outbox.prune(at + timedelta(days=1), up_to, at_most=2) == (0, 0)
        left = work.connection.scalars(select(deliveries.c.status).order_by(deliveries.c.id)).all()
    assert left == ["dead", "waiting"]


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


def test_it_looks_through_what_waits_by_its_indexes_alone(sqlite_store: Store) -> None:
    add(sqlite_store, thread(sqlite_store, 1001, 1))
    plans: list[str] = []

    def explain(connection, cursor, statement, parameters, *rest) -> None:
        if "FROM deliveries" in statement:
            plan = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(step[3] for step in plan)

    with sqlite_store.writing() as work:
        event.listen(work.connection, "before_cursor_execute", explain)
        assert work.outbox.claim(*work.times())
    for way in Way:
        name = "ix_deliveries_timers" if way is Way.TIMER else f"ix_deliveries_{way}"
        assert any(f"deliveries USING INDEX {name}" in step for step in plans), way
    assert any(step.startswith("SEARCH earlier USING INDEX ix_deliveries_sequence") for step in plans)
    assert "SCAN deliveries" not in plans and "SCAN earlier" not in plans


def test_it_knows_by_which_ways_something_may_go_out_without_taking_it(store: Store) -> None:
    def ways(later: timedelta = timedelta(0)) -> list[Way]:
        with store.reading() as work:
            at, real = work.times()
            return work.outbox.ways_free(at + later, real)

    assert ways() == []
    add(store, thread(store, 1001, 1), thread(store, 1002, 1))
    assert ways() == [Way.SLACK]
    assert ways(-GAP) == [], "nothing was due then"
    first = claim(store)
    assert ways(GAP) == [], "the channel is kept for what is in hand"
    finish(store, first)
    assert ways() == [], "the channel takes one message a second"
    assert ways(GAP) == [Way.SLACK]


def test_it_hands_out_every_kind_of_delivery(store: Store) -> None:
    at = now(store)
    for place, kind in enumerate(DeliveryKind):
        add(store, replace(to_slack(kind, 1001 + place, f"C{place}", at), lane=f"lane{place}"))
    with store.writing() as work:
        claimed = work.outbox.claim(*work.times(), limit=len(DeliveryKind))
    assert sorted(one.kind for one in claimed) == sorted(DeliveryKind)


def test_it_gives_up_its_place_to_nothing_newer_once_it_stands_alone(store: Store) -> None:
    redraw = to_slack(DeliveryKind.CARD, 1, "C1", now(store), dedupe_key="card:C-1")
    add(store, redraw)
    leased = claim(store)
    assert leased
    with store.writing() as work:
        assert work.outbox.stand_alone(leased)
    add(store, redraw)
    with store.writing() as work:
        assert work.outbox.retry(leased, "lost", work.now())
        assert not work.outbox.stand_alone(leased), "it is nobody's any more"
        statuses = work.connection.scalars(select(deliveries.c.status).order_by(deliveries.c.id)).all()
    assert statuses == ["waiting", "waiting"]
