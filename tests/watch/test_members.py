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
