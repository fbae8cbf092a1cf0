"""A case that was closed too long ago goes on in a new one; the patient's link and code stay the same."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from consult_bot.case.model import Case, State
from consult_bot.case.verb import THE_PATIENT, Done, Refused, Request
from consult_bot.case.words import Words
from consult_bot.forms.identity import IDENTITY
from consult_bot.portal.transactions import committed
from consult_bot.portal.tries import Result, try_code
from tests.builders import ANA, BEN, LENA, World, submission
from tests.portal.moves import RIGHT, TOO_LATE, advised, closed, closed_long_ago, opened, send, went_on
from tests.portal.site import Page, Server, Site, live_link, photo, wrong_code
from tests.portal.test_new_link import letters


def numbers(site: Site) -> list[int]:
    """Every case that there is."""
    with site.store.reading() as work:
        return sorted(work.cases.numbers_for_email(Words("parent.zarbex@example.org")))


def test_it_opens_a_new_case_and_says_so(site: Site) -> None:
    old, code = closed_long_ago(site)
    page = site.opened(old, code)
    assert "What is going on now?" in page.words and "we open a new case" in page.text("what-next")
    assert send(site, page, "reply", reply="It came back.\nOn the leg.").status == 303
    shown = site.get("/case")
    new = int(shown.text("case-number").removeprefix("C-"))
    assert new != old
    assert shown.text("confirmed") == (
        f"We opened a new case C-{new} for this. Your link and access code stay the same."
    )
    assert f"This goes on from your earlier case C-{old}." in shown.text("goes-on")
    assert "You wrote to us again" in shown.words and "It came back.\nOn the leg." in shown.html
    assert "We have it" in shown.words and not shown.has("access-code")
    assert site.world.case(old).state is State.CLOSED


def test_it_takes_over_who_the_patient_is_and_nothing_about_their_health(site: Site) -> None:
    given = {"medicines": "aspirin", "allergies": "penicillin", "address_now": "1 Elm Street"}
    old, new, _ = went_on(site, "It came back.", **given)
    before, after = site.world.case(old).submission, site.world.case(new).submission
    known = {answer.link_id: answer for answer in before.answers if answer.link_id in IDENTITY}
    assert {"given_name", "address_now", "relationship", "consent"} <= known.keys()
    concern = replace(before.answers[0], value=Words("It came back."), shown=Words("It came back."))
    assert before.answers[0].link_id == "concern"
    assert {answer.link_id: answer for answer in after.answers} == {**known, "concern": concern}
    assert (after.form, after.title) == (before.form, before.title)
    case = site.world.case(new)
    assert case.linked_to == old and case.owner is None


def test_it_asks_where_the_patient_is_now_and_believes_the_answer(site: Site) -> None:
    old, code = closed_long_ago(site, address_now="1 Elm Street")
    page = site.opened(old, code)
    assert '<option value="WA" selected>Washington</option>' in page.html
    again = send(site, page, "reply", reply="It came back.", state="Atlantis")
    assert again.status == 422 and "choose from the list" in again.text("state-error")
    assert "It came back." in again.html and numbers(site) == [old]
    assert send(site, again, "reply", reply="It came back.", state="OR").status == 303
    sent = site.world.case(numbers(site)[-1]).submission
    assert sent.value("state") == "OR" and sent.shown("state") == Words("Oregon")
    assert sent.answer("address_now") is None, "the address in the other state is wrong now"


def test_it_brings_photos_along_and_asks_for_words_with_them(site: Site) -> None:
    old, code = closed_long_ago(site)
    page = site.opened(old, code)
    again = send(site, page, "reply", [("photos", photo())], reply=" ")
    assert again.status == 422 and "in a few words" in again.text("reply-error")
    assert send(site, again, "reply", reply="See the photo.").status == 303
    sent = site.world.case(numbers(site)[-1]).submission.attachments
    assert len(sent) == 1
    shown = site.get("/case")
    assert f'src="/case/photos/{sent[0]}/small"' in shown.html
    assert site.browser.get(f"/case/photos/{sent[0]}/full").status_code == 200


def test_it_opens_one_new_case_however_often_the_form_is_sent(site: Site) -> None:
    old, code = closed_long_ago(site)
    page = site.opened(old, code)
    for _ in range(3):
        assert send(site, page, "reply", reply="It came back.").status == 303
    assert numbers(site) == [old, old + 1]
    assert site.world.case(old + 1).messages == ()


def test_it_takes_what_an_older_page_sends_into_the_new_case(site: Site) -> None:
    old, code = closed_long_ago(site)
    first, second = site.opened(old, code), site.get("/case")
    assert send(site, first, "reply", reply="It came back.").status == 303
    assert send(site, second, "reply", reply="On the leg, too.").status == 303
    assert numbers(site) == [old, old + 1]
    assert [m.words.reveal() for m in site.world.case(old + 1).messages] == ["On the leg, too."]


def test_it_opens_a_new_case_for_a_page_that_was_drawn_in_time(site: Site) -> None:
    old, code = opened(site)
    closed(site, old)
    site.world.advance(days=29, hours=23, minutes=50)
    page = site.opened(old, code)
    assert "we open it again" in page.text("what-next")
    site.world.advance(minutes=20)
    assert send(site, page, "reply", reply="It came back.").status == 303
    assert site.get("/case").text("case-number") == f"C-{old + 1}"


def test_it_opens_with_the_old_link_and_the_old_code(site: Site) -> None:
    old, new, code = went_on(site)
    site.stranger()
    assert site.opened(old, code).text("case-number") == f"C-{new}"
    site.stranger()
    assert site.opened(new, code).text("case-number") == f"C-{new}"


def test_it_opens_the_new_link_with_the_new_case_s_own_code(site: Site) -> None:
    _, new, code = went_on(site)
    case = site.world.case(new)
    own = site.store.keys.access_code(case.id, case.nonce).reveal()
    assert own != code.replace("-", "")
    site.stranger()
    assert site.opened(new, own).text("case-number") == f"C-{new}"


def test_it_opens_nothing_with_the_code_of_somebody_else(site: Site) -> None:
    old, new, _ = went_on(site)
    _, foreign = site.submitted(email="other@example.org")
    site.stranger()
    for number in (old, new):
        assert site.unlock(number, foreign).status == 403
    assert site.get("/case").status == 303


def ended(world: World) -> Case:
    """A case that can go on in another only, once its window has passed."""
    return world.did("close", LENA, world.submit().number, reason="duplicate")


def test_it_counts_wrong_codes_on_the_new_case_s_link(world: World) -> None:
    first = ended(world)
    sent = Request("submit", THE_PATIENT, submission=submission(), linked_to=first.number)
    outcome = world.desk.handle(sent)
    assert isinstance(outcome, Done)
    token = world.store.keys.token(live_link(world.store, outcome.case.number).id)
    code = world.store.keys.access_code(first.id, first.nonce).reveal()
    results = []
    for _ in range(10):
        results.append(committed(world.store, lambda work: try_code(work, token, wrong_code(code))).result)
        world.advance(hours=1)
    assert results == [Result.WRONG] * 9 + [Result.ENDED]
    assert committed(world.store, lambda work: try_code(work, token, code)).result is Result.ENDED


def test_it_goes_on_in_no_other_case_once_somebody_has_reopened_it(world: World) -> None:
    first = ended(world)
    world.did("reopen", LENA, first.number)
    late = Request("submit", THE_PATIENT, submission=submission(), linked_to=first.number)
    outcome = world.desk.handle(late)
    assert isinstance(outcome, Refused) and outcome.why.retry


def test_it_goes_on_once_however_many_come_at_the_same_moment(world: World) -> None:
    first = ended(world)

    def sent(_: int) -> object:
        return world.desk.handle(
            Request("submit", THE_PATIENT, submission=submission(), linked_to=first.number)
        )

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(sent, range(4)))
    assert [isinstance(outcome, Done) for outcome in outcomes].count(True) == 1
    assert all(outcome.why.retry for outcome in outcomes if isinstance(outcome, Refused))


def test_it_sends_letters_whose_link_the_old_code_opens(site: Site) -> None:
    _, new, code = went_on(site)
    assert f"received C-{new}" in letters(site)
    site.stranger()
    assert site.link(new) != site.link(new - 1)
    assert site.unlock(new, code).status == 303


def test_it_shows_the_earlier_conversation_and_its_photos_read_only(site: Site) -> None:
    page = site.fill_in(photos=[photo()])
    old, code = int(page.text("case-number")[2:]), page.text("access-code")
    page = site.opened(old, code)
    assert send(site, page, "reply", [("photos", photo())], reply="One more photo.").status == 303
    site.world.did("claim", ANA, old)
    closed_case(site, old)
    site.world.advance(days=TOO_LATE)
    foreign = site.fill_in(photos=[photo()])
    other = site.world.case(int(foreign.text("case-number")[2:])).submission.attachments[0]
    assert send(site, site.opened(old, code), "reply", reply="It came back.").status == 303
    shown = site.get("/case")
    earlier = shown.text(f"earlier-C-{old}")
    assert "One more photo." in earlier and "A red rash on both arms" in earlier
    assert "It came back." not in earlier
    assert "Send" not in earlier and "I understand" not in earlier
    case = site.world.case(old)
    for photo_id in (*case.submission.attachments, *case.messages[0].attachments):
        assert f'src="/case/photos/{photo_id}/small"' in shown.html
        assert site.browser.get(f"/case/photos/{photo_id}/full").status_code == 200
    assert site.browser.get(f"/case/photos/{other}/full").status_code == 404


def closed_case(site: Site, number: int) -> None:
    """Answered, understood, closed."""
    site.world.advise(ANA, number)
    site.world.advance(seconds=31)
    send(site, site.get("/case"), "acknowledge")
    site.world.did("close", ANA, number, reason="answered")


def test_it_shows_nothing_of_the_new_case_to_the_session_of_another(site: Site) -> None:
    _, new, _ = went_on(site, "canary-words")
    other, code = site.submitted(email="other@example.org")
    page = site.opened(other, code)
    assert "canary" not in page.html and f"C-{new}" not in page.html


def test_it_refuses_a_form_of_another_patient_s_line_and_keeps_the_words(site: Site) -> None:
    old, new, _ = went_on(site)
    theirs = site.get("/case")
    other, _ = opened(site, email="other@example.org")
    for number in (old, new):
        refused = send(site, theirs, "reply", reply="Not yours.", case=f"C-{number}")
        assert refused.status == 409 and "Not yours." in refused.html
    assert site.world.case(other).messages == site.world.case(new).messages == ()


def test_it_lets_an_earlier_case_s_form_change_nothing_of_the_new_one(site: Site) -> None:
    old, new, _ = went_on(site)
    page = site.get("/case")
    refused = send(site, page, "withdraw", case=f"C-{old}", reason="I am well.")
    assert refused.status == 409 and "took nothing back" in refused.text("problems")
    assert refused.text("reply") == "I am well." and site.world.case(new).open


def test_it_remembers_the_device_for_old_and_new_links_and_forgets_both(site: Site) -> None:
    old, code = closed_long_ago(site)
    site.unlock(old, code, only_me="yes")
    assert send(site, site.get("/case"), "reply", reply="It came back.").status == 303
    shown = site.get("/case")
    assert "Ask for my code on this device" in shown.words
    assert site.post("/case/leave", {}).status == 303
    for number in (old, old + 1):
        assert site.get(site.link(number)).has("open")
    assert site.post(site.link(old + 1), {}).status == 303
    assert site.get("/case").text("case-number") == f"C-{old + 1}"
    site.post("/case/leave", {"forget": "yes"})
    for number in (old, old + 1):
        assert site.get(site.link(number)).has("access_code")


def test_it_shows_the_way_to_the_new_case_that_is_open_already(site: Site) -> None:
    old, new, _ = went_on(site)
    assert site.get(site.link(old)).has("go-on") and site.get(site.link(new)).has("go-on")


def test_it_shows_an_emergency_and_a_correction_of_an_earlier_case(site: Site) -> None:
    old, code = advised(site)
    send(site, site.get("/case"), "acknowledge")
    closed(site, old)
    site.world.advance(days=TOO_LATE)
    send(site, site.opened(old, code), "reply", reply="It came back.")
    site.get("/case")
    site.world.did("emergency", BEN, old, advice="call_911")
    site.world.did("correct", ANA, old, **RIGHT)
    site.world.advance(seconds=31)
    page = site.get("/case")
    assert page.text("case-number") != f"C-{old}"
    assert page.html.index("act-now-") < page.html.index("<h1>")
    assert f'id="earlier-C-{old}" open' in page.html
    assert "This was not right" in page.text(f"earlier-C-{old}")
    for form in ("acknowledge-now-1", f"acknowledge-C-{old}"):
        assert page.hidden(form)["case"] == f"C-{old}"
        assert site.post("/case/acknowledge", page.hidden(form)).status == 303
    _, warning, correction = site.world.case(old).messages
    assert warning.opened_at and warning.acknowledged_at
    assert correction.opened_at and correction.acknowledged_at


def test_it_goes_on_from_a_case_that_went_on_itself(site: Site) -> None:
    old, new, code = went_on(site)
    site.world.did("claim", ANA, new)
    closed(site, new)
    site.world.advance(days=TOO_LATE)
    assert send(site, site.opened(old, code), "reply", reply="And again.").status == 303
    page = site.get("/case")
    newest = int(page.text("case-number").removeprefix("C-"))
    assert site.world.case(newest).linked_to == new
    assert page.has(f"earlier-C-{new}") and page.has(f"earlier-C-{old}")
    site.stranger()
    assert site.opened(newest, code).text("case-number") == f"C-{newest}"


def test_it_keeps_the_words_when_the_new_case_cannot_be_kept(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, code = closed_long_ago(site)
    page = site.opened(old, code)
    handle = site.world.desk.handle

    def somebody_was_first(request: Request) -> object:
        if request.verb == "submit":
            handle(Request("submit", THE_PATIENT, submission=submission(), linked_to=old))
        return handle(request)

    with monkeypatch.context() as raced:
        raced.setattr(site.world.desk, "handle", somebody_was_first)
        again = send(site, page, "reply", reply="It came back.")
    assert again.status == 503 and "It came back." in again.html
    assert send(site, again, "reply", reply="It came back.").status == 303
    assert [m.words.reveal() for m in site.world.case(old + 1).messages] == ["It came back."]


def test_it_works_on_every_database(world: World, server: Server) -> None:
    site = Site(world, server)
    old, new, code = went_on(site)
    site.stranger()
    page: Page = site.opened(old, code)
    assert page.text("case-number") == f"C-{new}" and page.has(f"earlier-C-{old}")
