"""report, reopen, withdraw and linked cases: how a patient comes back, and leaves; on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consult_bot.case.model import CloseReason, MessageKind, Report, State
from consult_bot.case.verb import THE_PATIENT, THE_SYSTEM, Actor, Done, Refused, Request
from consult_bot.roster.people import Person
from consult_bot.texts.guidance import GOING
from tests.builders import ANA, BEN, LENA, World, submission
from tests.commands.outcomes import happened, patients_page, refused, seen_by_patient, waiting


def advised(world: World) -> int:
    """A case whose guidance has gone out and was read."""
    number = world.submit().number
    world.did("claim", ANA, number)
    world.advise(ANA, number)
    world.advance(seconds=31)
    world.did("opened", THE_PATIENT, number)
    return number


class TestReport:
    @pytest.mark.parametrize("how", ["better", "same"])
    def test_it_changes_nothing_else_where_it_is_not_worse(self, world: World, how: str) -> None:
        number = advised(world)
        reported = world.did("report", THE_PATIENT, number, report=how, words="Thank you.")
        assert (reported.state, reported.urgent, reported.owner) == (State.ADVISED, False, ANA.id)
        assert reported.messages[-1].report == how
        world.did("close", ANA, number, reason="answered")

    def test_it_comes_back_urgent_to_its_own_clinician_when_it_is_worse(self, world: World) -> None:
        number = advised(world)
        worse = world.did("report", THE_PATIENT, number, report="worse", words="It spreads.")
        assert (worse.state, worse.owner, worse.urgent) == (State.CLAIMED, ANA.id, True)
        said = worse.messages[-1].written_at
        assert worse.due_at == said + world.desk.practice.urgent_target
        assert "unanswered" in refused(world.do("close", ANA, number, reason="no_answer")).why.text

    def test_it_lies_urgent_in_the_queue_when_its_clinician_is_away(self, world: World) -> None:
        number = advised(world)
        with world.store.writing() as work:
            work.people.put([replace(ANA, active=False)])
        worse = world.did("report", THE_PATIENT, number, report="worse")
        assert (worse.state, worse.owner, worse.urgent) == (State.NEW, None, True)
        assert ("timer", "page") in waiting(world, number)

    def test_it_reopens_a_case_that_was_closed_however_long_ago(self, world: World) -> None:
        number = advised(world)
        world.did("close", ANA, number, reason="answered")
        world.advance(days=100)
        worse = world.did("report", THE_PATIENT, number, report="worse")
        assert (worse.state, worse.urgent, worse.closed_at) == (State.CLAIMED, True, None)
        assert happened(world, number)[-2:] == ["reported", "reopened"]

    def test_it_leaves_a_closed_case_closed_when_it_is_better(self, world: World) -> None:
        number = advised(world)
        world.did("close", ANA, number, reason="answered")
        assert world.did("report", THE_PATIENT, number, report="better").state is State.CLOSED

    def test_it_returns_what_was_on_its_way(self, world: World) -> None:
        number = advised(world)
        world.did("ask", ANA, number, question="Any fever?")
        worse = world.did("report", THE_PATIENT, number, report="worse")
        assert worse.state is State.CLAIMED and worse.draft("ask", ANA.id)
        assert "fever" not in seen_by_patient(world, number)

    def test_it_is_kept_where_the_message_on_its_way_had_moved_the_case(self, world: World) -> None:
        number = advised(world)
        world.did("ask", ANA, number, question="Any fever?")
        same = world.did("report", THE_PATIENT, number, report="same")
        assert (same.state, same.messages[-1].report) == (State.ADVISED, Report.SAME)
        world.did("ask", ANA, number, question="Any fever?")
        world.advance(seconds=31)
        world.advise(ANA, number)
        better = world.did("report", THE_PATIENT, number, report="better")
        assert (better.state, better.messages[-1].report) == (State.AWAITING_PATIENT, Report.BETTER)

    def test_it_needs_guidance_and_a_choice(self, world: World) -> None:
        number = world.submit().number
        assert "no guidance" in refused(world.do("report", THE_PATIENT, number, report="worse")).why.text
        assert not patients_page(world, number).may_report
        number = advised(world)
        assert patients_page(world, number).may_report
        assert refused(world.do("report", THE_PATIENT, number, report="awful")).why.field == "report"
        assert isinstance(world.do("report", ANA, number, report="worse"), Refused)


class TestReopen:
    def test_it_goes_back_to_its_own_clinician_with_a_fresh_promise(self, world: World) -> None:
        number = advised(world)
        world.did("close", ANA, number, reason="answered")
        world.advance(days=40)
        again = world.did("reopen", LENA, number, reason="The lab called.")
        assert (again.state, again.owner, again.close_reason) == (State.CLAIMED, ANA.id, None)
        assert again.due_at > world.desk.facts_now().now

    def test_it_goes_to_the_queue_when_its_clinician_is_away(self, world: World) -> None:
        number = advised(world)
        world.did("close", ANA, number, reason="answered")
        with world.store.writing() as work:
            work.people.put([replace(ANA, active=False)])
        assert world.did("reopen", LENA, number).state is State.NEW

    def test_it_is_for_leads_and_within_the_window_for_the_patient(self, world: World) -> None:
        number = advised(world)
        world.did("close", ANA, number, reason="answered")
        assert "Only a team lead or the patient" in _told(world, "reopen", BEN, number)
        world.advance(days=31)
        assert "closed too long ago" in _told(world, "reopen", THE_PATIENT, number)
        world.did("reopen", LENA, number)
        assert "is claimed" in _told(world, "reopen", LENA, number)


class TestWithdraw:
    def test_it_closes_the_case_and_leaves_open_calls(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        world.did("task", ANA, number, kind="call", words="Call.")
        world.did("task", ANA, number, kind="lab", words="Swab.")
        gone = world.did("withdraw", THE_PATIENT, number, reason="It went away.")
        assert (gone.state, gone.close_reason) == (State.CLOSED, CloseReason.WITHDRAWN)
        assert [task.kind.value for task in gone.open_tasks] == ["call"]
        assert {task.outcome for task in gone.tasks} == {None, "not_needed"}
        assert ("letter", "withdrawn") in waiting(world, number)

    def test_it_lets_what_is_on_its_way_arrive(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        world.advise(ANA, number, disposition="emergency_now")
        gone = world.did("withdraw", THE_PATIENT, number)
        assert patients_page(world, number).state is State.CLOSED
        assert len(gone.open_tasks) == 1
        world.advance(seconds=31)
        assert "Keep the skin dry" in seen_by_patient(world, number)

    def test_it_can_still_be_undone_what_is_on_its_way(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        world.did("ask", ANA, number, question="Any fever?")
        world.did("withdraw", THE_PATIENT, number)
        undone = world.did("undo", ANA, number)
        assert undone.state is State.CLOSED and undone.messages == ()

    def test_it_is_the_patients_and_repeating_it_is_quiet(self, world: World) -> None:
        number = world.submit().number
        assert isinstance(world.do("withdraw", ANA, number), Refused)
        world.did("withdraw", THE_PATIENT, number)
        again = world.do("withdraw", THE_PATIENT, number)
        assert isinstance(again, Done) and again.repeated
        assert happened(world, number).count("withdrawn") == 1

    def test_it_can_be_taken_up_again_by_writing(self, world: World) -> None:
        number = world.submit().number
        world.did("withdraw", THE_PATIENT, number)
        back = world.reply(number, "It is back after all.")
        assert (back.state, back.close_reason) == (State.NEW, None)


class TestLinkedCase:
    def test_it_goes_on_from_the_old_one_and_is_found_from_it(self, world: World) -> None:
        old = world.did("close", LENA, world.submit().number, reason="duplicate")
        asked = Request(
            "submit", THE_PATIENT, submission=submission(), linked_to=old.number, once_key="late:1"
        )
        new = world.desk.handle(asked)
        assert isinstance(new, Done) and new.case.linked_to == old.number
        assert isinstance(world.desk.handle(asked), Done)
        with world.store.reading() as work:
            assert work.cases.goes_on_in(old.number) == new.case.number
            assert work.cases.goes_on_in(new.case.number) == new.case.number
            assert [case.number for case in work.cases.earlier(new.case)] == [old.number]
            assert work.cases.earlier(old) == []

    def test_it_leaves_the_old_one_closed_for_good(self, world: World) -> None:
        old = advised(world)
        world.did("close", ANA, old, reason="answered")
        asked = Request("submit", THE_PATIENT, submission=submission(), linked_to=old, once_key="late:1")
        new = world.desk.handle(asked)
        assert isinstance(new, Done)
        assert f"goes on in {new.case.spoken}" in _told(world, "reopen", LENA, old)
        assert world.case(old).state is State.CLOSED


class TestNotesInThreads:
    def test_it_follows_the_edit_and_the_deletion_of_a_message(self, world: World) -> None:
        number = world.submit().number
        world.did("note", ANA, number, about="17.1", note="Looks like eczema.")
        world.did("note", ANA, number, about="17.1/17.5", note="Looks like psoriasis.")
        notes = [m for m in world.case(number).messages if m.kind is MessageKind.NOTE]
        assert [note.words.reveal() for note in notes] == ["Looks like psoriasis."]
        assert happened(world, number)[-2:] == ["noted", "note_changed"]
        again = world.do("note", ANA, number, about="17.1/17.5", note="Looks like psoriasis.")
        assert isinstance(again, Done) and again.repeated
        world.did("retract", THE_SYSTEM, number, about="17.1")
        assert world.case(number).messages == ()
        assert "no such note" in refused(world.do("retract", THE_SYSTEM, number, about="17.1")).why.text
        assert isinstance(world.do("retract", ANA, number, about="17.1"), Refused)


def _told(world: World, verb: str, actor: Person | Actor, number: int) -> str:
    return refused(world.do(verb, actor, number)).why.text


def test_it_has_words_for_every_report() -> None:
    assert set(GOING) == set(Report)
