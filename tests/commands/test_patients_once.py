"""What patients send counts once by its form's nonce, at the same moment to several processes as well."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from consult_bot.case.verb import THE_PATIENT, Done, Outcome, Request
from consult_bot.case.words import Words
from consult_bot.desk import Desk
from storage.store import open_store
from tests.builders import ANA, PRACTICE, World, submission

AT_ONCE = 4


def submit(world: World) -> Request:
    return Request("submit", THE_PATIENT, submission=submission(), once_key="form:n0")


def reply(world: World) -> Request:
    number = world.submit().number
    return Request("reply", THE_PATIENT, number, {"reply": Words("It spreads.")}, once_key="reply:n1")


def report(world: World) -> Request:
    number = advised(world)
    return Request("report", THE_PATIENT, number, {"report": Words("worse")}, once_key="report:n2")


def acknowledge(world: World) -> Request:
    number = advised(world)
    shown = world.case(number).messages[-1].id
    return Request("acknowledge", THE_PATIENT, number, about=shown, once_key="acknowledge:n3")


def withdraw(world: World) -> Request:
    return Request("withdraw", THE_PATIENT, world.submit().number, once_key="withdraw:n4")


def advised(world: World) -> int:
    number = world.submit().number
    world.did("claim", ANA, number)
    world.advise(ANA, number)
    world.advance(seconds=31)
    return number


@pytest.mark.parametrize("way", [submit, reply, report, acknowledge, withdraw], ids=lambda way: way.__name__)
def test_it_counts_once_what_two_processes_get_at_the_same_moment(
    world: World, way: Callable[[World], Request], database_url: str, tmp_path: Path
) -> None:
    request = way(world)
    other = open_store(database_url, tmp_path / "keys", tmp_path / "attachments")
    together = threading.Barrier(AT_ONCE)
    outcomes: list[Outcome] = []

    def send(desk: Desk) -> None:
        together.wait(20)
        outcomes.append(desk.handle(request))

    desks = [Desk(store, PRACTICE) for store in (world.store, other) for _ in range(AT_ONCE // 2)]
    threads = [threading.Thread(target=send, args=(desk,)) for desk in desks]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    other.close()
    done = [outcome for outcome in outcomes if isinstance(outcome, Done)]
    assert len(done) == AT_ONCE, outcomes
    assert sorted(outcome.repeated for outcome in done) == [False, True, True, True]
    assert len({outcome.case.number for outcome in done}) == 1
    case = world.case(done[0].case.number)
    assert case.version == max(outcome.case.version for outcome in done), "changed once"
    if way is submit:
        assert len({outcome.reveal["access_code"].reveal() for outcome in done}) == 1
    if way is reply:
        assert [m.words.reveal() for m in case.messages] == ["It spreads."]
