"""The sender of letters: the link that a case has, and no promise that has passed."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from slack_sdk import WebClient

from consult_bot.case.delivery import DeliveryKind
from consult_bot.case.verb import THE_PATIENT
from consult_bot.notices.letter_sender import NO_ADDRESS, send_letter
from consult_bot.notices.mail import FolderMail
from consult_bot.notices.sending import Needless, Office, Sent
from consult_bot.slack.send import SlackSender
from tests.builders import ANA, PRACTICE, World

SITE = "https://consult.elm-street.example"


class Post:
    """An office whose letters go into a folder."""

    def __init__(self, world: World, folder: Path) -> None:
        self._folder = folder
        self._office = Office(
            store=world.store,
            practice=PRACTICE,
            slack=SlackSender(WebClient()),
            mail=FolderMail(folder),
            mail_from="care@elm-street.example",
            public_url=SITE,
        )

    def send(self) -> Sent | Needless:
        """Send the letter that is next, and note that it went out."""
        with self._office.store.writing() as work:
            (leased,) = work.outbox.claim(*work.times(), {DeliveryKind.LETTER})
        assert leased is not None
        sent = send_letter(self._office, leased)
        with self._office.store.writing() as work:
            assert work.outbox.finish(leased, None, work.now())
        return sent

    @property
    def letters(self) -> list[EmailMessage]:
        files = sorted(self._folder.glob("*.eml"))
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]

    @property
    def texts(self) -> list[str]:
        """The words of the letters, the newest last."""
        return [letter.get_body(("plain",)).get_content() for letter in self.letters]


@pytest.fixture
def post(sqlite_world: World, tmp_path: Path) -> Post:
    return Post(sqlite_world, tmp_path / "mail")


def test_it_promises_the_time_that_the_page_shows_and_says_in_which_zone(
    sqlite_world: World, post: Post
) -> None:
    case = sqlite_world.submit()
    post.send()
    at = case.due_at.astimezone(ZoneInfo(PRACTICE.zone))
    clock = f"{(at.hour - 1) % 12 + 1}:{at.minute:02d} {'am' if at.hour < 12 else 'pm'}"
    assert "You can expect an answer" in post.texts[-1]
    assert f"by {clock} (Eastern time)." in post.texts[-1]


def test_it_makes_no_promise_that_has_passed(sqlite_world: World, post: Post) -> None:
    sqlite_world.submit()
    sqlite_world.advance(hours=25)
    post.send()
    assert "We have what you sent" in post.letters[-1]["Subject"]
    assert "expect an answer" not in post.texts[-1]


def test_it_makes_no_promise_that_is_kept_already(sqlite_world: World, post: Post) -> None:
    case = sqlite_world.submit()
    sqlite_world.did("claim", ANA, case.number)
    sqlite_world.advise(ANA, case.number)
    post.send()
    assert "expect an answer" not in post.texts[-1]


@pytest.mark.parametrize(
    ("seen", "subject"),
    [(False, "There is an answer for you"), (True, "Please read a correction")],
)
def test_it_speaks_of_a_correction_only_to_who_saw_the_wrong_text(
    sqlite_world: World, post: Post, seen: bool, subject: str
) -> None:
    number = sqlite_world.submit().number
    sqlite_world.did("claim", ANA, number)
    sqlite_world.advise(ANA, number)
    sqlite_world.advance(seconds=31)
    if seen:
        sqlite_world.did("opened", THE_PATIENT, number)
    right = {"guidance": "Half a tablet.", "disposition": "home", "safety_net": "Call us if unsure."}
    sqlite_world.did("correct", ANA, number, **right)
    sqlite_world.advance(seconds=31)
    for _ in range(3):
        post.send()
    assert post.letters[-1]["subject"] == f"{subject} (C-{number})"
    assert ("has set something right" in post.texts[-1]) is seen


def test_it_sends_the_same_link_again(sqlite_world: World, post: Post) -> None:
    number = sqlite_world.submit().number
    post.send()
    sqlite_world.did("claim", ANA, number)
    sqlite_world.did("ask", ANA, number, question="Since when?")
    sqlite_world.advance(minutes=1)
    post.send()
    links = [line for text in post.texts for line in text.splitlines() if line.startswith(f"{SITE}/p/")]
    assert len(links) == 2
    assert len(set(links)) == 1


def test_it_says_so_where_nobody_gave_an_address(sqlite_world: World, post: Post) -> None:
    sqlite_world.submit(email="")
    assert post.send() == Needless(NO_ADDRESS)
    assert post.letters == []
