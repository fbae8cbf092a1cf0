"""Socket Mode as Slack does it, met by slack_sdk's own client and a real Bolt app."""

import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Opcode
from websockets.sync.client import ClientConnection, connect

from consult_bot.sandbox.server import Sandbox
from tests.sandbox.conftest import CHANNEL, Stage, _quiet_logger

SOON_SECONDS = 60


def app_token(stage: Stage) -> str:
    return stage.look("state")["tokens"]["app"]


def address(stage: Stage) -> str:
    client = WebClient(base_url=stage.sandbox.settings()["SLACK_API_URL"], retry_handlers=[])
    return client.apps_connections_open(app_token=app_token(stage))["url"]


def told(socket: ClientConnection) -> dict[str, Any]:
    return json.loads(socket.recv(timeout=SOON_SECONDS))


@pytest.fixture
def plug(stage: Stage) -> Iterator[Callable[[], ClientConnection]]:
    """Returns a function that opens a bare socket; it has been greeted already."""
    with ExitStack() as opened:

        def plug_in() -> ClientConnection:
            socket = opened.enter_context(connect(address(stage), proxy=None, close_timeout=1))
            assert told(socket)["type"] == "hello"
            return socket

        yield plug_in


@pytest.fixture
def by_socket(stage: Stage) -> Iterator[Stage]:
    """The stage with its Bolt app at slack_sdk's own Socket Mode client."""
    stage.bolt.stop()
    handler = SocketModeHandler(stage.app, app_token(stage), logger=_quiet_logger())
    handler.connect()
    yield stage
    handler.close()


def until_open(stage: Stage, count: int) -> None:
    """Returns once so many sockets are open: Slack notices a moment later than the app."""
    end = time.monotonic() + SOON_SECONDS
    moment = threading.Event()
    while stage.look("state")["sockets"] != count:
        assert time.monotonic() < end, f"not {count} sockets within {SOON_SECONDS} s"
        moment.wait(0.02)


def acknowledge(socket: ClientConnection, envelope: dict[str, Any], **payload: Any) -> None:
    answer = {"envelope_id": envelope["envelope_id"], **({"payload": payload} if payload else {})}
    socket.send(json.dumps(answer))


# The address


def test_it_opens_sockets_for_the_app_level_token_only(stage, refused):
    client = WebClient(base_url=stage.sandbox.settings()["SLACK_API_URL"], retry_handlers=[])
    bot = stage.sandbox.settings()["SLACK_BOT_TOKEN"]
    assert refused(client.apps_connections_open, app_token=bot)["error"] == "not_allowed_token_type"
    assert refused(client.apps_connections_open, app_token="xapp-1-none")["error"] == "invalid_auth"
    assert refused(client.apps_connections_open, app_token="")["error"] == "not_authed"
    assert refused(client.auth_test, token=app_token(stage))["error"] == "not_allowed_token_type"


def test_it_lets_a_ticket_in_once(stage, plug):
    url = address(stage)
    with connect(url, proxy=None, close_timeout=1) as socket:
        assert told(socket)["type"] == "hello"
        with pytest.raises(InvalidStatus), connect(url, proxy=None):
            pass
    with pytest.raises(InvalidStatus), connect(url.replace("ticket=", "ticket=x"), proxy=None):
        pass


def test_it_greets_a_socket(stage):
    with connect(address(stage), proxy=None, close_timeout=1) as socket:
        hello = told(socket)
    assert hello["num_connections"] == 1
    assert hello["connection_info"] == {"app_id": "A0CONSULT"}
    assert {"host", "started", "build_number", "approximate_connection_time"} == set(hello["debug_info"])


def test_it_sends_the_eleventh_socket_away(stage, plug):
    for _ in range(10):
        plug()
    stage.do("clock", advance_seconds=60)  # addresses are given out at a pace of their own
    with connect(address(stage), proxy=None, close_timeout=1) as eleventh:
        assert told(eleventh)["reason"] == "too_many_websockets"
        with pytest.raises(ConnectionClosed):
            eleventh.recv(timeout=SOON_SECONDS)
    assert stage.look("state")["sockets"] == 10


class Counting(ClientConnection):
    """A client that tells when it was pinged."""

    pinged = threading.Event()

    def process_event(self, event: Any) -> None:
        if getattr(event, "opcode", None) is Opcode.PING:
            self.pinged.set()
        super().process_event(event)


def test_it_pings(tmp_path, monkeypatch):
    monkeypatch.setattr("consult_bot.sandbox.server.PING_SECONDS", 0.05)
    sandbox = Sandbox(tmp_path, 0, "http://127.0.0.1:9", tmp_path, lambda seconds: None)
    sandbox.start()
    with connect(sandbox.slack.sockets.address(), proxy=None, close_timeout=1, create_connection=Counting):
        assert Counting.pinged.wait(SOON_SECONDS)
    sandbox.stop()


# Payloads


def test_it_sends_commands_by_the_socket_and_shows_the_answer(by_socket):
    by_socket.app.command("/consult")(lambda ack, body: ack(f"{body['text']} for {body['user_id']}"))
    told = by_socket.do("command", channel=CHANNEL, user="U0ANA", command="/consult", text="queue")
    assert told["ephemeral"]["text"] == "queue for U0ANA"
    assert by_socket.look("log")["callbacks"][-1]["by"] == "socket"


def test_it_sends_clicks_modals_options_and_shortcuts_by_the_socket(by_socket):
    view = {
        "type": "modal",
        "callback_id": "verb:ask",
        "title": {"type": "plain_text", "text": "Ask"},
        "submit": {"type": "plain_text", "text": "Send"},
        "blocks": [
            {
                "type": "input",
                "block_id": "to",
                "label": {"type": "plain_text", "text": "To"},
                "element": {"type": "external_select", "action_id": "to", "min_query_length": 0},
            }
        ],
    }

    @by_socket.app.shortcut("verb:ask")
    def opened(ack, body, client):
        client.views_open(trigger_id=body["trigger_id"], view=view)
        ack()

    option = {"text": {"type": "plain_text", "text": "Ben"}, "value": "U0BEN"}
    by_socket.app.options("to")(lambda ack: ack(options=[option]))
    by_socket.app.view("verb:ask")(
        lambda ack: ack(response_action="errors", errors={"to": "Somebody else, please."})
    )
    ts = by_socket.post("card")
    shortcut = by_socket.do("shortcut", user="U0ANA", callback_id="verb:ask", channel=CHANNEL, messageTs=ts)
    assert shortcut["view"]["callback_id"] == "verb:ask"
    offered = by_socket.do("options", user="U0ANA", action_id="to", value="")
    assert [each["value"] for each in offered["ack"]["options"]] == ["U0BEN"]
    sent = by_socket.do("view_submit", user="U0ANA", values={"to": {"to": {"selected_option": option}}})
    assert sent["errors"] == {"to": "Somebody else, please."}
    assert {each["by"] for each in by_socket.look("log")["callbacks"][-3:]} == {"socket"}


@pytest.mark.in_time
def test_it_sends_events_by_the_socket_and_again_until_they_are_acknowledged(by_socket):
    heard = queue.Queue()

    @by_socket.app.event("app_home_opened")
    def home(body, request):
        number = request.headers.get("x-slack-retry-num", [None])[0]
        heard.put((number, request.headers.get("x-slack-retry-reason", [None])[0], body["event_id"]))
        if number in (None, "0"):
            raise RuntimeError("not now")

    told = by_socket.do("open-home", user="U0ANA")
    assert told["error"] == "operation_timeout"
    first, second = heard.get(timeout=SOON_SECONDS), heard.get(timeout=SOON_SECONDS)
    assert second[:2] == ("1", "timeout")
    assert first[2] == second[2]


def test_it_says_what_an_envelope_accepts(stage, plug):
    socket = plug()
    stage.sandbox.slack.callbacks.event({"type": "user_change"})
    event = told(socket)
    acknowledge(socket, event)
    assert (event["type"], event["accepts_response_payload"]) == ("events_api", False)
    assert (event["retry_attempt"], event["retry_reason"]) == (0, "")
    assert event["payload"]["type"] == "event_callback"


def test_it_passes_over_what_is_no_acknowledgement(stage, plug):
    socket = plug()
    for nonsense in ("", "[1]", '{"envelope_id": 7}', '"x"', "{}", b"bytes are no text"):
        socket.send(nonsense)
    with pytest.raises(ConnectionClosed):
        socket.recv(timeout=SOON_SECONDS)
    other = plug()
    answer = stage.sandbox.slack.callbacks.event({"type": "user_change"})
    acknowledge(other, told(other))
    assert answer.result(SOON_SECONDS).status == 200


def test_it_gives_each_payload_to_one_socket_in_turn(stage, plug):
    sockets = {"first": plug(), "second": plug()}
    heard = queue.Queue()
    readers = [
        threading.Thread(target=lambda name=name, socket=socket: heard.put((name, told(socket))))
        for name, socket in sockets.items()
    ]
    for reader in readers:
        reader.start()
    answers = [stage.sandbox.slack.callbacks.event({"type": "user_change", "n": n}) for n in (1, 2)]
    for _ in answers:
        name, envelope = heard.get(timeout=SOON_SECONDS)
        acknowledge(sockets.pop(name), envelope)
    assert [answer.result(SOON_SECONDS).status for answer in answers] == [200, 200]
    assert sockets == {}


def test_it_goes_back_to_http_when_no_socket_is_open(stage, plug):
    heard = queue.Queue()
    stage.app.event("app_home_opened")(lambda body: heard.put(body["event_id"]))
    socket = plug()
    socket.close()
    until_open(stage, 0)
    assert stage.do("open-home", user="U0ANA")["status"] == 200
    assert heard.get(timeout=SOON_SECONDS)
    assert stage.look("log")["callbacks"][-1]["by"] == "http"


# Faults


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
def test_it_warns_a_socket_before_it_closes_it(stage, plug, reason):
    old = plug()
    stage.do("fault", method="socket.disconnect", error=reason, retry_after_seconds=1)
    goodbye = told(old)
    assert (goodbye["type"], goodbye["reason"]) == ("disconnect", reason)
    new = plug()
    answer = stage.sandbox.slack.callbacks.event({"type": "user_change"})
    acknowledge(new, told(new))
    assert answer.result(SOON_SECONDS).status == 200
    with pytest.raises(ConnectionClosed):
        old.recv(timeout=SOON_SECONDS)
    until_open(stage, 1)


def test_it_still_serves_a_warned_socket_while_there_is_no_other(stage, plug):
    socket = plug()
    stage.do("fault", method="socket.disconnect", error="warning")
    told(socket)
    answer = stage.sandbox.slack.callbacks.event({"type": "user_change"})
    acknowledge(socket, told(socket))
    assert answer.result(SOON_SECONDS).status == 200


def test_it_closes_every_socket_when_the_link_is_disabled(stage, plug):
    sockets = [plug(), plug()]
    stage.do("fault", method="socket.disconnect", error="link_disabled")
    for socket in sockets:
        assert told(socket)["reason"] == "link_disabled"
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=SOON_SECONDS)
    assert stage.look("state")["sockets"] == 0


def test_it_cuts_a_socket_without_a_word(stage, plug):
    socket = plug()
    stage.do("fault", method="socket.drop")
    with pytest.raises(ConnectionClosed):
        socket.recv(timeout=SOON_SECONDS)
    assert stage.look("state")["sockets"] == 0


def test_it_keeps_a_fault_for_the_socket_that_comes(stage, plug):
    stage.do("fault", method="socket.disconnect", error="warning")
    assert told(plug())["reason"] == "warning"


def test_it_sends_a_payload_to_two_sockets(stage, plug):
    first, second = plug(), plug()
    stage.do("fault", method="socket.duplicate")
    answer = stage.sandbox.slack.callbacks.event({"type": "user_change"})
    twice = [told(socket) for socket in (first, second)]
    assert twice[0] == twice[1]
    acknowledge(first, twice[0])
    acknowledge(second, twice[1])
    assert answer.result(SOON_SECONDS).status == 200


@pytest.mark.in_time
def test_it_loses_an_acknowledgement_and_sends_the_event_again(stage, plug):
    socket = plug()
    stage.do("fault", method="socket.ack", lose_reply=True)
    stage.sandbox.slack.callbacks.event({"type": "user_change"})
    first = told(socket)
    acknowledge(socket, first)
    second = told(socket)
    acknowledge(socket, second)
    assert (second["retry_attempt"], second["retry_reason"]) == (1, "timeout")
    assert second["envelope_id"] != first["envelope_id"]
    assert second["payload"] == first["payload"]


def test_it_leaves_the_sockets_alone_when_every_method_fails(stage, plug):
    socket = plug()
    stage.do("fault", method="*", status=503, times=3)
    answer = stage.sandbox.slack.callbacks.event({"type": "user_change"})
    acknowledge(socket, told(socket))
    assert answer.result(SOON_SECONDS).status == 200
