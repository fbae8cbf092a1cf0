"""What goes wrong in a workspace: people gone, forms sent twice, channels closed, a Slack that does not answer."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from slack_bolt import BoltRequest
from slack_sdk.signature import SignatureVerifier

from consult_bot.case.model import MessageKind, State
from consult_bot.slack.bind import bind, build_app
from tests.builders import ANA, BEN, LENA
from tests.slack.cases import NASTY, read, words_that_work
from tests.slack.conftest import CHANNEL, Room


@pytest.fixture
def number(room: Room) -> int:
    return room.world.submit().number


@pytest.fixture
def held(room: Room, number: int) -> int:
    """A case that Ana holds."""
    room.world.did("claim", ANA, number)
    return number


# People


LEFT: list[dict[str, Any]] = [
    {"type": "user_change", "user": {"id": BEN.id, "deleted": True}},
    {"type": "user_change", "user": {"id": BEN.id, "is_restricted": True}},
    {"type": "user_change", "user": {"id": BEN.id, "is_bot": True}},
    {"type": "member_left_channel", "user": BEN.id, "channel": CHANNEL},
]


@pytest.mark.parametrize("event", LEFT, ids=str)
def test_it_refuses_whoever_left_a_moment_ago_on_every_surface(
    room: Room, held: int, event: dict[str, Any]
) -> None:
    ts = room.post(room.world.case(held))
    open_form = room.say(LENA, f"reassign C-{held}")["view"]
    assert room.happened(event) == 200
    before = room.world.case(held)
    told = [room.say(BEN, f"note C-{held} hello")["ephemeral"]["text"]]
    told.append(read(room.press(BEN, ts, "verb:more", f"task C-{held}")["view"]["blocks"]))
    told.append(room.say(BEN, "queue")["ephemeral"]["text"])
    room.write(BEN, ts, "still here")
    assert all("not on this practice's roster" in each for each in told)
    assert open_form["callback_id"] == "verb:reassign"
    assert "roster" in room.send(LENA, to=BEN.id)["errors"]["to"]
    assert "roster" in room.say(LENA, f"reassign C-{held} @ben covers")["ephemeral"]["text"]
    options = room.do("options", user=LENA.id, action_id="to", value="")["ack"]["options"]
    assert BEN.id not in [option["value"] for option in options]
    assert room.world.case(held) == before


def test_it_answers_events_about_people_without_waiting_for_slack(room: Room, held: int) -> None:
    for event in (*LEFT, {"type": "member_joined_channel", "user": BEN.id, "channel": CHANNEL}):
        assert room.happened(event) == 200
    callbacks = [c for c in room.look("log")["callbacks"] if c["kind"].startswith("event")]
    assert len(callbacks) == 5 and max(c["elapsed_seconds"] for c in callbacks) < 3


# Forms and buttons


def test_it_keeps_a_note_once_when_its_form_is_sent_twice(room: Room, held: int) -> None:
    room.press(ANA, room.post(room.world.case(held)), "verb:note")
    assert room.send(ANA, note="Dry skin")["view"] is None
    payload = room.last_sent("view_submission")
    other_hash = {**payload, "view": {**payload["view"], "hash": "1.other"}}
    for again in (payload, other_hash):
        assert room.sandbox.slack.callbacks.interaction(again).body == {"response_action": "clear"}
    assert [m.words.reveal() for m in room.world.case(held).messages] == ["Dry skin"]


def test_it_sends_a_preview_once_whatever_its_hash(room: Room, held: int) -> None:
    room.say(ANA, f"ask C-{held} Does it itch?")
    room.send(ANA)
    room.send(ANA)
    payload = room.last_sent("view_submission")
    room.world.advance(seconds=31)
    again = room.sandbox.slack.callbacks.interaction(
        {**payload, "view": {**payload["view"], "hash": "1.other"}}
    )
    assert again.body["response_action"] == "update" and "*Sent.*" in read(again.body["view"]["blocks"])
    asked = [m for m in room.world.case(held).messages if m.kind is MessageKind.QUESTION]
    assert len(asked) == 1 and room.world.case(held).drafts == ()


def test_it_says_who_has_a_case_that_a_lead_moved_meanwhile(room: Room, held: int) -> None:
    ts = room.post(room.world.case(held))
    room.world.did("reassign", LENA, held, to=BEN.id)
    told = read(room.press(ANA, ts, "verb:ask")["view"]["blocks"])
    assert f"Only <@U0BEN>, who holds C-{held}, can do that" in told
    room.world.did("close", LENA, held, reason="duplicate")
    told = read(room.press(BEN, ts, "verb:ask")["view"]["blocks"])
    assert f"C-{held} is closed" in told and "You can:" in told
    assert room.world.case(held).messages == ()


@pytest.mark.parametrize("name", ["x" * 40_000, "claim" * 5_000, "\N{BABY}" * 3_000, "cl\u0000aim"])
def test_it_refuses_a_verb_of_any_length_at_once(room: Room, held: int, name: str) -> None:
    began_at = time.monotonic()
    told = room.say(ANA, f"{name} C-{held}")
    assert "There is no such command." in told["ephemeral"]["text"] and len(told["ephemeral"]["text"]) < 200
    assert time.monotonic() - began_at < 3


@pytest.mark.parametrize(
    "typed",
    [
        "{nasty}",
        "{nasty} C-{number}",
        "claim {nasty}",
        "claim C-{number} {nasty}",
        "close C-{number} {nasty}",
        "show {nasty}",
        "reassign C-{number} <@U0NOOR> {nasty}",
        "emergency C-{number} {nasty}",
        "release C-{number} {nasty}",
    ],
)
def test_it_repeats_nothing_hostile_as_markup(room: Room, held: int, typed: str) -> None:
    ts = room.post(room.world.case(held))
    text = typed.format(nasty=NASTY, number=held)
    told = room.say(ANA, text)
    room.write(ANA, ts, f"<@U0CONSULT> {text}")
    room.settle()
    ephemeral = told["ephemeral"] or {"text": "", "blocks": []}
    posted = words_that_work([r["blocks"] for r in room.replies(ts)])
    shown = ephemeral["text"] + words_that_work(ephemeral.get("blocks") or []) + posted
    if told["view"]:
        shown += words_that_work(told["view"]["blocks"])
    for hostile in ("<!channel>", "<https://evil", "*bold*"):
        assert hostile not in shown


# The channel


def test_it_waits_for_a_channel_that_was_closed_and_then_posts_everything_once(room: Room) -> None:
    room.do("fault", method="chat.postMessage", error="is_archived", times=2)
    numbers = [room.world.submit().number for _ in range(3)]
    room.settle()
    assert room.look(f"messages/{CHANNEL}") == []
    room.world.advance(minutes=2)
    room.settle()
    room.world.advance(minutes=2)
    room.settle()
    posted = sorted(m["text"] for m in room.look(f"messages/{CHANNEL}"))
    assert posted == [f"C-{number} · new" for number in numbers]


def test_it_posts_at_once_when_it_is_invited_again(room: Room) -> None:
    room.do("fault", method="chat.postMessage", error="not_in_channel", times=1)
    number = room.world.submit().number
    room.settle()
    assert room.look(f"messages/{CHANNEL}") == []
    joined = {"type": "member_joined_channel", "user": "U0CONSULT", "channel": CHANNEL}
    assert room.happened({**joined, "channel": "C0GENERAL"}) == 200
    room.settle()
    assert room.look(f"messages/{CHANNEL}") == [], "invited elsewhere"
    assert room.happened(joined) == 200
    room.settle()
    assert [m["text"] for m in room.look(f"messages/{CHANNEL}")] == [f"C-{number} · new"]


def test_it_keeps_waiting_where_slack_wants_fewer_calls(room: Room) -> None:
    room.do("fault", method="chat.postMessage", retry_after_seconds=300, times=1)
    room.world.submit()
    room.settle()
    room.happened({"type": "member_joined_channel", "user": "U0CONSULT", "channel": CHANNEL})
    room.settle()
    assert room.look(f"messages/{CHANNEL}") == []


def test_it_works_on_in_a_channel_that_was_renamed(room: Room, held: int) -> None:
    ts = room.post(room.world.case(held))
    room.say(ANA, f"note C-{held} dry")
    renamed = {"type": "channel_rename", "channel": {"id": CHANNEL, "name": "renamed", "created": 1}}
    assert room.happened(renamed) == 200
    room.write(BEN, ts, "eczema")
    room.press(BEN, ts, "verb:more", f"task C-{held}")
    assert [m.words.reveal() for m in room.world.case(held).messages] == ["dry", "eczema"]


# A Slack that never answers


@pytest.fixture
def silent_slack() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield f"http://127.0.0.1:{silent.getsockname()[1]}/api/"


SECRET = "made-up-signing-secret"


def signed(fields: dict[str, str]) -> BoltRequest:
    body, at = urlencode(fields), str(int(time.time()))
    signature = SignatureVerifier(SECRET).generate_signature(timestamp=at, body=body)
    headers = {
        "content-type": ["application/x-www-form-urlencoded"],
        "x-slack-signature": [signature or ""],
        "x-slack-request-timestamp": [at],
    }
    return BoltRequest(body=body, headers=headers)


@pytest.mark.in_time
def test_it_acknowledges_in_time_when_slack_never_answers_and_lets_the_person_try_again(
    room: Room, held: int, silent_slack: str
) -> None:
    app = build_app("xoxb-made-up", SECRET, silent_slack)
    bind(app, room.world.desk)
    command = {
        "command": "/consult",
        "text": f"ask C-{held} Does it itch?",
        "user_id": ANA.id,
        "team_id": "T0SANDBOX",
        "channel_id": CHANNEL,
        "trigger_id": "1.2.x",
    }
    action = {
        "type": "button",
        "action_id": "verb:ask",
        "block_id": "b",
        "value": f"C-{held}",
        "action_ts": "7.7",
    }
    press = {
        "type": "block_actions",
        "user": {"id": ANA.id},
        "team": {"id": "T0SANDBOX"},
        "trigger_id": "1.3.x",
        "container": {"type": "message"},
        "actions": [action],
    }
    for asked in (command, {"payload": json.dumps(press)}, command):
        began_at = time.monotonic()
        answer = app.dispatch(signed(asked))
        assert answer.status == 200 and time.monotonic() - began_at < 3
        if asked is command:
            assert "Please try again." in json.loads(answer.body)["text"]
    view = room.say(ANA, f"ask C-{held}")["view"]
    assert view["state"]["values"]["question"]["question"]["value"] == "Does it itch?"
    assert room.world.case(held).state is State.CLAIMED
