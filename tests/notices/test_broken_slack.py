"""Slack takes nothing: cases wait, the administrator is told once, and everything goes on in its order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from consult_bot.case.delivery import Priority, answer
from consult_bot.cli.stories.players import words_in
from tests.builders import ANA
from tests.clinic import Clinic


@pytest.mark.parametrize("error", ["channel_not_found", "is_archived", "invalid_auth", "not_in_channel"])
def test_it_waits_for_an_administrator_and_then_sends_everything(
    clinic: Clinic, error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    clinic.fault("chat.postMessage", times=3, error=error)
    number = clinic.world.submit().number
    clinic.settle()
    assert clinic.messages() == []
    assert error in clinic.stuck()
    assert clinic.letters() == 1
    clinic.settle(timedelta(minutes=10))
    assert clinic.card(number)["replies"]
    assert clinic.stuck() == []


@pytest.mark.parametrize("error", ["token_revoked", "is_archived", "not_in_channel"])
def test_it_mails_the_administrator_once_and_goes_on_in_order_when_slack_is_mended(
    clinic: Clinic, error: str
) -> None:
    clinic.fault("chat.postMessage", times=3, error=error)
    numbers = [clinic.world.submit().number for _ in range(4)]
    clinic.settle(timedelta(minutes=10))
    warnings = [m for m in clinic.mailed() if "Slack takes no consults" in m["Subject"]]
    assert len(warnings) == 1 and warnings[0]["To"] == "it@example.org"
    told = warnings[0].get_body(("plain",)).get_content()
    assert error in told and "What to do: " in told and "C-" not in told
    cards = [m["text"] for m in clinic.messages() if m["text"].startswith("C-")]
    assert cards == [f"C-{number} · new" for number in numbers]
    with clinic.world.store.reading() as work:
        assert work.outbox.lanes.broken() == []


def test_it_takes_nothing_that_did_not_go_out_as_a_sign_that_slack_is_mended(clinic: Clinic) -> None:
    clinic.fault("chat.postMessage", times=2, error="is_archived")
    clinic.world.submit()
    clinic.settle(timedelta(seconds=0))
    with clinic.world.store.writing() as work:
        two_days_ago = work.now() - timedelta(days=2)
        late = answer(None, "C0CONSULT", "1.1", two_days_ago, {"person": "U0ANA"})
        work.outbox.add([replace(late, priority=Priority.URGENT)])
    clinic.settle(timedelta(minutes=10))
    assert len([m for m in clinic.mailed() if "Slack takes no consults" in m["Subject"]]) == 1


def test_it_tells_the_administrator_again_when_it_breaks_again(clinic: Clinic) -> None:
    for _ in range(2):
        clinic.fault("chat.postMessage", times=1, error="is_archived")
        clinic.world.submit()
        clinic.settle(timedelta(minutes=5))
    assert len([m for m in clinic.mailed() if "Slack takes no consults" in m["Subject"]]) == 2


def test_it_keeps_the_order_of_cases_while_slack_is_away(clinic: Clinic) -> None:
    clinic.fault("chat.postMessage", times=1, status=503)
    clinic.fault("conversations.history", times=5, status=503)
    numbers = [clinic.world.submit().number for _ in range(5)]
    clinic.settle(timedelta(minutes=20))
    cards = [m["text"] for m in clinic.messages() if m["text"].startswith("C-")]
    assert cards == [f"C-{number} · new" for number in numbers]


def test_it_lets_nothing_that_slack_stumbles_over_hold_up_other_cases(clinic: Clinic) -> None:
    poisoned, healthy = clinic.world.submit().number, clinic.world.submit().number
    clinic.settle()
    clinic.world.did("note", ANA, poisoned, note="poisoned")
    clinic.settle(timedelta(seconds=0))
    clinic.fault("chat.postMessage", times=2, status=500)
    clinic.settle(timedelta(seconds=4))
    clinic.world.did("note", ANA, healthy, note="healthy")
    clinic.settle(timedelta(minutes=10))
    for number, words in ((poisoned, "poisoned"), (healthy, "healthy")):
        assert words_in(clinic.card(number)["replies"]).count(words) == 1
