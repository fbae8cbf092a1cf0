"""Whose Slack it is."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from consult_bot.sandbox.server import Sandbox
from consult_bot.slack.client import slack_client
from consult_bot.slack.workspace import NOT_HERE, OwnWorkspace, Workspace
from tests.builders import ANA, BEN
from tests.slack.conftest import CHANNEL, Room
from tests.slack.test_http import FORM, knock, secret, signed

HOME = Workspace("T1", None, False)
IN_GRID = Workspace("T1", "E1", False)
ORG = Workspace("E1", "E1", True)


@pytest.mark.parametrize(
    ("own", "body", "ours"),
    [
        (HOME, {"team_id": "T1"}, True),
        (HOME, {"team_id": "T2"}, False),
        (HOME, {"team": {"id": "T1"}, "enterprise": None}, True),
        (HOME, {"team": {"id": "T2"}, "user": {"id": "U1", "team_id": "T1"}}, False),
        (HOME, {"team_id": "T1", "authorizations": [{"team_id": "T2"}]}, False),
        (HOME, {"team_id": "T2", "authorizations": [{"team_id": "T1"}]}, False),
        (
            HOME,
            {"team_id": "T2", "authorizations": [{"team_id": "T1"}], "is_ext_shared_channel": True},
            True,
        ),
        (
            HOME,
            {"team_id": "T1", "authorizations": [{"team_id": "T2"}], "is_ext_shared_channel": True},
            False,
        ),
        (HOME, {"team_id": "T2", "is_ext_shared_channel": True}, False),
        (HOME, {}, True),
        (HOME, {"team": "T2", "authorizations": None}, False),
        (IN_GRID, {"team_id": "T1", "enterprise_id": "E1"}, True),
        (IN_GRID, {"team_id": "T1", "enterprise_id": "E2"}, False),
        (IN_GRID, {"team_id": "T2", "enterprise_id": "E1"}, False),
        (IN_GRID, {"team": None, "enterprise": {"id": "E2"}}, False),
        (ORG, {"team_id": "T7", "enterprise_id": "E1", "is_enterprise_install": "true"}, True),
        (ORG, {"team": None, "enterprise": {"id": "E1"}, "is_enterprise_install": True}, True),
        (ORG, {"team": {"id": "T7", "enterprise_id": "E2"}}, False),
        (ORG, {"team_id": "T7"}, False),
        (ORG, {"authorizations": [{"enterprise_id": "E1", "team_id": None}], "team_id": "T7"}, True),
        (ORG, {"authorizations": [{"enterprise_id": "E2", "team_id": None}], "enterprise_id": "E1"}, False),
    ],
)
def test_it_knows_its_own_workspace_or_organisation(own: Workspace, body: dict, ours: bool) -> None:
    assert own.sent(body) is ours


def foreign_command(number: int) -> str:
    given = {"command": "/consult", "user_id": ANA.id, "channel_id": CHANNEL, "trigger_id": "1.2.3"}
    return urlencode({**given, "team_id": "T0OTHER", "text": f"claim {number}"})


def test_it_tells_another_workspace_kindly_and_nothing_else(room: Room) -> None:
    number = room.world.submit().number
    for body in (foreign_command(number), foreign_command(number).replace("claim", "show")):
        answer = knock(room, body, signed(secret(room), body, time.time(), FORM))
        assert (answer.status_code, answer.json()) == (
            200,
            {"response_type": "ephemeral", "text": NOT_HERE},
        )
        assert f"C-{number}" not in answer.text
    assert room.world.case(number).owner is None
    assert room.recognised == []


def test_it_acknowledges_what_else_another_workspace_sends_and_does_nothing(room: Room) -> None:
    number = room.world.submit().number
    room.world.did("claim", ANA, number)
    ts = room.post(room.world.case(number))
    room.press(ANA, ts, "verb:more", f"reassign C-{number}")
    before, calls = room.world.case(number), room.opened()
    payloads = [callback["payload"] for callback in room.look("log")["callbacks"]]
    pressed = payloads[-1]
    view = room.look(f"view/{ANA.id}")
    submitted = {**pressed, "type": "view_submission", "view": view}
    menu = {**pressed, "type": "block_suggestion", "action_id": "to", "block_id": "to", "view": view}
    for payload, said in ((pressed, ""), (submitted, ""), (menu, '{"options": []}')):
        body = urlencode({"payload": json.dumps({**payload, "team": {"id": "T0OTHER"}})})
        answer = knock(room, body, signed(secret(room), body, time.time(), FORM))
        assert (answer.status_code, answer.text) == (200, said)
    said = {"type": "message", "channel": CHANNEL, "user": BEN.id, "text": "hi", "ts": "9.9", "thread_ts": ts}
    body = json.dumps({"type": "event_callback", "team_id": "T0OTHER", "event": said})
    assert knock(room, body, signed(secret(room), body, time.time())).status_code == 200
    assert room.world.case(number) == before
    assert room.opened() == calls


def test_it_asks_slack_once(room: Room) -> None:
    for _ in range(3):
        room.say(ANA, "queue")
    assert room.opened() == ["auth.test"]


def test_it_works_before_slack_has_told_whose_it_is_and_asks_no_more_than_now_and_then(room: Room) -> None:
    number = room.world.submit().number
    room.do("fault", method="auth.test", status=503, times=9)
    told = room.say(ANA, f"claim C-{number}")
    assert "you have claimed it" in told["ephemeral"]["text"]
    room.say(ANA, "queue")
    assert room.opened() == ["auth.test"]


def test_it_learns_it_later(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("consult_bot.slack.workspace.RETRY_SECONDS", 0.0)
    settings = room.sandbox.settings()
    own = OwnWorkspace(slack_client(settings["SLACK_BOT_TOKEN"], settings["SLACK_API_URL"], 5))
    room.do("fault", method="auth.test", error="service_unavailable")
    assert own.known() is None
    own.look_up()
    deadline, moment = time.monotonic() + 60, threading.Event()
    while own.team_id() is None:
        assert time.monotonic() < deadline
        moment.wait(0.02)
    assert own.known() == Workspace("T0SANDBOX", None, False)


@pytest.fixture
def organisation(tmp_path: Path) -> Iterator[Sandbox]:
    sandbox = Sandbox(
        tmp_path, 0, "http://127.0.0.1:9", tmp_path, lambda seconds: None, enterprise_id="E0ORG"
    )
    sandbox.start()
    yield sandbox
    sandbox.stop()


def test_it_compares_the_organisation_where_it_is_installed_for_one(organisation: Sandbox) -> None:
    settings = organisation.settings()
    own = OwnWorkspace(slack_client(settings["SLACK_BOT_TOKEN"], settings["SLACK_API_URL"], 5)).known()
    assert own == Workspace("T0SANDBOX", "E0ORG", True)
    organisation.slack.callbacks.event({"type": "user_change"}).result()
    envelope = organisation.slack.log.told()["callbacks"][0]["payload"]
    assert own.sent(envelope)
    assert not own.sent({**envelope, "enterprise_id": "E0OTHER"})
    assert envelope["authorizations"][0]["is_enterprise_install"] is True
