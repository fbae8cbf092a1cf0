"""Slack's door."""

from __future__ import annotations

import json
import time

import pytest
from slack_sdk.signature import SignatureVerifier

from tests.builders import ANA
from tests.slack.conftest import CHANNEL, Room

FORM = "application/x-www-form-urlencoded"


def signed(secret: str, body: str, at: float, content_type: str = "application/json") -> dict[str, str]:
    stamp = str(int(at))
    signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=body)
    return {
        "Content-Type": content_type,
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": signature or "",
    }


def knock(room: Room, body: str | bytes, headers: dict[str, str]):
    return room.http.post(f"{room.app_url}/slack/events", content=body, headers=headers)


def secret(room: Room) -> str:
    return room.sandbox.settings()["SLACK_SIGNING_SECRET"]


def claim(number: int) -> str:
    return f"command=%2Fconsult&text=claim+{number}&user_id={ANA.id}&channel_id={CHANNEL}&trigger_id=1.2.3&team_id=T0SANDBOX"


def test_it_answers_slacks_challenge(room: Room) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "abc"})
    answer = knock(room, body, signed(secret(room), body, time.time()))
    assert (answer.status_code, answer.json()) == (200, {"challenge": "abc"})


def test_it_answers_ssl_checks(room: Room) -> None:
    body = "ssl_check=1&token=x"
    assert knock(room, body, signed(secret(room), body, time.time(), FORM)).status_code == 200


def test_it_refuses_a_bad_signature_and_a_missing_one(room: Room) -> None:
    number = room.world.submit().number
    body = claim(number)
    assert knock(room, body, signed("another secret", body, time.time(), FORM)).status_code == 401
    assert knock(room, body, {"Content-Type": FORM}).status_code == 401
    assert room.world.case(number).owner is None


@pytest.mark.parametrize("stamp", ["9" * 400, "9" * 5000, "-1", "1e9", "soon", ""])
def test_it_refuses_a_timestamp_that_is_no_moment(room: Room, stamp: str) -> None:
    for body, kind in ((claim(1001), FORM), ('{"type": "event_callback"}', "application/json")):
        headers = {**signed(secret(room), body, time.time(), kind), "X-Slack-Request-Timestamp": stamp}
        assert knock(room, body, headers).status_code == 401


def test_it_refuses_a_replay_after_five_minutes(room: Room) -> None:
    number = room.world.submit().number
    body = claim(number)
    assert knock(room, body, signed(secret(room), body, time.time() - 301, FORM)).status_code == 401
    assert room.world.case(number).owner is None
    assert knock(room, body, signed(secret(room), body, time.time(), FORM)).status_code == 200
    assert room.world.case(number).owner == ANA.id


def test_it_refuses_more_than_a_megabyte(room: Room) -> None:
    assert knock(room, b"x" * 1_000_001, {"Content-Type": FORM}).status_code == 413


def test_it_answers_bodies_that_are_not_slacks(room: Room) -> None:
    for body in (b'{"a":', b"[1]", b"\xff\xfe", b"payload=%5B1", b"[" * 100_000):
        assert knock(room, body, {"Content-Type": "application/json"}).status_code in {400, 401}
    assert room.http.get(f"{room.app_url}/slack/events").status_code == 405
