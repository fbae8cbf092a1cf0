"""Events reach the app over HTTP as Slack sends them: in its envelope, and again until they are acknowledged."""

import queue
import threading
from typing import Any

import pytest
from slack_bolt import BoltResponse

from tests.sandbox.conftest import CHANNEL, Stage

SOON_SECONDS = 60


class Ears:
    """Hears every message event; fails until it is told to take them."""

    def __init__(self, stage: Stage) -> None:
        self.heard: queue.Queue[tuple[str | None, str | None, dict[str, Any]]] = queue.Queue()
        self.takes = False

        @stage.app.middleware
        def listen(request, body, next):
            told = [request.headers.get(f"x-slack-retry-{name}", [None])[0] for name in ("num", "reason")]
            self.heard.put((*told, body))
            return next() if self.takes else BoltResponse(status=500, body="")

    def next(self) -> tuple[str | None, str | None, dict[str, Any]]:
        return self.heard.get(timeout=SOON_SECONDS)


@pytest.fixture
def ears(stage: Stage) -> Ears:
    return Ears(stage)


def speak(stage: Stage, text: str = "hello") -> dict[str, Any]:
    return stage.do("message", channel=CHANNEL, user="U0ANA", text=text)


def test_it_wraps_an_event_in_slacks_envelope(stage, ears):
    ears.takes = True
    told = speak(stage)
    body = ears.next()[2]
    assert body["type"] == "event_callback"
    assert body["event"]["ts"] == told["ts"]
    assert (body["team_id"], body["api_app_id"], body["enterprise_id"]) == ("T0SANDBOX", "A0CONSULT", None)
    assert body["event_id"].startswith("Ev")
    assert abs(body["event_time"] - float(told["ts"])) <= 1
    assert body["is_ext_shared_channel"] is False
    assert body["event_context"]
    (authorization,) = body["authorizations"]
    assert authorization == {
        "enterprise_id": None,
        "team_id": "T0SANDBOX",
        "user_id": "U0CONSULT",
        "is_bot": True,
        "is_enterprise_install": False,
    }


def test_it_sends_a_mention_twice_with_an_id_each(stage, ears):
    ears.takes = True
    speak(stage, "<@U0CONSULT> hello")
    first, second = ears.next()[2], ears.next()[2]
    assert [body["event"]["type"] for body in (first, second)] == ["message", "app_mention"]
    assert first["event_id"] != second["event_id"]
    assert "channel_type" not in second["event"]


def test_it_sends_again_at_once_after_one_minute_and_after_five(stage, ears):
    speak(stage)
    first = ears.next()
    assert first[:2] == (None, None)
    assert ears.next()[:2] == ("1", "http_error")
    assert ears.heard.empty()
    stage.do("clock", advance_seconds=60)
    assert ears.next()[:2] == ("2", "http_error")
    stage.do("clock", advance_seconds=240)
    last = ears.next()
    assert last[:2] == ("3", "http_error")
    assert last[2]["event_id"] == first[2]["event_id"]
    assert last[2]["event_time"] == first[2]["event_time"]


def test_it_gives_up_after_the_third_retry(stage, ears):
    speak(stage)
    stage.do("clock", advance_seconds=300)
    for _ in range(4):
        ears.next()
    stage.do("clock", advance_seconds=86_400)
    ears.takes = True
    speak(stage, "another")
    assert ears.next()[2]["event"]["text"] == "another"


def test_it_sends_no_more_once_the_app_has_taken_it(stage, ears):
    speak(stage)
    ears.next(), ears.next()
    ears.takes = True
    stage.do("clock", advance_seconds=60)
    assert ears.next()[0] == "2"
    stage.do("clock", advance_seconds=86_400)
    speak(stage, "another")
    assert ears.next()[2]["event"]["text"] == "another"


def test_it_sends_nothing_again_when_the_app_asks_for_that(stage):
    heard = queue.Queue()

    @stage.app.middleware
    def listen(body, next):
        heard.put(body["event"]["text"])
        return BoltResponse(status=500, body="", headers={"X-Slack-No-Retry": "1"})

    speak(stage, "one")
    stage.do("clock", advance_seconds=86_400)
    speak(stage, "two")
    assert [heard.get(timeout=SOON_SECONDS), heard.get(timeout=SOON_SECONDS)] == ["one", "two"]


@pytest.mark.in_time
def test_it_sends_again_what_was_not_acknowledged_within_three_seconds(stage):
    heard: queue.Queue[tuple[Any, Any]] = queue.Queue()
    may_go_on = threading.Event()

    @stage.app.middleware
    def listen(request, next):
        number = request.headers.get("x-slack-retry-num")
        heard.put((number, request.headers.get("x-slack-retry-reason")))
        if number is None:
            may_go_on.wait(SOON_SECONDS)
        return next()

    told = speak(stage)
    assert (told["ok"], told["error"]) == (False, "operation_timeout")
    assert heard.get(timeout=SOON_SECONDS) == (None, None)
    assert heard.get(timeout=SOON_SECONDS) == (["1"], ["http_timeout"])
    may_go_on.set()


def test_it_says_when_nobody_was_there(stage, ears):
    stage.bolt.stop()
    assert speak(stage)["ok"] is False
    stage.do("clock", advance_seconds=60)
    entries = [each for each in stage.look("log")["callbacks"] if each["kind"] == "event message"]
    assert entries[0]["status"] is None
    assert {each["retry_reason"] for each in entries[1:]} <= {"connection_failed"}
    assert ears.heard.empty()


def test_it_never_repeats_a_command_or_a_click(stage, ears):
    told = stage.do("command", channel=CHANNEL, user="U0ANA", command="/consult", text="queue")
    assert told["error"] == "dispatch_failed"
    assert 'failed with the error "dispatch_failed"' in told["ephemeral"]["text"]
    ears.next()
    stage.do("clock", advance_seconds=86_400)
    ears.takes = True
    speak(stage, "after")
    assert ears.next()[2]["event"]["text"] == "after"


def test_it_remembers_each_try_in_the_log(stage, ears):
    speak(stage)
    ears.next(), ears.next()
    ears.takes = True
    stage.do("clock", advance_seconds=60)
    ears.next()
    speak(stage, "after")
    tries = [each for each in stage.look("log")["callbacks"] if each["payload"]["event"]["text"] == "hello"]
    assert [each.get("retry_num", 0) for each in tries] == [0, 1, 2]
    assert [each["status"] for each in tries][:2] == [500, 500]
    assert {each["by"] for each in tries} == {"http"}
