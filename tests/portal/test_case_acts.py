"""What the patient does on the case's page."""

from __future__ import annotations

import pytest

from consult_bot.case.model import State
from storage.errors import Conflict
from tests.builders import ANA, PRACTICE
from tests.portal.site import Page, Site, photo


def open_case(site: Site, **answers: str) -> tuple[int, Page]:
    number, code = site.submitted(**answers)
    return number, site.opened(number, code)


def replied(site: Site, page: Page, words: str, photos: list[bytes] | None = None, **changed: str) -> Page:
    fields = {**page.hidden("reply-form"), "reply": words, **changed}
    return site.post("/case/reply", fields, [("photos", data) for data in photos or []])


def test_it_sends_a_reply_with_photos_and_confirms_once(site: Site) -> None:
    number, page = open_case(site)
    answer = replied(site, page, "It itches.\r\nMore at night.", [photo(), photo()])
    assert answer.status == 303 and answer.response.headers["location"] == "/case"
    message = site.world.case(number).messages[-1]
    assert message.words.reveal() == "It itches.\nMore at night." and len(message.attachments) == 2
    shown = site.get("/case")
    assert shown.text("confirmed") == "Your message was sent."
    assert all(photo_id in shown.html for photo_id in message.attachments)
    assert not site.get("/case").has("confirmed")


def test_it_keeps_one_reply_of_a_double_click(site: Site) -> None:
    number, page = open_case(site)
    for _ in range(2):
        assert replied(site, page, "It itches.").status == 303
    assert [m.words.reveal() for m in site.world.case(number).messages] == ["It itches."]


def test_it_asks_for_words_where_there_are_none(site: Site) -> None:
    number, page = open_case(site)
    again = replied(site, page, "  \n ")
    assert again.status == 422
    assert "Write your answer or add a photo" in again.text("reply-error")
    assert "still here" not in again.text("problems"), "nothing was written"
    assert 'href="#reply"' in again.html and again.has("problems")
    assert site.world.case(number).messages == ()


@pytest.mark.parametrize("nothing", ["\u200b", " \u200d\ufeff\n\u2800", "\u3164\u00ad"])
def test_it_counts_words_that_cannot_be_seen_as_none(site: Site, nothing: str) -> None:
    number, page = open_case(site)
    assert replied(site, page, nothing).status == 422
    assert site.world.case(number).messages == ()


def test_it_keeps_the_words_when_the_database_is_busy(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    number, page = open_case(site)

    def busy(act: object) -> None:
        raise Conflict("locked")

    with monkeypatch.context() as broken:
        broken.setattr(site.store, "commit", busy)
        again = replied(site, page, "My long story.", [photo()])
    assert again.status == 503 and "My long story." in again.html
    assert "press Send again" in again.text("reply-error")
    assert f"call us: {PRACTICE.phone}." in again.text("reply-error")
    assert "_kept.photos" in again.hidden("reply-form")
    assert replied(site, again, "My long story.").status == 303
    assert len(site.world.case(number).messages[-1].attachments) == 1


def test_it_sends_a_photo_without_words(site: Site) -> None:
    number, page = open_case(site)
    assert replied(site, page, "", [photo()]).status == 303
    assert len(site.world.case(number).messages[-1].attachments) == 1


def test_it_keeps_words_and_good_photos_when_one_photo_is_bad(site: Site) -> None:
    number, page = open_case(site)
    again = replied(site, page, "See the <second> one.", [photo(), b"%PDF-1.7 no photo"])
    assert again.status == 422
    assert "Photo 2 of 2: We could not open this as a photo." in again.text("photos-error")
    assert "Everything you wrote is still here." in again.text("problems")
    assert "See the &lt;second&gt; one." in again.html
    kept = again.hidden("reply-form")
    assert "_kept.photos" in kept and "data:image/jpeg;base64," in again.html
    assert replied(site, again, "See the second one.").status == 303
    assert len(site.world.case(number).messages[-1].attachments) == 1


def test_it_lets_a_kept_photo_be_removed(site: Site) -> None:
    number, page = open_case(site)
    again = replied(site, page, "One.", [photo(), b"none"])
    token = again.hidden("reply-form")["_kept.photos"]
    assert replied(site, again, "One.", **{"_remove.photos": token}).status == 303
    assert site.world.case(number).messages[-1].attachments == ()


def test_it_refuses_another_case_and_keeps_the_words(site: Site) -> None:
    first, page = open_case(site)
    second, _ = open_case(site)
    refused = replied(site, page, "Meant for the first & only.")
    assert refused.status == 409
    assert f"C-{first}" in refused.text("problems") and f"C-{second}" in refused.text("problems")
    assert "Meant for the first &amp; only." in refused.html
    for number in (first, second):
        assert site.world.case(number).messages == ()


def test_it_refuses_a_form_of_another_session_and_keeps_the_words(site: Site) -> None:
    number, page = open_case(site)
    for token in ("", "made.up.token"):
        refused = replied(site, page, "My words.", _token=token)
        assert refused.status == 409 and "My words." in refused.html
    code = site.world.store.keys.access_code(site.world.case(number).id, site.world.case(number).nonce)
    site.opened(number, code.reveal())
    assert replied(site, page, "My words.").status == 409
    assert site.world.case(number).messages == ()


def test_it_keeps_the_words_when_the_session_is_over(site: Site) -> None:
    number, page = open_case(site)
    site.world.advance(minutes=31)
    kept = replied(site, page, "A long story.", [photo()])
    assert kept.status == 409
    assert "A long story." in kept.html and "add your photos again" in kept.words
    assert site.world.case(number).messages == ()


def test_it_notes_that_guidance_is_understood(site: Site) -> None:
    number, _ = open_case(site)
    site.world.did("claim", ANA, number)
    site.world.advise(ANA, number, disposition="in_person_today")
    site.world.advance(seconds=31)
    page = site.get("/case")
    answer = site.post("/case/acknowledge", page.hidden("acknowledge"))
    assert answer.status == 303
    case = site.world.case(number)
    assert case.messages[-1].acknowledged_at is not None and not case.open_tasks
    shown = site.get("/case")
    assert "sees that you understand" in shown.text("confirmed") and not shown.has("acknowledge")
    assert site.post("/case/acknowledge", page.hidden("acknowledge")).status == 303


def test_it_confirms_no_guidance_that_the_page_did_not_show(site: Site) -> None:
    number, _ = open_case(site)
    site.world.did("claim", ANA, number)
    site.world.advise(ANA, number)
    site.world.advance(seconds=31)
    page = site.get("/case")
    site.world.advise(ANA, number, guidance="A correction.")
    site.world.advance(seconds=31)
    site.post("/case/acknowledge", page.hidden("acknowledge"))
    assert [m.acknowledged_at is None for m in site.world.case(number).messages] == [False, True]
    unknown = {**page.hidden("acknowledge"), "about": "nothing"}
    refused = site.post("/case/acknowledge", unknown)
    assert refused.status == 409 and refused.has("problems")


def test_it_acknowledges_nothing_for_another_site(site: Site) -> None:
    number, _ = open_case(site)
    site.world.did("claim", ANA, number)
    site.world.advise(ANA, number)
    site.world.advance(seconds=31)
    about = site.get("/case").hidden("acknowledge")["about"]
    assert site.post("/case/acknowledge", {"about": about, "case": f"C-{number}"}).status == 409
    assert site.world.case(number).messages[-1].acknowledged_at is None


def test_it_takes_a_reply_in_every_open_state_and_keeps_one_conversation(site: Site) -> None:
    number, _ = open_case(site)
    assert replied(site, site.get("/case"), "While it is new.").status == 303
    assert site.world.case(number).state is State.NEW
    site.world.did("claim", ANA, number)
    assert replied(site, site.get("/case"), "While it is claimed.").status == 303
    site.world.did("ask", ANA, number, question="Does it itch?")
    site.world.advance(seconds=31)
    assert replied(site, site.get("/case"), "While you wait for me.").status == 303
    site.world.advise(ANA, number)
    site.world.advance(seconds=31)
    assert replied(site, site.get("/case"), "After your guidance.").status == 303
    case = site.world.case(number)
    assert case.state is State.CLAIMED and case.owner == ANA.id
    assert len([m for m in case.messages if m.from_patient]) == 4
    assert site.get("/case").text("case-number") == f"C-{number}"


def test_it_reopens_a_closed_case(site: Site) -> None:
    number, code = site.submitted()
    site.world.did("claim", ANA, number)
    site.world.did("close", ANA, number, reason="unsuitable")
    page = site.opened(number, code)
    assert replied(site, page, "It came back.").status == 303
    assert site.world.case(number).state is State.CLAIMED


def test_it_locks_the_page_and_forgets_the_device_when_asked(site: Site) -> None:
    number, code = site.submitted()
    site.unlock(number, code, only_me="yes")
    site.get("/case")
    assert site.post("/case/leave", {}).status == 303
    assert site.get("/case").status == 303
    assert site.get(site.link(number)).has("open")
    site.post(site.link(number), {})
    site.post("/case/leave", {"forget": "yes"})
    assert site.get(site.link(number)).has("access_code")


def test_it_opens_nothing_for_a_copy_of_the_cookie_after_leaving(site: Site) -> None:
    number, page = open_case(site)
    copied = site.browser.cookies["session"]
    assert site.post("/case/leave", {}).status == 303
    site.browser.cookies.set("session", copied)
    assert site.get("/case").status == 303
    assert replied(site, page, "Not me.").status == 409
    assert site.get(site.link(number)).has("access_code")
    assert site.post("/case/leave", {}).status == 303
    assert site.world.case(number).messages == ()


def test_it_takes_a_very_long_reply_whole_and_says_when_it_is_too_long(site: Site) -> None:
    number, page = open_case(site)
    story = "öñ€ " * 25_000
    assert replied(site, page, story).status == 303
    assert site.world.case(number).messages[-1].words.reveal() == story
    again = replied(site, site.get("/case"), "x" * 200_001)
    assert again.status == 422 and "200,001 characters" in again.text("reply-error")
