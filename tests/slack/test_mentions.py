"""`@consult …` in threads, over real HTTP: a command about the thread's case, answered through the outbox."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from consult_bot.case.errors import Busy
from consult_bot.case.model import MessageKind, State
from consult_bot.sandbox import happenings
from storage.tables import deliveries
from tests.builders import ANA, BEN, LENA
from tests.slack.cases import read, words_that_work
from tests.slack.conftest import CHANNEL, Room

ME = "<@U0CONSULT>"
STRANGER = "U0NOOR"


@pytest.fixture
def number(room: Room) -> int:
    return room.world.submit().number


@pytest.fixture
def thread(room: Room, number: int) -> str:
    """The thread of a case whose card the worker has posted."""
    room.settle()
    with room.world.store.reading() as work:
        place = work.cards.place(number)
    assert place is not None
    return place.ts


def answers(room: Room, thread: str, channel: str = CHANNEL) -> list[dict]:
    """What the app has answered there, once everything due has been sent."""
    room.settle()
    return [r for r in room.replies(thread, channel) if r["text"].endswith((" · answer", "this app"))]


def notes(room: Room, number: int) -> list[tuple[str, str]]:
    messages = room.world.case(number).messages
    return [(m.author, m.words.reveal()) for m in messages if m.kind is MessageKind.NOTE]


def test_it_claims_and_says_so_by_the_threads_ordinary_post_alone(
    room: Room, number: int, thread: str
) -> None:
    room.write(ANA, thread, f"{ME} claim")
    assert room.world.case(number).owner == ANA.id and notes(room, number) == []
    assert answers(room, thread) == []
    claimed = [r for r in room.replies(thread) if r["text"] == f"C-{number} · claimed"]
    assert len(claimed) == 1


def test_it_says_to_the_person_why_not_and_what_to_do(room: Room, number: int, thread: str) -> None:
    room.world.did("claim", ANA, number)
    room.write(BEN, thread, f"{ME} claim")
    (answer,) = answers(room, thread)
    assert read(answer["blocks"]).startswith(f"<@U0BEN> C-{number} is already claimed by <@U0ANA>.")
    assert answer["text"] == f"C-{number} · answer"
    assert room.world.case(number).owner == ANA.id


def test_it_says_that_it_was_done_before(room: Room, number: int, thread: str) -> None:
    room.world.did("claim", ANA, number)
    room.write(ANA, thread, f"{ME} claim")
    (answer,) = answers(room, thread)
    assert "<@U0ANA> That was done already." in read(answer["blocks"])


def test_it_answers_with_a_button_and_the_words_wait_in_the_form(
    room: Room, number: int, thread: str
) -> None:
    room.world.did("claim", ANA, number)
    room.write(ANA, thread, f"{ME} ask does it itch &amp; spread?")
    (answer,) = answers(room, thread)
    assert "Nothing has been sent." in read(answer["blocks"]) and "itch" not in str(answer)
    (button,) = answer["blocks"][-1]["elements"]
    assert (button["action_id"], button["value"]) == ("verb:ask", f"C-{number}")
    assert room.world.case(number).state is State.CLAIMED
    view = room.press(ANA, answer["ts"], "verb:ask", f"C-{number}")["view"]
    assert view["state"]["values"]["question"]["question"]["value"] == "does it itch & spread?"
    room.send(ANA)
    assert "Sending at" in read(room.send(ANA)["view"]["blocks"])
    assert notes(room, number) == []


@pytest.mark.parametrize(
    ("said", "verb", "field", "words"),
    [
        ("advise keep it dry", "advise", "guidance", "keep it dry"),
        ("task when the swab is back", "task", "words", "when the swab is back"),
        ("emergency she cannot wait", "emergency", "words", "she cannot wait"),
        ("reassign on leave", "reassign", "reason", "on leave"),
        ("update derm answers Tuesday", "update", "update", "derm answers Tuesday"),
    ],
)
def test_it_keeps_the_words_of_every_verb_that_needs_a_form(
    room: Room, number: int, thread: str, said: str, verb: str, field: str, words: str
) -> None:
    by = LENA if verb == "reassign" else ANA
    room.world.did("claim", ANA, number)
    room.write(by, thread, f"{ME} {said}")
    room.write(by, thread, f"{ME} {said}")
    drafts = [(d.verb, d.author, dict(d.fields)[field].reveal()) for d in room.world.case(number).drafts]
    assert drafts == [(verb, by.id, words)]
    first, _ = answers(room, thread)
    view = room.press(by, first["ts"], f"verb:{verb}")["view"]
    assert view["callback_id"] == f"verb:{verb}" and view["state"]["values"][field][field]["value"] == words


def test_it_adds_words_to_those_that_wait_and_loses_none(room: Room, number: int, thread: str) -> None:
    room.world.did("claim", ANA, number)
    room.world.did("ask", ANA, number, question="Any fever?")
    room.world.did("undo", ANA, number)
    room.write(ANA, thread, f"{ME} ask does it itch?")
    draft = room.world.case(number).draft("ask", ANA.id)
    assert draft and dict(draft.fields)["question"].reveal() == "Any fever?\n\ndoes it itch?"


def test_it_keeps_no_draft_of_somebody_who_may_not_do_it(room: Room, number: int, thread: str) -> None:
    for said in ("ask does it itch?", "correct it is ringworm", "update soon", "reassign Ben"):
        room.write(BEN, thread, f"{ME} {said}")
    assert room.world.case(number).drafts == ()
    told = read([answer["blocks"] for answer in answers(room, thread)])
    assert told.count("<@U0BEN>") == 4 and "itch" not in told


def test_it_starts_nobody_elses_task_or_emergency_with_those_words(
    room: Room, number: int, thread: str
) -> None:
    room.write(BEN, thread, f"{ME} task when the swab is back")
    room.write(BEN, thread, f"{ME} emergency she cannot wait")
    for verb in ("task", "emergency"):
        view = room.say(ANA, f"{verb} C-{number}")["view"]
        assert view["state"]["values"]["words"]["words"]["value"] is None
    view = room.say(BEN, f"task C-{number}")["view"]
    assert view["state"]["values"]["words"]["words"]["value"] == "when the swab is back"
    room.send(BEN, kind="lab")
    assert [t.kind for t in room.world.case(number).open_tasks] == ["lab"]
    assert [d.verb for d in room.world.case(number).drafts] == ["emergency"], "what was done needs no draft"


def test_it_does_what_is_said_whole(room: Room, number: int, thread: str) -> None:
    room.world.did("claim", ANA, number)
    ts = room.write(BEN, thread, f"{ME} note looks like eczema")
    assert notes(room, number) == [(BEN.id, "looks like eczema")]
    room.write(ANA, thread, f"{ME}: TASK C-{number} call the mother")
    assert [(t.kind, t.words.reveal()) for t in room.world.case(number).tasks] == [("call", "the mother")]
    room.write(LENA, thread, f"{ME} reassign @ben covers today")
    assert room.world.case(number).owner == BEN.id
    assert answers(room, thread) == []
    before = room.sandbox.slack.workspace.message(CHANNEL, ts)
    after = room.sandbox.slack.workspace.update(
        CHANNEL, ts, {"text": f"{ME} note is eczema", "edited": {"user": BEN.id, "ts": "9.9"}}
    )
    room.happened(happenings.changed(before, after, "9.9"))
    assert notes(room, number) == [(BEN.id, "is eczema")]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("show", "A red rash"),
        ("help", "/consult claim C-1042"),
        ("", "What"),
        ("queue", "A red rash"),
        ("mine", "no cases"),
    ],
)
def test_it_answers_queries(room: Room, number: int, thread: str, said: str, shown: str) -> None:
    room.write(ANA, thread, f"{ME} {said}".strip())
    (answer,) = answers(room, thread)
    told = read(answer["blocks"])
    assert told.startswith("<@U0ANA>") and (shown in told or not said)
    assert "rash" not in answer["text"] and notes(room, number) == []


@pytest.mark.parametrize(
    ("said", "hint", "kept"),
    [
        ("clam", "Did you mean “claim”?", "clam"),
        ("thanks, that helps!", "There is no such command.", "thanks, that helps!"),
        ("x" * 9000, "There is no such command.", "x" * 9000),
        ("claim please now", "“claim” takes nothing after the number", "claim please now"),
        ("claim @ben", "/consult reassign C-1042 @name", "claim @U0BEN"),
        ("close because", "takes one of: answered,", "close because"),
        ("ask C-77 does it itch?", "this thread is about C-", "ask C-77 does it itch?"),
        ("<!channel> *bold* &lt;!here&gt;", "There is no such command.", "@channel *bold* <!here>"),
    ],
)
def test_it_suggests_what_was_meant_and_keeps_the_message_as_a_note(
    room: Room, number: int, thread: str, said: str, hint: str, kept: str
) -> None:
    room.write(ANA, thread, f"{ME} {said}")
    (answer,) = answers(room, thread)
    told = read(answer["blocks"])
    assert hint in told and "kept as a note" in told
    assert room.world.case(number).state is State.NEW
    assert notes(room, number) == [(ANA.id, f"@consult {kept}")]
    assert said not in told and "<!" not in words_that_work(answer["blocks"])


def test_it_takes_a_number_without_its_c_for_words(room: Room, number: int, thread: str) -> None:
    room.world.did("claim", ANA, number)
    room.write(ANA, thread, f"{ME} note 39 degrees since noon")
    room.write(ANA, thread, f"{ME} note C5 radiculopathy?")
    room.write(ANA, thread, f"{ME} note c-{number} and dry")
    assert [words for _, words in notes(room, number)] == [
        "39 degrees since noon",
        "C5 radiculopathy?",
        "and dry",
    ]


def test_it_takes_a_mention_in_the_middle_for_a_note(room: Room, number: int, thread: str) -> None:
    room.write(ANA, thread, f"Did you ask {ME} to claim it?")
    room.write(ANA, thread, "@ben claim")
    assert [words for _, words in notes(room, number)] == [
        "Did you ask @consult to claim it?",
        "@U0BEN claim",
    ]
    assert answers(room, thread) == [] and room.world.case(number).owner is None


@pytest.mark.parametrize(
    "said", ["note eczema", "claim", "ask does it itch?", "clam", "show", "close answered"]
)
def test_it_changes_and_answers_nothing_twice(room: Room, number: int, thread: str, said: str) -> None:
    """Slack may tell of one message several times, with event ids of their own, and as an app_mention besides."""
    room.write(ANA, thread, f"{ME} {said}")
    once, answered = room.world.case(number), len(answers(room, thread))
    told = [call["payload"]["event"] for call in room.look("log")["callbacks"] if "event" in call["payload"]]
    (event,) = [e for e in told if e["type"] == "message" and e.get("text", "").startswith(ME)]
    if said == "claim":
        room.world.did("release", ANA, number)
    before = room.world.case(number)
    for again in (event, {**event, "type": "app_mention"}, event):
        assert room.happened(again) == 200
    assert room.world.case(number) == before and once.messages == before.messages
    assert len(answers(room, thread)) == answered


def test_it_runs_no_edited_command_again(room: Room, number: int, thread: str) -> None:
    workspace = room.sandbox.slack.workspace
    ts = room.write(ANA, thread, f"{ME} show")
    before = workspace.message(CHANNEL, ts)
    after = workspace.update(CHANNEL, ts, {"text": f"{ME} claim", "edited": {"user": ANA.id, "ts": "9.9"}})
    assert room.happened(happenings.changed(before, after, "9.9")) == 200
    assert room.happened({**happenings.changed(before, after, "9.9"), "previous_message": None}) == 200
    assert room.world.case(number).owner is None and notes(room, number) == []
    assert len(answers(room, thread)) == 1


def test_it_tells_somebody_who_does_not_work_here_only_that(room: Room, number: int, thread: str) -> None:
    for said in ("claim", "show", "clam", "note hello", "ask why?"):
        room.do("message", channel=CHANNEL, user=STRANGER, text=f"{ME} {said}", thread_ts=thread)
    told = answers(room, thread)
    assert len(told) == 5
    for answer in told:
        assert "You are not on this practice's roster." in read(answer["blocks"])
        assert "rash" not in str(answer["blocks"]) and len(answer["blocks"]) == 1
    assert room.world.case(number).messages == () and room.world.case(number).drafts == ()


def test_it_says_how_it_is_used_where_there_is_no_case(room: Room, number: int, thread: str) -> None:
    ts = room.do("message", channel=CHANNEL, user=ANA.id, text=f"{ME} claim C-{number}")["ts"]
    (answer,) = answers(room, ts)
    assert "I help in the threads of cases." in read(answer["blocks"]) and "rash" not in str(answer)
    assert str(number) not in str(answer["blocks"]) and room.world.case(number).owner is None
    assert answer["metadata"]["event_payload"].keys() == {"delivery"}


def test_it_says_so_in_another_channel_where_it_is(room: Room, number: int, thread: str) -> None:
    room.sandbox.slack.workspace.join("C0GENERAL", "U0CONSULT")
    ts = room.do("message", channel="C0GENERAL", user=BEN.id, text=f"{ME} show C-{number}")["ts"]
    (answer,) = answers(room, ts, "C0GENERAL")
    assert read(answer["blocks"]).startswith("<@U0BEN> I help") and "rash" not in str(answer)


def test_it_finds_its_answer_again_before_it_sends_another(room: Room, number: int, thread: str) -> None:
    room.write(ANA, thread, f"{ME} clam")
    room.do("fault", method="chat.postMessage", lose_reply=True, times=1)
    assert len(answers(room, thread)) == 1


def test_it_answers_when_slack_is_back(room: Room, number: int, thread: str) -> None:
    room.do("fault", method="chat.postMessage", status=503, times=1)
    room.write(ANA, thread, f"{ME} clam")
    assert len(answers(room, thread)) == 1


def test_it_answers_nobody_a_day_later(room: Room, number: int, thread: str) -> None:
    room.write(ANA, thread, f"{ME} clam")
    room.world.advance(days=2)
    assert answers(room, thread) == []


def test_it_stores_nothing_that_speaks_of_a_patient_in_the_clear(
    room: Room, number: int, thread: str
) -> None:
    room.write(ANA, thread, f"{ME} Xylophone is what she said")
    room.write(BEN, thread, f"{ME} ask about the Xylophone")
    with room.world.store.reading() as work:
        rows = work.connection.execute(
            select(deliveries.c.payload).where(deliveries.c.kind == "answer")
        ).scalars()
        payloads = " ".join(rows)
    assert "sealed" in payloads and "Xylophone" not in payloads
    assert "roster" not in payloads and "claim" not in payloads


def test_it_lets_slack_repeat_what_could_not_be_done_just_now(
    room: Room, number: int, thread: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*given: object) -> None:
        raise Busy("Many people.")

    event = {
        "type": "message",
        "channel": CHANNEL,
        "user": ANA.id,
        "text": f"{ME} claim",
        "ts": "9.9",
        "thread_ts": thread,
    }
    with monkeypatch.context() as patch:
        patch.setattr(room.world.desk, "_answer_once", busy)
        assert room.happened(event) == 500
    assert room.happened(event) == 200
    assert room.world.case(number).owner == ANA.id and answers(room, thread) == []
