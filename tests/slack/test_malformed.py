"""Payloads that are signed and yet not what Slack sends: each refused whole, with nothing done and nothing told."""

from __future__ import annotations

import copy
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.builders import ANA, BEN
from tests.slack.conftest import CHANNEL, Room
from tests.slack.test_http import FORM, knock, secret, signed

CANARY = "Zanthoxylum"
NOT_THAT: tuple[Any, ...] = (None, 7, "system", [], {}, [None], True)
GONE = object()

Path = tuple[str | int, ...]


@pytest.fixture
def held(room: Room) -> int:
    number = room.world.submit().number
    room.world.did("claim", ANA, number)
    return number


@pytest.fixture
def ts(room: Room, held: int) -> str:
    return room.post(room.world.case(held))


def last(room: Room, told: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    payloads = [each["payload"] for each in room.look("log")["callbacks"]]
    return next(each for each in reversed(payloads) if told(each))


def command(room: Room, held: int, ts: str) -> dict[str, Any]:
    room.say(ANA, f"note C-{held} {CANARY}")
    return last(room, lambda payload: "command" in payload)


def press(room: Room, held: int, ts: str) -> dict[str, Any]:
    room.press(ANA, ts, "verb:more", f"task C-{held}")
    return room.last_sent("block_actions")


def home_press(room: Room, held: int, ts: str) -> dict[str, Any]:
    payload = press(room, held, ts)
    home = {"id": "V1", "type": "home", "private_metadata": "", "blocks": [], "state": {"values": {}}}
    return {**payload, "view": home}


def submission(room: Room, held: int, ts: str) -> dict[str, Any]:
    room.press(ANA, ts, "verb:note")
    room.send(ANA, note=CANARY)
    return room.last_sent("view_submission")


def options(room: Room, held: int, ts: str) -> dict[str, Any]:
    room.say(ANA, f"task C-{held}")
    view = room.look(f"view/{ANA.id}")
    return {
        "type": "block_suggestion",
        "user": {"id": ANA.id},
        "action_id": "to",
        "block_id": "to",
        "value": "a",
        "view": view,
    }


def shortcut(room: Room, held: int, ts: str) -> dict[str, Any]:
    reply = room.write(ANA, ts, CANARY)
    room.do("shortcut", user=ANA.id, callback_id="verb:ask", channel=CHANNEL, messageTs=reply)
    return room.last_sent("message_action")


def message(room: Room, held: int, ts: str) -> dict[str, Any]:
    room.write(BEN, ts, f"<@U0CONSULT> {CANARY}")
    return last(room, lambda payload: payload.get("event", {}).get("type") == "message")


def edit(room: Room, held: int, ts: str) -> dict[str, Any]:
    room.do("edit", user=BEN.id, channel=CHANNEL, messageTs=room.write(BEN, ts, "Eczma"), text=CANARY)
    room.do("open-home", user=BEN.id)
    return last(room, lambda payload: payload.get("event", {}).get("subtype") == "message_changed")


def deletion(room: Room, held: int, ts: str) -> dict[str, Any]:
    room.do("delete", user=BEN.id, channel=CHANNEL, messageTs=room.write(BEN, ts, CANARY))
    room.do("open-home", user=BEN.id)
    return last(room, lambda payload: payload.get("event", {}).get("subtype") == "message_deleted")


def home_opened(room: Room, held: int, ts: str) -> dict[str, Any]:
    room.do("open-home", user=BEN.id)
    return last(room, lambda payload: payload.get("event", {}).get("type") == "app_home_opened")


def about_people(kind: str) -> Callable[[Room, int, str], dict[str, Any]]:
    def told(room: Room, held: int, ts: str) -> dict[str, Any]:
        envelope = home_opened(room, held, ts)
        user: Any = {"id": "U0NOBODY", "deleted": False} if kind == "user_change" else "U0NOBODY"
        return {**envelope, "event": {"type": kind, "user": user, "channel": CHANNEL}}

    told.__name__ = kind
    return told


SURFACES = (
    *(command, press, home_press, submission, options, shortcut, message, edit, deletion, home_opened),
    *map(about_people, ("user_change", "member_joined_channel", "member_left_channel", "channel_unarchive")),
)


def paths(part: Any, above: Path = ()) -> Iterator[Path]:
    """Every part of a payload, of a list only its beginning."""
    items = part.items() if isinstance(part, dict) else enumerate(part[:2]) if isinstance(part, list) else ()
    for name, below in items:
        yield (*above, name)
        if len(above) < 5:
            yield from paths(below, (*above, name))


def with_part(payload: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(payload)
    part: Any = changed
    for name in path[:-1]:
        part = part[name]
    if value is GONE:
        del part[path[-1]]
    else:
        part[path[-1]] = value
    return changed


def sent(room: Room, payload: dict[str, Any]) -> int:
    """Send a payload as Slack would, signed, and return the status of the answer."""
    if "event" in payload or payload.get("type") == "event_callback":
        body, content_type = json.dumps(payload), "application/json"
    elif "command" in payload:
        body, content_type = urlencode({k: v for k, v in payload.items() if v is not None}), FORM
    else:
        body, content_type = urlencode({"payload": json.dumps(payload)}), FORM
    return knock(
        room, body, signed(secret(room), body, room.sandbox.slack.workspace.clock.now_seconds(), content_type)
    ).status_code


@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.__name__)
def test_it_never_fails_over_a_payload_whatever_part_of_it_is_wrong(
    room: Room, held: int, ts: str, surface: Callable[..., dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    payload = surface(room, held, ts)
    caplog.set_level(logging.DEBUG, logger="consult_bot")
    wrong = {}
    for place, path in enumerate(paths(payload)):
        for value in (GONE, *NOT_THAT)[place % 4 :: 4]:
            status = sent(room, with_part(payload, path, value))
            if status not in (200, 400, 404):
                wrong[(path, repr(value) if value is not GONE else "gone")] = status
    assert wrong == {}
    ours = [record for record in caplog.records if record.name.startswith("consult_bot")]
    assert [record.getMessage() for record in ours if record.levelno >= logging.ERROR] == []
    assert all(CANARY not in str(record.__dict__) for record in ours)


NOBODY = ("system", "patient", "", "u0ana", "U", "B0CONSULT", "U0ANA\n", "U0ANA system")


@pytest.mark.parametrize("surface", SURFACES[:6], ids=lambda surface: surface.__name__)
def test_it_takes_nobody_for_the_system_or_the_patient(
    room: Room, held: int, ts: str, surface: Callable[..., dict[str, Any]]
) -> None:
    payload = surface(room, held, ts)
    before, recognised = room.world.case(held), list(room.recognised)
    for actor in NOBODY:
        by = {"user_id": actor} if "command" in payload else {"user": {"id": actor}}
        assert sent(room, {**payload, **by}) == 400
    assert room.world.case(held) == before and room.recognised == recognised


def test_it_keeps_no_note_of_the_system(room: Room, held: int, ts: str) -> None:
    payload = message(room, held, ts)
    before = room.world.case(held)
    for actor in NOBODY:
        event = {**payload["event"], "user": actor, "ts": "9.9"}
        assert sent(room, {**payload, "event": event}) == 400
    assert room.world.case(held) == before


@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.__name__)
def test_it_takes_what_slack_sends(
    room: Room, held: int, ts: str, surface: Callable[..., dict[str, Any]]
) -> None:
    assert sent(room, surface(room, held, ts)) == 200
