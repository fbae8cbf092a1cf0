"""Senders while the bucket or KMS is away: later, never given up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from consult_bot.case.delivery import DeliveryKind
from consult_bot.notices.mail import FolderMail
from consult_bot.notices.post_office import Later, Never, send
from consult_bot.notices.sending import Office, Sent
from consult_bot.slack.client import slack_client
from consult_bot.slack.send import SlackSender
from storage.cards import Place
from storage.keys.kms import GOOD_FOR_SECONDS, PAUSE_SECONDS
from storage.outbox import Leased
from tests.aws import Aws, Clock, Door, open_lent
from tests.builders import PRACTICE, Photo, World


@pytest.fixture
def world(second_door: Door, aws: Aws, clock: Clock, tmp_path: Path) -> Iterator[World]:
    """A desk over a bucket and a KMS key, both behind the second door."""
    store = open_lent(f"sqlite:///{tmp_path}/consult.db", aws.keys, aws.files, clock)
    yield World(store)
    store.close()


@pytest.fixture
def office(world: World, tmp_path: Path) -> Office:
    return Office(
        store=world.store,
        practice=PRACTICE,
        slack=SlackSender(slack_client("xoxb-made-up", "http://127.0.0.1:9/api/", 1)),
        mail=FolderMail(tmp_path / "mail"),
        mail_from="care@elm-street.example",
        public_url="https://consult.elm-street.example",
    )


def photo_to_share(world: World) -> Leased:
    """A case with a photo and a card, and the delivery that shares the photo."""
    staged = world.store.stage(Photo())
    number = world.submit(attachments=(staged,)).number
    with world.store.writing() as work:
        work.cards.put(number, Place("C0CONSULT", "1.0"))
        for _ in range(4):
            (leased,) = work.outbox.claim(*work.times(), {*DeliveryKind})
            if leased.kind is DeliveryKind.FILE:
                return leased
            work.outbox.finish(leased, "done", work.now())
            work.advance_clock(5)  # past the lane's pace
    raise AssertionError("no photo was to be shared")


def test_it_tries_later_while_the_bucket_is_down(world: World, office: Office, second_door: Door) -> None:
    leased = photo_to_share(world)
    second_door.close()
    outcome = send(office, leased)
    assert isinstance(outcome, Later) and outcome.error == "FilesAway"


def test_it_tries_a_letter_later_while_kms_is_down(
    world: World, office: Office, second_door: Door, clock: Clock, tmp_path: Path
) -> None:
    world.submit()
    second_door.close()
    clock.seconds += GOOD_FOR_SECONDS
    with world.store.writing() as work:
        (leased,) = work.outbox.claim(*work.times(), {DeliveryKind.LETTER})
    outcome = send(office, leased)
    assert isinstance(outcome, Later) and outcome.error == "KeysAway"
    assert not (tmp_path / "mail").exists()
    second_door.open()
    clock.seconds += PAUSE_SECONDS
    assert isinstance(send(office, leased), Sent)


def test_it_gives_up_a_photo_that_is_lost(world: World, office: Office, aws: Aws) -> None:
    leased = photo_to_share(world)
    for name in aws.objects():
        aws.s3.delete_object(Bucket=aws.bucket, Key=name)
    outcome = send(office, leased)
    assert isinstance(outcome, Never) and outcome.error == "UnknownAttachment"
