"""The way out to Slack."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from consult_bot.slack.card import card
from consult_bot.slack.client import slack_client
from consult_bot.slack.post import Post, posts
from consult_bot.slack.send import UPLOAD_TIMEOUT_SECONDS, SlackSender, metadata
from consult_bot.slack.trouble import (
    REMEDIES,
    RETRY_AFTER_SECONDS,
    RateLimited,
    RefusedForGood,
    TemporarilyDown,
    WorkspaceBroken,
)
from storage.outbox import LEASE
from tests.builders import ZONE
from tests.slack.cases import NOW, case
from tests.slack.conftest import CHANNEL, Room

CARD = card(case(), NOW, ZONE)
CANARY = "A red rash"


def told(delivery: str) -> dict:
    return metadata(case(), delivery)


def test_it_names_the_case_and_the_delivery_in_metadata_and_nothing_else() -> None:
    assert metadata(case(), "d1/2") == {
        "event_type": "consult_case",
        "event_payload": {"case": "C-1042", "delivery": "d1/2"},
    }


def test_it_posts_redraws_and_finds_cards_and_replies(room: Room) -> None:
    ts = room.sender.post_card(CHANNEL, CARD, told("d1"))
    room.sender.update_card(CHANNEL, ts, card(case(urgent=True), NOW, ZONE))
    (post,) = posts(case(), "claimed", "*Back*", broadcast=True)
    reply_ts = room.sender.post_reply(CHANNEL, ts, post, told("d3/1"))
    (shown,) = [m for m in room.look(f"messages/{CHANNEL}") if m["ts"] == ts]
    assert shown["text"] == "C-1042 · urgent · new"
    assert [reply["subtype"] for reply in shown["replies"]] == ["thread_broadcast"]
    assert room.sender.find_by_delivery(CHANNEL, None, "d1") == ts, "a redraw keeps what it is found by"
    assert room.sender.find_by_delivery(CHANNEL, ts, "d3/1") == reply_ts
    assert room.sender.find_by_delivery(CHANNEL, ts, "d3") is None
    assert room.sender.find_by_delivery(CHANNEL, None, "d3") is None


def test_it_finds_a_reply_in_a_long_thread(room: Room) -> None:
    ts = room.sender.post_card(CHANNEL, CARD, told("d1"))
    for place in range(205):
        room.sandbox.slack.workspace.clock.advance(1)  # Slack's pace: a message a second
        room.sender.post_reply(CHANNEL, ts, Post("C-1042", ()), told(f"d{place}"))
    assert room.sender.find_by_delivery(CHANNEL, ts, "d204")


def test_it_finds_what_was_posted_although_the_answer_was_lost(room: Room) -> None:
    room.do("fault", method="chat.postMessage", lose_reply=True)
    with pytest.raises(TemporarilyDown):
        room.sender.post_card(CHANNEL, CARD, told("d1"))
    assert room.sender.find_by_delivery(CHANNEL, None, "d1")
    assert len([m for m in room.look(f"messages/{CHANNEL}") if m["text"] == CARD.text]) == 1


def test_it_uploads_a_photo_in_steps(room: Room) -> None:
    ts = room.sender.post_card(CHANNEL, CARD, told("d1"))
    file_id, url = room.sender.start_upload("photo.jpg", 4)
    room.sender.upload(url, b"\xff\xd8\xff\xd9")
    assert not room.sender.is_shared(file_id, CHANNEL)
    room.sender.complete_upload(file_id, CHANNEL, ts)
    room.do("clock", advance_seconds=1)
    assert room.sender.is_shared(file_id, CHANNEL)


def test_it_says_for_how_long_slack_wants_nothing(room: Room) -> None:
    room.do("fault", method="chat.postMessage", error="ratelimited", status=429, retry_after_seconds=7)
    with pytest.raises(RateLimited) as caught:
        room.sender.post_card(CHANNEL, CARD, told("d1"))
    assert caught.value.retry_after_seconds == 7


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 503}, {"error": "internal_error"}])
def test_it_tells_when_slack_is_down(room: Room, fault: dict) -> None:
    room.do("fault", method="chat.postMessage", **fault)
    with pytest.raises(TemporarilyDown) as caught:
        room.sender.post_card(CHANNEL, CARD, told("d1"))
    assert CANARY not in repr(caught.value) and caught.value.__cause__ is None
    assert room.opened().count("chat.postMessage") == 1


@pytest.mark.parametrize(
    "error",
    [
        "channel_not_found",
        "is_archived",
        "is_inactive",
        "posting_to_channel_denied",
        "not_in_channel",
        "invalid_auth",
        "token_revoked",
        "account_inactive",
        "missing_scope",
    ],
)
def test_it_says_what_an_administrator_must_mend(room: Room, error: str) -> None:
    room.do("fault", method="chat.postMessage", error=error)
    with pytest.raises(WorkspaceBroken) as caught:
        room.sender.post_card(CHANNEL, CARD, told("d1"))
    assert (caught.value.error, caught.value.remedy) == (error, REMEDIES[error])
    assert CANARY not in str(caught.value)


def test_it_gives_up_on_what_slack_refuses_for_good(room: Room) -> None:
    too_many = Post("C-1042", CARD.blocks * 20)
    with pytest.raises(RefusedForGood) as caught:
        room.sender.post_card(CHANNEL, too_many, told("d1"))
    assert caught.value.error == "invalid_blocks" and CANARY not in str(caught.value)


def test_it_tells_when_nothing_listens() -> None:
    nobody = SlackSender(slack_client("xoxb-1", "http://127.0.0.1:9/api/", 1))
    with pytest.raises(TemporarilyDown):
        nobody.post_card(CHANNEL, CARD, told("d1"))
    with pytest.raises(TemporarilyDown):
        nobody.upload("http://127.0.0.1:9/upload", b"x")


def test_it_gives_an_upload_up_while_the_delivery_is_still_its_own() -> None:
    assert timedelta(seconds=2 * UPLOAD_TIMEOUT_SECONDS) <= LEASE


@pytest.fixture
def odd_server() -> Iterator[HTTPServer]:
    """Something between us and Slack that answers with pages of its own."""

    class Odd(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            status = 429 if "limited" in self.path else 403 if "denied" in self.path else 200
            self.send_response(status)
            if "soon" not in self.path:
                self.send_header("Retry-After", "9")
            self.end_headers()
            self.wfile.write(
                json.dumps(["<html>"]).encode() if "list" in self.path else b"<html>Sign in</html>"
            )

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Odd)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


def test_it_takes_a_proxys_page_for_no_answer(odd_server: HTTPServer) -> None:
    url = f"http://127.0.0.1:{odd_server.server_port}"
    sender = SlackSender(slack_client("xoxb-1", f"{url}/api/", 5))
    with pytest.raises(TemporarilyDown):
        sender.post_card(CHANNEL, CARD, told("d1"))
    with pytest.raises(RateLimited) as caught:
        sender.upload(f"{url}/limited", b"x")
    assert caught.value.retry_after_seconds == 9
    with pytest.raises(RateLimited) as caught:
        sender.upload(f"{url}/limited/soon", b"x")
    assert caught.value.retry_after_seconds == RETRY_AFTER_SECONDS
    with pytest.raises(RefusedForGood):
        sender.upload(f"{url}/denied", b"x")
