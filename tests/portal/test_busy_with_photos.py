"""Many photos at once: nobody else waits for them, and no form is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from PIL import Image
from slack_sdk.signature import SignatureVerifier

from consult_bot.cli.local import LocalPractice
from consult_bot.media.turns import AT_ONCE, Turns
from consult_bot.portal import photo_tray
from storage.errors import Conflict
from tests.portal.site import FORM, FORM_ANSWERS, Page, Site, photo
from tests.portal.test_case_acts import open_case, replied

MORE_THAN_THREADS = 44
SSL_CHECK = "ssl_check=1&token=x"


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[LocalPractice]:
    """The whole app as it runs, with its Slack door."""
    running = LocalPractice(tmp_path, 0, 0)
    running.start()
    yield running
    running.stop()


def large_png() -> bytes:
    data = BytesIO()
    Image.new("RGB", (4800, 4800), (200, 90, 80)).save(data, "PNG")
    return data.getvalue()


def slacks_headers(practice: LocalPractice) -> dict[str, str]:
    stamp = str(int(time.time()))
    secret = practice.sandbox.settings()["SLACK_SIGNING_SECRET"]
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": SignatureVerifier(secret).generate_signature(timestamp=stamp, body=SSL_CHECK)
        or "",
    }


def test_it_answers_slack_while_photos_pour_in(practice: LocalPractice) -> None:
    hidden = Page(httpx.get(f"{practice.url}{FORM}")).hidden("intake")
    files = [("photos", ("a.png", large_png(), "image/png"))] * 5

    def send(_: int) -> Page:
        fields = {**FORM_ANSWERS, **hidden, "email": "no address"}
        return Page(httpx.post(f"{practice.url}{FORM}", data=fields, files=files, timeout=60))

    answered_meanwhile = 0
    headers = slacks_headers(practice)
    with ThreadPoolExecutor(MORE_THAN_THREADS) as pool, httpx.Client(base_url=practice.url) as slack:
        sent = [pool.submit(send, turn) for turn in range(MORE_THAN_THREADS)]
        while not all(one.done() for one in sent):
            answers = [slack.post("/slack/events", content=SSL_CHECK, headers=headers), slack.get("/healthz")]
            assert [answer.status_code for answer in answers] == [200, 200]
            answered_meanwhile += not all(one.done() for one in sent)
    pages = [one.result() for one in sent]
    assert {page.status for page in pages} == {422, 503}
    assert all(FORM_ANSWERS["concern"] in page.html for page in pages)
    assert answered_meanwhile >= 5, "Slack had to wait until the forms were done"


@pytest.fixture
def no_turn(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Others hold every turn, and nobody waits."""
    turns = Turns(wait_seconds=0.0)
    monkeypatch.setattr(photo_tray, "PHOTO_TURNS", turns)
    with ExitStack() as inside:
        for _ in range(AT_ONCE):
            inside.enter_context(turns.taken())
        yield


@pytest.mark.usefixtures("no_turn")
def test_it_gives_the_form_back_when_others_come_first(site: Site) -> None:
    page = site.fill_in(photos=[photo()])
    assert page.status == 503 and int(page.response.headers["retry-after"]) > 0
    assert "We are busy with other photos." in page.text("photos-error")
    assert FORM_ANSWERS["concern"] in page.html
    assert site.fill_in(hidden=page.hidden("intake")).status == 200


@pytest.mark.usefixtures("no_turn")
def test_it_gives_a_reply_back_when_others_come_first(site: Site) -> None:
    number, page = open_case(site)
    again = replied(site, page, "See the photo.", [photo()])
    assert again.status == 503 and "We are busy with other photos." in again.text("photos-error")
    assert "See the photo." in again.html
    assert site.world.case(number).messages == ()


@pytest.mark.parametrize("trouble", [OSError(28, "No space left on device"), Conflict("locked")])
def test_it_gives_the_form_back_when_photos_cannot_be_kept(
    site: Site, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    def full(picture: object) -> str:
        raise trouble

    with monkeypatch.context() as broken:
        broken.setattr(site.store, "stage", full)
        page = site.fill_in(photos=[photo(), photo()])
        number, case_page = open_case(site)
        reply = replied(site, case_page, "See the photo.", [photo()])
    for given_back, words in ((page, FORM_ANSWERS["concern"]), (reply, "See the photo.")):
        assert given_back.status == 503 and words in given_back.html
        told = given_back.text("photos-error")
        assert told.count("We could not keep your photos just now.") == 1 and "without photos" in told
    assert site.fill_in(hidden=page.hidden("intake")).status == 200
    assert site.world.case(number).messages == ()


def test_it_keeps_the_photos_that_fit_together_and_asks_for_the_others_again(site: Site) -> None:
    page = site.fill_in(photos=[large_png()] * 3)
    assert page.status == 422
    assert "Photo 3 of 3: Together, these photos are too large" in page.text("photos-error")
    assert page.html.count("data:image/jpeg;base64,") == 2
    again = site.fill_in(hidden=page.hidden("intake"), photos=[large_png()])
    assert again.status == 200


def test_it_takes_ten_photos_of_one_form_at_most(site: Site) -> None:
    page = site.fill_in(email="no address")
    for _ in range(2):
        hidden = {"_form": page.hidden("intake")["_form"]}
        page = site.fill_in(hidden=hidden, photos=[photo(8, 8)] * 5, email="no address")
        assert page.html.count("data:image/jpeg;base64,") == 5
    more = site.fill_in(hidden=hidden, photos=[photo(8, 8)] * 5)
    assert more.status == 422 and "send it without new ones" in more.text("photos-error")
    assert site.fill_in(hidden=page.hidden("intake")).status == 200
