"""The sandbox as a server and over restarts: loopback only, its settings, its clock, its mailbox."""

import socket
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest
from slack_sdk import WebClient

from consult_bot.sandbox.server import Sandbox

CHANNEL = "C0CONSULT"


def sandbox_in(folder: Path, advance=lambda seconds: None, **where) -> Sandbox:
    order = {"port": 0, "app_url": "http://127.0.0.1:9", "mail_folder": folder / "mail"} | where
    return Sandbox(folder, advance=advance, **order)


def post(sandbox: Sandbox, text: str) -> str:
    settings = sandbox.settings()
    client = WebClient(
        token=settings["SLACK_BOT_TOKEN"], base_url=settings["SLACK_API_URL"], retry_handlers=[]
    )
    return client.chat_postMessage(channel=CHANNEL, text=text)["ts"]


def test_it_refuses_to_listen_anywhere_but_on_loopback(tmp_path):
    for host in ("0.0.0.0", "192.0.2.1", "example.org", "::"):
        with pytest.raises(ValueError, match="127.0.0.1 only"):
            sandbox_in(tmp_path, host=host)


def test_it_says_what_to_do_when_the_port_is_taken(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="set another PORT"):
        sandbox_in(tmp_path, port=taken.getsockname()[1])


def test_it_refuses_requests_meant_for_another_host_or_sent_by_another_page(stage):
    url = f"{stage.sandbox.url}/_control/state"
    assert stage.http.get(url).status_code == 200
    assert stage.http.get(url, headers={"Host": "attacker.example"}).status_code == 400
    assert stage.http.get(url, headers={"Origin": "https://attacker.example"}).status_code == 403
    assert stage.http.get(url, headers={"Origin": stage.sandbox.url}).status_code == 200


def test_it_gives_the_app_its_settings(stage):
    settings = stage.sandbox.settings()
    assert settings["SLACK_API_URL"] == f"{stage.sandbox.url}/api/"
    assert settings["SLACK_CHANNEL"] == CHANNEL
    assert settings["LEADS"] == "U0LENA"
    state = stage.look("state")
    assert state["tokens"]["bot"] == settings["SLACK_BOT_TOKEN"]
    assert state["tokens"]["signing_secret"] == settings["SLACK_SIGNING_SECRET"]
    assert {person["id"] for person in state["people"]} >= {"U0ANA", "U0BEN", "U0LENA"}


def test_it_stands_beside_another_with_other_secrets_and_messages(tmp_path):
    one, two = sandbox_in(tmp_path / "one"), sandbox_in(tmp_path / "two")
    one.start()
    two.start()
    try:
        assert one.settings()["SLACK_BOT_TOKEN"] != two.settings()["SLACK_BOT_TOKEN"]
        post(one, "only here")
        there = httpx.get(f"{two.url}/_control/messages/{CHANNEL}").json()
        assert there == []
    finally:
        one.stop()
        two.stop()


def test_it_finds_everything_again_after_a_restart_even_with_a_torn_last_line(tmp_path):
    first = sandbox_in(tmp_path)
    first.start()
    stamps = [post(first, "one"), post(first, "two")]
    settings = first.settings()
    first.stop()
    journal = tmp_path / "workspace.jsonl"
    with journal.open("ab") as file:
        file.write(b'[["put", "messages", "C0CONSULT/9999999999.000001", {"ts": "99')
    second = sandbox_in(tmp_path)
    second.start()
    try:
        assert second.settings()["SLACK_BOT_TOKEN"] == settings["SLACK_BOT_TOKEN"]
        assert second.settings()["SLACK_SIGNING_SECRET"] == settings["SLACK_SIGNING_SECRET"]
        stamps.append(post(second, "three"))
        shown = httpx.get(f"{second.url}/_control/messages/{CHANNEL}").json()
        assert [message["text"] for message in shown] == ["one", "two", "three"]
        assert [message["ts"] for message in shown] == stamps == sorted(stamps)
    finally:
        second.stop()


def test_it_moves_its_own_clock_and_the_apps(stage):
    before = float(stage.post("before"))
    stage.do("clock", advance_seconds=86_400)
    after = float(stage.post("after"))
    assert 86_400 <= after - before < 86_460
    assert stage.advanced_seconds == [86_400.0]
    stage.do("clock", advance_seconds=-5, expect=422)


@pytest.mark.parametrize("seconds", ["1e12", "1e300", "1e999", "NaN", "-Infinity", "-1", '"nan"'])
def test_it_refuses_a_time_too_far_away_with_a_sentence_and_goes_on(stage, seconds):
    before = httpx.get(f"{stage.sandbox.url}/_control/state").json()["offset_seconds"]
    order, json = f'{{"advance_seconds": {seconds}}}', {"content-type": "application/json"}
    refused = httpx.post(f"{stage.sandbox.url}/_control/clock", content=order, headers=json)
    assert refused.status_code == 422
    assert "The clock only goes forward, and stands at most ten years ahead" in refused.json()["detail"]
    after = httpx.get(f"{stage.sandbox.url}/_control/state").json()
    assert after["offset_seconds"] == before and after["ok"]
    assert httpx.post(f"{stage.sandbox.url}/_control/clock", json={"advance_seconds": 1}).status_code == 200


def test_it_comes_no_further_than_ten_years_ahead_by_many_steps(stage):
    year = 365 * 86_400
    steps = [
        httpx.post(f"{stage.sandbox.url}/_control/clock", json={"advance_seconds": 4 * year}).status_code
        for _ in range(4)
    ]
    assert steps == [200, 200, 422, 422]
    assert httpx.get(f"{stage.sandbox.url}/_control/state").json()["offset_seconds"] == 8 * year


def test_it_still_signs_with_real_time_once_its_clock_was_moved(stage):
    stage.app.command("/consult")(lambda ack: ack("fine"))
    stage.do("clock", advance_seconds=86_400)
    assert stage.do("command", channel=CHANNEL, user="U0ANA", command="/consult")["status"] == 200


def test_it_reads_the_letters_the_app_has_written(stage, tmp_path):
    letter = EmailMessage()
    letter["To"] = "pat@example.org"
    letter["Subject"] = "A question from your care team"
    letter.set_content("Open http://127.0.0.1:8000/p/abc.\nThank you.")
    letter.add_alternative('<p><a href="http://127.0.0.1:8000/p/abc?a=1&amp;b=2">Open</a></p>', "html")
    (tmp_path / "mail" / "1.eml").write_bytes(letter.as_bytes())
    (tmp_path / "mail" / "2.eml.part").write_bytes(b"half")
    (told,) = stage.look("mail")
    assert told["to"] == "pat@example.org"
    assert told["subject"] == "A question from your care team"
    assert told["text"].startswith("Open http")
    assert told["links"] == ["http://127.0.0.1:8000/p/abc?a=1&b=2", "http://127.0.0.1:8000/p/abc"]


def test_it_remembers_calls_without_their_token_and_callbacks_with_their_answers(stage):
    stage.app.command("/consult")(lambda ack: ack("fine"))
    stage.do("command", channel=CHANNEL, user="U0ANA", command="/consult", text="queue")
    stage.post("hello")
    log = stage.look("log")
    assert log["calls"][-1]["method"] in ("chat.postMessage", "auth.test")
    assert stage.sandbox.settings()["SLACK_BOT_TOKEN"] not in str(log)
    command = log["callbacks"][0]
    assert command["kind"] == "command /consult"
    assert command["status"] == 200
    assert command["payload"]["text"] == "queue"


def test_it_says_that_the_app_is_away(tmp_path):
    sandbox = sandbox_in(tmp_path)
    sandbox.start()
    try:
        order = {"channel": CHANNEL, "user": "U0ANA", "command": "/consult", "text": ""}
        told = httpx.post(f"{sandbox.url}/_control/command", json=order).json()
        assert told["ok"] is False
        assert told["status"] is None
        assert "failed" in told["ephemeral"]["text"]
    finally:
        sandbox.stop()


@pytest.mark.parametrize("path", ["/", "/mail", "/page/world"])
def test_it_serves_its_page_with_nothing_from_elsewhere(stage, path):
    answer = stage.http.get(stage.sandbox.url + path)
    assert answer.status_code == 200
    assert stage.sandbox.settings()["SLACK_BOT_TOKEN"] not in answer.text
    for scheme in ("https://", "//cdn"):
        assert scheme not in answer.text


def test_it_sends_the_page_its_world_only_when_it_changed(stage):
    world = stage.http.get(f"{stage.sandbox.url}/page/world").json()
    same = stage.http.get(f"{stage.sandbox.url}/page/world", params={"since": world["version"]})
    assert same.status_code == 204
    stage.post("news")
    news = stage.http.get(f"{stage.sandbox.url}/page/world", params={"since": world["version"]}).json()
    assert [message["text"] for message in news["messages"][CHANNEL]] == ["news"]
    assert world["messages"][CHANNEL] == []
