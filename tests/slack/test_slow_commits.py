"""Slack's patience on a slow disk: each commit takes half a second, and every ack must come within one."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import Connection, event

from consult_bot.case.model import MessageKind, State
from consult_bot.slack.client import slack_client
from consult_bot.watch.members import ChannelMembers
from tests.builders import ANA, BEN, LENA
from tests.slack.conftest import CHANNEL, Room

COMMIT_SECONDS = 0.5
ACK_SECONDS = 1.0


@dataclass
class SlowDisk:
    """Counts the commits; each holds its transaction, and SQLite's one writer with it, as a slow fsync does.

    `overrun_seconds`: by how much a commit took longer than it should, on a machine that was busy with something else.
    """

    commits: int = 0
    overrun_seconds: float = 0.0

    def commit(self, connection: Connection) -> None:
        self.commits += 1
        began = time.monotonic()
        threading.Event().wait(COMMIT_SECONDS)
        self.overrun_seconds = max(self.overrun_seconds, time.monotonic() - began - COMMIT_SECONDS)


@pytest.fixture
def held(room: Room) -> int:
    """A case that Ana holds, its card posted while the disk is still quick."""
    number = room.world.submit().number
    room.world.did("claim", ANA, number)
    return number


@pytest.fixture
def ts(room: Room, held: int) -> str:
    return room.post(room.world.case(held))


@pytest.fixture
def disk(room: Room, ts: str) -> Iterator[SlowDisk]:
    slow = SlowDisk()
    with room.world.store.writing() as work:
        engine = work.connection.engine
    event.listen(engine, "commit", slow.commit)
    yield slow
    event.remove(engine, "commit", slow.commit)


def acks(room: Room) -> list[tuple[str, float]]:
    """What people did in Slack, and how many seconds the app's answer took, oldest first; answered 200 each."""
    callbacks = room.look("log")["callbacks"]
    sent = [each for each in callbacks if "bot_id" not in each["payload"].get("event", {})]
    assert {callback["status"] for callback in sent} == {200}
    return [(callback["kind"], callback["elapsed_seconds"]) for callback in sent]


def check(room: Room, disk: SlowDisk, *kinds: str) -> None:
    """Every surface was asked, committed at most once, and was answered in time."""
    answered = acks(room)
    assert [kind for kind, _ in answered] == list(kinds)
    slowest = max(seconds for _, seconds in answered)
    assert slowest - disk.overrun_seconds < ACK_SECONDS, (answered, disk)
    assert 0 < disk.commits <= len(kinds)
    assert max(seconds for _, seconds in answered) >= COMMIT_SECONDS, "the disk was not slow at all"


def test_it_acks_slash_commands_in_time(room: Room, held: int, disk: SlowDisk) -> None:
    room.say(BEN, f"note C-{held} Looks like eczema")
    assert room.say(ANA, f"close C-{held}")["view"]["callback_id"] == "verb:close"
    room.say(BEN, f"claim C-{held}")
    room.say(ANA, "queue")
    check(room, disk, *["command /consult"] * 4)
    assert room.world.case(held).last_of(MessageKind.NOTE)


def test_it_acks_typed_words_in_time_and_keeps_them(room: Room, held: int, disk: SlowDisk) -> None:
    assert room.say(ANA, f"ask C-{held} Does it itch?")["view"]["submit"]["text"] == "Preview"
    check(room, disk, "command /consult")
    assert room.world.case(held).draft("ask", ANA.id)


def test_it_acks_buttons_and_menus_in_time(room: Room, held: int, ts: str, disk: SlowDisk) -> None:
    assert room.press(ANA, ts, "verb:advise")["view"]["callback_id"] == "verb:advise"
    assert room.press(LENA, ts, "verb:more", f"reassign C-{held}")["view"]["callback_id"] == "verb:reassign"
    offered = room.do("options", user=LENA.id, action_id="to", value="")["ack"]["options"]
    assert offered[0]["value"] == BEN.id
    assert room.send(LENA, to=BEN.id)["view"] is None
    check(room, disk, "block_actions", "block_actions", "block_suggestion", "view_submission")
    assert room.world.case(held).owner == BEN.id


def test_it_acks_every_step_of_a_modal_in_time(room: Room, held: int, ts: str, disk: SlowDisk) -> None:
    room.press(ANA, ts, "verb:ask")
    assert room.send(ANA, question="Does it itch?")["view"]["submit"]["text"] == "Send"
    sent = room.send(ANA)["view"]
    assert room.world.case(held).state is State.AWAITING_PATIENT
    room.do("interact", user=ANA.id, view_id=sent["id"], action="verb:undo")
    check(room, disk, "block_actions", "view_submission", "view_submission", "block_actions")
    assert room.world.case(held).state is State.CLAIMED


def test_it_acks_shortcuts_and_events_in_time(room: Room, held: int, ts: str, disk: SlowDisk) -> None:
    opened = room.do("shortcut", user=ANA.id, callback_id="verb:ask", channel=CHANNEL, messageTs=ts)
    assert opened["view"]["callback_id"] == "verb:ask"
    room.do("message", channel=CHANNEL, user=BEN.id, text="Eczema?", thread_ts=ts)
    room.do("message", channel=CHANNEL, user=BEN.id, text="Lunch?")
    check(room, disk, "message_action", "event message", "event message")
    assert room.world.case(held).last_of(MessageKind.NOTE)


def test_it_knows_the_people_of_the_roster_without_a_commit(room: Room, disk: SlowDisk) -> None:
    settings = room.sandbox.settings()
    client = slack_client(settings["SLACK_BOT_TOKEN"], settings["SLACK_API_URL"], 5)
    ChannelMembers(client, room.world.store, CHANNEL, frozenset()).recognise(ANA.id)
    assert disk.commits == 0
