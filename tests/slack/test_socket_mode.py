"""Slack's payloads by a socket: the same room, nothing lost and nothing doubled."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from consult_bot.case.model import MessageKind
from consult_bot.sandbox.server import Sandbox
from consult_bot.slack import socket_mode
from consult_bot.slack.socket_link import is_private
from consult_bot.slack.socket_mode import SocketMode
from consult_bot.slack.workspace import NOT_HERE
from tests.builders import ANA, BEN, LENA
from tests.slack.conftest import CHANNEL, Room

SOON_SECONDS = 60
CANARY = "Zimtschnecke"


def until(what: str, look: Callable[[], object]) -> None:
    """Return once it is so: what happens in Slack's end shows a moment later."""
    end, moment = time.monotonic() + SOON_SECONDS, threading.Event()
    while not look():
        assert time.monotonic() < end, f"waited in vain: {what}"
        moment.wait(0.02)


def sockets(room: Room) -> int:
    return room.look("state")["sockets"]


def plugged(room: Room) -> SocketMode:
    settings = room.sandbox.settings(socket_mode=True)
    before = sockets(room)
    door = SocketMode(room.app, settings["SLACK_APP_TOKEN"], settings["SLACK_API_URL"])
    door.start()
    until("the socket is open", lambda: sockets(room) > before)
    return door


@pytest.fixture
def door(room: Room) -> Iterator[SocketMode]:
    door = plugged(room)
    yield door
    door.stop()


@pytest.fixture
def held(room: Room) -> int:
    number = room.world.submit().number
    room.world.did("claim", ANA, number)
    return number


def notes(room: Room, number: int) -> list[str]:
    return [m.words.reveal() for m in room.world.case(number).messages if m.kind is MessageKind.NOTE]


def ways(room: Room) -> set[str]:
    return {callback["by"] for callback in room.look("log")["callbacks"]}


def blocked(
    room: Room, monkeypatch: pytest.MonkeyPatch, verb: str
) -> tuple[threading.Event, threading.Event]:
    """Hold up one verb: returns what tells that it is under way, and what lets it go on."""
    begun, may_go_on, handle = threading.Event(), threading.Event(), room.world.desk.handle

    def slow(request: Any) -> Any:
        if request.verb == verb:
            begun.set()
            may_go_on.wait(SOON_SECONDS)
        return handle(request)

    monkeypatch.setattr(room.world.desk, "handle", slow)
    return begun, may_go_on


# The whole room


def test_it_serves_every_surface_by_the_socket(room: Room, door: SocketMode) -> None:
    number = room.world.submit().number
    assert "you have claimed it" in room.say(ANA, f"claim C-{number}")["ephemeral"]["text"]
    ts = room.post(room.world.case(number))
    view = room.press(ANA, ts, "verb:ask")["view"]
    assert view["callback_id"] == "verb:ask"
    room.send(ANA, question="Does it itch?")
    assert "Sending at" in str(room.send(ANA)["view"]["blocks"])
    room.do("shortcut", user=ANA.id, callback_id="verb:advise", channel=CHANNEL, messageTs=ts)
    room.press(LENA, ts, "verb:more", f"reassign C-{number}")
    assert "already has" in room.send(LENA, to=ANA.id)["errors"]["to"]
    room.do("message", channel=CHANNEL, user=BEN.id, text="Eczema?", thread_ts=ts)
    assert room.do("open-home", user=ANA.id)["status"] == 200
    assert notes(room, number) == ["Eczema?"]
    assert ways(room) == {"socket"}


def test_it_offers_people_in_a_menu_by_the_socket(room: Room, door: SocketMode, held: int) -> None:
    room.press(LENA, room.post(room.world.case(held)), "verb:more", f"reassign C-{held}")
    offered = room.do("options", user=LENA.id, action_id="to", value="")["ack"]["options"]
    assert [option["value"] for option in offered] == [BEN.id, LENA.id]
    assert ways(room) == {"socket"}


def test_it_turns_another_workspace_away_by_the_socket(room: Room, door: SocketMode) -> None:
    number = room.world.submit().number
    given = {"command": "/consult", "user_id": ANA.id, "channel_id": CHANNEL, "trigger_id": "1.2.3"}
    answer = room.sandbox.slack.callbacks.command(
        {**given, "team_id": "T0OTHER", "text": f"claim C-{number}"}
    )
    assert answer.body["text"] == NOT_HERE
    assert room.world.case(number).owner is None


def test_it_lets_a_slow_payload_hold_up_no_other(
    room: Room, door: SocketMode, held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_go_on = blocked(room, monkeypatch, "release")
    with ThreadPoolExecutor() as people:
        slow = people.submit(room.say, ANA, f"release C-{held} Going home.")
        assert begun.wait(SOON_SECONDS)
        assert room.say(BEN, "queue")["ok"]
        may_go_on.set()
        assert "is back in the queue" in slow.result(SOON_SECONDS)["ephemeral"]["text"]


# Failing and repeating


@pytest.mark.in_time
def test_it_lets_slack_repeat_an_event_that_failed(
    room: Room, door: SocketMode, held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ts, handle, failed = room.post(room.world.case(held)), room.world.desk.handle, threading.Event()

    def fails_once(request: Any) -> Any:
        if not failed.is_set():
            failed.set()
            raise RuntimeError("disk full")
        return handle(request)

    monkeypatch.setattr(room.world.desk, "handle", fails_once)
    event = {
        "type": "message",
        "channel": CHANNEL,
        "user": BEN.id,
        "text": "hi",
        "ts": "9.9",
        "thread_ts": ts,
    }
    assert room.sandbox.slack.callbacks.event(event).result().status is None
    until("the note is kept", lambda: notes(room, held) == ["hi"])


def test_it_changes_nothing_twice_when_two_sockets_get_the_same_payload(room: Room, held: int) -> None:
    doors = [plugged(room), plugged(room)]
    ts = room.post(room.world.case(held))
    room.do("fault", method="socket.duplicate", times=2)
    room.do("message", channel=CHANNEL, user=BEN.id, text="Eczema?", thread_ts=ts)
    event = {
        "type": "message",
        "channel": CHANNEL,
        "user": BEN.id,
        "text": "two",
        "ts": "9.9",
        "thread_ts": ts,
    }
    room.sandbox.slack.callbacks.event(event).result()
    for door in doors:
        door.stop()
    assert sorted(notes(room, held)) == ["Eczema?", "two"]


def test_it_claims_once_when_two_sockets_get_the_same_command(room: Room) -> None:
    number = room.world.submit().number
    doors = [plugged(room), plugged(room)]
    room.do("fault", method="socket.duplicate")
    assert "claimed" in room.say(ANA, f"claim C-{number}")["ephemeral"]["text"]
    for door in doors:
        door.stop()
    once = room.world.case(number)
    assert (once.owner, once.version) == (ANA.id, 2)


@pytest.mark.in_time
def test_it_keeps_a_note_once_when_the_acknowledgement_is_lost(
    room: Room, door: SocketMode, held: int
) -> None:
    ts = room.post(room.world.case(held))
    room.do("fault", method="socket.ack", lose_reply=True)
    event = {
        "type": "message",
        "channel": CHANNEL,
        "user": BEN.id,
        "text": "hi",
        "ts": "9.9",
        "thread_ts": ts,
    }
    room.sandbox.slack.callbacks.event(event).result()
    until("it was repeated", lambda: repeated(room))
    assert notes(room, held) == ["hi"]


def repeated(room: Room) -> bool:
    return any(call.get("retry_num") == 1 for call in room.look("log")["callbacks"])


# Keeping a socket open


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
def test_it_opens_the_new_socket_before_the_old_one_goes(room: Room, door: SocketMode, reason: str) -> None:
    room.do("fault", method="socket.disconnect", error=reason, retry_after_seconds=2)
    until("there are two", lambda: sockets(room) == 2)
    while sockets(room) > 1:
        assert room.say(ANA, "queue")["ok"]
    assert room.say(ANA, "queue")["ok"]
    assert door.connected()
    assert ways(room) == {"socket"}


def test_it_answers_by_the_new_socket_what_the_old_one_brought(
    room: Room, door: SocketMode, held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_go_on = blocked(room, monkeypatch, "release")
    with ThreadPoolExecutor() as people:
        slow = people.submit(room.say, ANA, f"release C-{held} Going home.")
        assert begun.wait(SOON_SECONDS)
        room.do("fault", method="socket.drop")
        until("the new one is open", lambda: sockets(room) == 1)
        may_go_on.set()
        assert "is back in the queue" in slow.result(SOON_SECONDS)["ephemeral"]["text"]


def test_it_comes_back_after_the_connection_was_cut(room: Room, door: SocketMode) -> None:
    room.do("fault", method="socket.drop")
    until("it is back", lambda: sockets(room) == 1)
    assert room.say(ANA, "queue")["ok"]


def test_it_comes_back_when_slack_does(room: Room, door: SocketMode, tmp_path: Any) -> None:
    old = room.sandbox
    old.stop()
    until("it notices", lambda: not door.connected())
    mail = tmp_path / "mail"
    room.sandbox = Sandbox(tmp_path / "sandbox", old.port, room.app_url, mail, lambda seconds: None)
    room.sandbox.start()
    until("it is back", lambda: sockets(room) == 1)
    assert room.say(ANA, "queue")["ok"]
    assert ways(room) == {"socket"}


def test_it_tries_again_when_slack_refuses_and_says_what_to_do(
    room: Room, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket_mode, "LONGEST_PAUSE_SECONDS", 0.05)
    room.do("fault", method="apps.connections.open", error="ratelimited", retry_after_seconds=1)
    room.do("fault", method="apps.connections.open", error="invalid_auth")
    room.do("fault", method="apps.connections.open", status=503)
    room.do("fault", method="socket.disconnect", error="link_disabled")
    with caplog.at_level(logging.WARNING):
        door = plugged(room)
    until("it stays", lambda: sockets(room) == 1 and door.connected())
    door.stop()
    told = [getattr(record, "remedy", "") for record in caplog.records]
    assert any("Check SLACK_APP_TOKEN" in remedy for remedy in told)
    assert room.opened().count("apps.connections.open") >= 4


def test_it_opens_no_socket_that_others_could_read() -> None:
    assert is_private("wss://wss-primary.slack.com/link/?ticket=1")
    assert is_private("ws://127.0.0.1:8001/link/?ticket=1")
    assert not is_private("ws://slack.example/link/?ticket=1")
    assert not is_private("http://127.0.0.1:8001/link/")


def test_it_goes_past_the_environments_proxy(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    door = plugged(room)
    assert room.say(ANA, "queue")["ok"]
    door.stop()


# The end, and the log


def test_it_finishes_what_is_in_hand_and_takes_nothing_more(
    room: Room, held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = plugged(room)
    begun, may_go_on = blocked(room, monkeypatch, "release")
    with ThreadPoolExecutor() as people:
        slow = people.submit(room.say, ANA, f"release C-{held} Going home.")
        assert begun.wait(SOON_SECONDS)
        ending = people.submit(door.stop)
        may_go_on.set()
        assert "is back in the queue" in slow.result(SOON_SECONDS)["ephemeral"]["text"]
        ending.result(SOON_SECONDS)
    assert not door.connected()
    until("Slack knows", lambda: sockets(room) == 0)
    assert room.say(ANA, "queue")["ok"]
    assert room.look("log")["callbacks"][-1]["by"] == "http"


def test_it_ends_although_slack_never_answered() -> None:
    door = SocketMode(None, "xapp-1-none", "http://127.0.0.1:9/api/")
    door.start()
    door.stop()
    assert not door.connected()


def test_it_logs_nothing_of_a_payload(
    room: Room, door: SocketMode, held: int, caplog: pytest.LogCaptureFixture
) -> None:
    ts = room.post(room.world.case(held))
    with caplog.at_level(logging.DEBUG):
        room.do("message", channel=CHANNEL, user=BEN.id, text=CANARY, thread_ts=ts)
        room.say(ANA, f"claim {CANARY}")
        room.do("fault", method="socket.disconnect", error="warning", retry_after_seconds=2)
        until("there are two", lambda: sockets(room) == 2)
    assert notes(room, held) == [CANARY]
    # The sandbox runs in this process too; its own server logs frames at this level.
    ours = [record for record in caplog.records if not record.name.startswith("uvicorn")]
    assert not [record for record in ours if CANARY in record.getMessage()]
    shown = [record.getMessage() for record in ours if record.levelno >= logging.INFO]
    assert not [line for line in shown if "ticket=" in line or "xapp-" in line]
