"""Slack refuses a case's first card: the case is seen in plain words, or an administrator is told."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage

import pytest

from consult_bot.case.delivery import DeliveryKind
from consult_bot.cli.stories.players import words_in
from consult_bot.notices.post_office import Later
from consult_bot.slack.card import CardView
from tests.builders import ANA
from tests.clinic import Clinic


def refuse(clinic: Clinic, times: int) -> None:
    clinic.fault("chat.postMessage", times=times, error="invalid_blocks")


def warned(clinic: Clinic) -> list[EmailMessage]:
    """What the administrator was told of refused cards."""
    return [mail for mail in clinic.mailed() if "Slack refuses" in mail["Subject"]]


def tried_each_minute(clinic: Clinic, minutes: int) -> None:
    """Let a worker do what can be done in the first seconds of each of these minutes."""
    for _ in range(minutes):
        clinic.settle(timedelta(seconds=3))
        clinic.advance(60)


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


@pytest.fixture
def undrawable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cards of which Slack refuses every one that is whole, for as long as the test lasts."""
    too_long = CardView("a card", ({"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}},))
    monkeypatch.setattr("consult_bot.notices.card.card", lambda *of_the_case: too_long)


def not_sent(clinic: Clinic) -> list[str]:
    """What the leads were told of cards that will not go out."""
    told = [words_in(message["blocks"]) for message in clinic.messages()]
    return [words for words in told if "Not sent" in words]


@pytest.mark.usefixtures("undrawable")
def test_it_redraws_such_a_card_in_plain_words_as_long_as_slack_refuses_it_whole(clinic: Clinic) -> None:
    number = clinic.world.submit(concern="a red rash").number
    clinic.settle()
    posted = clinic.card(number)
    for verb, fields, state in (
        ("claim", {}, "claimed"),
        ("note", {"note": "Looks mild."}, "claimed"),
        ("ask", {"question": "Any fever?"}, "awaiting patient"),
    ):
        clinic.world.did(verb, ANA, number, **fields)
        clinic.settle()
        drawn = clinic.card(number)
        assert drawn["ts"] == posted["ts"] and drawn["text"] == f"C-{number} · {state}"
        told = words_in(drawn["blocks"])
        assert f"/consult show C-{number}" in told and state in told
        assert "claim C-" not in told and "red rash" not in told and "· new" not in told
    assert not_sent(clinic) == [] and clinic.stuck() == []


@pytest.mark.usefixtures("undrawable")
def test_it_tells_the_leads_where_slack_refuses_to_redraw_the_plain_card_too(clinic: Clinic) -> None:
    number = clinic.world.submit().number
    clinic.settle()
    clinic.fault("chat.update", times=2, error="invalid_blocks")
    clinic.world.did("claim", ANA, number)
    clinic.settle()
    (told,) = not_sent(clinic)
    assert f"C-{number}" in told and "the card" in told and clinic.stuck() == ["invalid_blocks"]
    assert clinic.card(number)["text"] == f"C-{number} · new", (
        "it stays until Retry, or until something else happens"
    )


@pytest.mark.usefixtures("undrawable")
def test_it_posts_such_a_card_anew_where_somebody_deleted_it(clinic: Clinic) -> None:
    number = clinic.world.submit().number
    clinic.settle()
    clinic.fault("chat.update", error="invalid_blocks")
    clinic.fault("chat.update", error="message_not_found")
    clinic.world.did("claim", ANA, number)
    clinic.settle()
    cards = [message["text"] for message in clinic.messages() if message["text"].startswith(f"C-{number} ·")]
    assert cards == [f"C-{number} · new", f"C-{number} · claimed"]
    assert not_sent(clinic) == []


def test_it_mails_the_administrator_once_about_cards_refused_in_plain_words_too(clinic: Clinic) -> None:
    refuse(clinic, 12)
    number = clinic.world.submit().number
    tried_each_minute(clinic, 10)
    (warning,) = warned(clinic)
    assert warning["To"] == "it@example.org"
    told = warning.get_body(("plain",)).get_content()
    assert "invalid_blocks" in told and "What to do: " in told and "C-" not in told
    assert clinic.card(number)["replies"], "it appears as soon as Slack takes it"


@pytest.mark.parametrize("before", [{"status": 503}, {"retry_after_seconds": 1}], ids=["down", "limited"])
def test_it_mails_once_whatever_else_was_in_the_card_s_way_before(
    clinic: Clinic, before: dict[str, int]
) -> None:
    clinic.fault("chat.postMessage", times=3, **before)
    refuse(clinic, 1000)
    clinic.world.submit()
    tried_each_minute(clinic, 10)
    assert clinic.stuck() == ["invalid_blocks"] and len(warned(clinic)) == 1


def test_it_mails_about_each_case_whose_card_is_refused(clinic: Clinic) -> None:
    refuse(clinic, 1000)
    for _ in range(2):
        clinic.world.submit()
    tried_each_minute(clinic, 3)
    assert len(warned(clinic)) == 2


def test_it_mails_once_where_another_worker_was_refused_as_well(clinic: Clinic) -> None:
    refuse(clinic, 1000)
    clinic.world.submit()
    frozen = clinic.frozen(DeliveryKind.CARD)
    tried_each_minute(clinic, 1)
    clinic.worker._settle(frozen, Later("invalid_blocks", timedelta(minutes=1), warns=True))
    tried_each_minute(clinic, 3)
    assert len(warned(clinic)) == 1


def test_it_mails_nobody_about_a_card_that_slack_takes_in_plain_words(clinic: Clinic) -> None:
    refuse(clinic, 1)
    clinic.world.submit()
    clinic.settle()
    assert warned(clinic) == []
