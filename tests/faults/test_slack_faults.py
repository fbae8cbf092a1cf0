"""Slack strict, slow, forgetful and away: everything arrives in the end, once and in order."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select

from storage.tables import deliveries
from tests.faults.ledger import audit, look
from tests.faults.length import LONG, in_full
from tests.faults.people import Patient, Told, at_work
from tests.faults.town import Found, Town, until

METHODS = (
    "chat.postMessage",
    "chat.update",
    "conversations.history",
    "conversations.replies",
    "files.getUploadURLExternal",
    "files.upload",
    "files.completeUploadExternal",
    "files.info",
)
TROUBLES: tuple[dict[str, Any], ...] = (
    {"lose_reply": True},
    {"status": 503},
    {"error": "ratelimited", "retry_after_seconds": 20},
    {"error": "internal_error"},
    {"status": 500, "lose_reply": True},
)
CASES = 8 if LONG else 4
HANG_SECONDS = 1.6
PACE_SECONDS = 1.0
"""The clock runs faster here than calls do, so that two may be on their way at once."""

ALWAYS = 1_000_000


@pytest.mark.parametrize("kind", in_full("postgresql", "sqlite"))
def test_it_delivers_everything_once_and_in_order_whatever_slack_answers(
    founded: Found, kind: str, seed: str, tell: Callable[[str], None]
) -> None:
    town = founded("web", "worker", "worker")
    town.open()
    with at_work(town, seed, patients=2, most=CASES // 2) as crowd:
        for trouble in TROUBLES:
            for method in METHODS:
                town.fault(method, times=2 if LONG else 1, **trouble)
            until("the faults of posting to be met", lambda: not _ordered(town, "chat.postMessage"), 60)
        until("cases", lambda: len(crowd.told.emails) >= CASES, 60)
        for method in METHODS:
            town.fault(method, times=0)
    found = audit(town, crowd.told)
    tell(f"{kind}: {found.row}")
    assert found.facts == []


def _ends_between_two_tries(town: Town) -> bool:
    """End Slack's faults while nobody can claim; False where something is in hand at this moment."""
    with town.store.writing() as work:
        in_hand = select(deliveries.c.id).where(
            deliveries.c.status == "leased", deliveries.c.kind != "letter"
        )
        if work.connection.execute(in_hand).first():
            return False
        town.fault("*", times=0)
        return True


def _ordered(town: Town, method: str) -> bool:
    return any(fault.method == method for fault in town.sandbox.slack.faults._ordered)


@pytest.mark.parametrize("kind", in_full("sqlite", "postgresql"))
def test_it_posts_once_though_slack_takes_a_message_after_we_stopped_waiting(
    founded: Found, kind: str, seed: str, tell: Callable[[str], None]
) -> None:
    town = founded("web", "worker")
    web, worker = town.seats
    web.start()
    told = Told()
    patient = Patient(town, told, "P", seed)
    for _ in range(3):
        patient.submit()
    # While somebody holds the workspace, calls that write hang; they are done when it is let go.
    with town.sandbox.slack.workspace.lock:
        worker.start(waits={"consult_bot.app.SLACK_TIMEOUT_SECONDS": 1})
        time.sleep(HANG_SECONDS)
    town.settle()
    found = audit(town, told)
    tell(f"{kind}: {found.row}")
    assert found.facts == []


@pytest.mark.parametrize("kind", in_full("sqlite", "postgresql"))
def test_it_accepts_every_submission_while_slack_is_away_for_an_hour_and_then_catches_up_urgent_first(
    founded: Found, kind: str, seed: str, tell: Callable[[str], None]
) -> None:
    town = founded("web", "worker")
    town.open()
    told = Told()
    patient = Patient(town, told, "P", seed)
    town.fault("*", times=ALWAYS, status=503)
    numbers = []
    for _ in range(12):
        number = patient.submit()
        assert number is not None
        numbers.append(number)
        town.advance(300)
    assert told.tries == 0, "every one was taken at the first press"
    assert look(town).roots == {}
    # Slack is back between two tries. A call that is on its way at that moment fails, and others may pass it.
    until("nothing to be in hand", lambda: _ends_between_two_tries(town), 60)
    town.settle()
    found = audit(town, told)
    tell(f"{kind}: {found.row}")
    assert found.facts == []
    cards = look(town).roots
    stamps = [cards[f"C-{number}"][0]["ts"] for number in numbers]
    early = [late for late, then in pairwise(map(float, stamps)) if late > then + PACE_SECONDS]
    assert not early, "the cards came in the order in which the patients had written"
    first_reply = min(reply["ts"] for replies in look(town).replies.values() for reply in replies)
    assert stamps[-1] < first_reply, "every card came before the rest"
