"""Notes typed in threads: kept as they are written, changed and deleted, over real HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from consult_bot.case.events import Happened
from consult_bot.case.model import MessageKind
from consult_bot.sandbox import happenings
from storage.cards import Place
from storage.tables import cards
from tests.builders import ANA, BEN
from tests.slack.conftest import CHANNEL, Room

LONG = "word " * 7_999 + "ends."


@pytest.fixture
def number(room: Room) -> int:
    return room.world.submit().number


@pytest.fixture
def thread(room: Room, number: int) -> str:
    return room.post(room.world.case(number))


def notes(room: Room, number: int) -> list[str]:
    return [m.words.reveal() for m in room.world.case(number).messages if m.kind is MessageKind.NOTE]


def edited(thread: str, before: str, after: str, at: str = "8.8", **message: Any) -> dict[str, Any]:
    """Slack's event of an edit of the message 5.5; `at` is when."""
    about = {"type": "message", "user": BEN.id, "ts": "5.5", "thread_ts": thread}
    return {
        "type": "message",
        "subtype": "message_changed",
        "channel": CHANNEL,
        "ts": at,
        "hidden": True,
        "message": {**about, "text": after, "edited": {"user": BEN.id, "ts": at}, **message},
        "previous_message": {**about, "text": before},
    }


def written(thread: str, text: str) -> dict[str, Any]:
    return {
        "type": "message",
        "channel": CHANNEL,
        "user": BEN.id,
        "text": text,
        "ts": "5.5",
        "thread_ts": thread,
    }


def deleted(thread: str, text: str, **before: Any) -> dict[str, Any]:
    return {
        "type": "message",
        "subtype": "message_deleted",
        "channel": CHANNEL,
        "ts": "9.9",
        "deleted_ts": "5.5",
        "previous_message": {**written(thread, text), **before},
    }


def test_it_follows_an_edit_once_however_many_events_tell_of_it(room: Room, number: int, thread: str) -> None:
    room.happened(written(thread, "Eczma"))
    for _ in range(2):
        assert room.happened(edited(thread, "Eczma", "Eczema &amp; dry")) == 200
    assert notes(room, number) == ["Eczema & dry"]
    with room.world.store.reading() as work:
        told = [work.cases.event(number, place).event.name for place in (2, 3)]
    assert told == [Happened.NOTED, Happened.NOTE_CHANGED]
    version = room.world.case(number).version
    room.happened(written(thread, "Eczma"))
    assert notes(room, number) == ["Eczema & dry"] and room.world.case(number).version == version


def test_it_follows_a_deletion_once(room: Room, number: int, thread: str) -> None:
    room.happened(written(thread, "Wrong patient"))
    for _ in range(2):
        assert room.happened(deleted(thread, "Wrong patient")) == 200
    assert notes(room, number) == []
    assert room.happened(written(thread, "Wrong patient")) == 200
    assert notes(room, number) == []


def test_it_follows_what_the_sandbox_really_sends(room: Room, number: int, thread: str) -> None:
    workspace = room.sandbox.slack.workspace
    ts = room.write(BEN, thread, "Eczma")
    before = workspace.message(CHANNEL, ts)
    after = workspace.update(CHANNEL, ts, {"text": "Eczema", "edited": {"user": BEN.id, "ts": "9.9"}})
    room.happened(happenings.changed(before, after, "9.9"))
    assert notes(room, number) == ["Eczema"]
    workspace.delete(CHANNEL, ts)
    room.happened(happenings.deleted(after, "9.95"))
    assert notes(room, number) == []


@pytest.mark.parametrize(
    "change",
    [
        {"edited": None},
        {"text": "Eczma", "attachments": [{"title": "A link's preview"}]},
        {"bot_id": "B0OTHER"},
        {"user": "U0CONSULT"},
        {"user": None},
        {"subtype": "channel_join"},
        {"thread_ts": None},
        {"thread_ts": "1.000001"},
        {"text": " "},
    ],
    ids=str,
)
def test_it_changes_nothing_by_what_nobody_edited(
    room: Room, number: int, thread: str, change: dict[str, Any]
) -> None:
    room.happened(written(thread, "Eczma"))
    before = room.world.case(number)
    assert room.happened(edited(thread, "Eczma", "Eczema", **change)) == 200
    assert room.world.case(number) == before


def test_it_keeps_an_edit_whose_note_never_came(room: Room, number: int, thread: str) -> None:
    assert room.happened(edited(thread, "Eczma", "Eczema")) == 200
    assert notes(room, number) == ["Eczema"]
    assert room.happened(written(thread, "Eczma")) == 200, "the message comes at last"
    assert notes(room, number) == ["Eczema"]


def test_it_keeps_nothing_that_was_deleted_before_it_came(room: Room, number: int, thread: str) -> None:
    assert room.happened(deleted(thread, "Wrong patient")) == 200
    assert room.happened(written(thread, "Wrong patient")) == 200
    assert notes(room, number) == []


def test_it_lets_no_late_edit_bring_a_deleted_note_back(room: Room, number: int, thread: str) -> None:
    room.happened(written(thread, "Wrong patient"))
    room.happened(deleted(thread, "Wrong patients"))
    assert room.happened(edited(thread, "Wrong patient", "Wrong patients")) == 200
    assert notes(room, number) == []


def test_it_keeps_the_newest_of_two_edits_that_come_in_the_wrong_order(
    room: Room, number: int, thread: str
) -> None:
    room.happened(written(thread, "a"))
    assert room.happened(edited(thread, "b", "c", at="8.9")) == 200
    assert room.happened(edited(thread, "a", "b", at="8.8")) == 200
    assert notes(room, number) == ["c"]


def test_it_is_told_again_of_a_reply_to_a_card_that_is_not_known_yet(room: Room, number: int) -> None:
    ts = room.post(room.world.case(number))
    with room.world.store.writing() as work:
        work.connection.execute(cards.delete())
    said = {**written(ts, "Eczema"), "parent_user_id": "U0CONSULT"}
    assert room.happened(said) == 500, "not acknowledged, Slack sends it again"
    with room.world.store.writing() as work:
        work.cards.put(number, Place(CHANNEL, ts))
    assert room.happened(said) == 200
    assert notes(room, number) == ["Eczema"]


def test_it_takes_a_tombstone_for_a_deletion(room: Room, number: int, thread: str) -> None:
    room.happened(written(thread, "Eczema"))
    grave = {"subtype": "tombstone", "user": "USLACKBOT", "text": "This message was deleted.", "edited": None}
    assert room.happened(edited(thread, "Eczema", "", **grave)) == 200
    assert notes(room, number) == []


def test_it_lets_the_case_be_when_its_card_is_deleted(room: Room, number: int, thread: str) -> None:
    room.happened(written(thread, "Eczema"))
    before = room.world.case(number)
    card = room.sandbox.slack.workspace.message(CHANNEL, thread)
    grave = {
        "type": "message",
        "subtype": "tombstone",
        "user": "USLACKBOT",
        "ts": thread,
        "thread_ts": thread,
    }
    assert room.happened(happenings.changed(card, grave, "9.9")) == 200
    assert room.happened(happenings.deleted(card, "9.9")) == 200
    assert room.happened({**deleted(thread, ""), "deleted_ts": None}) == 200
    assert room.happened({**deleted(thread, ""), "previous_message": None}) == 200
    assert room.world.case(number) == before


def test_it_keeps_a_message_of_any_length_whole(room: Room, number: int, thread: str) -> None:
    assert len(LONG) == 40_000
    room.write(BEN, thread, LONG)
    assert notes(room, number) == [LONG]


def test_it_notes_that_files_came_with_the_words(room: Room, number: int, thread: str) -> None:
    event = {**written(thread, "The swab"), "subtype": "file_share", "files": [{"id": "F1"}]}
    assert room.happened(event) == 200
    assert notes(room, number) == ["The swab\n[1 file]"]


@pytest.mark.parametrize("subtype", ["thread_broadcast", "me_message"])
def test_it_keeps_what_is_said_to_the_channel_as_well(
    room: Room, number: int, thread: str, subtype: str
) -> None:
    assert room.happened({**written(thread, "Any dermatologist here?"), "subtype": subtype}) == 200
    assert notes(room, number) == ["Any dermatologist here?"]


def test_it_keeps_and_says_nothing_where_a_stranger_writes(room: Room, number: int, thread: str) -> None:
    before = room.world.case(number)
    room.do("message", channel=CHANNEL, user="U0NOOR", text="What is this?", thread_ts=thread)
    stranger = {"user": "U0NOOR"}
    assert room.happened(edited(thread, "What is this?", "What is that?", **stranger)) == 200
    assert room.world.case(number) == before
    room.settle()
    assert [r for r in room.replies(thread) if "U0NOOR" in str(r["blocks"])] == []


def test_it_edits_and_deletes_notes_of_a_case_that_was_closed(room: Room, number: int, thread: str) -> None:
    room.happened(written(thread, "Eczma"))
    room.world.did("claim", ANA, number)
    room.world.did("close", ANA, number, reason="duplicate")
    room.happened(edited(thread, "Eczma", "Eczema"))
    assert notes(room, number) == ["Eczema"]
    room.happened(deleted(thread, "Eczema"))
    assert notes(room, number) == []
