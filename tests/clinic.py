"""The clinic: a desk, a worker that works when told to, and a Slack to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any, cast

import httpx

from consult_bot.case.delivery import DeliveryKind
from consult_bot.case.words import Words
from consult_bot.notices.mail import FolderMail
from consult_bot.notices.sending import Office
from consult_bot.sandbox.server import Sandbox
from consult_bot.slack.client import slack_client
from consult_bot.slack.send import SlackSender
from consult_bot.worker import Worker
from storage.outbox import Leased
from storage.store import Store
from tests.builders import PRACTICE, World

SOON = timedelta(seconds=40)


def settle(worker: Worker, store: Store, patience: timedelta, advance: Callable[[float], None]) -> None:
    """Let a worker work until nothing can be done within `patience`; `advance` moves the clock by so many seconds."""
    with store.reading() as work:
        end = work.now() + patience
    while True:
        if worker.work_once():
            continue
        with store.reading() as work:
            due, now = work.outbox.next_due(), work.now()
        if due is None or max(due, now) > end:
            return
        advance(max(1.0, (due - now).total_seconds()))


@dataclass
class Clinic:
    """A desk, a worker that works when told to, and a Slack to look at."""

    world: World
    office: Office
    worker: Worker
    slack: httpx.Client
    mail: Path

    def settle(self, patience: timedelta = SOON) -> None:
        """Work until nothing can be done within `patience`; waits pass on the clock, not in real time."""
        settle(self.worker, self.world.store, patience, self.advance)

    def advance(self, seconds: float) -> None:
        """Let time pass here and at Slack, whose pace goes by its own clock."""
        self.world.advance(seconds=seconds)
        self.slack.post("/_control/clock", json={"advance_seconds": seconds}).raise_for_status()

    def fault(self, method: str, times: int = 1, **what: Any) -> None:
        self.slack.post("/_control/fault", json={"method": method, "times": times, **what}).raise_for_status()

    def card(self, number: int) -> dict[str, Any]:
        cards = [m for m in self.messages() if m["ts"] == m.get("thread_ts", m["ts"])]
        cards = [m for m in cards if m["text"].startswith(f"C-{number} ")]
        assert len(cards) == 1, f"{len(cards)} cards"
        return cards[0]

    def messages(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.slack.get("/_control/messages/C0CONSULT").json()
        return found

    def stuck(self) -> list[str]:
        with self.world.store.reading() as work:
            return [one.last_error for one in work.outbox.stuck(after_attempts=1)]

    def frozen(self, kind: DeliveryKind | None = None) -> Leased:
        """What a worker holds that freezes: its lease is over, and another one may have it."""
        kinds = [kind] if kind else list(DeliveryKind)
        with self.world.store.writing() as work:
            at, real = work.times()
            (leased,) = work.outbox.claim(at + timedelta(seconds=2), real, kinds)
            assert work.outbox.recover(real + timedelta(minutes=2)) == 1
        return leased

    def calls(self) -> list[str]:
        return [call["method"] for call in self.slack.get("/_control/log").json()["calls"]]

    def mailed(self) -> list[EmailMessage]:
        """Every email, oldest first."""
        read = BytesParser(policy=policy.default).parsebytes
        return [cast(EmailMessage, read(path.read_bytes())) for path in sorted(self.mail.glob("*.eml"))]

    def letters(self) -> int:
        """How many emails patients got."""
        return len([email for email in self.mailed() if email["To"] != "it@example.org"])


@contextmanager
def open_clinic(store: Store, folder: Path) -> Iterator[Clinic]:
    """Give a clinic over this store, whose Slack and mail lie in the folder."""
    world = World(store)
    mail = folder / "mail"
    sandbox = Sandbox(folder / "slack", 0, "http://127.0.0.1:9", mail, lambda seconds: None)
    sandbox.start()
    token = sandbox.settings()["SLACK_BOT_TOKEN"]
    office = Office(
        store=store,
        practice=PRACTICE,
        slack=SlackSender(slack_client(token, f"{sandbox.url}/api/", 10)),
        mail=FolderMail(mail),
        mail_from="care@example.org",
        public_url="https://consult.example.org",
        administrator=Words("it@example.org"),
    )
    yield Clinic(world, office, Worker(store, world.desk, office), httpx.Client(base_url=sandbox.url), mail)
    sandbox.stop()
