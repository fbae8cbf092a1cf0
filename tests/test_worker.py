"""The worker against the sandbox's Slack: everything arrives, once and in order, whatever Slack answers."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from consult_bot.cli.stories.players import until, words_in
from consult_bot.notices.mail import FolderMail, MailDown
from consult_bot.notices.post_office import Later, send
from consult_bot.notices.sending import Office
from consult_bot.sandbox.server import Sandbox
from consult_bot.slack.client import slack_client
from consult_bot.slack.send import SlackSender
from consult_bot.worker import Worker
from storage.outbox import Leased, Outbox
from storage.store import Store
from storage.tables import deliveries
from tests.builders import ANA, PRACTICE, Photo, World

SOON = timedelta(seconds=40)
LONG = "".join(f"[{place:05}]" + "long " * 18 for place in range(1000))


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
        with self.world.store.reading() as work:
            end = work.now() + patience
        while True:
            if self.worker.work_once():
                continue
            with self.world.store.reading() as work:
                due, now = work.outbox.next_due(), work.now()
            if due is None or max(due, now) > end:
                return
            self.world.advance(seconds=max(1.0, (due - now).total_seconds()))

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

    def letters(self) -> int:
        return len(list(self.mail.glob("*.eml")))


@pytest.fixture
def clinic(sqlite_store: Store, tmp_path: Path) -> Iterator[Clinic]:
    world = World(sqlite_store)
    mail = tmp_path / "mail"
    sandbox = Sandbox(tmp_path / "slack", 0, "http://127.0.0.1:9", mail, lambda seconds: None)
    sandbox.start()
    token = sandbox.settings()["SLACK_BOT_TOKEN"]
    office = Office(
        store=sqlite_store,
        practice=PRACTICE,
        slack=SlackSender(slack_client(token, f"{sandbox.url}/api/", 10)),
        mail=FolderMail(mail),
        mail_from="care@example.org",
        public_url="https://consult.example.org",
    )
    yield Clinic(
        world, office, Worker(sqlite_store, world.desk, office), httpx.Client(base_url=sandbox.url), mail
    )
    sandbox.stop()


def test_it_posts_the_card_and_the_form_and_mails_that_it_came(clinic: Clinic) -> None:
    number = clinic.world.submit().number
    clinic.settle()
    card = clinic.card(number)
    assert card["text"] == f"C-{number} · new"
    assert "red rash" in words_in(card["blocks"]) and "red rash" in words_in(card["replies"])
    assert clinic.letters() == 1
    assert clinic.stuck() == []


def test_it_keeps_a_very_long_answer_whole_in_numbered_replies(clinic: Clinic) -> None:
    assert len(LONG) > 95_000
    number = clinic.world.submit().number
    clinic.world.reply(number, LONG)
    clinic.settle()
    replies = [r for r in clinic.card(number)["replies"] if "/" in r["text"].rsplit("·", 1)[-1]]
    assert len(replies) > 5
    told = words_in([r["blocks"] for r in replies])
    for place in range(1000):
        assert told.count(f"[{place:05}]") == 1
    numbers = [r["text"].rsplit("· ", 1)[-1] for r in replies]
    assert numbers == [f"{place}/{len(replies)}" for place in range(1, len(replies) + 1)]


@pytest.mark.parametrize(
    "what",
    [
        {"status": 503},
        {"status": 500},
        {"error": "internal_error"},
        {"retry_after_seconds": 7},
        {"lose_reply": True},
    ],
    ids=lambda what: next(iter(what)),
)
@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
def test_it_shows_everything_once_and_in_order_when_slack_stumbles(
    clinic: Clinic, method: str, what: dict[str, Any]
) -> None:
    number = clinic.world.submit().number
    clinic.fault(method, times=2, **what)
    clinic.world.did("claim", ANA, number)
    for note in ("first note", "second note", "third note"):
        clinic.world.did("note", ANA, number, note=note)
    clinic.settle(timedelta(minutes=1))
    card = clinic.card(number)
    assert card["text"] == f"C-{number} · claimed"
    told = [words_in(reply["blocks"]) for reply in card["replies"]]
    places = [
        next(i for i, t in enumerate(told) if note in t)
        for note in ("first note", "second note", "third note")
    ]
    assert places == sorted(places)
    for note in ("first note", "second note", "third note"):
        assert sum(note in text for text in told) == 1
    assert clinic.stuck() == []


@pytest.mark.parametrize("error", ["channel_not_found", "is_archived", "invalid_auth", "not_in_channel"])
def test_it_waits_for_an_administrator_and_then_sends_everything(
    clinic: Clinic, error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    clinic.fault("chat.postMessage", times=3, error=error)
    number = clinic.world.submit().number
    clinic.settle()
    assert clinic.messages() == []
    assert error in clinic.stuck()
    assert clinic.letters() == 1
    clinic.settle(timedelta(minutes=10))
    assert clinic.card(number)["replies"]
    assert clinic.stuck() == []


def test_it_gives_up_what_slack_will_never_take_and_sends_the_rest(clinic: Clinic) -> None:
    number = clinic.world.submit().number
    clinic.settle()
    clinic.world.did("note", ANA, number, note="poisoned")
    clinic.fault("chat.postMessage", times=1, error="invalid_blocks")
    clinic.settle()
    clinic.world.did("note", ANA, number, note="healthy")
    clinic.settle()
    told = words_in(clinic.card(number)["replies"])
    assert "healthy" in told and "poisoned" not in told
    assert any("invalid_blocks" in error for error in clinic.stuck())


def test_it_tells_the_channel_once_when_the_promised_time_has_passed(clinic: Clinic) -> None:
    number = clinic.world.submit().number
    clinic.world.did("claim", ANA, number)
    clinic.settle()
    told = [m for m in clinic.messages() if "overdue" in words_in(m).lower()]
    assert told == []
    clinic.world.advance(hours=25)
    clinic.settle(timedelta(hours=3))
    broadcast = [
        m for m in clinic.messages() if m.get("subtype") == "thread_broadcast" and "overdue" in m["text"]
    ]
    assert len(broadcast) == 1
    assert "OVERDUE" in words_in(clinic.card(number)["blocks"])


def test_it_says_nothing_of_overdue_when_the_answer_went_out_in_time(clinic: Clinic) -> None:
    number = clinic.world.submit().number
    clinic.world.did("claim", ANA, number)
    clinic.world.advise(ANA, number)
    clinic.settle(timedelta(hours=30))
    assert "overdue" not in words_in(clinic.messages()).lower()


def test_it_asks_for_a_call_when_a_letter_will_never_arrive(clinic: Clinic) -> None:
    number = clinic.world.submit(email="no address").number
    clinic.settle()
    assert [task.kind.value for task in clinic.world.case(number).open_tasks] == ["call"]
    assert "our email was refused" in words_in(clinic.card(number)["replies"])
    assert clinic.letters() == 0
    clinic.world.did("claim", ANA, number)
    clinic.world.advise(ANA, number)
    clinic.settle(timedelta(minutes=2))
    assert len(clinic.world.case(number).open_tasks) == 1


def test_it_posts_a_card_anew_that_somebody_deleted(clinic: Clinic) -> None:
    number = clinic.world.submit().number
    clinic.settle()
    clinic.fault("chat.update", times=1, error="message_not_found")
    clinic.world.reply(number, "It got worse.")
    clinic.settle()
    cards = [m for m in clinic.messages() if m["text"].startswith(f"C-{number} ")]
    assert "It got worse." in words_in(cards[-1]["replies"])
    assert clinic.stuck() == []


def test_it_lets_no_redraw_that_slack_refuses_hold_up_the_thread(clinic: Clinic) -> None:
    number = clinic.world.submit().number
    clinic.settle()
    clinic.fault("chat.update", times=1, error="cant_update_message")
    clinic.world.reply(number, "It got worse.")
    clinic.settle()
    assert "It got worse." in words_in(clinic.card(number)["replies"])


def test_it_sends_nothing_once_another_worker_has_the_delivery(clinic: Clinic) -> None:
    clinic.world.submit()
    with clinic.world.store.writing() as work:
        frozen = work.outbox.claim(*work.times())
        assert frozen
        work.outbox.recover(work.times()[1] + timedelta(minutes=2))
    assert isinstance(send(clinic.office, frozen), Later)
    assert clinic.messages() == []
    clinic.settle()
    assert len(clinic.messages()) == 1


def test_it_posts_cards_while_the_mail_server_is_silent(clinic: Clinic) -> None:
    class Silent:
        def send(self, message: EmailMessage) -> str:
            raise MailDown("TimeoutError")

    worker = Worker(clinic.world.store, clinic.world.desk, replace(clinic.office, mail=Silent()))
    numbers = [clinic.world.submit().number for _ in range(3)]
    for _ in range(20):
        worker.work_once()
        clinic.world.advance(seconds=1)
    assert len([m for m in clinic.messages() if m["ts"] == m.get("thread_ts", m["ts"])]) == len(numbers)
    with clinic.world.store.reading() as work:
        tried = work.connection.execute(select(deliveries.c.attempts).where(deliveries.c.kind == "letter"))
        assert sum(tried.scalars()) < 15, "each silence holds the other letters back as well"


def test_it_posts_new_cards_before_the_files_that_wait(clinic: Clinic) -> None:
    photos = tuple(clinic.world.store.stage(Photo()) for _ in range(5))
    clinic.world.submit(attachments=photos)
    for _ in range(3):
        clinic.worker.work_once()
        clinic.world.advance(seconds=1)
    late = clinic.world.submit().number
    clinic.worker.work_once()
    assert clinic.card(late)


def test_it_sends_nothing_that_was_undone(clinic: Clinic) -> None:
    number = clinic.world.submit().number
    clinic.world.did("claim", ANA, number)
    clinic.settle()
    clinic.world.did("ask", ANA, number, question="zebra stripes")
    clinic.world.did("undo", ANA, number)
    clinic.settle(timedelta(minutes=2))
    assert clinic.letters() == 1
    assert "zebra stripes" not in words_in(clinic.messages())


def test_it_puts_a_silent_claim_back_into_the_queue(clinic: Clinic) -> None:
    number = clinic.world.submit().number
    clinic.world.did("claim", ANA, number)
    clinic.settle()
    clinic.world.advance(minutes=121)
    clinic.settle()
    assert clinic.world.case(number).owner is None
    assert clinic.card(number)["text"] == f"C-{number} · new"
    assert any(
        "red rash" not in m["text"] and m.get("subtype") == "thread_broadcast" for m in clinic.messages()
    )


def test_it_looks_before_it_posts_again_what_an_earlier_worker_may_have_posted(clinic: Clinic) -> None:
    number = clinic.world.submit().number
    clinic.settle()
    clinic.world.did("note", ANA, number, note="only once")
    clinic.fault("chat.postMessage", times=1, lose_reply=True)
    clinic.settle(timedelta(minutes=1))
    told = [words_in(reply["blocks"]) for reply in clinic.card(number)["replies"]]
    assert sum("only once" in text for text in told) == 1


def test_it_logs_no_words(
    clinic: Clinic, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO, logger="consult_bot")
    number = clinic.world.submit(concern="canary-concern").number
    clinic.fault("chat.postMessage", times=1, error="invalid_blocks")
    clinic.world.did("note", ANA, number, note="canary-note")
    clinic.settle()
    printed = capfd.readouterr()
    logged = [str(vars(record)) for record in caplog.records if record.name.startswith("consult_bot.")]
    assert "invalid_blocks" in str(logged)
    for told in (printed.out, printed.err, *logged):
        assert "canary" not in told
        assert "parent.zarbex" not in told


def test_it_goes_on_after_a_stumble(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody pulls the rug from under one claim: the next ones are made all the same."""
    stumbled = threading.Event()
    claim = Outbox.claim

    def once_broken(outbox: Outbox, *arguments: Any) -> Leased | None:
        if not stumbled.is_set():
            stumbled.set()
            raise RuntimeError("the rug")
        return claim(outbox, *arguments)

    monkeypatch.setattr(Outbox, "claim", once_broken)
    number = clinic.world.submit().number
    clinic.worker.start()
    until("the card", lambda: [m for m in clinic.messages() if m["text"].startswith(f"C-{number} ")])
    clinic.worker.stop()
    assert stumbled.is_set()
