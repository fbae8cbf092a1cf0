"""A photo in the thread: once, however late Slack shares it, and holding up nothing for ever where it never does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from consult_bot.cli.stories.players import words_in
from tests.builders import ANA, Photo
from tests.clinic import Clinic

LONG = timedelta(minutes=30)


@pytest.mark.parametrize("late_seconds", [5, 20, 110])
def test_it_shows_a_photo_once_where_the_answer_was_lost_and_slack_shares_late(
    clinic: Clinic, late_seconds: int
) -> None:
    clinic.fault("files.completeUploadExternal", lose_reply=True)
    clinic.fault("files.share", times=2, retry_after_seconds=late_seconds)
    number = with_photo(clinic)
    clinic.settle(LONG)
    assert len(photos(clinic, number)) == 1
    asked = clinic.calls().count("files.completeUploadExternal")
    assert asked == (1 if late_seconds < 30 else 2)
    assert clinic.stuck() == []


def test_it_asks_at_once_again_where_slack_had_refused_for_the_moment(clinic: Clinic) -> None:
    clinic.fault("files.completeUploadExternal", retry_after_seconds=3)
    number = with_photo(clinic)
    clinic.settle(timedelta(seconds=15))
    assert len(photos(clinic, number)) == 1
    assert clinic.calls().count("files.getUploadURLExternal") == 1


def test_it_uploads_a_photo_anew_that_slack_agreed_to_share_and_did_not(clinic: Clinic) -> None:
    clinic.fault("files.share", error="never")
    number = with_photo(clinic)
    clinic.settle(LONG)
    assert len(photos(clinic, number)) == 1
    assert clinic.calls().count("files.getUploadURLExternal") == 2
    assert clinic.stuck() == []


def test_it_shows_one_of_two_uploads_where_slack_shares_the_first_after_all(clinic: Clinic) -> None:
    clinic.fault("files.share", times=2, retry_after_seconds=150)
    number = with_photo(clinic)
    clinic.settle(LONG)
    assert len(photos(clinic, number)) == 1
    assert clinic.stuck() == []


@pytest.mark.parametrize(
    ("method", "error"), [("files.share", "never"), ("files.info", "file_not_found")], ids=["share", "info"]
)
def test_it_gives_the_photo_up_that_slack_never_shows_and_goes_on_with_the_case(
    clinic: Clinic, method: str, error: str
) -> None:
    clinic.fault(method, times=1000, error=error)
    number = with_photo(clinic)
    clinic.world.did("claim", ANA, number)
    clinic.settle(LONG)
    assert "has claimed" in words_in(clinic.card(number)["replies"])
    assert clinic.stuck() == ["file_not_shared"]
    (letter,) = [m for m in clinic.messages() if m["text"].startswith("Not sent")]
    assert "a photo for the thread" in words_in(letter["blocks"])
    assert "Slack took the photo twice" in words_in(letter["blocks"])


def test_it_uploads_the_photo_anew_when_a_lead_tries_the_dead_letter_again(clinic: Clinic) -> None:
    clinic.fault("files.share", times=2, error="never")
    number = with_photo(clinic)
    clinic.settle(LONG)
    assert photos(clinic, number) == []
    with clinic.world.store.writing() as work:
        (dead,) = work.outbox.stuck()
        assert work.outbox.revive(dead.id, work.now())
    clinic.settle(LONG)
    assert len(photos(clinic, number)) == 1
    assert clinic.stuck() == []


def with_photo(clinic: Clinic) -> int:
    return clinic.world.submit(attachments=(clinic.world.store.stage(Photo()),)).number


def photos(clinic: Clinic, number: int) -> list[dict[str, Any]]:
    """The messages of the thread that show a photo."""
    return [reply for reply in clinic.card(number)["replies"] if reply.get("files")]
