"""The web form: from an empty page to a case."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from consult_bot.deadlines.hours import PracticeHours
from consult_bot.portal.code import normalised
from storage.errors import Conflict
from storage.store import Store
from tests.builders import PRACTICE, ZONE, World
from tests.portal.site import FORM, FORM_ANSWERS, Page, Server, Site, photo

HTML_BOMB = "</textarea><script>alert(1)</script>"


def cases(site: Site) -> int:
    with site.store.reading() as work:
        return work.reads.queue().total


def test_it_offers_the_forms_with_hours_phone_and_the_expected_time(site: Site) -> None:
    page = site.get("/")
    assert 'href="/intake/general"' in page.html
    for told in ("call 911", "At any time, day and night", "Elm Street Practice", "+1 555 010 0100"):
        assert told in page.words
    assert page.text("expected-answer").startswith("tomorrow by ")


def test_it_tells_what_to_expect_before_the_first_question(store: Store, server: Server) -> None:
    hours = PracticeHours.parse("Mon-Fri 08:00-18:00", zone=ZONE)
    site = Site(World(store, replace(PRACTICE, hours=hours, target=timedelta(hours=4))), server)
    html = site.get(FORM).html
    first_question = html.index("What would you like help with?")
    for told in ("call 911", "Monday to Friday 8:00 am to 6:00 pm (Eastern time)", 'id="expected-answer"'):
        assert html.index(told) < first_question


def test_it_knows_no_form_that_is_not_on_offer(site: Site) -> None:
    assert site.get("/intake/none").status == 404
    assert site.post("/intake/none", {}).status == 404


def test_it_names_inputs_by_link_id(site: Site) -> None:
    page = site.get(FORM)
    for name in (*FORM_ANSWERS, "photos", "pregnant", "voicemail_ok"):
        assert f'name="{name}"' in page.html
    assert 'accept="image/jpeg,image/png,image/webp"' in page.html and "capture" not in page.html


def test_it_makes_a_case_and_shows_its_number_and_code(site: Site) -> None:
    page = site.fill_in(photos=[photo(), photo()])
    assert page.status == 200
    number, code = page.text("case-number"), page.text("access-code")
    assert len(code) == 9 and code[4] == "-" and normalised(code)
    assert "parent.zarbex@example.org" in page.words
    case = site.world.case(int(number.removeprefix("C-")))
    assert case.submission.value("concern") == FORM_ANSWERS["concern"]
    assert len(case.submission.attachments) == 2 and case.submission.value("photos") == "2"
    assert "Quillon" not in page.html


def test_it_makes_one_case_of_a_double_click(site: Site) -> None:
    hidden = site.get(FORM).hidden("intake")
    data = {**FORM_ANSWERS, **hidden}

    def send(_: int) -> Page:
        files = [("photos", ("a.jpg", photo(), "image/jpeg"))]
        return Page(httpx.post(f"{site.url}{FORM}", data=data, files=files))

    with ThreadPoolExecutor(4) as pool:
        pages = list(pool.map(send, range(4)))
    assert {page.status for page in pages} == {200}
    assert len({(page.text("case-number"), page.text("access-code")) for page in pages}) == 1
    assert cases(site) == 1
    number = int(pages[0].text("case-number")[2:])
    assert len(site.world.case(number).submission.attachments) == 1


def test_it_shows_the_code_again_until_the_first_unlock_and_never_after(site: Site) -> None:
    hidden = site.get(FORM).hidden("intake")
    first = site.fill_in(hidden=hidden)
    number, code = int(first.text("case-number")[2:]), first.text("access-code")
    again = site.fill_in(hidden=hidden, concern="Changed, and invalid", email="")
    assert again.status == 200 and again.text("access-code") == code
    assert "counts once" in again.words
    assert site.world.case(number).submission.value("concern") == FORM_ANSWERS["concern"]
    assert site.unlock(number, code).status == 303
    later = site.fill_in(hidden=hidden)
    assert later.text("case-number") == f"C-{number}"
    assert not later.has("access-code") and code not in later.html
    assert "You have your access code already" in later.words


def test_it_gives_the_form_back_filled_in_with_what_to_set_right(site: Site) -> None:
    page = site.fill_in(
        concern=HTML_BOMB, email="nonsense", birth_date="31 April", phone="", pregnant="unsure", onset=" a "
    )
    assert page.status == 422
    assert "&lt;/textarea&gt;&lt;script&gt;" in page.html and "<script" not in page.html
    for name in ("email", "birth_date", "phone"):
        assert page.has(f"{name}-error") and f'href="#{name}"' in page.html
        assert f'{name}-error"' in page.html.split(f'id="{name}"')[1].split(">")[0]
    assert 'value="nonsense"' in page.html and 'value="31 April"' in page.html
    assert 'value="unsure" checked' in page.html and 'value="child" checked' in page.html
    assert '<option value="WA" selected>' in page.html and 'name="consent" value="true" checked' in page.html
    summary = page.text("problems")
    assert summary.index("date of birth") < summary.index("email address") < summary.index("phone number")
    assert not page.has("concern-error")
    assert cases(site) == 0


def test_it_says_that_everything_is_still_here_only_where_something_was_written(site: Site) -> None:
    hidden = site.get(FORM).hidden("intake")
    empty = site.post(FORM, hidden)
    assert empty.status == 422 and "still here" not in empty.text("problems")
    started = site.post(FORM, {**hidden, "concern": "A rash."})
    assert "Everything you wrote is still here." in started.text("problems")


def test_it_gives_an_empty_form_back_without_losing_its_nonce(site: Site) -> None:
    hidden = site.get(FORM).hidden("intake")
    page = site.post(FORM, dict(hidden))
    assert page.status == 422 and page.hidden("intake") == hidden
    assert site.fill_in(hidden=page.hidden("intake")).status == 200


@pytest.mark.parametrize("token", ["", "made.up.token", "WyJnZW5lcmFsIiwiYSJd.aaaaaa.bbbbbbbb"])
def test_it_keeps_everything_when_the_page_was_not_handed_out_by_us_lately(site: Site, token: str) -> None:
    page = site.fill_in(hidden={"_form": token}, photos=[photo()])
    assert page.status == 422 and "press Send again" in page.text("problems")
    assert FORM_ANSWERS["concern"] in page.html
    again = site.fill_in(hidden=page.hidden("intake"))
    assert again.status == 200
    assert len(site.world.case(int(again.text("case-number")[2:])).submission.attachments) == 1


def test_it_asks_the_writer_only_of_those_who_write_for_others(site: Site) -> None:
    missing = site.fill_in(writer_name="")
    assert missing.status == 422 and missing.has("writer_name-error")
    assert "If you write for somebody else" in missing.words
    page = site.fill_in(writing_for="self", writer_name="Left over")
    assert page.status == 200
    case = site.world.case(int(page.text("case-number")[2:]))
    assert case.submission.answer("writer_name") is None


def test_it_keeps_good_photos_while_the_rest_is_set_right(site: Site) -> None:
    page = site.fill_in(photos=[photo(), b"GIF89a no photo of ours"], email="")
    assert page.status == 422
    assert "Photo 2 of 2: We could not open this as a photo." in page.text("photos-error")
    assert page.html.count("data:image/jpeg;base64,") == 1
    again = site.fill_in(hidden=page.hidden("intake"), photos=[photo()])
    assert again.status == 200
    case = site.world.case(int(again.text("case-number")[2:]))
    assert len(case.submission.attachments) == 2


def test_it_takes_no_photo_that_another_form_staged(site: Site) -> None:
    theirs = site.fill_in(photos=[photo()], email="").hidden("intake")["_kept.photos"]
    mine = {**site.get(FORM).hidden("intake"), "_kept.photos": theirs}
    page = site.fill_in(hidden=mine)
    assert page.status == 200
    assert site.world.case(int(page.text("case-number")[2:])).submission.attachments == ()


def test_it_says_how_many_photos_it_takes_and_keeps_those(site: Site) -> None:
    page = site.fill_in(photos=[photo(40, 40)] * 6)
    assert page.status == 422
    assert "You added 6 photos and we can take 5 photos." in page.text("photos-error")
    assert page.html.count("data:image/jpeg;base64,") == 5
    assert cases(site) == 0


def test_it_refuses_a_photo_that_is_too_large_and_keeps_the_words(site: Site) -> None:
    page = site.fill_in(photos=[b"\xff\xd8\xff" + b"x" * (15 * 1024 * 1024)])
    assert page.status == 422
    assert "larger than 15 MB" in page.text("photos-error")
    assert FORM_ANSWERS["concern"] in page.html


def test_it_keeps_a_very_long_answer_whole(site: Site) -> None:
    story = "It hurts. é€😀 " * 6_700
    page = site.fill_in(concern=story)
    assert page.status == 200
    kept = site.world.case(int(page.text("case-number")[2:])).submission.value("concern")
    assert kept == story and len(kept) > 90_000
    long = site.fill_in(concern="x" * 200_001)
    assert long.status == 422 and "Please shorten it" in long.text("concern-error")


def test_it_keeps_odd_characters_as_text(site: Site) -> None:
    page = site.fill_in(concern="<!channel> <@U0ANA> <http://x|y> \u202e\u200b a\x00b\r\nc")
    case = site.world.case(int(page.text("case-number")[2:]))
    assert case.submission.value("concern") == "<!channel> <@U0ANA> <http://x|y> \u202e\u200b ab\nc"


def test_it_remembers_this_device_when_the_patient_says_so(site: Site) -> None:
    page = site.fill_in()
    number, code = int(page.text("case-number")[2:]), page.text("access-code")
    path = f"{FORM}/this-device"
    unticked = site.post(path, dict(page.hidden("this-device")))
    assert unticked.status == 200 and "set-cookie" not in unticked.response.headers
    ticked = site.post(path, {**page.hidden("this-device"), "only_me": "yes"})
    assert ticked.status == 200 and ticked.text("access-code") == code and ticked.has("remembered")
    cookie = ticked.response.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Max-Age=2592000" in cookie
    assert code not in cookie
    assert site.get(site.link(number)).has("open")
    site.stranger()
    assert site.get(site.link(number)).has("access_code")
    forged = site.post(path, {"_form": "made.up", "only_me": "yes"})
    assert forged.has("intake") and "set-cookie" not in forged.response.headers


def test_it_remembers_no_device_for_a_form_that_is_no_case_or_was_sent_over_an_hour_ago(site: Site) -> None:
    path = f"{FORM}/this-device"
    empty = site.post(path, {"_form": site.get(FORM).hidden("intake")["_form"], "only_me": "yes"})
    page = site.fill_in()
    site.world.advance(minutes=61)
    late = site.post(path, {**page.hidden("this-device"), "only_me": "yes"})
    for refused in (empty, late):
        assert refused.has("intake") and "set-cookie" not in refused.response.headers
        assert page.text("case-number") not in refused.html and page.text("access-code") not in refused.html


@pytest.mark.parametrize(
    "email",
    ["=?utf-8?q?a=0D=0ABcc=3Aevil=40x.org=0D=0A?=@example.org", "é@example.org", "😀\u200d@example.org"],
)
def test_it_takes_no_address_that_no_letter_could_go_to(site: Site, email: str) -> None:
    page = site.fill_in(email=email)
    assert page.status == 422 and "does not look like an email address" in page.text("email-error")
    assert f'value="{email}"' in page.html and cases(site) == 0


def test_it_counts_an_answer_that_cannot_be_seen_as_none(site: Site) -> None:
    page = site.fill_in(concern=" \u200b\u200d\ufeff\n", given_name="\u2800", onset="\u200b")
    assert page.has("concern-error") and page.has("given_name-error") and not page.has("onset-error")


def test_it_keeps_everything_when_the_database_is_busy(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(act: object) -> None:
        raise Conflict("locked")

    with monkeypatch.context() as broken:
        broken.setattr(site.store, "commit", busy)
        page = site.fill_in(photos=[photo()])
    assert page.status == 503 and page.response.headers["retry-after"]
    assert "press Send again" in page.text("problems") and FORM_ANSWERS["concern"] in page.html
    assert f"call us: {PRACTICE.phone}." in page.text("problems")
    again = site.fill_in(hidden=page.hidden("intake"))
    assert again.status == 200
    assert len(site.world.case(int(again.text("case-number")[2:])).submission.attachments) == 1


def test_it_names_a_question_before_its_problem_without_odd_marks(site: Site) -> None:
    page = site.fill_in(photos=[b"no photo"], email="nonsense")
    assert "Add up to 5. We could not open this" in page.text("problems")
    assert ".:" not in page.text("problems") and "?:" not in page.text("problems")


def test_it_asks_for_the_sex_before_a_pregnancy(site: Site) -> None:
    html = site.get(FORM).html
    assert html.index('name="sex"') < html.index('name="pregnant"')
