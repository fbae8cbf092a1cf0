"""The practice moves into another channel: what stood in the earlier one follows, and holds up nobody in the new one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from consult_bot.case.delivery import DeliveryKind, twins
from consult_bot.cli.stories.players import words_in
from consult_bot.desk import Desk
from consult_bot.notices.post_office import Later, send
from consult_bot.worker import Worker
from storage.cards import Place
from tests.builders import ANA, PRACTICE, Photo
from tests.clinic import Clinic
from tests.notices.test_cards_anew import cards

EARLIER, NEW = "C0CONSULT", "C0GENERAL"
SHUT: tuple[dict[str, bool], ...] = ({"archived": True}, {"bot_member": False})


@pytest.mark.parametrize("shut", SHUT, ids=lambda shut: next(iter(shut)))
def test_it_posts_the_card_in_the_practices_channel_where_the_earlier_one_is_shut(
    clinic: Clinic, shut: dict[str, bool]
) -> None:
    number = clinic.world.submit().number
    clinic.settle()
    earlier = cards(clinic, number, EARLIER)[0]["ts"]
    move(clinic, shut)
    clinic.world.did("claim", ANA, number)
    fresh = clinic.world.submit().number
    clinic.settle()
    for each in (number, fresh):
        assert len(cards(clinic, each, NEW)) == 1
    (card,) = cards(clinic, number, NEW)
    told = words_in(card["replies"])
    assert card["text"] == f"C-{number} · claimed" and "posted again" in told and "has claimed" in told
    assert ("Earlier conversation" in told) == ("archived" in shut), "an app that is outside sees no thread"
    assert len(cards(clinic, number, EARLIER)) == 1
    assert clinic.stuck() == [] and broken(clinic) == [] and warnings(clinic) == 0
    with clinic.world.store.reading() as work:
        assert work.cards.case_at(EARLIER, earlier) == number


def test_it_redraws_a_card_where_it_stands_as_long_as_it_can(clinic: Clinic) -> None:
    number = clinic.world.submit().number
    clinic.settle()
    move(clinic, {})
    clinic.world.did("claim", ANA, number)
    clinic.settle()
    assert cards(clinic, number, NEW) == []
    (card,) = cards(clinic, number, EARLIER)
    assert card["text"] == f"C-{number} · claimed" and "has claimed" in words_in(card["replies"])


@pytest.mark.parametrize(("sent", "form_follows"), [(1, True), (2, False)], ids=["thread", "file"])
def test_it_lets_the_card_go_first_where_only_its_thread_is_left_to_tell(
    clinic: Clinic, sent: int, form_follows: bool
) -> None:
    photo = clinic.world.store.stage(Photo())
    number = clinic.world.submit(attachments=(photo,)).number
    for _ in range(sent):  # the card, the form, the photo
        clinic.worker.work_once()
        clinic.advance(seconds=2)
    move(clinic, {"archived": True})
    fresh = clinic.world.submit().number
    clinic.settle(timedelta(minutes=10))
    assert cards(clinic, fresh, NEW)
    (card,) = cards(clinic, number, NEW)
    assert sum(len(reply.get("files", ())) for reply in card["replies"]) == 1
    assert ("red rash" in words_in(card["replies"])) == form_follows
    assert clinic.stuck() == [] and broken(clinic) == []


def test_it_leaves_a_channel_that_takes_redraws_but_no_replies(clinic: Clinic) -> None:
    number = clinic.world.submit().number
    clinic.settle()
    move(clinic, {})
    clinic.world.did("claim", ANA, number)
    clinic.fault("chat.postMessage", error="restricted_action_read_only_channel")
    clinic.settle()
    (card,) = cards(clinic, number, NEW)
    assert "has claimed" in words_in(card["replies"])
    assert broken(clinic) == []


def test_it_holds_the_channel_that_was_called(clinic: Clinic) -> None:
    """What waits from before the move passes the earlier channel's lane, and goes into the new one."""
    number = clinic.world.submit().number
    clinic.settle()
    clinic.advance(seconds=2)
    clinic.world.did("claim", ANA, number)
    move(clinic, {})
    with clinic.world.store.writing() as work:
        work.cards.put(number, Place(NEW, "1.000001"))
        (leased,) = work.outbox.claim(*work.times(), [DeliveryKind.CARD])
    assert leased.lane == f"slack:{EARLIER}"
    clinic.fault("chat.update", error="is_inactive")
    outcome = send(clinic.office, leased)
    assert isinstance(outcome, Later)
    assert outcome.holds == (f"slack:{NEW}",) and outcome.breaks == f"slack:{NEW}"


def test_it_looks_for_twins_where_the_card_stands(clinic: Clinic) -> None:
    """The card stays where it was; its thread is told through the new channel's lane."""
    number = clinic.world.submit().number
    clinic.settle()
    move(clinic, {})
    clinic.world.did("note", ANA, number, note="walrus")
    clinic.settle()
    (card,) = cards(clinic, number, EARLIER)
    told = next(reply for reply in card["replies"] if "walrus" in words_in([reply["blocks"]]))
    posted = clinic.office.slack._client.conversations_replies(
        channel=EARLIER, ts=card["ts"], include_all_metadata=True
    )["messages"]
    marked = next(m["metadata"] for m in posted if m["ts"] == told["ts"])
    again = {"channel": EARLIER, "thread_ts": card["ts"], "text": "twin", "metadata": marked}
    clinic.office.slack._client.chat_postMessage(**again)
    look_for_twins(clinic, number, int(marked["event_payload"]["delivery"]))
    clinic.settle()
    replies = cards(clinic, number, EARLIER)[0]["replies"]
    assert "twin" not in [reply["text"] for reply in replies] and told["ts"] in [r["ts"] for r in replies]


def test_it_leaves_twins_alone_in_a_channel_that_is_shut(clinic: Clinic) -> None:
    number = clinic.world.submit().number
    clinic.settle()
    move(clinic, {"bot_member": False})
    look_for_twins(clinic, number, 1)
    clinic.settle(timedelta(minutes=5))
    assert clinic.stuck() == [] and broken(clinic) == [] and warnings(clinic) == 0


def move(clinic: Clinic, shut: dict[str, bool]) -> None:
    """SLACK_CHANNEL is set to another channel, to which the app was invited; the earlier one is shut."""
    practice = replace(PRACTICE, channel=NEW)
    clinic.office = replace(clinic.office, practice=practice)
    clinic.world.desk = Desk(clinic.world.store, practice)
    clinic.worker = Worker(clinic.world.store, clinic.world.desk, clinic.office)
    for order in ({"channel": NEW, "bot_member": True}, {"channel": EARLIER, **shut}):
        clinic.slack.post("/_control/channel", json=order).raise_for_status()


def look_for_twins(clinic: Clinic, number: int, of: int) -> None:
    with clinic.world.store.writing() as work:
        work.outbox.add([twins(number, of, f"slack:{NEW}", work.now())])


def broken(clinic: Clinic) -> list[Any]:
    with clinic.world.store.reading() as work:
        return work.outbox.lanes.broken()


def warnings(clinic: Clinic) -> int:
    return len([m for m in clinic.mailed() if "Slack takes no consults" in m["Subject"]])
