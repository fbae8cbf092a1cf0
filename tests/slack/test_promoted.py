"""Message shortcuts and long words: a thread message becomes a form, a preview, and what the patient reads, whole."""

from __future__ import annotations

import pytest

from consult_bot.case.model import MessageKind
from consult_bot.case.visibility import patient_view
from tests.builders import ANA, BEN, LENA
from tests.slack.cases import check_view, read
from tests.slack.conftest import CHANNEL, Room

WHOLE = "".join(f"[{place:04}] does it itch? " for place in range(1904)) + "the end."


@pytest.fixture
def held(room: Room) -> int:
    """A case that Ana holds."""
    number = room.world.submit().number
    room.world.did("claim", ANA, number)
    return number


@pytest.fixture
def thread(room: Room, held: int) -> str:
    return room.post(room.world.case(held))


def given(view: dict) -> dict:
    """What the app gave of a view; the rest is Slack's."""
    return {name: view[name] for name in GIVEN if view.get(name) is not None}


GIVEN = ("type", "title", "close", "submit", "callback_id", "private_metadata", "blocks")


def shortcut(room: Room, at: str, verb: str = "ask", channel: str = CHANNEL, by: str = ANA.id) -> dict:
    view = room.do("shortcut", user=by, callback_id=f"verb:{verb}", channel=channel, messageTs=at)["view"]
    check_view(given(view))
    return view


def typed(view: dict, name: str) -> str | None:
    (block,) = [b for b in view["blocks"] if b["type"] == "input" and b["element"]["action_id"] == name]
    return view["state"]["values"][block["block_id"]][name]["value"]


def seen_by_patient(room: Room, number: int) -> list[str]:
    room.world.advance(seconds=31)
    view = patient_view(room.world.case(number), room.world.desk.facts_now().now, {})
    return [entry.words.reveal() for entry in view.entries]


def test_it_opens_the_form_with_the_words_as_they_were_read(room: Room, held: int, thread: str) -> None:
    said = room.write(BEN, thread, "Fever &lt; 2 days? See <https://example.org/a|this page>")
    words = "Fever < 2 days? See this page (https://example.org/a)"
    assert typed(shortcut(room, said), "question") == words
    assert typed(shortcut(room, said, "advise"), "guidance") == words
    assert room.world.case(held).last_of(MessageKind.QUESTION) is None


def test_it_adds_the_words_to_a_draft_and_the_same_words_only_once(
    room: Room, held: int, thread: str
) -> None:
    room.say(ANA, f"ask C-{held} Any fever?")
    said = room.write(BEN, thread, "Does it itch?")
    for _ in range(2):
        assert typed(shortcut(room, said), "question") == "Any fever?\n\nDoes it itch?"


def test_it_prefills_nothing_of_what_the_app_or_a_bot_said(room: Room, held: int, thread: str) -> None:
    room.settle()
    replies = room.replies(thread)
    assert replies
    for at in (thread, *(reply["ts"] for reply in replies)):
        assert typed(shortcut(room, at), "question") is None
    bot = {"bot_id": "B0OTHER", "user": "U0BEN", "text": "I am a robot", "thread_ts": thread}
    said = room.sandbox.slack.workspace.post(CHANNEL, bot)["ts"]
    assert typed(shortcut(room, said), "question") is None
    grave = {
        "subtype": "tombstone",
        "user": "USLACKBOT",
        "text": "This message was deleted.",
        "thread_ts": thread,
    }
    said = room.sandbox.slack.workspace.post(CHANNEL, grave)["ts"]
    assert typed(shortcut(room, said), "question") is None
    assert room.world.case(held).drafts == ()


def test_it_refuses_messages_of_no_case_kindly(room: Room, held: int, thread: str) -> None:
    stray = room.do("message", channel=CHANNEL, user=BEN.id, text="Lunch?")["ts"]
    other = room.do("message", channel="C0GENERAL", user=BEN.id, text="Lunch?")["ts"]
    for channel, at in ((CHANNEL, stray), ("C0GENERAL", other)):
        view = shortcut(room, at, channel=channel)
        assert "does not belong to a case" in read(view["blocks"]) and view["submit"] is None


def test_it_refuses_whoever_may_not_do_it_and_keeps_no_draft(room: Room, held: int, thread: str) -> None:
    said = room.write(BEN, thread, "Does it itch?")
    view = shortcut(room, said, by=BEN.id)
    assert "Only <@U0ANA>, who holds" in read(view["blocks"])
    assert room.world.case(held).drafts == ()


def test_it_sends_a_message_of_40_000_characters_whole(room: Room, held: int, thread: str) -> None:
    assert len(WHOLE) > 39_900
    said = room.write(BEN, thread, WHOLE)
    form = shortcut(room, said)
    assert "They are kept and sent whole." in read(form["blocks"])
    assert read(form["blocks"]).count("does it itch?") >= 1800 and typed(form, "question") is None
    draft = room.world.case(held).draft("ask", ANA.id)
    assert draft and dict(draft.fields)["question"].reveal() == WHOLE
    preview = room.send(ANA)["view"]
    check_view(given(preview))
    assert preview["submit"]["text"] == "Send" and "the end." in read(preview["blocks"])
    assert "Sending at" in read(room.send(ANA)["view"]["blocks"])
    assert seen_by_patient(room, held) == [WHOLE]
    room.settle()
    posted = "".join(read(r["blocks"]) for r in room.replies(thread) if "question sent" in r["text"])
    assert all(posted.count(f"[{place:04}]") == 1 for place in range(1800))


def test_it_asks_for_the_rest_of_the_form_and_keeps_the_long_words(
    room: Room, held: int, thread: str
) -> None:
    said = room.write(BEN, thread, WHOLE)
    shortcut(room, said, "advise")
    told = room.send(ANA, disposition="visit_by", safety_net="If a fever comes, call us.")
    assert told["errors"] == {"visit_by": "Please fill this in."}
    preview = room.send(ANA, disposition="home")["view"]
    assert preview["submit"]["text"] == "Send"
    room.send(ANA)
    assert seen_by_patient(room, held) == [WHOLE]


def test_it_lets_other_words_take_the_place_of_long_ones(room: Room, held: int, thread: str) -> None:
    shortcut(room, room.write(BEN, thread, WHOLE))
    preview = room.send(ANA, question="Does it itch?")["view"]
    assert preview["submit"]["text"] == "Send" and typed(preview, "question") == "Does it itch?"
    assert "[0000]" not in read(preview["blocks"])
    room.send(ANA)
    assert seen_by_patient(room, held) == ["Does it itch?"]


def test_it_previews_long_words_again_where_they_changed_meanwhile(
    room: Room, held: int, thread: str
) -> None:
    shortcut(room, room.write(BEN, thread, WHOLE))
    room.send(ANA)
    more = room.write(BEN, thread, "And a fever?")
    with room.world.store.reading() as work:
        before = work.cases.get(held)
    shown = room.look(f"view/{ANA.id}")
    payload = room.last_sent("view_submission")
    shortcut(room, more)
    assert room.world.case(held).drafts != before.drafts
    sent = room.sandbox.slack.callbacks.interaction({**payload, "view": shown})
    assert sent.body["response_action"] == "update" and sent.body["view"]["submit"]["text"] == "Send"
    assert "And a fever?" in read(sent.body["view"]["blocks"])
    assert room.world.case(held).last_of(MessageKind.QUESTION) is None


def test_it_returns_long_words_whole_by_undo_and_where_the_patient_wrote(
    room: Room, held: int, thread: str
) -> None:
    shortcut(room, room.write(BEN, thread, WHOLE))
    room.send(ANA)
    sent = room.send(ANA)["view"]
    back = room.do("interact", user=ANA.id, view_id=sent["id"], action="verb:undo")["view"]
    assert read(back["blocks"]).count("does it itch?") >= 1800 and "Taken back" in read(back["blocks"])
    room.send(ANA)
    room.world.reply(held, "There is a fever since noon.")
    stopped = room.send(ANA)["view"]
    assert "nothing was sent" in read(stopped["blocks"]) and "since noon" in read(stopped["blocks"])
    assert read(stopped["blocks"]).count("does it itch?") >= 1800
    room.send(ANA)
    room.send(ANA)
    assert seen_by_patient(room, held)[-1] == WHOLE


def test_it_hands_long_words_over_with_the_case(room: Room, held: int, thread: str) -> None:
    shortcut(room, room.write(BEN, thread, WHOLE))
    room.world.did("reassign", LENA, held, to=BEN.id)
    form = room.say(BEN, f"ask C-{held}")["view"]
    assert "a draft by <@U0ANA>" in read(form["blocks"]) and "the end." in read(form["blocks"])
    room.send(BEN)
    room.send(BEN)
    assert seen_by_patient(room, held) == [WHOLE]
    assert [m.author for m in room.world.case(held).messages if not m.is_note] == [BEN.id]


def test_it_keeps_joined_drafts_whole_that_no_input_holds(room: Room, held: int) -> None:
    long = ["first " + "a" * 2_980, "second " + "b" * 2_980]
    for words in long:
        room.world.did("ask", ANA, held, question=words)
    room.world.reply(held, "Wait, there is more.")
    form = room.say(ANA, f"ask C-{held}")["view"]
    told = read(form["blocks"])
    assert told.count("a") > 2_980 and told.count("b") > 2_980 and "not kept" not in told
    room.send(ANA)
    room.send(ANA)
    last = seen_by_patient(room, held)[-1]
    assert sorted(last.split("\n\n")) == sorted(long)


def test_it_counts_what_slack_counts(room: Room, held: int, thread: str) -> None:
    words = "\N{BABY}" * 1501
    form = shortcut(room, room.write(BEN, thread, words))
    assert typed(form, "question") is None and "\N{BABY}" in read(form["blocks"])
    room.send(ANA)
    room.send(ANA)
    assert seen_by_patient(room, held) == [words]


def test_it_keeps_a_slash_commands_long_words_whole(room: Room, held: int) -> None:
    form = room.say(ANA, f"advise C-{held} {WHOLE}")["view"]
    assert "the end." in read(form["blocks"])
    room.send(ANA, disposition="home", safety_net="Call us.")
    room.send(ANA)
    assert seen_by_patient(room, held) == [WHOLE]
