"""The bucket, KMS or the database is away: patients are told that nothing was stored, and sending again counts once."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from storage import tables
from storage.errors import Overloaded, Unanswered
from storage.files import bucket as bucket_module
from storage.files.bucket import Bucket
from storage.keys.kms import GOOD_FOR_SECONDS, PAUSE_SECONDS
from storage.store import Store
from tests.aws import Aws, Clock, Door, open_lent
from tests.builders import PRACTICE, World
from tests.portal.site import FORM, FORM_ANSWERS, Page, Server, Site, photo
from tests.portal.test_case_acts import open_case, replied


@pytest.fixture
def cloud(second_door: Door, aws: Aws, clock: Clock, server: Server, tmp_path: Path) -> Iterator[Site]:
    """The pages over a bucket and a KMS key, both behind the second door."""
    store = open_lent(f"sqlite:///{tmp_path}/consult.db", aws.keys, aws.files, clock)
    site = Site(World(store), server)
    yield site
    site.browser.close()
    store.close()
    for error in site.errors:
        raise error


@contextmanager
def closed(door: Door) -> Iterator[None]:
    door.close()
    yield
    door.open()


def cases(site: Site) -> int:
    with site.store.reading() as work:
        return work.connection.scalar(select(func.count()).select_from(tables.cases)) or 0


def asks_to_wait(page: Page) -> bool:
    return page.status == 503 and int(page.response.headers["retry-after"]) > 0


def test_it_gives_the_form_back_while_the_bucket_is_down_and_makes_one_case_of_it(
    cloud: Site, second_door: Door, aws: Aws, caplog: pytest.LogCaptureFixture
) -> None:
    with closed(second_door), caplog.at_level(logging.WARNING):
        page = cloud.fill_in(photos=[photo()])
    assert asks_to_wait(page) and "We could not keep your photos just now." in page.text("photos-error")
    assert FORM_ANSWERS["concern"] in page.html
    assert cases(cloud) == 0 and aws.objects() == {}
    (line,) = [each for each in caplog.records if each.message == "the storage is away"]
    assert line.error == "FilesAway" and "check the network" in line.remedy
    for _ in range(2):
        assert cloud.fill_in(hidden=page.hidden("intake"), photos=[photo()]).status == 200
    assert cases(cloud) == 1 and len(aws.objects()) == 2


def test_it_takes_a_form_without_photos_while_the_bucket_is_down(cloud: Site, second_door: Door) -> None:
    with closed(second_door):
        assert cloud.fill_in().status == 200


def test_it_keeps_photos_taken_before_the_bucket_went_down(cloud: Site, second_door: Door) -> None:
    page = cloud.fill_in(photos=[photo()], email="no address")
    assert page.status == 422 and page.html.count("data:image/jpeg;base64,") == 1
    with closed(second_door):
        again = cloud.fill_in(hidden=page.hidden("intake"), email="no address")
        assert again.status == 422 and "data:image" not in again.html
        assert "Photo 1 that you added" in again.words
    number = int(cloud.fill_in(hidden=again.hidden("intake")).text("case-number").removeprefix("C-"))
    kept = cloud.world.case(number).submission.attachments
    assert [cloud.store.photo(each).number for each in kept] == [number]


def test_it_gives_a_reply_back_while_the_bucket_is_down(cloud: Site, second_door: Door) -> None:
    number, page = open_case(cloud)
    with closed(second_door):
        again = replied(cloud, page, "See the photo.", [photo()])
    assert asks_to_wait(again) and "We could not keep your photos" in again.text("photos-error")
    assert "See the photo." in again.html and cloud.world.case(number).messages == ()
    for _ in range(2):
        assert replied(cloud, again, "See the photo.", [photo()]).status == 303
    assert len(cloud.world.case(number).messages) == 1


def test_it_does_not_wait_long_for_a_silent_bucket(
    cloud: Site, aws: Aws, silent_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", silent_url)
    monkeypatch.setattr(bucket_module, "READ_SECONDS", 0.1)
    working, cloud.store.files = cloud.store.files, Bucket(aws.files)
    page = cloud.fill_in(photos=[photo()])
    assert asks_to_wait(page) and cases(cloud) == 0
    cloud.store.files = working
    assert cloud.fill_in(hidden=page.hidden("intake"), photos=[photo()]).status == 200


def test_it_asks_to_look_at_a_photo_later_and_says_that_a_lost_one_is_not_there(
    cloud: Site, second_door: Door, aws: Aws
) -> None:
    number, page = open_case(cloud)
    replied(cloud, page, "See the photo.", [photo()])
    (attachment,) = cloud.world.case(number).messages[0].attachments
    where = f"/case/photos/{attachment}/full"
    assert cloud.get(where).status == 200
    with closed(second_door):
        assert asks_to_wait(cloud.get(where))
    aws.s3.delete_object(Bucket=aws.bucket, Key=f"photos/{attachment}")
    assert cloud.get(where).status == 404


def test_it_says_that_nothing_was_stored_once_kms_has_been_away_too_long(
    cloud: Site, second_door: Door, clock: Clock
) -> None:
    number, case_page = open_case(cloud)
    hidden = cloud.get(FORM).hidden("intake")
    with closed(second_door):
        clock.seconds += GOOD_FOR_SECONDS
        page = cloud.fill_in(hidden=hidden, photos=[photo()])
        assert asks_to_wait(page) and "We could not store this just now." in page.words
        assert FORM_ANSWERS["concern"] in page.html
        reply = replied(cloud, case_page, "It itches.")
        assert asks_to_wait(reply) and "nothing that you sent was stored" in reply.words
        for path in (FORM, "/case", cloud.url + "/p/x"):
            assert FORM_ANSWERS["concern"] not in cloud.get(path).html
    clock.seconds += PAUSE_SECONDS
    assert cases(cloud) == 1 and cloud.world.case(number).messages == ()
    for _ in range(2):
        assert cloud.fill_in(hidden=page.hidden("intake"), photos=[photo()]).status == 200
        assert replied(cloud, case_page, "It itches.").status == 303
    assert cases(cloud) == 2 and len(cloud.world.case(number).messages) == 1


@contextmanager
def unreachable(store: Store, file: Path) -> Iterator[None]:
    """The database's file is not where it was."""
    store.close()
    away = file.rename(file.with_name("away.db"))
    file.mkdir()
    yield
    file.rmdir()
    away.rename(file)


def test_it_gives_the_form_back_while_the_database_cannot_be_reached(site: Site, tmp_path: Path) -> None:
    hidden = site.get(FORM).hidden("intake")
    with unreachable(site.store, tmp_path / "consult.db"):
        page, home = site.fill_in(hidden=hidden), site.get("/")
    assert asks_to_wait(page) and FORM_ANSWERS["concern"] in page.html
    assert asks_to_wait(home) and "We cannot reach our records" in home.words
    for _ in range(2):
        assert site.fill_in(hidden=page.hidden("intake")).status == 200
    assert cases(site) == 1


def test_it_says_that_nobody_can_tell_where_the_answer_to_a_commit_was_lost(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(act: object) -> None:
        raise Unanswered("OperationalError")

    case = site.world.submit()
    code = site.store.keys.access_code(case.id, case.nonce)
    monkeypatch.setattr(site.store, "commit", lost)
    page = site.unlock(case.number, code.reveal())
    assert asks_to_wait(page) and "We cannot tell whether what you sent was stored" in page.words
    assert "what you tell us counts only once" in page.words and "nothing that you sent" not in page.words
    assert "it counts only once" not in page.words, "each wrong code counts, also one that is sent again"


def test_it_says_that_the_records_are_out_of_reach_and_not_that_many_people_are_there(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(act: object) -> None:
        raise Overloaded("the disk is full")

    case = site.world.submit()
    code = site.store.keys.access_code(case.id, case.nonce)
    monkeypatch.setattr(site.store, "commit", full)
    page = site.unlock(case.number, code.reveal())
    assert asks_to_wait(page) and "We cannot reach our records just now" in page.html
    assert f'call us at <a href="tel:+15550100100">{PRACTICE.phone}</a>' in page.html
    assert "Many people" not in page.html
    assert [line.message for line in caplog.records].count("the storage is away") == 1
