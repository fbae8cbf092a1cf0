"""What could not be sent: the channel is told, and a team lead decides by a button, over real HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from consult_bot.case.delivery import DeliveryKind
from consult_bot.case.events import Happened
from consult_bot.notices.letter import NAMES
from consult_bot.slack.dead_letter import FAILED, OF_EVENT, OF_LETTER, WHAT, dead_letter_post
from consult_bot.slack.thread import TOLD
from tests.builders import ANA, LENA
from tests.slack.cases import read
from tests.slack.conftest import CHANNEL, Room


@pytest.fixture
def held(room: Room) -> int:
    """A case that Ana holds."""
    number = room.world.submit().number
    room.world.did("claim", ANA, number)
    return number


def dead_letters(room: Room) -> list[dict[str, Any]]:
    """The messages about what could not be sent, oldest first."""
    found = [m for m in room.look(f"messages/{CHANNEL}") if m["text"].startswith("Not sent")]
    return sorted(found, key=lambda message: message["ts"])


def test_it_asks_a_lead_about_what_could_not_be_sent(room: Room, held: int) -> None:
    """A note that Slack refuses: the lead presses Retry, sees it refused again, and gives it up."""
    room.post(room.world.case(held))
    room.settle()
    refused = {"method": "chat.postMessage", "error": "invalid_blocks", "times": 1}
    room.do("fault", **refused)
    room.world.did("note", ANA, held, note="Dry skin")
    room.settle()
    (letter,) = dead_letters(room)
    assert "Dry skin" not in read(letter["blocks"])
    first, second = (read(block) for block in letter["blocks"][:2])
    assert first == f"*Not sent · C-{held} · the message “note” in its thread*"
    assert letter["text"] == first.strip("*")
    (confirm,) = (
        e["confirm"] for block in letter["blocks"] for e in block.get("elements", ()) if "confirm" in e
    )
    assert confirm["text"]["text"].startswith("Only a team lead can.")
    assert "The thread does not have it. Slack says “invalid_blocks”." in second

    view = room.press(ANA, letter["ts"], "delivery:retry")["view"]
    assert "Only a team lead" in read(view["blocks"])
    room.do("fault", **refused)
    room.press(LENA, letter["ts"], "delivery:retry")
    room.press(LENA, letter["ts"], "delivery:retry")
    room.settle()
    (again,) = dead_letters(room)
    assert again["ts"] == letter["ts"] and "A team lead decides" in read(again["blocks"])
    room.press(LENA, again["ts"], "delivery:give_up")
    room.settle()
    (given_up,) = dead_letters(room)
    assert "given it up" in read(given_up["blocks"])
    assert not [block for block in given_up["blocks"] if block["type"] == "actions"]
    with room.world.store.reading() as work:
        assert work.outbox.stuck() == []


def test_it_sends_at_last_what_a_lead_tries_again(room: Room, held: int) -> None:
    ts = room.post(room.world.case(held))
    room.settle()
    room.do("fault", method="chat.postMessage", error="invalid_blocks", times=1)
    room.world.did("note", ANA, held, note="Dry skin")
    room.settle()
    (letter,) = dead_letters(room)
    room.press(LENA, letter["ts"], "delivery:retry")
    room.settle()
    told = read(dead_letters(room)[0]["blocks"])
    assert (
        f"*Not sent at first · C-{held} · the message “note” in its thread*" in told
        and "gone out after all" in told
    )
    assert "says" not in told and "“”" not in told and "does not have it" not in told
    assert sum("Dry skin" in read(reply["blocks"]) for reply in room.replies(ts)) == 1


def said(kind: DeliveryKind, error: str, which: str | None = None, status: str = "dead") -> str:
    return read(dead_letter_post(7, kind, 1001, status, error, which).blocks)


def test_it_has_words_for_whatever_a_lead_must_decide_about() -> None:
    assert set(OF_EVENT) == set(TOLD)
    assert set(OF_LETTER) == set(NAMES)
    assert (
        set(WHAT)
        == set(FAILED)
        == {
            DeliveryKind.CARD,
            DeliveryKind.THREAD,
            DeliveryKind.FILE,
            DeliveryKind.LETTER,
            DeliveryKind.ANSWER,
            DeliveryKind.ALARM,
        }
    )


def test_it_says_who_refused_it() -> None:
    letter = said(DeliveryKind.LETTER, "MailRefused", "guidance")
    assert "*Not sent · C-1001 · email about guidance*" in letter
    assert "The patient does not know yet. The mail server refused it." in letter and "Slack" not in letter
    assert "Slack says “msg_too_long”." in said(DeliveryKind.THREAD, "msg_too_long", Happened.ADVISED)
    ours = said(DeliveryKind.FILE, "KeyError")
    assert "Something unforeseen stopped it here: “KeyError”." in ours and "Slack says" not in ours
    for status in ("waiting", "sent", "given_up"):
        assert "“”" not in said(DeliveryKind.CARD, "", status=status)


def test_it_says_of_what_a_lead_gave_up_that_it_is_missing() -> None:
    told = said(DeliveryKind.LETTER, "Suppressed", "question", status="given_up")
    assert told.startswith("*Not sent · C-1001 · email about a question*")
    assert "A team lead has given it up." in told and "Retry" not in told
