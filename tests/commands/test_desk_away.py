"""What the desk says when nothing could be done: that others were first, or that the records are out of reach."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from consult_bot.case.errors import Away, Busy, Unsure
from consult_bot.case.verb import Actor, Done, Outcome, Refused, Request
from consult_bot.case.words import Words
from storage.errors import Conflict, FilesAway, KeysAway, Overloaded
from storage.store import Store
from tests.builders import ANA, World
from tests.storage.lost_answers import lose_the_answer

FULL_DISK = Overloaded("the disk of 10.0.0.7 is full")
OUT_OF_REACH = "We could not reach our records just now. Nothing was changed. Please try again in a minute."

Ask = Callable[[World], object]


def raising(error: Exception) -> Callable[..., object]:
    def act(*given: object) -> object:
        raise error

    return act


def claimed(world: World) -> Outcome:
    return world.desk.handle(Request("claim", Actor(ANA.id), 1001))


def warned(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str | None]]:
    """What is away and the remedy, of each line that says so."""
    found = [line for line in caplog.records if line.message == "the storage is away"]
    assert all(line.levelno == logging.WARNING for line in found) and "10.0.0.7" not in caplog.text
    return [(vars(line)["error"], vars(line)["remedy"]) for line in found]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (FULL_DISK, ("Overloaded", None)),
        (KeysAway("Check the network."), ("KeysAway", "Check the network.")),
        (FilesAway("Check the bucket."), ("FilesAway", "Check the bucket.")),
    ],
)
def test_it_says_plainly_that_the_records_are_out_of_reach_and_warns_once(
    sqlite_world: World,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Overloaded,
    told: tuple[str, str | None],
) -> None:
    number = sqlite_world.submit().number
    with monkeypatch.context() as patched:
        patched.setattr(sqlite_world.store, "commit", raising(error))
        outcome = claimed(sqlite_world)
    assert isinstance(outcome, Refused) and isinstance(outcome.why, Away)
    assert outcome.why.text == OUT_OF_REACH and outcome.why.retry
    assert warned(caplog) == [told]
    assert sqlite_world.case(number).owner is None


def tasks(world: World, number: int) -> list[str]:
    return [task.kind.value for task in world.case(number).tasks]


@pytest.mark.parametrize("done", [True, False])
def test_it_says_to_look_at_the_case_where_nobody_can_tell_whether_it_was_done(
    postgres_store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, done: bool
) -> None:
    world = World(postgres_store)
    number = world.submit().number
    world.did("claim", ANA, number)
    fields = {"kind": Words("lab"), "words": Words("Order a swab.")}
    typed = Request("task", Actor(ANA.id), number, fields, once_key="command:1")
    with monkeypatch.context() as broken:
        lose_the_answer(broken, postgres_store, done=done)
        outcome = world.desk.handle(typed)
    assert isinstance(outcome, Refused) and isinstance(outcome.why, Unsure) and outcome.why.retry
    assert "look at the case first" in outcome.why.text and "Nothing was changed" not in outcome.why.text
    assert warned(caplog) == [("Unanswered", None)]
    assert tasks(world, number) == (["lab"] if done else [])
    again = world.desk.handle(typed)
    assert isinstance(again, Done) and again.repeated is done
    assert tasks(world, number) == ["lab"], "the same request is done once"


def test_it_says_that_others_were_first_and_warns_nobody(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sqlite_world.submit()
    monkeypatch.setattr(sqlite_world.store, "commit", raising(Conflict("C-1001")))
    outcome = claimed(sqlite_world)
    assert isinstance(outcome, Refused) and not isinstance(outcome.why, Away)
    assert "Many people are changing this case" in outcome.why.text
    assert "records" not in outcome.why.text and warned(caplog) == []


@pytest.mark.parametrize(
    "ask",
    [
        lambda world: world.desk.handle_and_answer(
            Request("claim", Actor(ANA.id), 1001, once_key="k"), lambda outcome: None
        ),
        lambda world: world.desk.show_home(ANA.id),
        lambda world: world.desk.try_channel_again("C1"),
        lambda world: world.desk.card_is_gone("C1", "1.1"),
    ],
    ids=["answer", "home", "channel", "card"],
)
def test_it_raises_it_where_slack_must_ask_again_and_warns_once(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, ask: Ask
) -> None:
    sqlite_world.submit()
    monkeypatch.setattr(sqlite_world.store, "commit", raising(FULL_DISK))
    with pytest.raises(Busy) as refused:
        ask(sqlite_world)
    assert isinstance(refused.value, Away) and warned(caplog) == [("Overloaded", None)]


@pytest.mark.parametrize(
    "ask",
    [
        lambda world: world.desk.look("queue", Actor(ANA.id)),
        lambda world: world.desk.decide(ANA.id, 1, send=True, channel="C1", ts="1.1"),
    ],
    ids=["query", "dead letter"],
)
def test_it_answers_it_where_somebody_looks_or_decides_and_warns_once(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, ask: Ask
) -> None:
    for way in ("commit", "reading"):
        monkeypatch.setattr(sqlite_world.store, way, raising(FULL_DISK))
    refused = ask(sqlite_world)
    assert isinstance(refused, Refused) and refused.why.text == OUT_OF_REACH
    assert warned(caplog) == [("Overloaded", None)]
