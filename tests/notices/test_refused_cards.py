"""Slack refuses a case's first card: the case is seen in plain words, or an administrator is told."""

from __future__ import annotations

from datetime import timedelta

from consult_bot.cli.stories.players import words_in
from tests.builders import ANA
from tests.clinic import Clinic


def refuse(clinic: Clinic, times: int) -> None:
    clinic.fault("chat.postMessage", times=times, error="invalid_blocks")


def test_it_posts_a_card_that_slack_will_not_draw_in_plain_words(clinic: Clinic) -> None:
    refuse(clinic, 1)
    number = clinic.world.submit(concern="a red rash").number
    clinic.settle()
    plain = clinic.card(number)
    told = words_in(plain["blocks"])
    assert f"/consult show C-{number}" in told and f"/consult claim C-{number}" in told
    assert "red rash" not in told, "whatever Slack could not draw is left out"
    assert plain["replies"], "its thread goes on"
    assert clinic.stuck() == []


def test_it_draws_such_a_card_whole_at_the_next_occasion(clinic: Clinic) -> None:
    refuse(clinic, 1)
    number = clinic.world.submit(concern="a red rash").number
    clinic.settle()
    plain = clinic.card(number)
    clinic.world.did("claim", ANA, number)
    clinic.settle()
    whole = clinic.card(number)
    assert whole["ts"] == plain["ts"] and "red rash" in words_in(whole["blocks"])


def test_it_mails_the_administrator_once_about_cards_refused_in_plain_words_too(clinic: Clinic) -> None:
    refuse(clinic, 12)
    number = clinic.world.submit().number
    clinic.settle(timedelta(minutes=10))
    warnings = [m for m in clinic.mailed() if "Slack refuses" in m["Subject"]]
    assert len(warnings) == 1 and warnings[0]["To"] == "it@example.org"
    told = warnings[0].get_body(("plain",)).get_content()
    assert "invalid_blocks" in told and "What to do: " in told and "C-" not in told
    assert clinic.card(number)["replies"], "it appears as soon as Slack takes it"
