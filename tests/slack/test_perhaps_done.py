"""The answer to a commit was lost: each surface says what is true, and what was sent again counts once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from storage.errors import Unanswered
from storage.store import Store, Work
from tests.builders import ANA, BEN
from tests.slack.cases import read
from tests.slack.conftest import Room


@pytest.fixture
def held(room: Room) -> int:
    """A case that Ana holds."""
    number = room.world.submit().number
    room.world.did("claim", ANA, number)
    return number


@contextmanager
def answers_lost(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Everything is committed, and nobody hears of it."""
    commit = Store.commit

    def lost(store: Store, act: Callable[[Work], Any]) -> None:
        commit(store, act)
        raise Unanswered("OperationalError")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "commit", lost)
        yield


def tasks(room: Room, number: int) -> list[str]:
    return [task.words.reveal() for task in room.world.case(number).tasks if task.words]


def test_it_asks_to_look_first_where_words_were_typed(
    room: Room, held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answers_lost(monkeypatch):
        told = str(room.say(ANA, f"note C-{held} Dry skin")["ack"])
    assert "look at the case first" in told and "Nothing was changed" not in told
    assert len(room.world.case(held).messages) == 1


def test_it_asks_to_look_first_where_a_button_was_pressed(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = room.world.submit().number
    ts = room.post(room.world.case(number))
    with answers_lost(monkeypatch):
        view = room.press(BEN, ts, "verb:claim")["view"]
    assert "look at the case first" in read(view["blocks"])
    assert "Not possible" not in str(view) and "Nothing was changed" not in str(view)
    assert room.world.case(number).owner == BEN.id


def test_it_asks_to_send_a_form_again_which_counts_once(
    room: Room, held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.say(ANA, f"task C-{held}")
    with answers_lost(monkeypatch):
        (told,) = room.send(ANA, kind="lab", words="Order a swab.")["errors"].values()
    assert "send this again" in told and "It counts only once" in told
    assert "Nothing was changed" not in told and "look at the case" not in told
    assert tasks(room, held) == ["Order a swab."]
    assert room.send(ANA, kind="lab", words="Order a swab.")["ack"] == {"response_action": "clear"}
    assert tasks(room, held) == ["Order a swab."]
