"""The roster from a file, against the sandbox's Slack: whoever's account is gone takes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from consult_bot.sandbox import people
from consult_bot.sandbox.server import Sandbox
from consult_bot.slack.client import slack_client
from consult_bot.watch.listed import ListedPeople
from storage.store import Store
from tests.builders import ANA, BEN, LENA

LISTED = (ANA, BEN, replace(LENA, id="U0ELSEWHERE"))


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    local = Sandbox(tmp_path / "slack", 0, "http://127.0.0.1:9", tmp_path / "mail", lambda seconds: None)
    local.start()
    yield local
    local.stop()


@pytest.fixture
def listed(sandbox: Sandbox, sqlite_store: Store) -> ListedPeople:
    with sqlite_store.writing() as work:
        work.people.replace_all(LISTED)
    client = slack_client(sandbox.settings()["SLACK_BOT_TOKEN"], f"{sandbox.url}/api/", 5)
    return ListedPeople(client, sqlite_store, LISTED)


def works_here(store: Store) -> set[str]:
    with store.reading() as work:
        return {person.id for person in work.people.all().values() if person.active}


def user_change(slack_id: str, **traits: object) -> dict[str, object]:
    return {"type": "user_change", "user": {"id": slack_id, "deleted": False, "is_bot": False, **traits}}


def test_it_lets_go_at_once_whoever_was_deactivated_and_takes_them_back(
    listed: ListedPeople, sqlite_store: Store, sandbox: Sandbox
) -> None:
    listed.follow(user_change(ANA.id, deleted=True))
    assert works_here(sqlite_store) == {BEN.id, "U0ELSEWHERE"}
    listed.follow(user_change(ANA.id))
    assert works_here(sqlite_store) == {ANA.id, BEN.id, "U0ELSEWHERE"}
    assert sandbox.slack.log.told()["calls"] == []


def test_it_keeps_a_guest_whom_the_file_lists_and_takes_in_nobody_else(
    listed: ListedPeople, sqlite_store: Store
) -> None:
    listed.follow(user_change(BEN.id, is_restricted=True))
    listed.follow(user_change("U0NOOR"))
    listed.follow({"type": "member_joined_channel", "user": "U0NOOR", "channel": "C0CONSULT"})
    listed.follow({"type": "member_left_channel", "user": ANA.id, "channel": "C0CONSULT"})
    assert works_here(sqlite_store) == {ANA.id, BEN.id, "U0ELSEWHERE"}


def test_it_asks_slack_about_everybody_and_leaves_alone_whom_slack_does_not_know(
    listed: ListedPeople, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox
) -> None:
    known = sandbox.slack.workspace.person
    monkeypatch.setattr(
        sandbox.slack.workspace,
        "person",
        lambda slack_id: replace(people.ANA, deleted=True) if slack_id == ANA.id else known(slack_id),
    )
    listed.sync_when_due()
    assert works_here(sqlite_store) == {BEN.id, "U0ELSEWHERE"}
    called = len(sandbox.slack.log.told()["calls"])
    listed.sync_when_due()
    assert len(sandbox.slack.log.told()["calls"]) == called, "asked again too soon"


def test_it_asks_again_when_slack_did_not_answer(
    listed: ListedPeople, sqlite_store: Store, sandbox: Sandbox
) -> None:
    httpx.post(f"{sandbox.url}/_control/fault", json={"method": "users.info", "status": 503, "times": 1})
    listed.sync_when_due()
    assert len(sandbox.slack.log.told()["calls"]) == 1
    listed.sync_when_due()
    assert len(sandbox.slack.log.told()["calls"]) == 1 + len(LISTED)
    assert works_here(sqlite_store) == {ANA.id, BEN.id, "U0ELSEWHERE"}
