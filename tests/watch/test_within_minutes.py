"""How long the cases of somebody deactivated stay with them at most, where Slack never tells of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from consult_bot.roster.people import Person
from consult_bot.sandbox.server import Sandbox
from consult_bot.slack.client import slack_client
from consult_bot.watch.leavers import Leavers
from consult_bot.watch.listed import ListedPeople
from consult_bot.watch.members import ChannelMembers
from consult_bot.worker import HOUSEKEEPING_SECONDS
from tests.builders import ANA, BEN, LENA, World

WITHIN_SECONDS = 15 * 60
SYNCED_AT_LEAST_SECONDS = 3 * WITHIN_SECONDS
CROWD = tuple(Person(f"U0CROWD{place:03}", "Made Up") for place in range(250))


class Practice:
    """A worker's housekeeping over a workspace, on a clock that ticks every 15 seconds."""

    def __init__(self, sandbox: Sandbox, world: World) -> None:
        self.sandbox = sandbox
        self.world = world
        self.seconds = 0.0
        self.client = slack_client(sandbox.settings()["SLACK_BOT_TOKEN"], f"{sandbox.url}/api/", 5)
        self.chores: list[Callable[[], None]] = []

    def read_the_file(self, *listed: Person) -> None:
        with self.world.store.writing() as work:
            work.people.replace_all(listed)
        roster = ListedPeople(self.client, self.world.store, listed, lambda: self.seconds)
        self.chores = [roster.sync_when_due, Leavers(self.world.store, self.world.desk).give_back_their_cases]

    def read_the_channel(self) -> None:
        leads = frozenset({LENA.id})
        roster = ChannelMembers(self.client, self.world.store, "C0CONSULT", leads, lambda: self.seconds)
        self.chores = [roster.sync_when_due, Leavers(self.world.store, self.world.desk).give_back_their_cases]

    def tick(self) -> None:
        self.seconds += HOUSEKEEPING_SECONDS
        self.sandbox.slack.workspace.advance(HOUSEKEEPING_SECONDS)
        for chore in self.chores:
            chore()

    def asked(self) -> int:
        return len(self.sandbox.slack.log.told()["calls"])

    def fault(self, **what: Any) -> None:
        httpx.post(f"{self.sandbox.url}/_control/fault", json=what)

    def leave_unheard(self, slack_id: str) -> None:
        self.sandbox.slack.workspace.change_person(slack_id, deleted=True)

    def seconds_until_given_back(self, number: int) -> float:
        left_at = self.seconds
        while self.world.case(number).owner is not None:
            assert self.seconds - left_at < 4 * WITHIN_SECONDS, "never"
            self.tick()
        return self.seconds - left_at


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    local = Sandbox(tmp_path / "slack", 0, "http://127.0.0.1:9", tmp_path / "mail", lambda seconds: None)
    local.start()
    yield local
    local.stop()


@pytest.fixture(params=["file", "channel"])
def practice(request: pytest.FixtureRequest, sandbox: Sandbox, sqlite_world: World) -> Practice:
    made = Practice(sandbox, sqlite_world)
    if request.param == "file":
        made.read_the_file(ANA, BEN, LENA)
    else:
        made.read_the_channel()
    return made


NO_FAULT: list[dict[str, Any]] = []
TROUBLE: list[list[dict[str, Any]]] = [
    NO_FAULT,
    [{"method": "users.info", "status": 503, "times": 1}],
    [{"method": "users.info", "error": "fatal_error", "times": 1}],
    [{"method": "users.info", "retry_after_seconds": 30, "times": 1}],
    [{"method": "users.info", "lose_reply": True, "times": 1}],
    [
        {"method": "conversations.members", "status": 503, "times": 1},
        {"method": "users.info", "status": 503, "times": 1},
    ],
]


@pytest.mark.parametrize("faults", TROUBLE, ids=str)
def test_it_gives_cases_back_within_a_quarter_of_an_hour_at_the_worst_moment(
    practice: Practice, faults: list[dict[str, Any]]
) -> None:
    """Somebody leaves right after everybody was asked about, no event tells of it, and Slack fails once then."""
    practice.tick()
    number = practice.world.submit().number
    practice.world.did("claim", ANA, number)
    practice.leave_unheard(ANA.id)
    for fault in faults:
        practice.fault(**fault)
    seconds = practice.seconds_until_given_back(number)
    assert seconds <= WITHIN_SECONDS
    assert practice.world.case(number).state.value == "new"


def test_it_is_done_for_a_crowd_that_slack_lets_us_ask_about_only_slowly(
    sandbox: Sandbox, sqlite_world: World
) -> None:
    """Slack's pace lets a hundred calls a minute through: who is left is asked about next time."""
    practice = Practice(sandbox, sqlite_world)
    practice.read_the_file(*CROWD, BEN, LENA, ANA)
    practice.tick()
    assert practice.asked() < len(CROWD), "the pace was met"
    for _ in range(20):
        practice.tick()
    number = sqlite_world.submit().number
    sqlite_world.did("claim", ANA, number)
    practice.leave_unheard(ANA.id)
    seconds = practice.seconds_until_given_back(number)
    assert seconds <= WITHIN_SECONDS


def test_it_asks_no_more_often_than_it_must(practice: Practice) -> None:
    practice.tick()
    first = practice.asked()
    for _ in range(39):
        practice.tick()
    assert practice.asked() == first
    practice.tick()
    assert practice.asked() == 2 * first


def test_it_lets_nobody_whom_slack_cannot_tell_about_stand_in_the_others_way(
    sandbox: Sandbox, sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice = Practice(sandbox, sqlite_world)
    practice.read_the_channel()
    practice.tick()
    number = sqlite_world.submit().number
    sqlite_world.did("claim", BEN, number)
    practice.leave_unheard(BEN.id)
    ask = practice.client.users_info
    monkeypatch.setattr(
        practice.client,
        "users_info",
        lambda user: ask(user=user) if user != ANA.id else practice.client.api_call("chat.shout"),
    )
    assert practice.seconds_until_given_back(number) <= WITHIN_SECONDS
    with sqlite_world.store.reading() as work:
        assert work.people.active(ANA.id), "whom nobody knows anything about stays"


def test_it_reads_a_channel_in_which_somebody_from_elsewhere_is(
    sandbox: Sandbox, sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice = Practice(sandbox, sqlite_world)
    practice.read_the_channel()
    channel = sandbox.slack.workspace.channel("C0CONSULT")
    shared = replace(channel, members=("U0ELSEWHERE", *channel.members))
    monkeypatch.setattr(sandbox.slack.workspace, "channel", lambda name_or_id: shared)
    practice.tick()
    with sqlite_world.store.reading() as work:
        assert work.people.active(ANA.id) and "U0ELSEWHERE" not in work.people.all()
