"""Cards that somebody deleted by hand are posted again, and their threads go on."""

from __future__ import annotations

from datetime import timedelta

from consult_bot.cli.stories.players import words_in
from tests.builders import ANA
from tests.clinic import Clinic


def test_it_posts_a_card_anew_that_somebody_deleted(clinic: Clinic) -> None:
    number = clinic.world.submit().number
    clinic.settle()
    clinic.fault("chat.update", times=1, error="message_not_found")
    clinic.world.reply(number, "It got worse.")
    clinic.settle()
    cards = [m for m in clinic.messages() if m["text"].startswith(f"C-{number} ")]
    assert "It got worse." in words_in(cards[-1]["replies"])
    assert clinic.stuck() == []


def test_it_posts_a_deleted_card_anew_also_where_the_first_try_was_lost(clinic: Clinic) -> None:
    number = clinic.world.submit().number
    clinic.settle()
    clinic.office.slack.delete("C0CONSULT", clinic.card(number)["ts"])
    clinic.fault("chat.update", times=1, status=503)
    clinic.world.did("claim", ANA, number)
    clinic.settle(timedelta(minutes=2))
    assert "claimed" in clinic.card(number)["text"]
    assert clinic.stuck() == []


def test_it_lets_no_redraw_that_slack_refuses_hold_up_the_thread(clinic: Clinic) -> None:
    number = clinic.world.submit().number
    clinic.settle()
    clinic.fault("chat.update", times=1, error="msg_too_long")
    clinic.world.reply(number, "It got worse.")
    clinic.settle()
    assert "It got worse." in words_in(clinic.card(number)["replies"])


def test_it_posts_a_card_again_that_somebody_deleted_and_left_its_thread(clinic: Clinic) -> None:
    number = clinic.world.submit().number
    clinic.settle()
    first = clinic.card(number)["ts"]
    client = {"channel": "C0CONSULT", "ts": first}
    clinic.office.slack._client.chat_delete(**client)
    clinic.world.did("claim", ANA, number)
    clinic.settle()
    assert clinic.card(number)["ts"] != first
    assert "claimed" in words_in(clinic.card(number)["replies"])
    assert clinic.stuck() == []
