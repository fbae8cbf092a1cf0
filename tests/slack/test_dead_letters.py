"""What could not be sent: the channel is told, and a team lead decides by a button, over real HTTP."""

from __future__ import annotations

from typing import Any

import pytest

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
    assert "invalid_blocks" in read(letter["blocks"]) and "Dry skin" not in read(letter["blocks"])

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
    assert "gone out after all" in read(dead_letters(room)[0]["blocks"])
    assert sum("Dry skin" in read(reply["blocks"]) for reply in room.replies(ts)) == 1
