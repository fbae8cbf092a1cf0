"""What a frozen worker may have posted a second time: looked for before it is posted again, and taken back after."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from consult_bot.case.delivery import DeliveryKind, twins
from consult_bot.cli.stories.players import words_in
from consult_bot.notices import posting
from consult_bot.notices.post_office import Later, send
from consult_bot.slack.post import Post
from storage.cards import Place
from tests.builders import ANA
from tests.clinic import Clinic


def test_it_sends_nothing_after_its_lease_is_over(clinic: Clinic) -> None:
    clinic.world.submit()
    frozen = clinic.frozen()
    over = replace(frozen, claim=replace(frozen.claim, deadline_seconds=time.monotonic() - 0.001))
    assert isinstance(send(clinic.office, over), Later)
    assert clinic.messages() == []
    clinic.settle()
    assert len(clinic.messages()) == 1


@pytest.mark.parametrize("wakes", ["before", "after"])
def test_it_deletes_the_younger_of_two_that_a_frozen_worker_made(
    clinic: Clinic, wakes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Frozen right after the look at its lease, it posts whatever has happened meanwhile."""
    number = clinic.world.submit().number
    clinic.settle()
    clinic.advance(2)
    clinic.world.did("note", ANA, number, note="walrus")
    clinic.worker.work_once()  # the card comes first
    frozen = clinic.frozen(DeliveryKind.THREAD)
    if wakes == "before":
        clinic.settle()
    with monkeypatch.context() as past_its_look:
        past_its_look.setattr(posting, "hold", lambda office, leased: None)
        clinic.worker._finish(frozen)
    clinic.settle(timedelta(minutes=5))
    said = [reply for reply in clinic.card(number)["replies"] if "walrus" in words_in([reply["blocks"]])]
    assert len(said) == 1
    assert "chat.delete" in clinic.calls() or wakes == "after"
    assert clinic.stuck() == []


@pytest.mark.parametrize("redrawn", [False, True])
def test_it_keeps_the_older_of_two_cards_and_knows_it(
    clinic: Clinic, redrawn: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = clinic.world.submit().number
    frozen, post, first = clinic.frozen(DeliveryKind.CARD), clinic.office.slack.post_card, []

    def frozen_before_it_posts(*given: Any) -> str:
        monkeypatch.setattr(clinic.office.slack, "post_card", post)
        clinic.settle()
        first.append(clinic.card(number)["ts"])
        if redrawn:
            clinic.world.did("claim", ANA, number)
            clinic.settle(timedelta(seconds=5))
        return post(*given)

    monkeypatch.setattr(clinic.office.slack, "post_card", frozen_before_it_posts)
    clinic.worker._finish(frozen)
    clinic.settle(timedelta(minutes=5))
    assert [clinic.card(number)["ts"]] == first
    assert "chat.delete" in clinic.calls()
    clinic.world.did("claim", ANA, number)
    clinic.settle()
    assert "claimed" in clinic.card(number)["text"]


def test_it_knows_the_older_card_before_the_younger_is_deleted(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed in between, it would leave a case whose card is gone, and which is posted a second time."""
    number = clinic.world.submit().number
    frozen = clinic.frozen(DeliveryKind.CARD)
    clinic.settle()
    first = Place("C0CONSULT", clinic.card(number)["ts"])
    twin = clinic.office.slack.post_card(
        "C0CONSULT",
        Post(f"C-{number} · new", ()),
        {"event_type": "consult_case", "event_payload": {"case": f"C-{number}", "delivery": str(frozen.id)}},
    )
    with clinic.world.store.writing() as work:
        work.cards.put(number, Place("C0CONSULT", twin))
        work.outbox.add([twins(number, frozen.id, frozen.lane, work.now())])
    known: list[Place | None] = []

    def deleted(channel: str, ts: str) -> None:
        with clinic.world.store.reading() as work:
            known.append(work.cards.place(number))

    monkeypatch.setattr(clinic.office.slack, "delete", deleted)
    clinic.settle()
    assert known[:1] == [first]


def test_it_looks_before_it_posts_again_what_an_earlier_worker_may_have_posted(clinic: Clinic) -> None:
    number = clinic.world.submit().number
    clinic.settle()
    clinic.world.did("note", ANA, number, note="only once")
    clinic.fault("chat.postMessage", times=1, lose_reply=True)
    clinic.settle(timedelta(minutes=1))
    told = [words_in(reply["blocks"]) for reply in clinic.card(number)["replies"]]
    assert sum("only once" in text for text in told) == 1
