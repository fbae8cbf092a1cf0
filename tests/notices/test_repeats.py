"""Letters that may arrive twice are counted; those that surely did not go out are not."""

from __future__ import annotations

import logging
from email import message_from_bytes
from email.message import EmailMessage, Message
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from slack_sdk import WebClient

from consult_bot.case.delivery import DeliveryKind
from consult_bot.notices.mail import FolderMail, MailDown
from consult_bot.notices.post_office import Later, send
from consult_bot.notices.sending import Office, Sent
from consult_bot.slack.send import SlackSender
from storage.outbox import Leased
from tests.builders import PRACTICE, World


class Stumbling:
    """Mail that fails in the given ways first, and keeps the letters of which the sender cannot know."""

    def __init__(self, folder: Path, *failures: MailDown) -> None:
        self._mail = FolderMail(folder)
        self._failures = list(failures)

    def send(self, message: EmailMessage) -> str:
        failure = self._failures.pop(0) if self._failures else None
        if failure is None or failure.maybe_sent:
            receipt = self._mail.send(message)
        if failure:
            raise failure
        return receipt


class Post:
    """An office whose mail stumbles, and a delivery that is tried until it went out."""

    def __init__(self, world: World, folder: Path, *failures: MailDown) -> None:
        self.world = world
        self.folder = folder
        self._office = Office(
            store=world.store,
            practice=PRACTICE,
            slack=SlackSender(WebClient()),
            mail=Stumbling(folder, *failures),
            mail_from="care@elm-street.example",
            public_url="https://consult.elm-street.example",
        )
        world.submit()

    def claim(self) -> Leased:
        with self.world.store.writing() as work:
            (leased,) = work.outbox.claim(*work.times(), {DeliveryKind.LETTER})
        return leased

    def try_once(self) -> object:
        leased = self.claim()
        outcome = send(self._office, leased)
        with self.world.store.writing() as work:
            if isinstance(outcome, Later):
                work.outbox.retry(leased, outcome.error, work.now())
            elif isinstance(outcome, Sent):
                work.outbox.finish(leased, outcome.receipt, work.now())
        return outcome

    def links(self) -> list[str]:
        letters = [file.read_text() for file in self.folder.glob("*.eml")]
        return [line for text in letters for line in text.splitlines() if line.startswith("https://")]

    def letters(self) -> list[Message]:
        return [message_from_bytes(file.read_bytes()) for file in self.folder.glob("*.eml")]


def counted() -> float:
    return REGISTRY.get_sample_value("consult_letters_repeated_total") or 0.0


DOWN = MailDown("The mail server is not ready")
LOST = MailDown("The answer was lost", maybe_sent=True)


@pytest.mark.parametrize(
    ("failures", "repeats", "letters"),
    [
        ((), 0, 1),
        ((DOWN, DOWN), 0, 1),
        ((LOST,), 1, 2),
        ((LOST, DOWN), 1, 2),
        ((DOWN, LOST, LOST), 2, 3),
    ],
)
def test_it_counts_what_may_arrive_twice(
    sqlite_world: World,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    failures: tuple[MailDown, ...],
    repeats: int,
    letters: int,
) -> None:
    post, before = Post(sqlite_world, tmp_path / "mail", *failures), counted()
    while not isinstance(post.try_once(), Sent):
        pass
    assert counted() - before == repeats
    assert len([r for r in caplog.records if r.getMessage() == "a letter may arrive twice"]) == repeats
    links = post.links()
    assert len(links) == letters and len(set(links)) == 1, "a repeat carries the same link"


def test_it_names_a_repeat_the_same_though_the_promise_in_it_has_passed(
    sqlite_world: World, tmp_path: Path
) -> None:
    post = Post(sqlite_world, tmp_path / "mail", LOST)
    post.try_once()
    sqlite_world.advance(hours=25)
    post.try_once()
    promise = "expect an answer"
    assert sorted(promise in str(letter) for letter in post.letters()) == [False, True]
    assert len({letter["Message-ID"] for letter in post.letters()}) == 1, "mail programs can tell a repeat"


def test_it_counts_the_letter_of_a_worker_that_died_over_it(
    sqlite_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    post, before = Post(sqlite_world, tmp_path / "mail"), counted()
    leased = post.claim()
    with monkeypatch.context() as dying:
        dying.setattr(FolderMail, "send", _die)
        with pytest.raises(KeyboardInterrupt):
            send(post._office, leased)
    with sqlite_world.store.writing() as work:
        assert work.outbox.retry(leased, "lease ended", work.now())
    assert isinstance(post.try_once(), Sent)
    assert counted() - before == 1
    assert caplog.records[-1].levelno >= logging.INFO


def _die(mail: FolderMail, message: EmailMessage) -> str:
    raise KeyboardInterrupt
