"""A whole Slack room over real HTTP: the sandbox's Slack, our app behind FastAPI, a real desk on SQLite."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from slack_bolt import App

from consult_bot.case.model import Case
from consult_bot.notices.mail import FolderMail
from consult_bot.notices.sending import Office
from consult_bot.roster.people import Person
from consult_bot.sandbox.server import Sandbox
from consult_bot.slack.bind import bind, build_app
from consult_bot.slack.card import card
from consult_bot.slack.client import slack_client
from consult_bot.slack.http import slack_router
from consult_bot.slack.send import SlackSender, metadata
from consult_bot.watch.members import ChannelMembers
from consult_bot.worker import Worker
from storage.cards import Place
from tests.builders import LENA, PRACTICE, ZONE, World
from tests.clinic import settle

CHANNEL = "C0CONSULT"
WAIT_SECONDS = 60


class Served:
    """A FastAPI app on a free port of this machine, in a thread."""

    def __init__(self) -> None:
        self.api = FastAPI()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(self.api, log_config=None, access_log=False, lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(WAIT_SECONDS)
        self._socket.close()


@dataclass
class Room:
    """`do` plays a person in Slack, `look` reads what they see, `world` is behind the desk."""

    world: World
    sandbox: Sandbox
    app: App
    sender: SlackSender
    http: httpx.Client
    app_url: str
    recognised: list[str]
    worker: Worker

    def do(self, act: str, **order: Any) -> dict[str, Any]:
        answer = self.http.post(f"{self.sandbox.url}/_control/{act}", json=order)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert told["ok"], told
        return told

    def look(self, at: str) -> Any:
        return self.http.get(f"{self.sandbox.url}/_control/{at}").json()

    def say(self, person: Person, text: str) -> dict[str, Any]:
        """Type `/consult <text>`."""
        return self.do("command", channel=CHANNEL, user=person.id, command="/consult", text=text)

    def press(self, person: Person, ts: str, action: str, value: Any = None, **more: Any) -> dict[str, Any]:
        return self.do(
            "interact", user=person.id, channel=CHANNEL, messageTs=ts, action=action, value=value, **more
        )

    def send(self, person: Person, **values: Any) -> dict[str, Any]:
        """Submit the open modal; inputs not named keep what stands in them."""
        given = {name: {name: value} for name, value in values.items()}
        return self.do("view_submit", user=person.id, values=given)

    def post(self, case: Case) -> str:
        """Post the case's card as the worker would, and return its ts."""
        with self.world.store.reading() as work:
            view = card(case, work.now(), ZONE)
        ts = self.sender.post_card(CHANNEL, view, metadata(case, "d1"))
        with self.world.store.writing() as work:
            work.cards.put(case.number, Place(CHANNEL, ts))
        return ts

    def happened(self, event: dict[str, Any]) -> int | None:
        """Tell the app of an event, and return the status of its answer."""
        return self.sandbox.slack.callbacks.event(event).result().status

    def write(self, person: Person, thread_ts: str, text: str, channel: str = CHANNEL) -> str:
        """Write in a thread, and return the message's ts."""
        return str(self.do("message", channel=channel, user=person.id, text=text, thread_ts=thread_ts)["ts"])

    def replies(self, ts: str, channel: str = CHANNEL) -> list[dict[str, Any]]:
        """What the app has posted in a thread."""
        root = next(m for m in self.look(f"messages/{channel}") if m["ts"] == ts)
        return [reply for reply in root["replies"] if reply.get("bot_id")]

    def settle(self, patience: timedelta = timedelta(seconds=20)) -> None:
        """Let the worker send what is due; waits pass on the clock, not in real time."""
        # Slack's pace goes by the same clock as ours.
        settle(self.worker, self.world.store, patience, lambda by: self.do("clock", advance_seconds=by))

    def last_sent(self, kind: str) -> dict[str, Any]:
        """The payload that Slack sent last of a type; events arrive between others whenever they like."""
        payloads = [each["payload"] for each in self.look("log")["callbacks"]]
        return next(each for each in reversed(payloads) if each.get("type") == kind)

    def opened(self) -> list[str]:
        """The methods that the app called, oldest first."""
        return [call["method"] for call in self.look("log")["calls"]]


@pytest.fixture
def room(sqlite_world: World, tmp_path: Path, unhurried: None) -> Iterator[Room]:
    served = Served()
    mail = tmp_path / "mail"
    mail.mkdir()
    sandbox = Sandbox(
        tmp_path / "sandbox", 0, served.url, mail, lambda seconds: sqlite_world.advance(seconds=seconds)
    )
    sandbox.start()
    settings = sandbox.settings()
    token, api_url = settings["SLACK_BOT_TOKEN"], settings["SLACK_API_URL"]
    app = build_app(token, settings["SLACK_SIGNING_SECRET"], api_url)
    recognised: list[str] = []
    members = ChannelMembers(
        slack_client(token, api_url, 10), sqlite_world.store, CHANNEL, frozenset({LENA.id})
    )
    bind(app, sqlite_world.desk, recognise=recognised.append, follow=members.follow)
    served.api.include_router(slack_router(app))
    served.start()
    # One client without TLS: making the default one takes longer than most tests.
    http = httpx.Client(verify=False, trust_env=False, timeout=WAIT_SECONDS)
    sender = SlackSender(slack_client(token, api_url, 10))
    office = Office(sqlite_world.store, PRACTICE, sender, FolderMail(mail), "care@example.org", served.url)
    worker = Worker(sqlite_world.store, sqlite_world.desk, office)
    try:
        yield Room(sqlite_world, sandbox, app, sender, http, served.url, recognised, worker)
    finally:
        http.close()
        sandbox.stop()
        served.stop()
