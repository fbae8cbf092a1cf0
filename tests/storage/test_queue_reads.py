"""The queue's reads stay quick as the table fills."""

from __future__ import annotations

import pytest

from bench.recorded import recording
from consult_bot.case.errors import DoesNotOpen
from consult_bot.case.model import spoken
from consult_bot.case.verb import Actor, Refused
from storage.store import Store
from storage.tables import cases
from tests.builders import ANA, World


def test_it_says_the_state_as_the_partial_indexes_say_it(store: Store) -> None:
    with recording(store) as statements, store.reading() as work:
        work.reads.queue()
        work.reads.held_by(ANA.id)
    said = [text for text, _ in statements if "FROM cases" in text]
    assert ["cases.state = 'new'" in text for text in said] == [True, True, False, False]
    assert ["cases.state <> 'closed'" in text for text in said] == [False, False, True, True]


def test_it_names_a_case_that_does_not_open_and_lists_the_others(world: World) -> None:
    whole, broken, mine, also_broken = (world.submit().number for _ in range(4))
    for number in (mine, also_broken):
        world.did("claim", ANA, number)
    altered = cases.c.number.in_((broken, also_broken))
    with world.store.writing() as work:
        work.connection.execute(cases.update().where(altered).values(data_key=b""))
    with world.store.reading() as work:
        queue, hers = work.reads.queue(), work.reads.held_by(ANA.id)
    assert [[glance.number for glance in seen.glances] for seen in (queue, hers)] == [[whole], [mine]]
    assert [(seen.damaged, seen.total) for seen in (queue, hers)] == [((broken,), 2), ((also_broken,), 2)]


def test_it_says_what_to_do_about_a_case_that_does_not_open(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    broken = world.submit().number
    with world.store.writing() as work:
        work.connection.execute(cases.update().where(cases.c.number == broken).values(body=b""))
    shown = world.desk.look("show", Actor(ANA.id), spoken(broken))
    assert isinstance(shown, Refused) and isinstance(shown.why, DoesNotOpen) and not shown.why.retry
    assert f"{spoken(broken)} cannot be opened" in shown.why.text and "administrator" in shown.why.text
    assert "try again" not in shown.why.text
    world.desk.look("queue", Actor(ANA.id))
    noted = [record for record in caplog.records if record.levelname == "ERROR"]
    assert [(record.name, record.getMessage(), vars(record)["case"]) for record in noted] == [
        ("consult_bot.desk", "a case does not open", broken)
    ] * 2
