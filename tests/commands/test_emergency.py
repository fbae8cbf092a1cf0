"""emergency and page: nothing may stand in the way, and nobody may miss it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import select

from consult_bot.case.model import State
from consult_bot.case.verb import THE_PATIENT, THE_SYSTEM, Actor, Done, NeedsForm, Preview, Refused, Request
from consult_bot.case.words import Words
from consult_bot.texts.emergency import emergency_texts
from storage.store import Store
from storage.tables import deliveries
from tests.builders import ANA, BEN, PRACTICE, STRANGER, World
from tests.commands.outcomes import happened, patients_page, refused, seen_by_patient, waiting


def ask_for(number: int, actor: str, **fields: str) -> Request:
    return Request(
        "emergency",
        Actor(actor),
        number,
        {name: Words(text) for name, text in fields.items()},
        seen_message="x",
    )


def test_it_reaches_the_patient_at_once_word_for_word(world: World) -> None:
    number = world.submit().number
    warned = world.did("emergency", ANA, number, advice="call_911", words="I have told the clinic, too.")
    text = seen_by_patient(world, number)
    assert emergency_texts()["call_911"].text in text and "told the clinic" in text
    assert (warned.state, warned.urgent) == (State.NEW, True)
    assert [task.kind.value for task in warned.open_tasks] == ["call"]
    assert ("letter", "emergency") in waiting(world, number)


def test_it_passes_licence_ownership_and_newer_messages(world: World) -> None:
    number = world.submit(state="OR").number
    world.did("claim", ANA, number)
    with world.store.writing() as work:
        work.people.put([replace(BEN, states=("WA",))])
    world.reply(number, "My chest hurts.")
    first = world.desk.handle(ask_for(number, BEN.id, advice="call_911"))
    assert isinstance(first, Preview)
    sent = world.desk.handle(replace(ask_for(number, BEN.id, advice="call_911"), confirms=first.draft.id))
    assert isinstance(sent, Done) and sent.case.owner == ANA.id
    assert isinstance(world.do("undo", BEN, number), Refused), "it is out, and stays out"


def test_it_works_on_a_closed_case_and_leaves_it_closed_with_a_call(world: World) -> None:
    number = world.submit().number
    world.did("claim", ANA, number)
    world.did("close", ANA, number, reason="unsuitable")
    warned = world.did("emergency", BEN, number, advice="poison_help")
    assert (warned.state, warned.urgent) == (State.CLOSED, True)
    assert warned.open_tasks[0].owner == ANA.id
    assert world.did("done", BEN, number, outcome="reached").urgent is False


def test_it_is_refused_to_whoever_is_not_on_the_roster(world: World) -> None:
    number = world.submit().number
    assert "roster" in refused(world.do("emergency", STRANGER, number, advice="call_911")).why.text
    assert seen_by_patient(world, number) == ""


def test_it_sends_only_texts_of_the_catalogue(world: World) -> None:
    number = world.submit().number
    assert refused(world.do("emergency", ANA, number, advice="take_aspirin")).why.field == "advice"
    assert isinstance(world.do("emergency", ANA, number, words="Run!"), NeedsForm)
    for text in emergency_texts().values():
        assert text.source and len(text.label) <= 75
        assert (text.signed_off_by is None) == (text.signed_off_on is None), "a sign-off has a name and a day"


def test_its_call_is_ended_by_a_human_and_not_by_the_patient(world: World) -> None:
    number = world.submit().number
    world.did("claim", ANA, number)
    advice = world.did("emergency", ANA, number, advice="call_911").messages[-1].id
    assert patients_page(world, number).to_understand == (advice,)
    world.do("acknowledge", THE_PATIENT, number, about=advice)
    assert len(world.case(number).open_tasks) == 1
    assert (
        "a task is open: phone call" in refused(world.do("close", ANA, number, reason="emergency")).why.text
    )
    world.did("done", ANA, number, outcome="reached")
    assert world.did("close", ANA, number, reason="emergency").urgent is False


@pytest.fixture
def urgent_guidance_open(world: World) -> int:
    """A case whose patient has read guidance that opened a call, and has not confirmed it."""
    number = world.submit().number
    world.did("claim", ANA, number)
    world.advise(ANA, number, disposition="in_person_today")
    world.advance(seconds=31)
    world.did("opened", THE_PATIENT, number)
    return number


def test_it_is_understood_alone_and_leaves_older_guidance_and_its_call_open(
    world: World, urgent_guidance_open: int
) -> None:
    number = urgent_guidance_open
    guidance, advice = world.did("emergency", ANA, number, advice="call_911").messages
    world.did("acknowledge", THE_PATIENT, number, about=advice.id)
    confirmed = {m.id: m.acknowledged_at is not None for m in world.case(number).messages}
    assert confirmed == {guidance.id: False, advice.id: True}
    assert [t.for_message for t in world.case(number).open_tasks] == [guidance.id, None]
    assert patients_page(world, number).to_understand == (guidance.id,)


def test_it_is_not_understood_with_guidance_on_either_side_of_it(
    world: World, urgent_guidance_open: int
) -> None:
    number = urgent_guidance_open
    world.did("emergency", ANA, number, advice="call_911")
    guidance, advice, newer = world.advise(ANA, number, guidance="And rest.").messages
    world.advance(seconds=31)
    world.did("acknowledge", THE_PATIENT, number, about=newer.id)
    confirmed = {m.id: m.acknowledged_at is not None for m in world.case(number).messages}
    assert confirmed == {guidance.id: True, advice.id: False, newer.id: True}
    assert patients_page(world, number).to_understand == (advice.id,)


def test_it_is_understood_one_by_one_where_there_are_several(world: World) -> None:
    number = world.submit().number
    world.did("emergency", ANA, number, advice="call_911")
    first, second = world.did("emergency", ANA, number, advice="poison_help").messages
    world.did("acknowledge", THE_PATIENT, number, about=second.id)
    assert patients_page(world, number).to_understand == (first.id,)


def test_its_call_is_told_late_once_it_is_due_and_only_by_the_service(world: World) -> None:
    number = world.submit().number
    (call,) = world.did("emergency", ANA, number, advice="call_911").open_tasks
    assert ("timer", "uncalled") in waiting(world, number)
    assert isinstance(world.do("uncalled", THE_SYSTEM, number, about=call.id), Refused), "it is not due yet"
    world.advance(minutes=31)
    assert isinstance(world.do("uncalled", ANA, number, about=call.id), Refused)
    assert isinstance(world.do("uncalled", THE_SYSTEM, number, about="none"), Refused)
    assert world.did("uncalled", THE_SYSTEM, number, about=call.id).open_tasks == (call,)
    assert happened(world, number)[-1] == "uncalled"
    world.did("done", ANA, number, outcome="no_answer")
    assert isinstance(world.do("uncalled", THE_SYSTEM, number, about=call.id), Refused), "somebody has tried"


def page_due(world: World, number: int) -> datetime:
    """When somebody will be paged."""
    due = select(deliveries.c.due_at).where(
        deliveries.c.number == number, deliveries.c.about == "timer:page", deliveries.c.status == "waiting"
    )
    with world.store.reading() as work:
        return work.connection.execute(due).scalar_one()


class TestPage:
    def test_it_pages_when_an_urgent_case_lies_unclaimed_for_five_minutes(self, store: Store) -> None:
        world = World(store, replace(PRACTICE, oncall=True))
        number = world.submit().number
        assert ("timer", "page") not in waiting(world, number)
        world.did("emergency", ANA, number, advice="call_911")
        assert waiting(world, number).count(("timer", "page")) == 1
        world.did("page", THE_SYSTEM, number)
        assert ("alarm", "") in waiting(world, number)

    def test_it_pages_nobody_once_somebody_has_claimed_it(self, store: Store) -> None:
        world = World(store, replace(PRACTICE, oncall=True))
        number = world.submit().number
        world.did("emergency", ANA, number, advice="call_911")
        world.did("claim", ANA, number)
        assert ("timer", "page") not in waiting(world, number)
        assert isinstance(world.do("page", THE_SYSTEM, number), Refused)
        world.did("release", ANA, number)
        assert ("timer", "page") in waiting(world, number), "back in the queue, it waits again"

    def test_it_is_not_put_off_by_a_patient_who_keeps_writing(self, store: Store) -> None:
        world = World(store, replace(PRACTICE, oncall=True))
        number = world.submit().number
        world.did("emergency", ANA, number, advice="call_911")
        first = page_due(world, number)
        for _ in range(3):
            world.advance(minutes=1)
            world.reply(number, "Please hurry.")
        assert page_due(world, number) == first
        assert waiting(world, number).count(("timer", "page")) == 1

    def test_it_says_where_no_address_is_set(self, world: World) -> None:
        number = world.submit().number
        world.did("emergency", ANA, number, advice="call_911")
        world.did("page", THE_SYSTEM, number)
        assert ("alarm", "") not in waiting(world, number)
        assert happened(world, number)[-1] == "paged"

    @pytest.mark.parametrize("who", [ANA, THE_PATIENT])
    def test_it_is_the_service_that_pages(self, world: World, who: Actor) -> None:
        number = world.submit().number
        world.did("emergency", ANA, number, advice="call_911")
        assert isinstance(world.do("page", who, number), Refused)
