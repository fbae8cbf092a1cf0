"""The recorded SQL, run again about another case."""

from __future__ import annotations

from bench.recorded import Recording, about, recording, replay, swapped_number
from consult_bot.case.verb import Actor, Done, Request
from storage.inbound import hashed
from tests.builders import ANA, World

OTHER_ID, OTHER_KEY = "0" * 32, "1" * 64


def test_it_swaps_numbers_and_ids_inside_every_kind_of_parameters() -> None:
    swapped = {**swapped_number(1042, 1077), "key": "other"}
    given = [(1042, "card:C-1042", b"C-1042", None), {"number": 1042, "key": "key", "place": 2}]
    assert about(given, swapped) == [
        (1077, "card:C-1077", b"C-1042", None),
        {"number": 1077, "key": "other", "place": 2},
    ]


def test_it_runs_a_claim_again_about_another_case(world: World) -> None:
    recorded_case, other = world.submit(), world.submit()
    with recording(world.store) as statements:
        outcome = world.desk.handle(
            Request("claim", Actor(ANA.id), recorded_case.number, once_key="command:1")
        )
    assert isinstance(outcome, Done) and not any(text.startswith("BEGIN") for text, _ in statements)
    recorded = Recording(tuple(statements), recorded_case.number, recorded_case.id, hashed("command:1"))
    with world.store.writing() as work:
        replay(work.connection, recorded, OTHER_ID, OTHER_KEY, other.number)
    assert _owners(world, recorded_case.number, other.number) == [ANA.id, ANA.id]
    assert _deliveries(world, recorded_case.number) == _deliveries(world, other.number)


def test_it_gives_each_replayed_submission_a_number_of_its_own(world: World) -> None:
    with recording(world.store) as statements:
        case = world.submit()
    recorded = Recording(tuple(statements), case.number, case.id, "no key")
    for case_id in ("a" * 32, "b" * 32):
        with world.store.writing() as work:
            replay(work.connection, recorded, case_id, OTHER_KEY)
    with world.store.reading() as work:
        rows = work.connection.exec_driver_sql("SELECT number, id FROM cases ORDER BY number").all()
    assert [(row.number - case.number, row.id) for row in rows] == [
        (0, case.id),
        (1, "a" * 32),
        (2, "b" * 32),
    ]


def _owners(world: World, *numbers: int) -> list[str]:
    with world.store.reading() as work:
        rows = work.connection.exec_driver_sql("SELECT number, owner FROM cases").all()
    owners = {row.number: row.owner for row in rows}
    return [owners[number] for number in numbers]


def _deliveries(world: World, number: int) -> list[str]:
    """The kinds of a case's deliveries and how they stand. A person has one Home: that one may belong to another case."""
    with world.store.reading() as work:
        rows = work.connection.exec_driver_sql(
            "SELECT number, kind, status FROM deliveries ORDER BY id"
        ).all()
    return [f"{row.kind} {row.status}" for row in rows if row.number == number and row.kind != "home"]
