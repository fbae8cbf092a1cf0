"""Clinicians at work in their Home, over real HTTP: opened, published by the worker, pressed, turned."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from consult_bot.case.errors import Busy
from consult_bot.case.model import MessageKind, State
from consult_bot.notices.mail import FolderMail
from consult_bot.notices.sending import Office
from consult_bot.roster.people import Person
from consult_bot.sandbox.block_rules import view_problems
from consult_bot.worker import Worker
from tests.builders import ANA, BEN, LENA, PRACTICE
from tests.commands.outcomes import home_waits
from tests.slack.cases import read
from tests.slack.conftest import Room

NOOR = "U0NOOR"
"""In the workspace, and not on the roster."""


class Homes:
    """Opens Homes and reads them once the worker has drawn them."""

    def __init__(self, room: Room, folder: Path) -> None:
        self._room = room
        office = Office(
            store=room.world.store,
            practice=PRACTICE,
            slack=room.sender,
            mail=FolderMail(folder),
            mail_from="care@example.org",
            public_url="https://consult.example.org",
        )
        self._worker = Worker(room.world.store, room.world.desk, office)

    def open(self, who: str) -> dict[str, Any]:
        assert self._room.do("open-home", user=who)["status"] == 200
        return self.seen(who)

    def seen(self, who: str) -> dict[str, Any]:
        """What somebody sees when everything that waits for a Home has been drawn."""
        while self.waiting():
            self.work()
        view = self._room.look(f"home/{who}")
        assert view_problems({key: view[key] for key in ("type", "blocks", "private_metadata")}) == []
        return view

    def press(self, person: Person, action: str, value: str | None = None, **more: Any) -> dict[str, Any]:
        """Press something in Home; the view that opens, if one does."""
        view_id = self._room.look(f"home/{person.id}")["id"]
        return self._room.do("interact", user=person.id, view_id=view_id, action=action, value=value, **more)[
            "view"
        ]

    def work(self) -> bool:
        """Whether anything could be sent just now."""
        return self._worker.work_once()

    def waiting(self) -> bool:
        return home_waits(self._room.world.store)

    def published(self) -> int:
        return self._room.opened().count("views.publish")


@pytest.fixture
def homes(room: Room, tmp_path: Path) -> Iterator[Homes]:
    yield Homes(room, tmp_path / "homes-mail")


@pytest.fixture
def number(room: Room) -> int:
    return room.world.submit().number


def rows(view: dict[str, Any], list_name: str) -> list[str]:
    """The cases on a list of Home, by their rows' ids."""
    ids = [block["block_id"].split("/") for block in view["blocks"] if block["type"] == "actions"]
    return [each[1] for each in ids if each[0] == list_name]


def value_of(view: dict[str, Any], action: str, at: Callable[[dict[str, Any]], bool] = lambda e: True) -> str:
    found = [e for block in view["blocks"] for e in block.get("elements", ()) if e.get("action_id") == action]
    return next(e["value"] for e in found if at(e))


def test_it_draws_home_when_it_is_opened(room: Room, homes: Homes, number: int) -> None:
    view = homes.open(ANA.id)
    assert rows(view, "queue") == [f"C-{number}"] and "A red rash" in read(view["blocks"])
    assert "rash" not in view["private_metadata"] + view["callback_id"]
    assert room.recognised == [ANA.id]
    assert "views.publish" in room.opened() and "views.open" not in room.opened()


def test_it_draws_nothing_when_another_tab_is_opened(room: Room, homes: Homes, number: int) -> None:
    event = {"type": "app_home_opened", "user": ANA.id, "channel": "D1", "tab": "messages", "event_ts": "1.1"}
    assert room.sandbox.slack.callbacks.event(event).result().status == 200
    assert not homes.waiting()


@pytest.mark.parametrize("left", [False, True])
def test_it_shows_no_case_to_somebody_who_is_not_on_the_roster(
    room: Room, homes: Homes, number: int, left: bool
) -> None:
    if left:
        room.do("open-home", user=ANA.id)
        with room.world.store.writing() as work:
            work.people.replace_all([BEN, LENA])
        view = homes.seen(ANA.id)
    else:
        view = homes.open(NOOR)
    told = read(view["blocks"])
    assert "ask <@U0LENA> to add you" in told
    assert "C-" not in told and "rash" not in json.dumps(view)


def test_it_welcomes_somebody_who_was_added_meanwhile(room: Room, homes: Homes, number: int) -> None:
    homes.open(NOOR)
    noor = Person(NOOR, "Noor Haddad")
    with room.world.store.writing() as work:
        work.people.put([noor])
    homes.press(noor, "nav:refresh")
    assert rows(homes.seen(NOOR), "queue") == [f"C-{number}"]


def test_it_claims_in_home_and_draws_it_anew(room: Room, homes: Homes, number: int) -> None:
    homes.open(ANA.id)
    assert homes.press(ANA, "verb:claim", f"C-{number}") is None
    assert room.world.case(number).owner == ANA.id
    view = homes.seen(ANA.id)
    assert rows(view, "waiting") == [f"C-{number}"] and rows(view, "queue") == []


def test_it_refuses_in_a_modal_and_shows_what_is_so_now(room: Room, homes: Homes, number: int) -> None:
    homes.open(BEN.id)
    room.world.did("claim", ANA, number)
    assert rows(homes.seen(BEN.id), "queue") == [f"C-{number}"], "only the actor's Home is drawn by itself"
    refused = homes.press(BEN, "verb:claim", f"C-{number}")
    assert "already claimed by <@U0ANA>" in read(refused["blocks"])
    assert rows(homes.seen(BEN.id), "queue") == []


def test_it_draws_home_anew_where_what_was_pressed_is_so_already(
    room: Room, homes: Homes, number: int
) -> None:
    homes.open(ANA.id)
    earlier = room.look(f"home/{ANA.id}")
    room.world.did("claim", ANA, number)
    homes.seen(ANA.id)
    room.sender.publish_home(ANA.id, {key: earlier[key] for key in ("type", "blocks")})
    assert homes.press(ANA, "verb:claim", f"C-{number}") is None
    assert rows(homes.seen(ANA.id), "queue") == []


def test_it_asks_from_home_through_the_same_form(room: Room, homes: Homes, number: int) -> None:
    room.world.did("claim", ANA, number)
    homes.open(ANA.id)
    form = homes.press(ANA, "verb:ask", f"C-{number}")
    assert form["callback_id"] == "verb:ask"
    room.send(ANA, question="Does it itch?")
    sent = room.send(ANA)["view"]
    assert "Sending at" in read(sent["blocks"])
    view = homes.seen(ANA.id)
    assert rows(view, "waiting") == [] and rows(view, "patient") == [f"C-{number}"]
    assert room.world.case(number).last_of(MessageKind.QUESTION) is not None


def test_it_ends_just_the_task_whose_done_was_pressed(room: Room, homes: Homes, number: int) -> None:
    room.world.did("claim", ANA, number)
    room.world.did("task", ANA, number, kind="call", words="Call the mother.")
    room.world.did("task", ANA, number, kind="lab", words="Order a swab.")
    call, lab = room.world.case(number).tasks
    assert rows(homes.open(ANA.id), "tasks") == [f"C-{number}", f"C-{number}"]
    assert homes.press(ANA, "verb:done", f"C-{number}/{lab.id}")["callback_id"] == "verb:done"
    room.send(ANA, outcome="completed")
    assert [task.id for task in room.world.case(number).open_tasks] == [call.id]
    told = read(homes.seen(ANA.id)["blocks"])
    assert "Call the mother." in told and "swab" not in told


def test_it_does_what_is_chosen_under_more_and_shows_a_case(room: Room, homes: Homes, number: int) -> None:
    room.world.did("claim", ANA, number)
    homes.open(ANA.id)
    block_id = f"waiting/C-{number}/{room.world.case(number).version}"
    form = homes.press(ANA, "verb:more", f"close C-{number}", block_id=block_id)
    assert form["callback_id"] == "verb:close"
    shown = homes.press(ANA, "nav:show", f"C-{number}")
    assert "A red rash" in read(shown["blocks"])
    assert room.world.case(number).state is State.CLAIMED


def test_it_draws_the_actors_home_wherever_they_act(room: Room, homes: Homes, number: int) -> None:
    ts = room.post(room.world.case(number))
    room.press(ANA, ts, "verb:claim")
    assert rows(homes.seen(ANA.id), "waiting") == [f"C-{number}"]
    room.say(ANA, f"release C-{number} off shift")
    assert rows(homes.seen(ANA.id), "waiting") == []
    assert room.look(f"home/{BEN.id}") is None
    before = homes.published()
    room.world.reply(number, "It itches.")
    assert not homes.waiting() and homes.published() == before, "the patient has no Home"


def test_it_draws_home_once_for_many_acts_and_soon_after_a_limit(
    room: Room, homes: Homes, number: int
) -> None:
    room.world.did("claim", ANA, number)
    for words in ("one", "two", "three"):
        room.world.did("note", ANA, number, note=words)
    before = homes.published()
    assert rows(homes.seen(ANA.id), "waiting") == [f"C-{number}"] and homes.published() == before + 1


@pytest.mark.parametrize("what", [{"lose_reply": True}, {"status": 503}, {"retry_after_seconds": 3}])
def test_it_draws_home_whatever_slack_answers_first(
    room: Room, homes: Homes, number: int, what: dict[str, Any]
) -> None:
    room.do("fault", method="views.publish", **what)
    room.do("open-home", user=ANA.id)
    while homes.waiting():
        if not homes.work():
            room.world.advance(seconds=4)
    assert rows(room.look(f"home/{ANA.id}"), "queue") == [f"C-{number}"]


def test_it_lets_slack_say_again_that_home_was_opened_when_we_are_busy(
    room: Room, homes: Homes, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(slack_id: str, page: str = "") -> None:
        raise Busy("Please try again.")

    event = {"type": "app_home_opened", "user": ANA.id, "channel": "D1", "tab": "home", "event_ts": "1.1"}
    homes.open(ANA.id)
    with monkeypatch.context() as patch:
        patch.setattr(room.world.desk, "show_home", busy)
        assert room.sandbox.slack.callbacks.event(event).result().status == 500
        assert homes.press(ANA, "nav:refresh") is None
    assert room.sandbox.slack.callbacks.event(event).result().status == 200
    assert homes.waiting()


def test_it_takes_a_page_that_is_none_of_ours_for_the_beginning(
    room: Room, homes: Homes, number: int
) -> None:
    homes.open(ANA.id)
    homes.press(ANA, "nav:refresh")
    homes.seen(ANA.id)
    payload = room.last_sent("block_actions")
    forged = {**payload["actions"][0], "action_id": "nav:next", "value": "queue>1.5.'; drop"}
    answer = room.sandbox.slack.callbacks.interaction({**payload, "actions": [forged]})
    assert answer.status == 200
    view = homes.seen(ANA.id)
    assert "Your consults" in read(view["blocks"]) and view["private_metadata"] == ""


@pytest.fixture
def three_hundred(room: Room) -> list[int]:
    """Open cases, every second of them Ana's."""
    numbers = [room.world.submit(concern="A very long story. " * 60).number for _ in range(300)]
    for number in numbers[::2]:
        room.world.did("claim", ANA, number)
    return numbers


def test_it_turns_through_three_hundred_open_cases_and_works_on_the_way(
    room: Room, homes: Homes, three_hundred: list[int]
) -> None:
    first = homes.open(ANA.id)
    assert len(rows(first, "waiting")) == len(rows(first, "queue")) == 5
    assert "Waiting for you: *99+*" in read(first["blocks"])

    homes.press(ANA, "nav:list", "queue")
    view, seen = homes.seen(ANA.id), []
    for _ in range(2):
        seen += rows(view, "queue")
        homes.press(ANA, "nav:next", value_of(view, "nav:next"))
        view = homes.seen(ANA.id)
    assert seen == [f"C-{number}" for number in three_hundred[1::2]][:20]
    assert "21 to 30 of 99+" in read(view["blocks"]) and "waiting/" not in json.dumps(view["blocks"])

    claimed, kept = rows(view, "queue")[0], rows(view, "queue")[1:]
    homes.press(ANA, "verb:claim", claimed)
    view = homes.seen(ANA.id)
    assert rows(view, "queue")[:-1] == kept, "it stays on the page, and the next case moves up"

    form = homes.press(ANA, "verb:more", f"note {kept[0]}", block_id=f"queue/{kept[0]}/1")
    assert form["callback_id"] == "verb:note"
    room.send(ANA, note="Looks like eczema.")
    assert rows(homes.seen(ANA.id), "queue")[:-1] == kept, "a form comes back to the page as well"

    homes.press(ANA, "nav:previous", value_of(view, "nav:previous"))
    assert rows(homes.seen(ANA.id), "queue") == seen[10:]
    homes.press(ANA, "nav:home")
    assert len(rows(homes.seen(ANA.id), "waiting")) == 5
