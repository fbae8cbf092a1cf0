"""cover and update: a case goes on while its answer, or its owner, is away; on both databases."""

from __future__ import annotations

from dataclasses import replace

from consult_bot.case.errors import NotAllowed, NotEligible
from consult_bot.case.model import MessageKind, State
from consult_bot.case.verb import THE_PATIENT, Done
from tests.builders import ANA, BEN, World
from tests.commands.outcomes import patients_page, refused, seen_by_patient, waiting


class TestCover:
    def test_it_is_refused_while_the_owner_is_there_and_nothing_presses(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        why = refused(world.do("cover", BEN, number)).why
        assert isinstance(why, NotAllowed) and why.who == ANA.id
        assert "half of the promised time" in why.text
        assert world.case(number).owner == ANA.id

    def test_it_takes_over_when_the_owner_is_away(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        world.did("ask", ANA, number, question="Any fever?")
        with world.store.writing() as work:
            work.people.put([replace(ANA, active=False)])
        covered = world.did("cover", BEN, number)
        assert (covered.owner, covered.state) == (BEN.id, State.AWAITING_PATIENT)

    def test_it_takes_over_what_is_urgent(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        world.did("emergency", ANA, number, advice="call_911")
        covered = world.did("cover", BEN, number)
        assert covered.owner == BEN.id and covered.lease_until is not None
        assert [task.owner for task in covered.open_tasks] == [BEN.id], "the call goes with the case"

    def test_it_takes_over_once_half_of_the_promised_time_has_passed(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        world.advance(hours=11)
        world.did("note", ANA, number, note="Still reading.")
        assert refused(world.do("cover", BEN, number))
        world.advance(hours=1, seconds=1)
        assert world.did("cover", BEN, number).owner == BEN.id

    def test_it_is_no_way_around_the_promise_while_it_is_the_patients_turn(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        world.did("ask", ANA, number, question="Any fever?")
        world.advance(days=3)
        assert "the patient's turn" in refused(world.do("cover", BEN, number)).why.text

    def test_it_needs_the_licence_and_is_quiet_for_the_owner(self, world: World) -> None:
        number = world.submit(state="OR").number
        world.did("claim", ANA, number)
        again = world.do("cover", ANA, number)
        assert isinstance(again, Done) and again.repeated
        with world.store.writing() as work:
            work.people.put([replace(BEN, states=("WA",)), replace(ANA, active=False)])
        assert isinstance(refused(world.do("cover", BEN, number)).why, NotEligible)


class TestUpdate:
    def test_it_reaches_the_patient_after_the_undo_window_and_answers_nothing(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        world.reply(number, "Is it contagious?")
        due = world.case(number).due_at
        updated = world.did("update", ANA, number, update="We wait for dermatology.")
        assert (updated.state, updated.due_at) == (State.CLAIMED, due)
        assert "dermatology" not in seen_by_patient(world, number)
        world.advance(seconds=31)
        page = patients_page(world, number)
        assert page.entries[-1].kind is MessageKind.UPDATE and page.to_understand == ()
        assert ("letter", "update") in waiting(world, number)
        assert "unanswered" in refused(world.do("close", ANA, number, reason="no_answer")).why.text

    def test_it_can_be_undone_and_is_the_owners(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        assert "Only" in refused(world.do("update", BEN, number, update="Soon.")).why.text
        world.did("update", ANA, number, update="By Tuesday.")
        undone = world.did("undo", ANA, number)
        assert undone.messages == () and undone.draft("update", ANA.id)

    def test_it_is_held_back_by_a_message_that_its_author_has_not_seen(self, world: World) -> None:
        number = world.submit().number
        world.did("claim", ANA, number)
        world.did("update", ANA, number, update="By Tuesday.")
        world.did("reply", THE_PATIENT, number, reply="It is worse.")
        assert world.case(number).draft("update", ANA.id), "it came back to its author"
