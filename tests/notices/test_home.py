"""The sender of Homes: one for each person, in order, and only for people who work here."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from consult_bot.case.delivery import NO_CASE, DeliveryKind
from consult_bot.case.home import Page, Shelf
from consult_bot.notices.home import send_home
from consult_bot.notices.mail import FolderMail
from consult_bot.notices.post_office import Later, Never, send
from consult_bot.notices.sending import LeaseLost, Office, Sent
from consult_bot.sandbox.faults import Fault
from consult_bot.sandbox.server import Sandbox
from consult_bot.slack.client import slack_client
from consult_bot.slack.send import SlackSender
from storage.outbox import Leased
from storage.tables import cases
from tests.builders import ANA, BEN, LENA, PRACTICE, World
from tests.slack.cases import read


class Post:
    """An office before the sandbox's Slack."""

    def __init__(self, world: World, sandbox: Sandbox, mail: Path) -> None:
        self.world = world
        self.sandbox = sandbox
        client = slack_client(sandbox.settings()["SLACK_BOT_TOKEN"], f"{sandbox.url}/api/", 10)
        self.office = Office(
            world.store,
            PRACTICE,
            SlackSender(client),
            FolderMail(mail),
            "care@example.org",
            "https://x.example",
        )

    def claim(self) -> Leased | None:
        with self.world.store.writing() as work:
            return next(iter(work.outbox.claim(*work.times(), {DeliveryKind.HOME})), None)

    def send(self) -> object:
        """Send the Home that is next and note that it went out; what became of it."""
        leased = self.claim()
        assert leased is not None
        outcome = send(self.office, leased)
        if isinstance(outcome, Sent):
            with self.world.store.writing() as work:
                assert work.outbox.finish(leased, outcome.receipt, work.now())
        return outcome

    def home(self, slack_id: str) -> dict[str, Any] | None:
        return self.sandbox.slack.workspace.home(slack_id)


@pytest.fixture
def post(sqlite_world: World, tmp_path: Path) -> Iterator[Post]:
    sandbox = Sandbox(tmp_path / "slack", 0, "http://127.0.0.1:9", tmp_path / "mail", lambda seconds: None)
    sandbox.start()
    yield Post(sqlite_world, sandbox, tmp_path / "mail")
    sandbox.stop()


def test_it_draws_each_persons_own(post: Post) -> None:
    number = post.world.submit().number
    post.world.did("claim", ANA, number)
    post.world.desk.show_home(BEN.id)
    first, second = post.send(), post.send()
    assert isinstance(first, Sent) and first.receipt and first != second
    assert f"waiting/C-{number}" in str(post.home(ANA.id))
    assert f"C-{number}" not in str(post.home(BEN.id))


def test_it_names_a_case_that_does_not_open_and_logs_it_once_with_what_to_do(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    number = post.world.submit(concern="A red rash").number
    post.world.did("claim", ANA, number)
    post.world.did("task", ANA, number, kind="call", words="Call.")
    with post.world.store.writing() as work:
        work.connection.execute(cases.update().where(cases.c.number == number).values(body=b"not as sealed"))
    post.send()
    assert f"Cannot be opened: C-{number}." in str(post.home(ANA.id))
    (noted,) = [record for record in caplog.records if record.message == "a case does not open"]
    assert noted.levelno == logging.ERROR and vars(noted)["case"] == number
    assert "Restore the row" in vars(noted)["remedy"] and "rash" not in caplog.text


def test_it_draws_first_for_whoever_is_looking(post: Post) -> None:
    post.world.did("claim", ANA, post.world.submit().number)
    post.world.desk.show_home(BEN.id)
    post.send()
    assert post.home(BEN.id) and not post.home(ANA.id)


def test_it_draws_last_the_page_that_was_asked_for_last(post: Post) -> None:
    for page in (Page(Shelf.QUEUE), Page(Shelf.TASKS), Page(Shelf.QUEUE)):
        post.world.desk.show_home(ANA.id, page.written())
    drawn = []
    for _ in range(3):
        post.send()
        drawn.append((post.home(ANA.id) or {})["private_metadata"])
    assert drawn == ["queue", "tasks", "queue"] and post.claim() is None


def test_it_writes_ids_only_and_one_row_for_many_acts(post: Post) -> None:
    number = post.world.submit().number
    post.world.did("claim", ANA, number)
    post.world.did("note", ANA, number, note="canary")
    leased = post.claim()
    assert leased and dict(leased.payload) == {"person": ANA.id} and leased.number == number
    assert post.claim() is None
    post.world.desk.show_home(BEN.id, "queue")
    asked = post.claim()
    assert asked and dict(asked.payload) == {"person": BEN.id, "page": "queue"} and asked.number == NO_CASE


def test_it_writes_nothing_for_the_patient_and_the_system(post: Post) -> None:
    number = post.world.submit().number
    post.world.reply(number, "It itches.")
    assert post.claim() is None


def test_it_shows_no_case_to_somebody_who_left_since(post: Post) -> None:
    number = post.world.submit().number
    post.world.did("claim", ANA, number)
    with post.world.store.writing() as work:
        work.people.replace_all([BEN, LENA])
    post.send()
    told = read((post.home(ANA.id) or {})["blocks"])
    assert "ask <@U0LENA> to add you" in told and "C-" not in told


def test_it_publishes_nothing_after_its_lease_is_over(post: Post) -> None:
    post.world.desk.show_home(ANA.id)
    frozen = post.claim()
    assert frozen
    with pytest.raises(LeaseLost):
        send_home(
            post.office,
            replace(frozen, claim=replace(frozen.claim, deadline_seconds=time.monotonic() - 0.001)),
        )
    assert post.home(ANA.id) is None


@pytest.mark.parametrize(
    ("fault", "holds"),
    [
        ({"retry_after_seconds": 7}, True),
        ({"error": "not_enabled"}, True),
        ({"status": 503}, False),
        ({"lose_reply": True}, False),
    ],
)
def test_it_is_tried_again_and_holds_up_all_homes_only_where_all_would_fail(
    post: Post, fault: dict[str, Any], holds: bool
) -> None:
    post.sandbox.slack.faults.order(Fault(method="views.publish", **fault))
    post.world.desk.show_home(ANA.id)
    outcome = post.send()
    assert isinstance(outcome, Later) and bool(outcome.holds) is holds
    assert (outcome.remedy is not None) is ("error" in fault)
    assert outcome.breaks is None, "no case waits for a Home"


def test_it_gives_up_what_slack_will_never_take(post: Post) -> None:
    post.sandbox.slack.faults.order(Fault(method="views.publish", error="view_too_large"))
    post.world.desk.show_home(ANA.id)
    assert post.send() == Never("view_too_large")
