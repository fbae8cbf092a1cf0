"""Clinicians at work in Slack, over real HTTP, with a real desk."""

from __future__ import annotations

import pytest

from commands import VERBS
from commands.case.claim import CLAIM
from consult_bot.case.errors import Busy
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import MessageKind, State
from consult_bot.case.verb import Refused, Verb
from consult_bot.slack.thread import thread_posts
from tests.builders import ANA, BEN, LENA
from tests.slack.cases import read, words_that_work
from tests.slack.conftest import CHANNEL, Room

ADVICE = {
    "disposition": "home",
    "guidance": "Keep the skin cool and dry.",
    "safety_net": "If a fever comes, call us the same day.",
}


@pytest.fixture
def number(room: Room) -> int:
    return room.world.submit().number


@pytest.fixture
def held(room: Room, number: int) -> int:
    """A case that Ana holds."""
    room.world.did("claim", ANA, number)
    return number


def choices(view: dict) -> list[str]:
    """What a form offers to choose from, in its first input with choices."""
    elements = (block["element"] for block in view["blocks"] if block["type"] == "input")
    return next(
        [option["text"]["text"] for option in each["options"]] for each in elements if "options" in each
    )


def inputs(view: dict) -> list[str]:
    return [block["block_id"] for block in view["blocks"] if block["type"] == "input"]


def carried_words(view: dict, name: str) -> str | None:
    return view["state"]["values"][name][name]["value"]


# The slash command


def test_it_claims_by_a_slash_command_and_says_so_to_that_person_only(room: Room, number: int) -> None:
    told = room.say(ANA, f"claim C-{number}")
    assert told["ack"]["response_type"] == "ephemeral"
    assert told["ephemeral"]["text"] == f"C-{number}: you have claimed it."
    assert room.world.case(number).owner == ANA.id
    assert room.recognised == [ANA.id]


def test_it_says_to_whom_a_claim_was_lost(room: Room, held: int) -> None:
    told = room.say(BEN, f"claim C-{held}")
    assert "already claimed by <@U0ANA>" in told["ephemeral"]["text"]
    assert room.world.case(held).owner == ANA.id


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("clam C-1042", "Did you mean “claim”?"),
        ("reply C-1042", "There is no such command."),
        ("claim", "Write its number after “claim”, for example: /consult claim C-1042"),
        ("claim soon", "Write its number after “claim”"),
        ("claim C-999999", "C-999999"),
        ("<!channel> C-1", "There is no such command."),
    ],
)
def test_it_says_what_to_type_instead(room: Room, number: int, text: str, hint: str) -> None:
    told = room.say(ANA, text)
    assert hint in told["ephemeral"]["text"]
    assert "<!channel>" not in told["ephemeral"]["text"]
    assert told["view"] is None


def test_it_refuses_somebody_who_is_not_on_the_roster(room: Room, number: int) -> None:
    told = room.do("command", channel=CHANNEL, user="U0NOOR", command="/consult", text=f"claim C-{number}")
    assert "not on this practice's roster" in told["ephemeral"]["text"]
    assert room.world.case(number).state is State.NEW


def test_it_prefills_the_form_with_typed_words_and_never_sends_them(room: Room, held: int) -> None:
    view = room.say(ANA, f"ask c {held} Does it itch & spread < 2 days?")["view"]
    assert view["callback_id"] == "verb:ask" and view["submit"]["text"] == "Preview"
    assert carried_words(view, "question") == "Does it itch & spread < 2 days?"
    assert room.world.case(held).state is State.CLAIMED
    kept = room.world.case(held).draft("ask", ANA.id)
    assert kept and "itch" in kept.fields[0][1].reveal()


def test_it_does_what_a_typed_line_says_whole(room: Room, held: int) -> None:
    room.say(BEN, f"note C-{held} Looks like eczema <@U0LENA|lena>")
    note = room.world.case(held).last_of(MessageKind.NOTE)
    assert note and note.words.reveal() == "Looks like eczema @lena"
    told = room.say(LENA, f"reassign C-{held} @ben covers today")
    assert told["ephemeral"]["text"] == f"C-{held}: <@U0BEN> has it now."
    assert room.world.case(held).owner == BEN.id
    room.say(BEN, f"release C-{held} off shift")
    assert room.world.case(held).state is State.NEW
    told = room.say(LENA, f"close C-{held} duplicate")
    assert told["ephemeral"]["text"] == f"C-{held}: it is closed."


def test_it_says_which_task_was_made_and_which_was_done(room: Room, held: int) -> None:
    """The first word may have been taken for the kind: whoever typed it sees so at once."""
    made = room.say(ANA, f"task C-{held} call the *school* nurse & parents")["ephemeral"]
    assert made["text"].startswith(f"C-{held}: a task is open: *phone call*, due <!date^")
    assert "nurse" not in made["text"]
    assert "the *school* nurse & parents" in read(made["blocks"])
    assert "nurse" not in words_that_work(made["blocks"])
    done = room.say(ANA, f"done C-{held} no_answer tried twice")["ephemeral"]
    assert done["text"] == f"C-{held}: the task is done: phone call, no answer."
    assert "nurse" not in str(done) and "twice" not in str(done)


def test_it_has_words_for_every_verb_that_a_typed_line_can_do() -> None:
    nothing_said = Verb("any", "Any", "any", perform=CLAIM.perform).happened
    done_by_a_line = [verb for verb in VERBS if verb.typed and not verb.crosses]
    assert CLAIM in done_by_a_line
    assert [verb.name for verb in done_by_a_line if verb.happened == nothing_said] == []


def test_it_asks_whom_a_bare_name_means_and_keeps_what_was_typed(room: Room, held: int) -> None:
    view = room.say(LENA, f"reassign C-{held} Ben covers today")["view"]
    assert inputs(view) == ["to", "reason"] and carried_words(view, "reason") == "Ben covers today"
    assert room.world.case(held).owner == ANA.id
    assert room.send(LENA, to=BEN.id)["view"] is None
    assert room.world.case(held).owner == BEN.id


def test_it_gives_a_case_to_nobody_who_is_not_on_the_roster(room: Room, held: int) -> None:
    told = room.say(LENA, f"reassign C-{held} @noor covers today")
    assert "not on this practice's roster" in told["ephemeral"]["text"] and told["view"] is None
    assert room.world.case(held).owner == ANA.id


def test_it_answers_in_any_channel_only_the_person_who_asks(room: Room, held: int) -> None:
    def say(text: str) -> dict:
        return room.do("command", channel="C0GENERAL", user=ANA.id, command="/consult", text=text)

    for text in (f"show C-{held}", "mine", f"note C-{held} Looks dry"):
        assert say(text)["ack"]["response_type"] == "ephemeral"
    assert carried_words(say(f"ask C-{held} Since when?")["view"], "question") == "Since when?"
    assert room.look("messages/C0GENERAL") == []


def test_it_opens_the_form_where_something_is_missing(room: Room, held: int) -> None:
    assert inputs(room.say(ANA, f"close C-{held}")["view"]) == ["reason"]
    assert inputs(room.say(ANA, f"task C-{held}")["view"]) == ["kind", "words", "due"]


def test_it_answers_queries(room: Room, number: int) -> None:
    queue = room.say(ANA, "queue")["ephemeral"]
    assert f"C-{number}" in read(queue["blocks"]) and "A red rash" in read(queue["blocks"])
    assert "rash" not in queue["text"]
    told = room.press(ANA, queue["ts"], "nav:show", f"C-{number}")
    assert "A red rash" in read(told["view"]["blocks"]) and "submit" not in told["ack"]
    room.press(ANA, queue["ts"], "verb:claim", f"C-{number}")
    assert room.world.case(number).owner == ANA.id
    assert f"C-{number}" in read(room.say(ANA, "mine")["ephemeral"]["blocks"])
    assert "no cases" in read(room.say(ANA, "queue")["ephemeral"]["blocks"])
    shown = room.say(BEN, f"show {number}")["ephemeral"]["blocks"]
    assert any(block["block_id"].startswith(f"show/C-{number}/") for block in shown)
    assert "/consult claim C-1042" in read(room.say(ANA, "")["ephemeral"]["blocks"])
    assert "Write its number" in room.say(ANA, "show")["ephemeral"]["text"]


# Buttons and forms


def test_it_claims_by_the_button_quietly(room: Room, number: int) -> None:
    ts = room.post(room.world.case(number))
    assert room.press(ANA, ts, "verb:claim")["view"] is None
    assert room.press(ANA, ts, "verb:claim")["view"] is None
    lost = room.press(BEN, ts, "verb:claim")["view"]
    assert "already claimed by <@U0ANA>" in read(lost["blocks"]) and lost["submit"] is None


def test_it_previews_sends_unchanged_words_and_can_undo(room: Room, held: int) -> None:
    ts = room.post(room.world.case(held))
    form = room.press(ANA, ts, "verb:advise")["view"]
    assert form["submit"]["text"] == "Preview" and form["callback_id"] == "verb:advise"
    assert inputs(form) == ["disposition", "visit_by", "guidance", "safety_net"]
    assert "rash" not in form["private_metadata"]

    previewed = room.send(ANA, **ADVICE)["view"]
    assert previewed["id"] == form["id"] and previewed["submit"]["text"] == "Send"
    assert inputs(previewed) == inputs(form)
    told = read(previewed["blocks"])
    for piece in (
        "The patient will read",
        "Ana Ruiz, MD",
        "You can take care of this at home.",
        "cool and dry",
    ):
        assert piece in told
    assert room.world.case(held).state is State.CLAIMED

    again = room.send(ANA, guidance="Keep the skin cool, dry and covered.")["view"]
    assert again["submit"]["text"] == "Send" and "dry and covered" in read(again["blocks"])
    assert room.world.case(held).state is State.CLAIMED

    sent = room.send(ANA)["view"]
    assert "Sending at <!date^" in read(sent["blocks"]) and inputs(sent) == []
    assert room.world.case(held).state is State.ADVISED

    undone = room.do("interact", user=ANA.id, view_id=sent["id"], action="verb:undo")["view"]
    assert room.world.case(held).state is State.CLAIMED
    assert undone["id"] == form["id"] and undone["submit"]["text"] == "Preview"
    assert carried_words(undone, "guidance") == "Keep the skin cool, dry and covered."
    assert room.send(ANA)["view"]["submit"]["text"] == "Send"
    assert "Sending at" in read(room.send(ANA)["view"]["blocks"])
    assert len(room.world.case(held).messages) == 1


def test_it_cannot_undo_what_was_sent(room: Room, held: int) -> None:
    room.say(ANA, f"ask C-{held} Does it itch?")
    room.send(ANA)
    sent = room.send(ANA)["view"]
    room.world.advance(seconds=31)
    told = room.do("interact", user=ANA.id, view_id=sent["id"], action="verb:undo")["view"]
    assert "It has been sent already: the patient can read it." in read(told["blocks"])
    assert "“undo”" not in read(told["blocks"])
    assert room.world.case(held).state is State.AWAITING_PATIENT


@pytest.mark.parametrize("surface", ["typed", "button"])
def test_it_takes_back_anybodys_message_for_a_lead_and_keeps_the_words_for_its_author(
    room: Room, held: int, surface: str
) -> None:
    room.say(ANA, f"ask C-{held} Does it itch?")
    room.send(ANA)
    room.send(ANA)
    assert room.world.case(held).state is State.AWAITING_PATIENT
    if surface == "typed":
        told = room.say(LENA, f"undo C-{held}")
    else:
        ts = room.post(room.world.case(held))
        told = room.press(LENA, ts, "verb:undo", f"C-{held}")
    assert told["view"] is None and "itch" not in str(told["ack"])
    assert room.world.case(held).messages == ()
    form = room.say(ANA, f"ask C-{held}")["view"]
    assert carried_words(form, "question") == "Does it itch?"
    assert "draft by" not in read(form["blocks"])


def test_it_takes_back_nobody_elses_message_for_a_colleague(room: Room, held: int) -> None:
    room.world.did("ask", ANA, held, question="Does it itch?")
    assert (
        "Only its author or a team lead can do that" in room.say(BEN, f"undo C-{held}")["ephemeral"]["text"]
    )
    assert room.world.case(held).state is State.AWAITING_PATIENT


def test_it_hands_a_draft_over_with_the_case(room: Room, held: int) -> None:
    room.say(ANA, f"ask C-{held} Does it itch?")
    room.world.did("reassign", LENA, held, to=BEN.id)
    form = room.say(BEN, f"ask C-{held}")["view"]
    assert carried_words(form, "question") == "Does it itch?"
    assert "a draft by <@U0ANA>, handed over with the case" in read(form["blocks"])
    previewed = room.send(BEN)["view"]
    assert "draft by" not in read(previewed["blocks"]) and "Ben Okafor, NP" in read(previewed["blocks"])
    room.send(BEN)
    assert [m.author for m in room.world.case(held).messages] == [BEN.id]


def test_it_shows_the_patients_new_words_instead_of_sending(room: Room, held: int) -> None:
    room.say(ANA, f"ask C-{held} Does it itch?")
    room.send(ANA)
    room.world.reply(held, "There is a fever since noon.")
    view = room.send(ANA)["view"]
    assert "There is a fever since noon." in read(view["blocks"])
    assert "nothing was sent" in read(view["blocks"]) and view["submit"]["text"] == "Preview"
    assert carried_words(view, "question") == "Does it itch?"
    assert room.world.case(held).last_of(MessageKind.QUESTION) is None
    assert room.send(ANA)["view"]["submit"]["text"] == "Send"
    assert "Sending at" in read(room.send(ANA)["view"]["blocks"])


def test_it_keeps_the_words_when_the_case_moved_on(room: Room, held: int) -> None:
    room.say(ANA, f"ask C-{held} Does it itch?")
    room.send(ANA)
    room.world.did("reassign", LENA, held, to=BEN.id)
    told = room.send(ANA)
    assert f"Only Ben Okafor, who holds C-{held}, can do that" in told["errors"]["question"]
    assert carried_words(told["view"], "question") == "Does it itch?"
    assert room.world.case(held).last_of(MessageKind.QUESTION) is None


def test_it_puts_each_error_beside_its_input(room: Room, held: int) -> None:
    room.press(ANA, room.post(room.world.case(held)), "verb:advise")
    told = room.send(ANA, **{**ADVICE, "disposition": "visit_by"})
    assert told["errors"] == {"visit_by": "Please fill this in."}
    told = room.send(ANA, visit_by="2001-01-01")
    assert "has passed" in told["errors"]["visit_by"]
    told = room.send(ANA, visit_by="2999-12-31")
    assert "See a clinician in person by Tuesday 31 December." in read(told["view"]["blocks"])
    told = room.send(ANA, disposition="home")
    assert "You chose a date but not “See somebody by a date”" in told["errors"]["visit_by"]
    assert room.world.case(held).last_of(MessageKind.GUIDANCE) is None


def test_it_names_people_in_errors_where_mentions_do_not_work(room: Room, held: int) -> None:
    room.press(LENA, room.post(room.world.case(held)), "verb:more", f"reassign C-{held}")
    told = room.send(LENA, to=ANA.id)
    assert told["errors"] == {"to": f"Ana Ruiz already has C-{held}. Choose somebody else."}


def test_it_sends_once_when_send_is_pressed_twice(room: Room, held: int) -> None:
    room.say(ANA, f"ask C-{held} Does it itch?")
    room.send(ANA)
    once = room.send(ANA)
    payload = room.last_sent("view_submission")
    again = room.sandbox.slack.callbacks.interaction(payload)
    assert again.body["response_action"] == "update" and "Sending at" in read(again.body["view"]["blocks"])
    assert once["view"]["submit"] is None
    assert len(room.world.case(held).messages) == 1


def test_it_opens_more_with_the_form_of_the_chosen_verb(room: Room, held: int) -> None:
    ts = room.post(room.world.case(held))
    view = room.press(LENA, ts, "verb:more", f"reassign C-{held}")["view"]
    assert view["callback_id"] == "verb:reassign" and inputs(view) == ["to", "reason"]
    offered = room.do("options", user=LENA.id, action_id="to", value="")["ack"]["options"]
    assert [option["value"] for option in offered] == [BEN.id, LENA.id]
    assert offered[0]["text"]["text"] == "Ben Okafor, NP"
    assert (
        room.do("options", user=LENA.id, action_id="to", value="len")["ack"]["options"][0]["value"] == LENA.id
    )
    assert room.send(LENA, to=BEN.id)["view"] is None
    assert room.world.case(held).owner == BEN.id


def test_it_ends_a_task_by_its_own_done_button(room: Room, held: int) -> None:
    ts = room.post(room.world.case(held))
    room.world.did("task", ANA, held, kind="call", words="Call the mother.")
    room.world.did("task", ANA, held, kind="lab", words="Order a swab.")
    made = room.world.case(held)
    (post,) = thread_posts(Event(Happened.TASK_OPENED, task=made.tasks[0].id), made, made.created_at)
    reply_ts = room.sender.post_reply(CHANNEL, ts, post, {"event_type": "consult_case", "event_payload": {}})
    view = room.press(ANA, reply_ts, "verb:done")["view"]
    assert "Phone call" in read(view["blocks"]) and "Call the mother." in read(view["blocks"])
    assert "swab" not in read(view["blocks"]).lower()
    assert choices(view) == ["Reached", "Left a voicemail", "No answer", "Refused"]
    room.send(ANA, outcome="reached", words="Will come in.")
    assert [t.outcome for t in room.world.case(held).tasks] == ["reached", None]


def test_it_says_at_once_that_a_task_is_done_already(room: Room, held: int) -> None:
    """Its button stays in the thread, whose messages are not drawn anew."""
    ts = room.post(room.world.case(held))
    room.world.did("task", ANA, held, kind="lab", words="Order a swab.")
    made = room.world.case(held)
    (post,) = thread_posts(Event(Happened.TASK_OPENED, task=made.tasks[0].id), made, made.created_at)
    reply_ts = room.sender.post_reply(CHANNEL, ts, post, {"event_type": "consult_case", "event_payload": {}})
    assert choices(room.press(BEN, reply_ts, "verb:done")["view"]) == ["Completed", "No longer needed"]
    room.send(BEN, outcome="not_needed")
    nothing_open = room.press(ANA, reply_ts, "verb:done")["view"]
    assert inputs(nothing_open) == [] and "No task is open." in read(nothing_open["blocks"])
    room.world.did("task", ANA, held, kind="lab", words="Order a culture.")
    view = room.press(ANA, reply_ts, "verb:done")["view"]
    assert view["callback_id"] == "nav:told" and inputs(view) == []
    assert "That task is done already" in read(view["blocks"]) and BEN.id in read(view["blocks"])


def test_it_names_the_only_open_task_in_its_form_wherever_it_is_pressed(room: Room, held: int) -> None:
    room.world.did("task", ANA, held, kind="referral", words="To dermatology.")
    ts = room.post(room.world.case(held))
    view = room.press(ANA, ts, "verb:more", f"done C-{held}")["view"]
    assert "Referral" in read(view["blocks"]) and "To dermatology." in read(view["blocks"])
    assert choices(view) == ["Completed", "No longer needed"]
    room.world.did("task", ANA, held, kind="call", words="Call the mother.")
    room.send(ANA, outcome="completed")
    assert [t.outcome for t in room.world.case(held).tasks] == ["completed", None]
    room.world.did("task", ANA, held, kind="call", words="Call the father.")
    told = room.say(ANA, f"done C-{held}")
    assert "2 open tasks" in told["ephemeral"]["text"] and told["view"] is None


# Shortcuts and the thread


def test_it_opens_a_form_from_any_message_of_the_thread(room: Room, held: int) -> None:
    ts = room.post(room.world.case(held))
    said = room.do("message", channel=CHANNEL, user=BEN.id, text="Ask about fever", thread_ts=ts)["ts"]
    for at in (ts, said):
        shortcut = room.do("shortcut", user=ANA.id, callback_id="verb:ask", channel=CHANNEL, messageTs=at)
        assert shortcut["view"]["callback_id"] == "verb:ask"
    stray = room.do("message", channel=CHANNEL, user=BEN.id, text="Lunch?")["ts"]
    view = room.do("shortcut", user=ANA.id, callback_id="verb:advise", channel=CHANNEL, messageTs=stray)[
        "view"
    ]
    assert "does not belong to a case" in read(view["blocks"])


def test_it_keeps_what_is_typed_in_the_thread_as_a_note_once(room: Room, held: int) -> None:
    ts = room.post(room.world.case(held))
    room.do("message", channel=CHANNEL, user=BEN.id, text="Eczema & not ringworm?", thread_ts=ts)
    events = [c["payload"]["event"] for c in room.look("log")["callbacks"] if c["kind"] == "event message"]
    once = next(event for event in events if event.get("user") == BEN.id)
    room.sandbox.slack.callbacks.event(once).result()
    notes = [m for m in room.world.case(held).messages if m.kind is MessageKind.NOTE]
    assert [(note.author, note.words.reveal()) for note in notes] == [(BEN.id, "Eczema & not ringworm?")]


def test_it_lets_slack_repeat_a_note_that_could_not_be_kept_just_now(
    room: Room, held: int, monkeypatch
) -> None:
    ts = room.post(room.world.case(held))
    event = {
        "type": "message",
        "channel": CHANNEL,
        "user": BEN.id,
        "text": "hi",
        "ts": "9.9",
        "thread_ts": ts,
    }
    with monkeypatch.context() as patch:
        patch.setattr(room.world.desk, "handle", lambda request: Refused(Busy("Many people.")))
        assert room.sandbox.slack.callbacks.event(event).result().status == 500
    assert room.sandbox.slack.callbacks.event(event).result().status == 200
    assert [m.words.reveal() for m in room.world.case(held).messages] == ["hi"]


@pytest.mark.parametrize(
    "change",
    [
        {"bot_id": "B0OTHER"},
        {"subtype": "message_changed"},
        {"subtype": "channel_join"},
        {"thread_ts": "1.000001"},
        {"text": " "},
        {"user": None},
    ],
)
def test_it_keeps_no_note_of_other_messages(room: Room, held: int, change: dict) -> None:
    ts = room.post(room.world.case(held))
    event = {
        "type": "message",
        "channel": CHANNEL,
        "user": BEN.id,
        "text": "hello",
        "ts": "9.9",
        "thread_ts": ts,
    }
    answer = room.sandbox.slack.callbacks.event({**event, **change}).result()
    assert answer.status == 200
    assert room.world.case(held).messages == ()


@pytest.mark.parametrize(
    "forged",
    [
        {"private_metadata": "nonsense"},
        {"private_metadata": '{"case": 1, "seen": {}}'},
        {"callback_id": "verb:draft"},
        {"callback_id": "verb:explode"},
        {"blocks": []},
        {"blocks": [], "private_metadata": ""},
    ],
)
def test_it_refuses_a_form_that_is_none_of_ours_kindly(room: Room, held: int, forged: dict) -> None:
    room.say(ANA, f"ask C-{held} Does it itch?")
    room.send(ANA)
    before = room.world.case(held)
    payload = room.last_sent("view_submission")
    answer = room.sandbox.slack.callbacks.interaction({**payload, "view": {**payload["view"], **forged}})
    assert answer.status == 200
    assert answer.body["response_action"] == ("update" if forged.get("blocks") == [] else "errors")
    assert room.world.case(held) == before


@pytest.mark.parametrize("action", ["verb:draft", "verb:explode", "verb:undo"])
def test_it_refuses_a_button_in_a_modal_that_is_none_of_ours_kindly(
    room: Room, held: int, action: str
) -> None:
    room.say(ANA, f"ask C-{held} Does it itch?")
    room.send(ANA)
    sent = room.send(ANA)["view"]
    before = room.world.case(held)
    room.do("interact", user=ANA.id, view_id=sent["id"], action="verb:undo")
    payload = room.last_sent("block_actions")
    after = room.world.case(held)
    forged = {"action_id": action, "action_ts": "7.7", "type": "button", "value": "C-x"}
    answer = room.sandbox.slack.callbacks.interaction(
        {**payload, "actions": [{**payload["actions"][0], **forged}]}
    )
    assert answer.status == 200 and before != after
    assert room.world.case(held) == after


def test_it_answers_whatever_else_slack_sends(room: Room) -> None:
    assert room.do("open-home", user=ANA.id)["status"] == 200
    other = room.do("command", channel=CHANNEL, user=ANA.id, command="/other", text="")
    assert other["status"] == 200 and other["ack"] == ""


# When Slack or we fail


def test_it_says_so_when_slack_does_not_open_the_form(room: Room, held: int) -> None:
    room.do("fault", method="views.open", status=503)
    told = room.say(ANA, f"ask C-{held}")
    assert told["view"] is None and "Please try again" in told["ephemeral"]["text"]
    room.do("fault", method="views.open", error="expired_trigger_id")
    assert room.press(ANA, room.post(room.world.case(held)), "verb:ask")["view"] is None


def test_it_calls_slack_for_nothing_but_modals(room: Room, held: int) -> None:
    room.say(ANA, f"ask C-{held} Does it itch?")
    room.send(ANA)
    sent = room.send(ANA)["view"]
    room.do("interact", user=ANA.id, view_id=sent["id"], action="verb:undo")
    assert set(room.opened()) == {"auth.test", "views.open", "views.update"}
    assert room.opened().count("auth.test") == 1


def test_it_tells_people_when_we_fail_and_lets_slack_repeat_events(
    room: Room, held: int, monkeypatch
) -> None:
    ts = room.post(room.world.case(held))

    def broken(request):
        raise RuntimeError("disk full")

    monkeypatch.setattr(room.world.desk, "handle", broken)
    told = room.say(ANA, f"claim C-{held}")
    assert "not your fault" in told["ephemeral"]["text"] and "disk" not in told["ephemeral"]["text"]
    event = {
        "type": "message",
        "channel": CHANNEL,
        "user": BEN.id,
        "text": "hi",
        "ts": "9.9",
        "thread_ts": ts,
    }
    assert room.sandbox.slack.callbacks.event(event).result().status == 500
