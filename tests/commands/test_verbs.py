"""Verbs through the desk, on both databases: what each does, and what it refuses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consult_bot.case.errors import LooseEnds, NotAllowed, NotEligible, TooLate
from consult_bot.case.model import MessageKind, State
from consult_bot.case.verb import THE_PATIENT, THE_SYSTEM, Actor, Done, NeedsForm, Preview, Refused, Request
from consult_bot.case.words import Words
from tests.builders import ANA, BEN, LENA, STRANGER, World, submission
from tests.commands.outcomes import refused, seen_by_patient, waiting


class TestSubmit:
    def test_it_makes_one_case_of_a_double_click_and_shows_the_same_code(self, world: World) -> None:
        request = Request("submit", THE_PATIENT, submission=submission(), once_key="form:nonce")
        first, second = world.desk.handle(request), world.desk.handle(request)
        assert isinstance(first, Done) and isinstance(second, Done)
        assert first.case.number == second.case.number
        assert second.repeated and not first.repeated
        assert first.reveal["access_code"] == second.reveal["access_code"]

    def test_it_shows_the_code_no_more_once_it_has_opened_the_case(self, world: World) -> None:
        request = Request("submit", THE_PATIENT, submission=submission(), once_key="form:nonce")
        first = world.desk.handle(request)
        assert isinstance(first, Done)
        with world.store.writing() as work:
            link = work.links.make(first.case.number, work.now())
            work.links.save(replace(link, unlocked_at=work.now()))
        again = world.desk.handle(request)
        assert isinstance(again, Done) and "access_code" not in again.reveal

    def test_it_gives_rising_numbers(self, world: World) -> None:
        assert [world.submit().number for _ in range(3)] == [1001, 1002, 1003]


class TestClaim:
    def test_it_succeeds_quietly_for_whoever_holds_the_case(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        again = world.do("claim", ANA, number)
        assert isinstance(again, Done) and again.repeated and again.events == ()

    def test_it_refuses_a_stranger_and_somebody_without_the_licence(self, world: World) -> None:
        number = world.submit(state="OR").number
        with world.store.writing() as work:
            work.people.put([replace(BEN, states=("WA", "CA"))])
        assert "roster" in refused(world.do("claim", STRANGER, number)).why.text
        why = refused(world.do("claim", BEN, number)).why
        assert isinstance(why, NotEligible)
        assert "the patient is in OR and they are licensed in WA, CA" in why.text
        assert world.case(number).owner is None

    def test_it_ends_when_the_owner_stays_silent(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        assert isinstance(world.do("release", THE_SYSTEM, number), Refused)
        world.advance(minutes=100)
        world.did("note", ANA, number, note="Reading up on this.")
        world.advance(minutes=100)
        assert isinstance(world.do("release", THE_SYSTEM, number), Refused)
        world.advance(minutes=21)
        assert world.did("release", THE_SYSTEM, number).state is State.NEW


class TestAsk:
    def test_it_previews_first_and_sends_only_what_was_previewed(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        asked = Request(
            "ask", Actor(ANA.id), number, {"question": Words("Any fever?")}, seen_message="submission"
        )
        first = world.desk.handle(asked)
        assert isinstance(first, Preview)
        assert first.as_if.messages[-1].words == Words("Any fever?")
        assert world.case(number).messages == ()

        changed = replace(asked, fields={"question": Words("Any chills?")}, confirms=first.draft.id)
        second = world.desk.handle(changed)
        assert isinstance(second, Preview)
        stale = world.desk.handle(replace(asked, confirms=first.draft.id))
        assert isinstance(stale, Preview)

        sent = world.desk.handle(replace(asked, confirms=stale.draft.id))
        assert isinstance(sent, Done) and sent.case.state is State.AWAITING_PATIENT
        assert sent.case.drafts == ()

    def test_it_stays_invisible_until_the_undo_window_has_passed(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        world.did("ask", ANA, number, question="Any fever?")
        assert "fever" not in seen_by_patient(world, number)
        world.advance(seconds=31)
        assert "Any fever?" in seen_by_patient(world, number)

    def test_it_comes_back_when_the_patient_wrote_what_the_author_had_not_seen(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        world.reply(number, "It spread to her face.")
        late = world.desk.handle(
            Request(
                "ask", Actor(ANA.id), number, {"question": Words("Any fever?")}, seen_message="submission"
            )
        )
        assert isinstance(late, NeedsForm)
        assert [m.words.reveal() for m in late.newer] == ["It spread to her face."]
        assert late.fields["question"].reveal() == "Any fever?"
        assert all(m.kind is not MessageKind.QUESTION for m in world.case(number).messages)

    def test_it_asks_for_the_form_when_the_words_are_missing(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        assert isinstance(world.do("ask", ANA, number), NeedsForm)
        assert isinstance(world.do("ask", ANA, number, question="   "), NeedsForm)


class TestUndo:
    def test_it_is_as_if_never_written_and_keeps_the_words_as_a_draft(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        world.advise(ANA, number, disposition="in_person_today")
        undone = world.did("undo", ANA, number)
        assert (undone.state, undone.owner) == (State.CLAIMED, ANA.id)
        assert undone.lease_until is not None
        assert undone.messages == () and undone.tasks == ()
        draft = undone.draft("advise", ANA.id)
        assert draft and dict(draft.fields)["guidance"].reveal() == "Keep the skin dry and cool."
        world.advance(minutes=1)
        assert seen_by_patient(world, number) == ""

    def test_it_comes_too_late_once_the_window_has_passed(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        world.did("ask", ANA, number, question="Any fever?")
        world.advance(seconds=31)
        assert isinstance(refused(world.do("undo", ANA, number)).why, NotAllowed | TooLate)
        assert "Any fever?" in seen_by_patient(world, number)

    def test_it_is_for_the_author_and_leads(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        world.did("ask", ANA, number, question="Any fever?")
        assert isinstance(world.do("undo", BEN, number), Refused)
        message = world.case(number).messages[-1].id
        outcome = world.do("undo", LENA, number, about=message)
        assert isinstance(outcome, Done) and outcome.case.messages == ()

    def test_it_takes_back_the_first_of_two_without_losing_the_second(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        first = world.did("ask", ANA, number, question="Any fever?").messages[-1].id
        world.advance(seconds=5)
        world.advise(ANA, number)
        undone = world.do("undo", ANA, number, about=first)
        assert isinstance(undone, Done) and undone.case.state is State.ADVISED
        back = world.did("undo", ANA, number)
        assert back.state is State.CLAIMED and back.messages == ()

    def test_it_keeps_both_questions_that_were_taken_back(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        for question in ("Any fever?", "Any new soap?"):
            world.did("ask", ANA, number, question=question)
            world.advance(seconds=2)
        replied = world.reply(number, "Wait, there is more.")
        draft = replied.draft("ask", ANA.id)
        assert draft
        kept = dict(draft.fields)["question"].reveal()
        assert "Any fever?" in kept and "Any new soap?" in kept

    def test_it_takes_back_any_number_of_unsent_messages(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        for place in range(15):
            world.did("ask", ANA, number, question=f"Question {place}?")
        replied = world.reply(number, "One moment.")
        assert [message.kind for message in replied.messages] == [MessageKind.REPLY]

    def test_it_leaves_no_advised_case_without_guidance_after_a_reassign(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        world.advise(ANA, number)
        world.did("reassign", LENA, number, to=BEN.id)
        undone = world.did("undo", ANA, number)
        assert (undone.state, undone.owner) == (State.CLAIMED, BEN.id)
        now = world.desk.facts_now().now
        assert undone.lease_until and undone.lease_until > now

    def test_it_lets_a_lead_take_back_the_newest_of_anybody(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        world.did("ask", ANA, number, question="Any fever?")
        assert world.did("undo", LENA, number).messages == ()

    def test_it_keeps_the_record_of_a_call_that_was_made(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        world.advise(ANA, number, disposition="in_person_today")
        world.did("done", ANA, number, outcome="reached")
        undone = world.did("undo", ANA, number)
        assert [task.outcome for task in undone.tasks] == ["reached"]


class TestDraft:
    def test_it_is_one_draft_however_often_the_preview_is_asked_for(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        asked = Request(
            "ask", Actor(ANA.id), number, {"question": Words("Any fever?")}, seen_message="submission"
        )
        first, second = world.desk.handle(asked), world.desk.handle(asked)
        assert isinstance(first, Preview) and isinstance(second, Preview)
        assert first.draft == second.draft and first.case.version == second.case.version
        assert isinstance(world.desk.handle(replace(asked, confirms=first.draft.id)), Done)

    def test_it_is_handed_over_with_the_case(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        words = {"question": Words("Half a question")}
        world.desk.handle(Request("ask", Actor(ANA.id), number, words, seen_message="submission"))
        world.did("reassign", LENA, number, to=BEN.id)
        form = world.desk.handle(Request("ask", Actor(BEN.id), number, seen_message="submission"))
        assert isinstance(form, NeedsForm)
        assert form.fields["question"].reveal() == "Half a question"
        assert form.draft_of == ANA.id
        world.did("ask", BEN, number, question="A whole question?")
        assert world.case(number).drafts == ()


class TestReply:
    def test_it_does_not_put_off_an_answer_that_is_owed(self, world: World) -> None:
        first = world.submit()
        world.advance(hours=20)
        assert world.reply(first.number, "A photo too.").due_at == first.due_at
        world.did("claim", ANA, first.number)
        assert world.reply(first.number, "And this.").due_at == first.due_at
        world.did("ask", ANA, first.number, question="Any fever?")
        world.advance(seconds=31)
        assert world.reply(first.number, "No.").due_at > first.due_at

    def test_it_returns_what_was_unsent_to_its_author_as_a_draft(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        world.did("ask", ANA, number, question="Any fever?")
        replied = world.reply(number, "It is gone.")
        assert [m.kind for m in replied.messages] == [MessageKind.REPLY]
        assert replied.draft("ask", ANA.id) is not None
        world.advance(minutes=1)
        assert "fever" not in seen_by_patient(world, number)

    def test_it_goes_back_to_its_owner_or_to_the_queue_when_they_are_away(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        world.did("ask", ANA, number, question="Any fever?")
        world.advance(seconds=31)
        assert world.reply(number, "No.").owner == ANA.id
        with world.store.writing() as work:
            work.people.put([replace(ANA, active=False)])
        again = world.reply(number, "Wait, yes.")
        assert (again.state, again.owner) == (State.NEW, None)

    def test_it_reopens_a_closed_case_within_the_window_and_not_after(self, world: World) -> None:
        number = world.submit().number
        world.did("close", LENA, number, reason="duplicate")
        assert world.reply(number, "It is back.").state is State.NEW
        world.did("claim", ANA, number)
        world.advise(ANA, number)
        world.advance(minutes=1)
        world.did("opened", THE_PATIENT, number)
        world.did("close", ANA, number, reason="answered")
        world.advance(days=31)
        why = refused(world.do("reply", THE_PATIENT, number, reply="Hello?")).why
        assert "closed too long ago" in why.text

    def test_it_refuses_an_empty_reply_beside_the_field(self, world: World) -> None:
        number = world.submit().number
        assert refused(world.do("reply", THE_PATIENT, number, reply="  ")).why.field == "reply"


class TestAdvise:
    def test_it_needs_a_date_when_the_patient_should_be_seen_by_one(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        shape = {"guidance": "See us.", "safety_net": "Sooner if worse.", "disposition": "visit_by"}
        assert isinstance(world.do("advise", ANA, number, **shape), NeedsForm)
        past = refused(world.do("advise", ANA, number, **shape, visit_by="2020-01-01"))
        assert past.why.field == "visit_by"
        assert world.did("advise", ANA, number, **shape, visit_by="2999-01-01").messages[-1].visit_by

    def test_it_opens_a_call_that_lasts_until_the_patient_understood(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        advised = world.advise(ANA, number, disposition="emergency_now")
        assert [task.kind.value for task in advised.open_tasks] == ["call"]
        world.advance(seconds=31)
        world.did("opened", THE_PATIENT, number)
        about = advised.messages[-1].id
        understood = world.do("acknowledge", THE_PATIENT, number, about=about)
        assert isinstance(understood, Done) and understood.case.open_tasks == ()


class TestClose:
    def test_it_names_every_loose_end(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        world.advise(ANA, number)
        world.did("task", ANA, number, kind="lab", words="Take a swab.")
        waiting = refused(world.do("close", ANA, number, reason="answered")).why
        assert isinstance(waiting, LooseEnds)
        assert "undo window" in waiting.text and "a task is open: lab test" in waiting.text
        world.advance(seconds=31)
        unread = refused(world.do("close", ANA, number, reason="answered")).why
        assert "has not read the guidance" in unread.text
        world.did("opened", THE_PATIENT, number)
        world.did("done", ANA, number, outcome="completed")
        world.reply(number, "One more thing.")
        assert "unanswered" in refused(world.do("close", ANA, number, reason="answered")).why.text
        world.advise(ANA, number)
        world.advance(seconds=31)
        world.did("opened", THE_PATIENT, number)
        closed = world.did("close", ANA, number, reason="answered")
        assert closed.state is State.CLOSED and closed.drafts == ()

    def test_it_stays_open_while_nobody_has_reached_the_patient(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        about = world.advise(ANA, number).messages[-1].id
        world.advance(seconds=31)
        assert isinstance(world.do("bounced", THE_SYSTEM, number, about=about, reason="permanent"), Done)
        why = refused(world.do("close", ANA, number, reason="answered")).why.text
        assert "has not read the guidance, and the email about it did not reach them" in why
        assert "a task is open: phone call" in why

    def test_it_is_not_answered_when_nothing_was_advised(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        assert "no guidance" in refused(world.do("close", ANA, number, reason="answered")).why.text


class TestTask:
    def test_it_ends_with_an_outcome_that_fits_its_kind(self, world: World) -> None:
        number = world.submit().number
        world.did("task", BEN, number, kind="call", words="Ask about the fever.")
        assert refused(world.do("done", BEN, number, outcome="completed")).why.field == "outcome"
        assert world.did("done", BEN, number, outcome="voicemail").open_tasks == ()

    def test_it_asks_which_one_when_several_are_open(self, world: World) -> None:
        number = world.submit().number
        for words in ("One.", "Two."):
            world.did("task", BEN, number, kind="lab", words=words)
        assert "2 open tasks" in refused(world.do("done", BEN, number, outcome="completed")).why.text

    @pytest.mark.parametrize(("field", "value"), [("kind", "dance"), ("due", "soon"), ("due", "1")])
    def test_it_refuses_what_no_picker_sends(self, world: World, field: str, value: str) -> None:
        number = world.submit().number
        given = {"kind": "lab", "words": "Swab.", field: value}
        assert refused(world.do("task", BEN, number, **given)).why.field == field


class TestReassign:
    def test_it_gives_the_case_to_somebody_eligible(self, world: World) -> None:
        number = world.submit().number
        assert world.did("reassign", LENA, number, to=BEN.id).owner == BEN.id
        assert isinstance(refused(world.do("reassign", LENA, number, to="U0NOBODY")).why, NotEligible)
        assert isinstance(world.do("reassign", ANA, number, to=ANA.id), Refused)


class TestRelease:
    def test_it_watches_the_promise_again_for_a_case_that_comes_back_to_the_queue(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        world.advise(ANA, number)
        assert ("timer", "overdue") not in waiting(world, number)
        world.did("release", ANA, number)
        assert waiting(world, number).count(("timer", "overdue")) == 1
