"""A card that somebody deletes: posted again at once, and its earlier thread still belongs to the case."""

from __future__ import annotations

import threading

import pytest

from consult_bot.case.model import MessageKind
from consult_bot.roster.people import Person
from consult_bot.sandbox import happenings
from consult_bot.slack.earlier import earlier_conversation
from storage.cards import Place
from tests.builders import ANA, BEN, LENA
from tests.slack.cases import read
from tests.slack.conftest import CHANNEL, Room


@pytest.fixture
def number(room: Room) -> int:
    return room.world.submit().number


@pytest.fixture
def thread(room: Room, number: int) -> str:
    return place_of(room, number)


def place_of(room: Room, number: int) -> str:
    room.settle()
    with room.world.store.reading() as work:
        place = work.cards.place(number)
    assert place is not None
    return place.ts


def delete(room: Room, ts: str, by: Person = LENA) -> None:
    """Delete a message; the app has heard of it when this returns."""
    room.do("delete", user=by.id, channel=CHANNEL, messageTs=ts)
    room.do("open-home", user=by.id)  # events keep their order


def shown(room: Room, number: int) -> list[str]:
    """The cards of a case that stand in the channel."""
    room.settle()
    messages = room.look(f"messages/{CHANNEL}")
    return [m["ts"] for m in messages if m.get("subtype") != "tombstone" and f"C-{number} · " in m["text"]]


def test_it_posts_a_card_again_at_once(room: Room, number: int, thread: str) -> None:
    before = room.world.case(number)
    delete(room, thread)
    (again,) = shown(room, number)
    assert again != thread and room.world.case(number) == before
    grave = room.sandbox.slack.workspace.message(CHANNEL, thread)
    for told in (
        happenings.changed({**grave, "subtype": None}, grave, "9.9"),
        happenings.deleted(grave, "9.9"),
    ):
        assert room.happened(told) == 200
    assert shown(room, number) == [again], "once, however often it is told"


def test_it_posts_a_card_without_replies_again(room: Room, number: int) -> None:
    ts = room.post(room.world.case(number))
    delete(room, ts)
    assert ts not in shown(room, number)


def test_it_lets_a_message_be_that_is_no_card(room: Room, number: int, thread: str) -> None:
    (reply, *_) = room.replies(thread)
    delete(room, reply["ts"])
    assert shown(room, number) == [thread]


def test_it_posts_no_card_of_a_closed_case_until_it_opens_again(room: Room, number: int, thread: str) -> None:
    room.world.did("claim", ANA, number)
    room.world.did("close", ANA, number, reason="duplicate")
    room.settle()
    delete(room, thread)
    assert shown(room, number) == []
    room.world.did("reopen", LENA, number)
    assert len(shown(room, number)) == 1


def test_it_keeps_notes_from_the_earlier_thread_of_every_earlier_card(
    room: Room, number: int, thread: str
) -> None:
    delete(room, thread)
    (second,) = shown(room, number)
    room.write(BEN, second, "one")
    delete(room, second)
    (third,) = shown(room, number)
    for ts, words in ((thread, "two"), (second, "three"), (third, "four")):
        room.write(BEN, ts, words)
    notes = [m.words.reveal() for m in room.world.case(number).messages if m.kind is MessageKind.NOTE]
    assert notes == ["one", "two", "three", "four"]
    delete(room, thread)
    assert shown(room, number) == [third], "the earlier card is gone already"


def test_it_finds_the_earlier_thread_and_says_where_it_is(room: Room, number: int, thread: str) -> None:
    newest = room.write(BEN, thread, "Eczema")
    delete(room, thread)
    link = room.sender.thread_link(CHANNEL, thread)
    assert link and f"/p{newest.replace('.', '')}?thread_ts={thread}&cid={CHANNEL}" in link
    post = earlier_conversation(room.world.case(number), link)
    assert (
        f"<{link}|Earlier conversation>" in read(list(post.blocks))
        and post.text == f"C-{number} · posted again"
    )
    assert "rash" not in str(post) and not post.broadcast


@pytest.mark.parametrize("link", [None, "https://x.example/a|b> <!channel>", "javascript:alert(1)", ""])
def test_it_links_nothing_where_there_is_nothing_to_link(room: Room, number: int, link: str | None) -> None:
    told = read(list(earlier_conversation(room.world.case(number), link).blocks))
    assert "posted again" in told and "<" not in told


def test_it_finds_nothing_of_a_thread_that_is_gone(room: Room, number: int) -> None:
    ts = room.post(room.world.case(number))
    assert room.sender.thread_link(CHANNEL, ts) is None, "nobody replied"
    delete(room, ts)
    assert room.sender.thread_link(CHANNEL, ts) is None
    assert room.sender.thread_link(CHANNEL, "1.000001") is None


def test_it_tells_two_deletions_at_the_same_moment_as_one(room: Room, number: int, thread: str) -> None:
    room.sandbox.slack.workspace.delete(CHANNEL, thread)
    told = [threading.Thread(target=room.world.desk.card_is_gone, args=(CHANNEL, thread)) for _ in range(4)]
    for each in told:
        each.start()
    for each in told:
        each.join()
    assert len(shown(room, number)) == 1


def test_it_remembers_where_a_card_was_and_what_was_read_there(room: Room, number: int, thread: str) -> None:
    store = room.world.store
    with store.writing() as work:
        read_to = work.cards.thread(number)
        assert read_to is not None
        work.cards.note_read(read_to, "7.000001")
        work.cards.put(number, Place(CHANNEL, thread))
        assert work.cards.thread(number).latest_reply == "7.000001", "the same place is the same card"
        work.cards.put(number, Place(CHANNEL, "8.000001"))
        work.cards.put(number, Place(CHANNEL, "8.000001"))
        work.cards.note_read(read_to, "9.000001")
        assert work.cards.thread(number).latest_reply is None, "of the earlier thread"
        assert work.cards.case_at(CHANNEL, thread) == work.cards.case_at(CHANNEL, "8.000001") == number
        assert work.cards.case_at("C0GENERAL", thread) is None
        work.cards.put(number, Place(CHANNEL, thread))
        work.cards.put(number, Place(CHANNEL, "8.000001"))


# The link to the earlier thread


def test_it_says_in_the_new_thread_where_the_earlier_one_is(room: Room, number: int, thread: str) -> None:
    room.write(BEN, thread, "Eczema")
    delete(room, thread)
    (again,) = shown(room, number)
    (told,) = room.replies(again)
    assert told["text"] == f"C-{number} · posted again" and f"thread_ts={thread}" in str(told["blocks"])


@pytest.mark.parametrize("methods", [("chat.postMessage", "chat.getPermalink"), ("chat.getPermalink",)])
def test_it_says_so_once_when_answers_of_slack_are_lost(
    room: Room, number: int, thread: str, methods: tuple[str, ...]
) -> None:
    for method in methods:
        room.do("fault", method=method, lose_reply=True, times=1)
    delete(room, thread)
    room.settle()
    (again,) = shown(room, number)
    assert len(room.replies(again)) == 1
