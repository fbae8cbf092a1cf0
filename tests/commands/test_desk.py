"""The desk: one door, one transaction."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import event

from consult_bot.case.errors import UnknownCase, UnknownVerb
from consult_bot.case.glance import Listing
from consult_bot.case.model import Case
from consult_bot.case.verb import THE_PATIENT, Actor, Refused, Request
from consult_bot.case.words import Words
from storage.tables import cases
from tests.builders import ANA, STRANGER, Photo, World, submission
from tests.commands.outcomes import home_waits


def test_it_suggests_the_nearest_command_for_one_that_does_not_exist(world: World) -> None:
    outcome = world.desk.handle(Request("clam", Actor(ANA.id), 1001))
    assert isinstance(outcome, Refused) and isinstance(outcome.why, UnknownVerb)
    assert "Did you mean “claim”?" in outcome.why.text


def test_it_says_that_there_is_no_such_case(world: World) -> None:
    outcome = world.desk.handle(Request("claim", Actor(ANA.id), 4711))
    assert isinstance(outcome, Refused) and isinstance(outcome.why, UnknownCase)
    assert "C-4711" in outcome.why.text


def test_it_lists_the_queue_urgent_and_due_first_with_a_count(world: World) -> None:
    numbers = [world.submit(concern=f"Concern {place}").number for place in range(12)]
    world.did("claim", ANA, numbers[3])
    queue = world.desk.look("queue", Actor(ANA.id))
    assert isinstance(queue, Listing)
    assert queue.total_shown == "11" and len(queue.glances) == 10
    assert numbers[3] not in [glance.number for glance in queue.glances]
    mine = world.desk.look("mine", Actor(ANA.id))
    assert isinstance(mine, Listing) and [glance.number for glance in mine.glances] == [numbers[3]]


def test_it_shows_one_case_and_nothing_to_a_stranger(world: World) -> None:
    number = world.submit().number
    shown = world.desk.look("show", Actor(ANA.id), f"c{number}")
    assert isinstance(shown, Case) and shown.number == number
    for query in ("queue", "mine", "show", "help"):
        assert isinstance(world.desk.look(query, STRANGER, f"C-{number}"), Refused)
    assert isinstance(world.desk.look("show", Actor(ANA.id), "the rash"), Refused)


def test_it_logs_a_case_of_a_list_that_does_not_open_and_what_to_do(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    whole, broken = (world.submit(concern="A red rash").number for _ in range(2))
    with world.store.writing() as work:
        work.connection.execute(cases.update().where(cases.c.number == broken).values(body=b"not as sealed"))
    queue = world.desk.look("queue", Actor(ANA.id))
    assert isinstance(queue, Listing) and [glance.number for glance in queue.glances] == [whole]
    (noted,) = [record for record in caplog.records if record.message == "a case does not open"]
    assert noted.levelno == logging.ERROR and vars(noted)["case"] == broken
    assert "Restore the row" in vars(noted)["remedy"] and "rash" not in caplog.text


def test_it_leaves_nothing_behind_when_a_photo_is_missing(world: World) -> None:
    number = world.submit().number
    before = world.case(number)
    request = Request("reply", Actor("patient"), number, attachments=("nosuchphoto",))
    outcome = world.desk.handle(request)
    assert isinstance(outcome, Refused) and outcome.why.field == "photos"
    assert world.case(number) == before


def test_it_takes_at_most_eight_statements_to_keep_a_submission(world: World) -> None:
    photo = world.store.stage(Photo())
    statements: list[str] = []

    def count(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    with world.store.writing() as work:
        engine = work.connection.engine
    event.listen(engine, "before_cursor_execute", count)
    sent = submission(attachments=(photo,))
    request = Request(
        "submit", THE_PATIENT, submission=sent, attachments=sent.attachments, once_key="form:nonce"
    )
    world.desk.handle(request)
    event.remove(engine, "before_cursor_execute", count)
    assert len(statements) <= 8, statements


def test_it_writes_all_that_a_claim_causes_in_one_statement(world: World) -> None:
    number = world.submit().number
    statements: list[str] = []

    def count(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    with world.store.writing() as work:
        engine = work.connection.engine
    event.listen(engine, "before_cursor_execute", count)
    world.desk.handle(Request("claim", Actor(ANA.id), number))
    event.remove(engine, "before_cursor_execute", count)
    written = [statement for statement in statements if statement.startswith("INSERT INTO deliveries")]
    assert len(written) == 1 and len(statements) <= 8, statements
    assert home_waits(world.store)


def test_it_keeps_a_draft_that_waits_when_somebody_types_more_outside_a_form(world: World) -> None:
    number = world.submit().number
    world.did("claim", ANA, number)
    for words in ("Long thought-out words.", "And this."):
        world.desk.handle(Request("ask", Actor(ANA.id), number, {"question": Words(words)}))
    draft = world.case(number).draft("ask", ANA.id)
    assert draft and dict(draft.fields)["question"].reveal() == "Long thought-out words.\n\nAnd this."
