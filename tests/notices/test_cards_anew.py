"""The card that is posted anew: one that somebody deleted stands in the channel once, whatever is lost on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from consult_bot.case.delivery import DeliveryKind
from consult_bot.cli.stories.players import words_in
from consult_bot.notices.card import send_card
from consult_bot.notices.post_office import send
from consult_bot.notices.sending import LeaseLost
from storage.outbox import Leased
from tests.builders import ANA, LENA
from tests.clinic import Clinic


def test_it_stands_once_where_its_answer_was_lost_and_a_newer_redraw_came(clinic: Clinic) -> None:
    number = claimed_after_its_card_was_deleted(clinic)
    clinic.advance(seconds=2)
    clinic.fault("chat.postMessage", lose_reply=True)
    redraw = claimed_card(clinic)
    outcome = send(clinic.office, redraw)
    clinic.world.did("release", ANA, number)
    clinic.worker._settle(redraw, outcome)
    clinic.settle(timedelta(minutes=5))
    (card,) = cards(clinic, number)
    assert card["text"] == f"C-{number} · new"
    assert words_in(card["replies"]).count("Earlier conversation") == 1
    assert clinic.stuck() == []


def test_it_stands_once_where_its_worker_died_after_posting_and_a_newer_redraw_came(clinic: Clinic) -> None:
    number = claimed_after_its_card_was_deleted(clinic)
    clinic.advance(seconds=2)
    clinic.fault("chat.postMessage", lose_reply=True)
    send(clinic.office, claimed_card(clinic))
    clinic.world.did("release", ANA, number)
    with clinic.world.store.writing() as work:
        assert work.outbox.recover(work.times()[1] + timedelta(minutes=2)) == 1
    clinic.settle(timedelta(minutes=5))
    assert len(cards(clinic, number)) == 1
    assert clinic.stuck() == []


def test_it_stands_once_where_the_task_that_it_was_to_mark_is_done_before_the_next_try(
    clinic: Clinic,
) -> None:
    case = clinic.world.submit()
    number, due = case.number, int(case.created_at.timestamp()) + 3600
    clinic.world.did("claim", ANA, number)
    clinic.world.did("task", ANA, number, kind="lab", words="see to it", due=str(due))
    clinic.settle()
    delete(clinic, clinic.card(number)["ts"])
    clinic.advance(seconds=3600)
    clinic.fault("chat.postMessage", lose_reply=True)
    send(clinic.office, claimed_card(clinic))
    clinic.world.did("done", ANA, number, outcome="completed")
    with clinic.world.store.writing() as work:
        assert work.outbox.recover(work.times()[1] + timedelta(minutes=2)) == 1
    clinic.settle(timedelta(minutes=5))
    assert len(cards(clinic, number)) == 1
    assert clinic.stuck() == []


def test_it_is_not_posted_anew_by_who_has_lost_it(clinic: Clinic) -> None:
    number = claimed_after_its_card_was_deleted(clinic)
    frozen = clinic.frozen(DeliveryKind.CARD)
    with pytest.raises(LeaseLost):
        send_card(clinic.office, frozen)
    assert cards(clinic, number) == []


def claimed_after_its_card_was_deleted(clinic: Clinic) -> int:
    number = clinic.world.submit().number
    clinic.settle()
    delete(clinic, clinic.card(number)["ts"])
    clinic.world.did("claim", ANA, number)
    return number


def claimed_card(clinic: Clinic) -> Leased:
    with clinic.world.store.writing() as work:
        (leased,) = work.outbox.claim(*work.times(), [DeliveryKind.CARD])
    return leased


def delete(clinic: Clinic, ts: str) -> None:
    """The lead deletes a message by hand."""
    order = {"user": LENA.id, "channel": "C0CONSULT", "messageTs": ts}
    clinic.slack.post("/_control/delete", json=order).raise_for_status()


def cards(clinic: Clinic, number: int, channel: str = "C0CONSULT") -> list[dict[str, Any]]:
    """The cards of a case that stand in a channel."""
    messages = clinic.slack.get(f"/_control/messages/{channel}").json()
    roots = [
        m for m in messages if m["ts"] == m.get("thread_ts", m["ts"]) and m.get("subtype") != "tombstone"
    ]
    return [m for m in roots if m["text"].startswith(f"C-{number} ")]
