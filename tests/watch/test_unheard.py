"""Events that Slack never delivered, and cards that somebody deleted, over real HTTP against the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from consult_bot.case.model import MessageKind
from consult_bot.sandbox import happenings
from consult_bot.slack.client import slack_client
from consult_bot.watch.threads import Channel
from consult_bot.watch.unheard import READ_AT_ONCE, ROUND_SECONDS, Unheard
from storage.tables import inbound
from tests.builders import ANA, BEN
from tests.slack.conftest import CHANNEL, Room
from tests.slack.test_cards_gone import delete

ME = "<@U0CONSULT>"


class Watch:
    """The watch with a clock of its own."""

    def __init__(self, room: Room) -> None:
        settings = room.sandbox.settings()
        client = slack_client(settings["SLACK_BOT_TOKEN"], settings["SLACK_API_URL"], 10)
        world = room.world
        self.room = room
        self.seconds = 0.0
        self.unheard = Unheard(
            Channel(client, CHANNEL), world.store, world.desk, room.recognised.append, lambda: self.seconds
        )

    def look(self) -> None:
        """Let a whole round pass."""
        self.seconds += ROUND_SECONDS
        self.unheard.hear_what_was_missed()

    def calls(self, method: str) -> int:
        return self.room.opened().count(method)


@pytest.fixture
def watch(room: Room) -> Watch:
    return Watch(room)


@pytest.fixture
def number(room: Room) -> int:
    return room.world.submit().number


@pytest.fixture
def thread(room: Room, number: int) -> str:
    return thread_of(room, number)


def thread_of(room: Room, number: int) -> str:
    room.settle()
    with room.world.store.reading() as work:
        place = work.cards.place(number)
    assert place is not None
    return place.ts


def unheard(room: Room, person: str, thread: str, text: str, **more: Any) -> dict[str, Any]:
    """Somebody writes while nobody answers Slack: it is in the thread, and no event of it ever comes."""
    said = {"user": person, "text": text, "thread_ts": thread, "parent_user_id": "U0CONSULT", **more}
    return room.sandbox.slack.workspace.post(CHANNEL, said)


def edit_unheard(room: Room, ts: str, text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    workspace = room.sandbox.slack.workspace
    before = workspace.message(CHANNEL, ts)
    edited = {"user": before["user"], "ts": workspace.clock.stamp()}
    return before, workspace.update(CHANNEL, ts, {"text": text, "edited": edited})


def notes(room: Room, number: int) -> list[tuple[str, str]]:
    messages = room.world.case(number).messages
    return [(m.author, m.words.reveal()) for m in messages if m.kind is MessageKind.NOTE]


def answers(room: Room, thread: str) -> list[dict[str, Any]]:
    room.settle()
    return [reply for reply in room.replies(thread) if reply["text"].endswith(" · answer")]


def cards(room: Room, number: int) -> list[str]:
    room.settle()
    shown = room.look(f"messages/{CHANNEL}")
    return [m["ts"] for m in shown if m.get("subtype") != "tombstone" and f"C-{number} · " in m["text"]]


def test_it_keeps_a_note_whose_event_never_came_and_lets_the_late_event_change_nothing(
    room: Room, watch: Watch, number: int, thread: str
) -> None:
    watch.look()
    message = unheard(room, BEN.id, thread, "Looks like eczema")
    watch.look()
    assert notes(room, number) == [(BEN.id, "Looks like eczema")] and BEN.id in room.recognised
    before = room.world.case(number)
    assert room.happened(happenings.posted(message)[0]) == 200
    watch.look()
    assert room.world.case(number) == before


def test_it_changes_nothing_by_what_was_heard_in_time(
    room: Room, watch: Watch, number: int, thread: str
) -> None:
    room.write(BEN, thread, "Looks like eczema")
    room.write(ANA, thread, f"{ME} claim")
    room.write(BEN, thread, f"{ME} clam")
    told, before = answers(room, thread), room.world.case(number)
    watch.look()
    watch.look()
    assert room.world.case(number) == before and answers(room, thread) == told


def test_it_keeps_an_edit_whose_event_never_came(room: Room, watch: Watch, number: int, thread: str) -> None:
    ts = room.write(BEN, thread, "Eczma")
    watch.look()
    before, after = edit_unheard(room, ts, "Eczema")
    room.write(ANA, thread, "Thank you")
    watch.look()
    assert notes(room, number) == [(BEN.id, "Eczema"), (ANA.id, "Thank you")]
    kept = room.world.case(number)
    assert room.happened(happenings.changed(before, after, "9.9")) == 200
    assert room.world.case(number) == kept


def test_it_keeps_the_newest_words_of_what_was_written_and_edited_unheard(
    room: Room, watch: Watch, number: int, thread: str
) -> None:
    message = unheard(room, BEN.id, thread, "Eczma")
    before, after = edit_unheard(room, message["ts"], "Eczema")
    watch.look()
    assert room.happened(happenings.posted(before)[0]) == 200
    assert room.happened(happenings.changed(before, after, "9.9")) == 200
    assert notes(room, number) == [(BEN.id, "Eczema")]


def test_it_takes_back_a_note_whose_deletion_was_never_told(
    room: Room, watch: Watch, number: int, thread: str
) -> None:
    kept, gone = room.write(BEN, thread, "Eczema"), room.write(BEN, thread, "Wrong patient")
    watch.look()
    before = room.sandbox.slack.workspace.message(CHANNEL, gone)
    room.sandbox.slack.workspace.delete(CHANNEL, gone)
    watch.look()
    assert notes(room, number) == [(BEN.id, "Eczema")] and kept < gone
    after = room.world.case(number)
    assert room.happened(happenings.deleted(before, "9.9")) == 200
    assert room.world.case(number) == after


@pytest.mark.parametrize("said", ["claim", "note eczema", "ask does it itch?", "clam", "show"])
def test_it_answers_a_mention_once_that_slack_never_told_of(
    room: Room, watch: Watch, number: int, thread: str, said: str
) -> None:
    message = unheard(room, ANA.id, thread, f"{ME} {said}")
    watch.look()
    told, before = answers(room, thread), room.world.case(number)
    assert before.owner == (ANA.id if said == "claim" else None)
    assert len(told) == (0 if said in ("claim", "note eczema") else 1)
    for event in happenings.posted(message):
        assert room.happened(event) == 200
    watch.look()
    assert answers(room, thread) == told and room.world.case(number).messages == before.messages


def test_it_keeps_what_was_asked_a_day_ago_as_a_note_and_does_it_no_more(
    room: Room, watch: Watch, number: int, thread: str
) -> None:
    unheard(room, ANA.id, thread, f"{ME} claim")
    room.do("clock", advance_seconds=25 * 3600)
    watch.look()
    assert room.world.case(number).owner is None and answers(room, thread) == []
    assert notes(room, number) == [(ANA.id, "@consult claim")]


def test_it_does_nothing_again_whose_key_has_been_forgotten(
    room: Room, watch: Watch, number: int, thread: str
) -> None:
    room.write(ANA, thread, f"{ME} claim")
    watch.look()
    room.world.did("release", ANA, number)
    with room.world.store.writing() as work:
        work.connection.execute(inbound.delete())
    thread_of(room, number)
    watch.look()
    assert room.world.case(number).owner is None


def test_it_keeps_nothing_of_bots_and_strangers(room: Room, watch: Watch, number: int, thread: str) -> None:
    unheard(room, "U0NOOR", thread, "What is this?")
    unheard(room, BEN.id, thread, "By a workflow", bot_id="B0OTHER")
    unheard(room, "U0CONSULT", thread, "Ours")
    watch.look()
    assert notes(room, number) == []


def test_it_reads_no_thread_in_which_nothing_moved(
    room: Room, watch: Watch, number: int, thread: str
) -> None:
    watch.look()
    read = watch.calls("conversations.replies")
    assert read == 1
    watch.look()
    Watch(room).look()
    assert watch.calls("conversations.replies") == read, "nor in another process"
    asked = len(room.opened())
    watch.unheard.hear_what_was_missed()
    assert len(room.opened()) == asked, "nor anything before the next round"


def test_it_looks_at_a_few_threads_at_a_time_and_at_all_in_the_end(room: Room, watch: Watch) -> None:
    numbers = [room.world.submit().number for _ in range(READ_AT_ONCE + 3)]
    threads = [thread_of(room, number) for number in numbers]
    for ts in threads:
        unheard(room, BEN.id, ts, "Eczema")
    watch.look()
    heard = [number for number in numbers if notes(room, number)]
    assert len(heard) == READ_AT_ONCE == watch.calls("conversations.replies")
    room.do("clock", advance_seconds=15)
    watch.unheard.hear_what_was_missed()
    assert all(notes(room, number) for number in numbers)


def test_it_stops_for_as_long_as_slack_asks_and_goes_on_then(
    room: Room, watch: Watch, number: int, thread: str
) -> None:
    unheard(room, BEN.id, thread, "Eczema")
    room.do("fault", method="conversations.replies", retry_after_seconds=60, times=1)
    watch.look()
    asked = len(room.opened())
    watch.seconds += 59
    watch.unheard.hear_what_was_missed()
    assert len(room.opened()) == asked and notes(room, number) == []
    watch.seconds += 1
    watch.unheard.hear_what_was_missed()
    assert notes(room, number) == [(BEN.id, "Eczema")]


@pytest.mark.parametrize("method", ["auth.test", "conversations.history", "conversations.replies"])
@pytest.mark.parametrize("what", [{"status": 503}, {"error": "not_in_channel"}], ids=str)
def test_it_goes_on_at_the_next_housekeeping_when_slack_did_not_answer(
    room: Room, watch: Watch, number: int, thread: str, method: str, what: dict[str, Any]
) -> None:
    unheard(room, BEN.id, thread, "Eczema")
    room.do("fault", method=method, times=1, **what)
    watch.look()
    assert notes(room, number) == []
    watch.unheard.hear_what_was_missed()
    assert notes(room, number) == [(BEN.id, "Eczema")]


def test_it_reaches_open_cases_older_than_the_newest_pages(
    room: Room, watch: Watch, number: int, thread: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consult_bot.watch.threads.PAGE_MESSAGES", 1)
    monkeypatch.setattr("consult_bot.watch.threads.NEWEST_PAGES", 1)
    monkeypatch.setattr("consult_bot.watch.unheard.OLD_IN_A_ROUND", 1)
    second = room.world.submit().number
    other = thread_of(room, second)
    closed = room.world.submit().number
    closed_thread = thread_of(room, closed)
    room.world.did("claim", ANA, closed)
    room.world.did("close", ANA, closed, reason="duplicate")
    thread_of(room, room.world.submit().number)
    for ts in (thread, other, closed_thread):
        unheard(room, BEN.id, ts, "Eczema")
    watch.look()
    assert notes(room, number) and not notes(room, second)
    watch.look()
    assert notes(room, second)
    unheard(room, BEN.id, thread, "And dry")
    watch.look()
    watch.look()
    assert len(notes(room, number)) == 2, "from the first again"
    assert not notes(room, closed)


# Cards


@pytest.mark.parametrize("with_replies", [True, False])
def test_it_posts_a_card_again_whose_deletion_was_never_told(
    room: Room, watch: Watch, number: int, thread: str, with_replies: bool
) -> None:
    workspace = room.sandbox.slack.workspace
    if not with_replies:
        for reply in workspace.replies(CHANNEL, thread):
            workspace.delete(CHANNEL, reply["ts"])
    watch.look()
    workspace.delete(CHANNEL, thread)
    assert cards(room, number) == []
    watch.look()
    (again,) = cards(room, number)
    assert again != thread
    watch.look()
    assert cards(room, number) == [again], "and only once"
    room.write(BEN, again, "Eczema")
    assert notes(room, number) == [(BEN.id, "Eczema")]


def test_it_posts_no_card_again_of_a_closed_case(room: Room, watch: Watch, number: int, thread: str) -> None:
    room.world.did("claim", ANA, number)
    room.world.did("close", ANA, number, reason="duplicate")
    room.settle()
    delete(room, thread)
    watch.look()
    assert cards(room, number) == []


def test_it_takes_no_note_back_that_stands_in_the_earlier_thread(
    room: Room, watch: Watch, number: int, thread: str
) -> None:
    room.write(BEN, thread, "Before")
    delete(room, thread)
    (again,) = cards(room, number)
    behind = room.write(BEN, thread, "Behind")
    room.write(BEN, again, "After")
    watch.look()
    assert [words for _, words in notes(room, number)] == ["Before", "Behind", "After"]
    delete(room, behind, BEN)
    assert [words for _, words in notes(room, number)] == ["Before", "After"]


def test_it_takes_no_note_back_because_old_messages_were_removed_with_the_card(
    room: Room, watch: Watch, number: int, thread: str
) -> None:
    ts = room.write(BEN, thread, "Eczema")
    workspace = room.sandbox.slack.workspace
    workspace.delete(CHANNEL, ts)
    workspace.delete(CHANNEL, thread)
    watch.look()
    assert notes(room, number) == [(BEN.id, "Eczema")]
    assert len(cards(room, number)) == 1
