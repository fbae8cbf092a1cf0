"""What the thread is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from commands.case.reply import BACK_IN_QUEUE
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import CloseReason, Disposition, MessageKind, State
from consult_bot.case.submission import Answer, AnswerKind, Submission
from consult_bot.case.words import Words
from consult_bot.slack.thread import thread_posts
from tests.builders import ANA, BEN, LENA, submission
from tests.slack.cases import (
    NASTY,
    NOW,
    case,
    check_message,
    claimed,
    guidance,
    question,
    read,
    reply,
    task,
    words_that_work,
)


def one_post(event: Event, made, now=NOW, actor: str | None = None):
    (post,) = thread_posts(event, made, now, actor)
    check_message(post.blocks)
    return post


def test_it_shows_the_whole_form_with_the_negatives_folded() -> None:
    asked = [("Fever?", "no"), ("Cough?", "no"), ("Itch?", "yes")]
    answers = tuple(
        Answer(f"q{n}", q, AnswerKind.CHOICE, Words(a), Words(a.title())) for n, (q, a) in enumerate(asked)
    )
    post = one_post(
        Event(Happened.SUBMITTED), case(submission=Submission("general", "General", answers, ("a1", "a2")))
    )
    told = read(post.blocks)
    assert "Itch?" in told and "Fever? · Cough?" in told and "2 photos below." in told
    assert post.text == "C-1042 · the form" and not post.broadcast


def test_it_keeps_a_hundred_thousand_characters_in_numbered_replies() -> None:
    story = "".join(f"word{n} " for n in range(12_000))[:100_000]
    posts = thread_posts(
        Event(Happened.REPLIED, message="r1", person=ANA.id), claimed(messages=(reply(story),)), NOW
    )
    assert len(posts) > 9
    for place, post in enumerate(posts, start=1):
        check_message(post.blocks)
        assert f"{place}/{len(posts)}" in read(post.blocks) and f"{place}/{len(posts)}" in post.text
    quoted = "".join(
        part["text"]
        for post in posts
        for block in post.blocks
        if block["type"] == "rich_text"
        for element in block["elements"]
        for part in element["elements"]
    )
    assert quoted == story


def test_it_lets_nothing_work_that_a_patient_wrote() -> None:
    made = case(submission=submission(concern=NASTY), messages=(reply(NASTY),))
    for event in (Event(Happened.SUBMITTED), Event(Happened.REPLIED, message="r1")):
        post = one_post(event, made)
        assert "<!channel> <@U0BEN>" in read(post.blocks)
        assert "[U+202E]" in read(post.blocks) and "\u202e" not in str(post.blocks)
        for trap in ("<!channel>", "<@U0BEN>", "evil.example", "*bold*"):
            assert trap not in words_that_work(post.blocks) and trap not in post.text


def test_it_mentions_the_owner_at_a_claim_and_at_every_patient_message() -> None:
    assert "<@U0ANA>" in words_that_work(one_post(Event(Happened.CLAIMED, person=ANA.id), claimed()).blocks)
    replied = one_post(Event(Happened.REPLIED, message="r1", person=ANA.id), claimed(messages=(reply(),)))
    assert "<@U0ANA>" in words_that_work(replied.blocks)
    assert "*The patient wrote*, for <@U0ANA>." in read(replied.blocks)
    assert "itches" in read(replied.blocks) and "itches" not in replied.text
    assert not replied.broadcast


def test_it_broadcasts_what_goes_back_to_the_queue() -> None:
    released = one_post(Event(Happened.RELEASED, person=ANA.id, words=Words("Off shift")), case())
    assert released.broadcast and "Off shift" in read(released.blocks)
    ended = one_post(Event(Happened.RELEASED, person=ANA.id, reason="lease"), case())
    assert ended.broadcast and "ran out" in read(ended.blocks)
    unlicensed = one_post(Event(Happened.RELEASED, person=ANA.id, reason="unlicensed"), case())
    assert unlicensed.broadcast and "is not licensed where the patient is;" in read(unlicensed.blocks)
    elsewhere = one_post(Event(Happened.RELEASED, person=ANA.id, reason="other_queue"), case())
    assert elsewhere.broadcast and "does not work in this queue any more;" in read(elsewhere.blocks)
    assert not one_post(Event(Happened.REASSIGNED, person=BEN.id), claimed(owner=BEN.id)).broadcast


def test_it_says_who_gave_the_case_to_whom() -> None:
    handed = Event(Happened.REASSIGNED, person=BEN.id)
    told = read(one_post(handed, claimed(owner=BEN.id), actor=LENA.id).blocks)
    assert f"<@{LENA.id}> has given C-1042 to <@{BEN.id}>." in told


@pytest.mark.parametrize("earlier", [(), (question(),)])
def test_it_broadcasts_a_reply_that_put_the_case_back_and_no_other(earlier: tuple) -> None:
    made = case(messages=(*earlier, reply()))
    back = one_post(Event(Happened.REPLIED, message="r1", reason=BACK_IN_QUEUE), made)
    assert back.broadcast and "*C-1042 is back in the queue*" in read(back.blocks)
    waiting = one_post(Event(Happened.REPLIED, message="r1"), made)
    assert not waiting.broadcast and "back in the queue" not in read(waiting.blocks)


def test_it_shows_questions_and_guidance_whole() -> None:
    asked = one_post(Event(Happened.ASKED, message="q1"), claimed(messages=(question(),)))
    assert "Does it itch?" in read(asked.blocks)
    by_a_day = guidance(disposition=Disposition.VISIT_BY, visit_by=NOW.date())
    advised = read(one_post(Event(Happened.ADVISED, message="g1"), claimed(messages=(by_a_day,))).blocks)
    assert "See somebody by a date (Monday 3 August)" in advised
    assert "Keep it cool" in advised and "If a fever comes" in advised


def test_it_says_that_the_patient_must_be_called_by_whom_and_where_the_number_is() -> None:
    advice = replace(question("Call 911 now.", "e1", author=BEN.id), kind=MessageKind.EMERGENCY)
    warned = one_post(Event(Happened.WARNED, message="e1"), claimed(messages=(advice,)))
    told = read(warned.blocks)
    assert "sent by <@U0BEN>. *The patient must be called now*, by <@U0ANA> (owner)" in told
    assert "or whoever reads this first" in told and "the task of the call, in the thread of the case" in told
    assert warned.broadcast and "555" not in told, "the channel sees this, and no number"
    nobody = read(one_post(Event(Happened.WARNED, message="e1"), case(messages=(advice,))).blocks)
    assert "*The patient must be called now*, by whoever reads this first." in nobody
    assert "(owner)" not in nobody


def test_it_repeats_no_note_that_was_typed_in_the_thread() -> None:
    typed = replace(question("Ask derm?", "n1"), kind=MessageKind.NOTE, source="1700000000.000100")
    made = claimed(messages=(typed,))
    assert thread_posts(Event(Happened.NOTED, message="n1"), made, NOW) == ()
    elsewhere = claimed(messages=(replace(typed, source=None),))
    assert "Ask derm?" in read(one_post(Event(Happened.NOTED, message="n1"), elsewhere).blocks)


@pytest.mark.parametrize(
    "name",
    [Happened.OPENED, Happened.DELIVERED, Happened.ACKNOWLEDGED, Happened.DRAFTED, Happened.NOTE_CHANGED],
)
def test_it_says_nothing_of_receipts(name: Happened) -> None:
    assert thread_posts(Event(name, message="g1"), claimed(messages=(guidance(),)), NOW) == ()


@pytest.mark.parametrize("name", [Happened.ASKED, Happened.ADVISED, Happened.REPLIED, Happened.NOTED])
def test_it_says_nothing_of_a_message_that_is_gone(name: Happened) -> None:
    assert thread_posts(Event(name, message="gone"), claimed(), NOW) == ()


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        (None, "Our email about the guidance was refused."),
        ("refused", "Our email about the guidance was refused."),
        ("permanent", "Our email about the guidance came back; we send no more to this address."),
        ("unsure", "Our email about the guidance did not arrive."),
        ("complaint", "Our email about the guidance was reported as unwanted; we send no more"),
        ("suppressed", "Our email about the guidance was not sent, because emails no longer reach"),
    ],
)
def test_it_says_whom_no_letter_reached_and_why(reason: str | None, why: str) -> None:
    bounced = Event(Happened.BOUNCED, message="g1", reason=reason)
    told = one_post(bounced, claimed(messages=(guidance(),), tasks=(task(),)))
    assert told.text == "C-1042 · patient not reached"
    assert f"*Patient not reached.* {why}" in read(told.blocks)
    assert "Please make the open call." in read(told.blocks)
    bare = one_post(Event(Happened.BOUNCED, reason="permanent"), claimed())
    assert "Our email came back" in read(bare.blocks) and "Please call them." in read(bare.blocks)


def test_it_gives_an_open_task_a_done_button() -> None:
    opened = one_post(Event(Happened.TASK_OPENED, task="t1"), claimed(tasks=(task(),)))
    (row,) = [block for block in opened.blocks if block["type"] == "actions"]
    assert row["block_id"] == "task/C-1042/7"
    assert [(e["action_id"], e["value"]) for e in row["elements"]] == [("verb:done", "C-1042/t1")]
    ended = task(outcome="reached", outcome_words=Words("Will come in."), done_by=BEN.id, done_at=NOW)
    assert "verb:done" not in str(
        one_post(Event(Happened.TASK_OPENED, task="t1"), claimed(tasks=(ended,))).blocks
    )
    told = read(one_post(Event(Happened.TASK_DONE, task="t1"), claimed(tasks=(ended,))).blocks)
    assert "phone call* · reached · by <@U0BEN>" in told and "Will come in." in told
    understood = task(outcome="understood", done_by="patient", done_at=NOW)
    assert "by the patient" in read(
        one_post(Event(Happened.TASK_DONE, task="t1"), claimed(tasks=(understood,))).blocks
    )


def test_it_tells_the_author_what_was_not_sent() -> None:
    told = read(one_post(Event(Happened.RETURNED_TO_DRAFT, message="q1", person=ANA.id), claimed()).blocks)
    assert "<@U0ANA>" in told and "*not sent*" in told


def test_it_says_who_took_a_message_back_and_whose_words_are_kept() -> None:
    undone = Event(Happened.UNDONE, message="q1", person=ANA.id)

    def told(actor: str) -> str:
        (post,) = thread_posts(undone, claimed(), NOW, actor)
        return read(post.blocks)

    kept = "before the patient could see it. The words of <@U0ANA> are kept as a draft."
    assert told(ANA.id) == f"A message by <@U0ANA> was *taken back* {kept}"
    assert told(LENA.id) == f"A message by <@U0ANA> was *taken back* by <@U0LENA> {kept}"


def test_it_tells_the_channel_what_is_overdue_and_who_has_it() -> None:
    held = one_post(Event(Happened.OVERDUE, person=ANA.id), claimed())
    assert held.broadcast and held.text == "C-1042 · overdue"
    assert "C-1042 is overdue" in read(held.blocks) and "<@U0ANA> has it" in words_that_work(held.blocks)
    waiting = read(one_post(Event(Happened.OVERDUE), case()).blocks)
    assert "somebody can claim it" in waiting and "Nobody" not in waiting


@pytest.mark.parametrize("name", [Happened.UNCALLED, Happened.OVERDUE], ids=["now", "as histories had it"])
def test_it_tells_the_channel_of_a_call_that_nobody_made_and_how_to_end_it(name: Happened) -> None:
    late = Event(name, task="t1", person=ANA.id)
    told = one_post(late, claimed(tasks=(task(),)))
    assert told.broadcast and told.text == "C-1042 · call overdue"
    assert "*The call to the patient is overdue*" in read(told.blocks) and "<@U0ANA>" in read(told.blocks)
    assert "C-1042/t1" in str(told.blocks[-1]), "its Done button"
    assert "promised" not in read(told.blocks) and "Call the mother" not in read(told.blocks)
    made = claimed(tasks=(task(outcome="reached", done_by=BEN.id, done_at=NOW),))
    assert thread_posts(late, made, NOW) == ()


def test_it_says_why_a_case_ended() -> None:
    ended = case(state=State.CLOSED, closed_by=ANA.id, reopen_until=NOW, close_reason=CloseReason.ANSWERED)
    told = read(one_post(Event(Happened.CLOSED, reason="answered"), ended).blocks)
    assert "is closed* by <@U0ANA>: answered." in told
