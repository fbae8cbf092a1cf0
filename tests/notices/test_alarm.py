"""Alarms: an urgent case that nobody claims is told outside Slack, by its number only."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from consult_bot.case.delivery import DeliveryKind
from consult_bot.case.verb import THE_SYSTEM
from consult_bot.notices.mail import FolderMail
from consult_bot.notices.post_office import Later, Never, send
from consult_bot.notices.sending import Needless, Office, Partly, Sent
from consult_bot.slack.client import slack_client
from consult_bot.slack.send import SlackSender
from storage.store import Store
from tests.builders import ANA, PRACTICE, World


@dataclass
class Webhook:
    """A paging service on this machine. It answers with `statuses` in turn, then with 204."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    calls: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    service = Webhook()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            service.calls.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            status = service.statuses.pop(0) if service.statuses else 204
            self.send_response(status)
            if status == 302:
                self.send_header("Location", service.url)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    service.url = f"http://127.0.0.1:{server.server_port}/page"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield service
    server.shutdown()
    server.server_close()
    thread.join(5)


class OnCall:
    """A practice with somebody on call, an urgent case in its queue, and its alarm."""

    def __init__(self, store: Store, folder: Path, oncall: str | None) -> None:
        self.world = World(store, replace(PRACTICE, oncall=True))
        self.mail = folder
        self.office = Office(
            store=store,
            practice=self.world.desk.practice,
            slack=SlackSender(slack_client("xoxb-made-up", "http://127.0.0.1:9/api/", 1)),
            mail=FolderMail(folder),
            mail_from="care@example.org",
            public_url="https://consult.example.org",
            oncall=oncall,
        )
        self.number = self.world.submit(concern="canary words").number
        self.world.did("emergency", ANA, self.number, advice="call_911")
        self.world.did("page", THE_SYSTEM, self.number)

    def send(self) -> Sent | Partly | Later | Never:
        with self.world.store.writing() as work:
            (leased,) = work.outbox.claim(*work.times(), [DeliveryKind.ALARM])
        assert leased is not None
        return send(self.office, leased)

    def letters(self) -> list[str]:
        return [path.read_text() for path in sorted(self.mail.glob("*.eml"))]


def test_it_mails_the_number_and_nothing_else(sqlite_store: Store, tmp_path: Path) -> None:
    clinic = OnCall(sqlite_store, tmp_path / "mail", "mailto:oncall@example.org")
    assert isinstance(clinic.send(), Sent)
    (letter,) = clinic.letters()
    assert "To: oncall@example.org" in letter
    assert f"Subject: C-{clinic.number} is urgent, and nobody has claimed it." in letter
    assert "canary" not in letter and "Zarbex" not in letter and "/p/" not in letter


def test_it_calls_a_webhook_with_the_number_and_nothing_else(
    sqlite_store: Store, tmp_path: Path, webhook: Webhook
) -> None:
    clinic = OnCall(sqlite_store, tmp_path / "mail", webhook.url)
    assert clinic.send() == Sent("http_204")
    spoken = f"C-{clinic.number}"
    assert webhook.calls == [{"text": f"{spoken} is urgent, and nobody has claimed it.", "case": spoken}]
    assert clinic.letters() == []


@pytest.mark.parametrize("status", [302, 400, 404, 429, 500])
def test_it_tries_again_whatever_the_webhook_answers(
    sqlite_store: Store, tmp_path: Path, webhook: Webhook, status: int
) -> None:
    clinic = OnCall(sqlite_store, tmp_path / "mail", webhook.url)
    webhook.statuses.append(status)
    outcome = clinic.send()
    assert (
        isinstance(outcome, Later)
        and outcome.error == f"http_{status}"
        and "ONCALL" in (outcome.remedy or "")
    )
    assert len(webhook.calls) == 1


def test_it_tries_again_where_nobody_answers(sqlite_store: Store, tmp_path: Path) -> None:
    clinic = OnCall(sqlite_store, tmp_path / "mail", "http://127.0.0.1:9/page")
    assert isinstance(clinic.send(), Later)


def test_it_is_silent_once_somebody_has_the_case(
    sqlite_store: Store, tmp_path: Path, webhook: Webhook
) -> None:
    clinic = OnCall(sqlite_store, tmp_path / "mail", webhook.url)
    clinic.world.did("claim", ANA, clinic.number)
    assert clinic.send() == Needless("claimed meanwhile")
    assert webhook.calls == []
