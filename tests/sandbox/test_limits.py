"""How often the app may call, on the sandbox's clock."""

from __future__ import annotations

import pytest
from slack_sdk.errors import SlackApiError

from consult_bot.sandbox.errors import Ratelimited
from consult_bot.sandbox.limits import MESSAGE_BURST, TIER_2, Limits

CHANNEL = "C0CONSULT"


class Times:
    """A clock that is moved by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_it_never_refuses_messages_a_second_apart_whatever_the_jitter():
    times = Times()
    limits = Limits(times)
    for number in range(10_000):
        limits.post(CHANNEL)
        times.now += 0.95 if number % 2 else 1.05


def test_it_says_how_long_to_wait_and_takes_the_message_then():
    times = Times()
    limits = Limits(times)
    for _ in range(MESSAGE_BURST):
        limits.post(CHANNEL)
    limits.post("C0GENERAL")
    with pytest.raises(Ratelimited) as caught:
        limits.post(CHANNEL)
    assert caught.value.retry_after_seconds == 1
    times.now += caught.value.retry_after_seconds
    limits.post(CHANNEL)


def test_it_tolerates_no_more_than_a_short_burst_over_a_minute():
    times = Times()
    limits = Limits(times)
    taken = 0
    for _ in range(600):
        times.now += 0.1
        try:
            limits.post(CHANNEL)
        except Ratelimited:
            continue
        taken += 1
    assert 60 <= taken <= 60 / 0.95 + MESSAGE_BURST


def test_it_answers_429_with_the_seconds_to_wait_and_posts_nothing(stage):
    client = stage.client
    for number in range(MESSAGE_BURST):
        client.chat_postMessage(channel=CHANNEL, text=str(number))
    with pytest.raises(SlackApiError) as caught:
        for _ in range(30):  # on a busy machine a second may pass between two
            client.chat_postMessage(channel=CHANNEL, text="too many")
    response = caught.value.response
    assert response.status_code == 429
    assert response["error"] == "ratelimited"
    assert int(response.headers["Retry-After"]) >= 1
    assert stage.look("log")["calls"][-1]["status"] == 429
    client.chat_postEphemeral(channel=CHANNEL, user="U0ANA", text="another method")
    stage.do("clock", advance_seconds=int(response.headers["Retry-After"]))
    client.chat_postMessage(channel=CHANNEL, text="after")
    assert stage.look(f"messages/{CHANNEL}")[-1]["text"] == "after"


def test_it_limits_each_method_by_its_tier(stage):
    client = stage.client
    with pytest.raises(SlackApiError) as caught:
        for _ in range(2 * TIER_2):
            client.users_list()
    assert caught.value.response.status_code == 429
    assert len(stage.look("log")["calls"]) > TIER_2
    assert client.users_info(user="U0ANA")["ok"]
    stage.do("clock", advance_seconds=60)
    assert client.users_list()["ok"]
