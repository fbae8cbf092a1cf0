"""The roster from the channel's members, against the sandbox's Slack."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from consult_bot.case.verb import Role
from consult_bot.cli.stories.players import until
from consult_bot.sandbox.server import Sandbox
from consult_bot.slack.client import slack_client
from consult_bot.watch.members import ChannelMembers
from storage.store import Store
from tests.builders import ANA


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    local = Sandbox(tmp_path / "slack", 0, "http://127.0.0.1:9", tmp_path / "mail", lambda seconds: None)
    local.start()
    yield local
    local.stop()


@pytest.fixture
def members(sandbox: Sandbox, sqlite_store: Store) -> ChannelMembers:
    client = slack_client(sandbox.settings()["SLACK_BOT_TOKEN"], f"{sandbox.url}/api/", 5)
    return ChannelMembers(client, sqlite_store, "C0CONSULT", frozenset({"U0LENA"}))


def works_here(store: Store) -> dict[str, Role]:
    with store.reading() as work:
        return {person.id: person.role for person in work.people.all().values() if person.active}


def test_it_takes_every_full_member_and_knows_the_leads(members: ChannelMembers, sqlite_store: Store) -> None:
    members.sync()
    people = works_here(sqlite_store)
    assert people["U0LENA"] is Role.LEAD and people["U0ANA"] is Role.CLINICIAN
    assert "U0CONSULT" not in people, "the bot itself is nobody's clinician"


def test_it_lets_those_go_who_are_no_members_any_more(members: ChannelMembers, sqlite_store: Store) -> None:
    with sqlite_store.writing() as work:
        work.people.put([replace(ANA, id="U0GONE")])
    members.sync()
    assert "U0GONE" not in works_here(sqlite_store)
    with sqlite_store.reading() as work:
        assert work.people.all()["U0GONE"].name == ANA.name


def test_it_leaves_the_roster_as_it_was_while_slack_is_away(
    members: ChannelMembers, sqlite_store: Store, sandbox: Sandbox
) -> None:
    members.sync()
    before = works_here(sqlite_store)
    for what in ({"status": 503}, {"error": "invalid_auth"}):
        httpx.post(
            f"{sandbox.url}/_control/fault", json={"method": "conversations.members", "times": 1, **what}
        )
        members.sync()
        assert works_here(sqlite_store) == before


SLOW_SECONDS = 20
"""How long a call to a Slack that never answers lasts: somebody who waited for it would wait as long."""


def test_it_keeps_nobody_waiting_while_slack_is_slow(sqlite_store: Store) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = slack_client(
            "xoxb-made-up", f"http://127.0.0.1:{silent.getsockname()[1]}/api/", SLOW_SECONDS
        )
        members = ChannelMembers(client, sqlite_store, "C0CONSULT", frozenset())
        began_at = time.monotonic()
        members.recognise("U0ANA")
        assert time.monotonic() - began_at < SLOW_SECONDS / 2
        members.recognise("U0ANA")
        assert time.monotonic() - began_at < SLOW_SECONDS / 2, "asked again too soon"
    assert works_here(sqlite_store) == {}


def test_it_recognises_somebody_new_at_once_and_a_stranger_never(
    members: ChannelMembers, sqlite_store: Store
) -> None:
    members.recognise("U0ANA")
    members.recognise("U0NOBODY")
    assert set(works_here(sqlite_store)) == {"U0ANA"}


def user(slack_id: str, **traits: object) -> dict[str, object]:
    """A user object as Slack's `user_change` carries it."""
    return {"id": slack_id, "deleted": False, "is_bot": False, "is_restricted": False, **traits}


GONE: list[dict[str, object]] = [
    {"type": "user_change", "user": user("U0ANA", deleted=True)},
    {"type": "user_change", "user": user("U0ANA", is_restricted=True)},
    {"type": "user_change", "user": user("U0ANA", is_ultra_restricted=True)},
    {"type": "member_left_channel", "user": "U0ANA", "channel": "C0CONSULT"},
]


@pytest.mark.parametrize("event", GONE, ids=str)
def test_it_lets_go_at_once_and_without_a_call_whoever_left(
    members: ChannelMembers, sqlite_store: Store, sandbox: Sandbox, event: dict[str, object]
) -> None:
    members.sync()
    called = len(sandbox.slack.log.told()["calls"])
    for _ in range(2):
        members.follow(event)
        assert set(works_here(sqlite_store)) == {"U0BEN", "U0LENA", "U0NOOR"}
    assert len(sandbox.slack.log.told()["calls"]) == called
    with sqlite_store.reading() as work:
        assert work.people.all()["U0ANA"].name == "Dr. Ana Ruiz"


@pytest.mark.parametrize(
    "event",
    [
        {"type": "member_left_channel", "user": "U0ANA", "channel": "C0GENERAL"},
        {"type": "user_change", "user": user("U0NOBODY", deleted=True)},
        {"type": "user_change", "user": None},
        {"type": "member_joined_channel", "user": "U0NOBODY", "channel": "C0GENERAL"},
    ],
    ids=str,
)
def test_it_lets_nobody_go_for_what_happens_elsewhere(
    members: ChannelMembers, sqlite_store: Store, event: dict[str, object]
) -> None:
    members.sync()
    before = works_here(sqlite_store)
    members.follow(event)
    assert works_here(sqlite_store) == before


@pytest.mark.parametrize(
    "event",
    [
        {"type": "member_joined_channel", "user": "U0ANA", "channel": "C0CONSULT"},
        {"type": "user_change", "user": user("U0ANA")},
    ],
    ids=str,
)
def test_it_lets_somebody_in_again_who_came_back(
    members: ChannelMembers, sqlite_store: Store, event: dict[str, object]
) -> None:
    members.sync()
    members.follow(GONE[0])
    members.follow(event)
    until("Ana to work here again", lambda: "U0ANA" in works_here(sqlite_store))


def test_it_lets_nobody_in_again_who_left_while_the_channel_was_read(
    members: ChannelMembers, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = members._person

    def left_meanwhile(slack_id: str) -> object:
        found = read(slack_id)
        if slack_id == "U0LENA":
            members.follow(GONE[0])
        return found

    monkeypatch.setattr(members, "_person", left_meanwhile)
    members.sync()
    assert set(works_here(sqlite_store)) == {"U0BEN", "U0LENA", "U0NOOR"}
