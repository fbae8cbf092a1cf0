"""correct: wrong guidance is replaced while unseen, marked once seen; on both databases."""

from __future__ import annotations

import pytest

from consult_bot.case.errors import NotAllowed
from consult_bot.case.model import MessageKind, State
from consult_bot.case.verb import THE_PATIENT, Actor, Done, NeedsForm, Preview, Request
from consult_bot.case.words import Words
from tests.builders import ANA, BEN, LENA, World
from tests.commands.outcomes import patients_page, refused, seen_by_patient, waiting

RIGHT = {"guidance": "Half a tablet.", "safety_net": "Call us if unsure.", "disposition": "home"}


@pytest.fixture
def number(world: World) -> int:
    """A case whose guidance, which says a whole tablet, has gone out."""
    number = world.submit().number
    world.did("claim", ANA, number)
    world.advise(ANA, number, guidance="A whole tablet.")
    world.advance(seconds=31)
    return number


def test_it_takes_the_place_of_what_the_patient_has_not_seen(world: World, number: int) -> None:
    corrected = world.did("correct", ANA, number, **RIGHT)
    assert corrected.state is State.ADVISED
    assert "whole tablet" in seen_by_patient(world, number), "the correction can still be undone"
    world.advance(seconds=31)
    world.did("opened", THE_PATIENT, number)
    page = patients_page(world, number)
    assert "whole tablet" not in seen_by_patient(world, number)
    assert [entry.kind for entry in page.entries] == [MessageKind.GUIDANCE], "nothing that they saw was wrong"
    assert world.case(number).messages[0].opened_at is None, "what was never shown does not count as read"


def test_it_marks_what_the_patient_has_seen_and_must_be_understood_as_well(world: World, number: int) -> None:
    world.did("opened", THE_PATIENT, number)
    wrong = world.case(number).messages[-1].id
    world.do("acknowledge", THE_PATIENT, number, about=wrong)
    assert patients_page(world, number).to_understand == ()

    right = world.did("correct", ANA, number, **RIGHT).messages[-1].id
    world.advance(seconds=31)
    page = patients_page(world, number)
    assert [(entry.id, entry.corrected) for entry in page.entries] == [(wrong, True), (right, False)]
    assert page.to_understand == (right,)
    assert ("letter", "correction") in waiting(world, number)


def test_it_counts_what_the_patient_saw_while_the_correction_could_be_undone(
    world: World, number: int
) -> None:
    world.did("correct", ANA, number, **RIGHT)
    world.did("opened", THE_PATIENT, number)
    world.advance(seconds=31)
    assert [entry.corrected for entry in patients_page(world, number).entries] == [True, False]


def test_it_goes_on_from_the_newest_correction(world: World, number: int) -> None:
    world.did("opened", THE_PATIENT, number)
    for words in ("Half a tablet.", "A quarter."):
        world.did("correct", ANA, number, **{**RIGHT, "guidance": words})
        world.advance(seconds=31)
    world.did("opened", THE_PATIENT, number)
    assert "Half a tablet" not in seen_by_patient(world, number)
    assert "A quarter." in seen_by_patient(world, number)


@pytest.mark.parametrize(("looked", "reasons"), [(True, ["seen", "seen"]), (False, ["unseen", "unseen"])])
def test_it_keeps_in_the_history_whether_the_patient_had_seen_any_of_the_wrong_texts(
    world: World, number: int, looked: bool, reasons: list[str]
) -> None:
    if looked:
        world.did("opened", THE_PATIENT, number)
    corrected = []
    for words in ("Half a tablet.", "A quarter."):
        corrected.append(world.do("correct", ANA, number, **{**RIGHT, "guidance": words}))
        world.advance(seconds=31)
    assert [done.events[0].reason for done in corrected if isinstance(done, Done)] == reasons


def test_it_is_not_needed_before_the_guidance_has_gone_out(world: World) -> None:
    number = world.submit().number
    world.did("claim", ANA, number)
    assert "no guidance yet" in refused(world.do("correct", ANA, number, **RIGHT)).why.text
    world.advise(ANA, number)
    assert "take it back with Undo" in refused(world.do("correct", ANA, number, **RIGHT)).why.text


def test_it_waits_until_an_earlier_correction_is_out(world: World, number: int) -> None:
    world.did("correct", ANA, number, **RIGHT)
    assert "take it back with Undo" in refused(world.do("correct", ANA, number, **RIGHT)).why.text


def test_it_is_for_the_author_the_owner_and_leads_also_on_a_closed_case(world: World, number: int) -> None:
    world.did("opened", THE_PATIENT, number)
    world.did("close", ANA, number, reason="answered")
    assert isinstance(refused(world.do("correct", BEN, number, **RIGHT)).why, NotAllowed)
    corrected = world.did("correct", LENA, number, **RIGHT)
    assert corrected.state is State.CLOSED
    world.advance(seconds=31)
    assert "Half a tablet" in seen_by_patient(world, number)


def test_it_does_not_overwrite_a_colleagues_correction_that_its_author_has_not_seen(
    world: World, number: int
) -> None:
    form = world.do("correct", ANA, number)
    assert isinstance(form, NeedsForm) and form.about
    world.did("correct", LENA, number, **{**RIGHT, "guidance": "STOP the tablets."})
    world.advance(seconds=31)
    why = refused(world.do("correct", ANA, number, about=form.about, **RIGHT)).why
    assert (why.field, why.who) == ("guidance", LENA.id)
    world.did("opened", THE_PATIENT, number)
    assert "STOP the tablets." in seen_by_patient(world, number)


def test_it_keeps_the_drafts_of_others(world: World, number: int) -> None:
    words = {name: Words(value) for name, value in RIGHT.items()}
    asked = Request("correct", Actor(LENA.id), number, words, seen_message="submission")
    assert isinstance(world.desk.handle(asked), Preview)
    assert world.did("correct", ANA, number, **{**RIGHT, "guidance": "Half."}).draft("correct", LENA.id)


def test_it_is_not_for_whoever_only_asked_something_once(world: World, number: int) -> None:
    world.did("reassign", LENA, number, to=BEN.id)
    world.did("ask", BEN, number, question="How old is she?")
    world.did("reassign", LENA, number, to=ANA.id)
    why = refused(world.do("correct", BEN, number, **RIGHT)).why
    assert "Only its author, {who}" in why.text and why.who == ANA.id


def test_it_ends_the_calls_of_every_text_that_it_corrects(world: World) -> None:
    number = world.submit().number
    world.did("claim", ANA, number)
    world.advise(ANA, number, disposition="emergency_now")
    for words in ("Half a tablet.", "A quarter."):
        world.advance(seconds=31)
        world.did("correct", ANA, number, **{**RIGHT, "guidance": words})
    world.advance(seconds=31)
    world.did("opened", THE_PATIENT, number)
    world.do("acknowledge", THE_PATIENT, number, about=world.case(number).messages[-1].id)
    assert world.case(number).open_tasks == ()


def test_it_can_be_undone_and_then_leaves_the_state_alone(world: World, number: int) -> None:
    world.did("correct", LENA, number, **RIGHT)
    world.did("ask", ANA, number, question="How old is she?")
    corrected = world.case(number)
    correction = next(m for m in corrected.messages if m.kind is MessageKind.CORRECTION)
    undone = world.did("undo", LENA, number, about=correction.id)
    assert undone.state is State.AWAITING_PATIENT
    draft = undone.draft("correct", LENA.id)
    assert draft and dict(draft.fields)["guidance"].reveal() == "Half a tablet."
    assert world.did("undo", ANA, number).state is State.ADVISED


def test_it_keeps_the_call_of_the_wrong_text_until_the_right_one_is_understood(world: World) -> None:
    number = world.submit().number
    world.did("claim", ANA, number)
    world.advise(ANA, number, disposition="emergency_now")
    world.advance(seconds=31)
    world.did("opened", THE_PATIENT, number)
    right = world.did("correct", ANA, number, **RIGHT)
    assert len(right.open_tasks) == 1
    world.advance(seconds=31)
    world.do("acknowledge", THE_PATIENT, number, about=right.messages[-1].id)
    assert world.case(number).open_tasks == ()


def test_it_opens_a_call_where_the_right_text_is_urgent(world: World, number: int) -> None:
    corrected = world.did("correct", ANA, number, **{**RIGHT, "disposition": "in_person_today"})
    assert [task.kind.value for task in corrected.open_tasks] == ["call"]


def test_it_lets_no_case_close_over_a_correction_that_nobody_read(world: World, number: int) -> None:
    world.did("opened", THE_PATIENT, number)
    world.did("correct", ANA, number, **RIGHT)
    world.advance(seconds=31)
    why = refused(world.do("close", ANA, number, reason="answered")).why.text
    assert "has not read the correction" in why and "the guidance" not in why
    world.did("opened", THE_PATIENT, number)
    why = refused(world.do("close", ANA, number, reason="answered")).why.text
    assert "has not said that they understand the correction" in why
    world.do("acknowledge", THE_PATIENT, number, about=world.case(number).messages[-1].id)
    world.did("close", ANA, number, reason="answered")


def test_it_stays_open_when_emergency_advice_that_came_later_is_understood(world: World, number: int) -> None:
    world.did("opened", THE_PATIENT, number)
    world.did("correct", ANA, number, **RIGHT)
    world.advance(seconds=31)
    _, correction, advice = world.did("emergency", BEN, number, advice="call_911").messages
    world.did("opened", THE_PATIENT, number)
    world.did("acknowledge", THE_PATIENT, number, about=advice.id)
    assert patients_page(world, number).to_understand == (correction.id,)
    world.did("done", BEN, number, outcome="reached")
    why = refused(world.do("close", ANA, number, reason="answered")).why.text
    assert "has not said that they understand the correction" in why
    world.did("acknowledge", THE_PATIENT, number, about=correction.id)
    world.did("close", ANA, number, reason="answered")


def test_it_begins_with_the_text_that_is_wrong(world: World, number: int) -> None:
    form = world.do("correct", ANA, number)
    assert isinstance(form, NeedsForm)
    assert (
        form.fields["guidance"].reveal() == "A whole tablet."
        and form.fields["disposition"].reveal() == "home"
    )
