"""The cases of whoever left: back in the queue, where somebody sees them."""

from __future__ import annotations

from dataclasses import replace

from consult_bot.case.model import State
from consult_bot.watch.leavers import Leavers
from tests.builders import ANA, BEN, World
from tests.commands.outcomes import happened


def test_it_gives_back_every_open_case_of_somebody_who_left_and_no_others(world: World) -> None:
    claimed, waiting, bens = (world.submit().number for _ in range(3))
    for number in (claimed, waiting):
        world.did("claim", ANA, number)
    world.did("ask", ANA, waiting, question="Any fever?")
    world.did("claim", BEN, bens)
    leavers = Leavers(world.store, world.desk)
    leavers.give_back_their_cases()
    assert [world.case(number).owner for number in (claimed, waiting, bens)] == [ANA.id, ANA.id, BEN.id]

    with world.store.writing() as work:
        work.people.put([replace(ANA, active=False)])
    for _ in range(2):
        leavers.give_back_their_cases()
    assert [world.case(number).state for number in (claimed, waiting)] == [State.NEW, State.NEW]
    assert world.case(bens).owner == BEN.id
    assert happened(world, claimed)[-1] == "released" and happened(world, claimed).count("released") == 1
