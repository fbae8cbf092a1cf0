"""Corrections, updates, emergency advice and reports, as the patient reads them."""

from __future__ import annotations

import pytest

from consult_bot.case.model import State
from tests.builders import ANA, BEN
from tests.portal.moves import advised, closed, corrected, opened, send
from tests.portal.site import Site


def test_it_marks_guidance_that_was_seen_and_leads_to_its_correction(site: Site) -> None:
    number, _ = advised(site)
    corrected(site, number)
    page = site.get("/case")
    wrong, right = site.world.case(number).messages
    old, new = page.text(f"message-{wrong.id}"), page.text(f"message-{right.id}")
    assert "This was not right. Please do not follow it" in old and "three times a day" in old
    assert (
        f'href="#message-{right.id}"' in page.html and "<s>Use the cream three times a day.</s>" in page.html
    )
    assert new.startswith("A correction from Ana Ruiz, MD") and "not three times" in new
    assert "We corrected our guidance" in page.words
    assert page.hidden("acknowledge")["about"] == right.id


def test_it_never_shows_wrong_guidance_that_nobody_had_seen(site: Site) -> None:
    number, _ = opened(site)
    site.world.advise(ANA, number, guidance="canary-wrong")
    site.world.advance(seconds=31)
    corrected(site, number)
    page = site.get("/case")
    assert "not three times" in page.html
    assert "canary-wrong" not in page.html and "This was not right" not in page.html
    assert "You have our guidance" in page.words and "read our guidance now" in page.text("what-next")
    right = site.world.case(number).messages[-1].id
    assert page.text(f"message-{right}").startswith("Guidance from Ana Ruiz, MD")
    assert "correct" not in page.words, "nothing that they saw was wrong"


def test_it_speaks_of_a_correction_where_an_earlier_wrong_text_was_seen(site: Site) -> None:
    number, _ = advised(site)
    corrected(site, number)
    corrected(site, number)
    page = site.get("/case")
    right = site.world.case(number).messages[-1].id
    assert page.text(f"message-{right}").startswith("A correction from Ana Ruiz, MD")
    assert "We corrected our guidance" in page.words


def test_it_leads_to_the_correction_that_stands_where_one_was_itself_corrected(site: Site) -> None:
    number, _ = advised(site)
    corrected(site, number)
    corrected(site, number)
    page = site.get("/case")
    wrong, unseen, right = site.world.case(number).messages
    assert page.has(f"message-{wrong.id}") and page.has(f"message-{right.id}")
    assert not page.has(f"message-{unseen.id}") and f"#message-{unseen.id}" not in page.html


def test_it_asks_for_the_correction_to_be_understood_although_the_guidance_was(site: Site) -> None:
    number, _ = advised(site)
    assert send(site, site.get("/case"), "acknowledge").status == 303
    corrected(site, number)
    page = site.get("/case")
    assert page.html.count(">I understand</button>") == 1
    assert send(site, page, "acknowledge").status == 303
    assert site.world.case(number).messages[-1].acknowledged_at is not None
    assert "sees that you understand" in site.get("/case").text("confirmed")


def test_it_says_that_there_is_more_when_a_correction_came_after_the_page_was_drawn(site: Site) -> None:
    number, _ = advised(site)
    page = site.get("/case")
    corrected(site, number)
    assert send(site, page, "acknowledge").status == 303
    shown = site.get("/case")
    assert "There is more for you to read" in shown.text("confirmed")
    assert "This was not right" in shown.words
    assert shown.hidden("acknowledge")["about"] == site.world.case(number).messages[-1].id


def test_it_leads_to_what_is_new_although_the_case_waits_for_us(site: Site) -> None:
    number, _ = advised(site)
    send(site, site.get("/case"), "acknowledge")
    send(site, site.get("/case"), "reply", reply="One more question.")
    assert "what is new" not in site.get("/case").text("what-next")
    corrected(site, number)
    page = site.get("/case")
    correction = next(m for m in site.world.case(number).messages if m.corrects)
    assert "Please read what is new below" in page.text("what-next")
    assert f'href="#message-{correction.id}">Go to what is new</a>' in page.html


def test_it_tells_how_things_stand(site: Site) -> None:
    number, _ = opened(site)
    site.world.did("update", ANA, number, update="We are waiting for dermatology.")
    assert "dermatology" not in site.get("/case").html
    site.world.advance(seconds=31)
    page = site.get("/case")
    assert "How things stand from Ana Ruiz, MD" in page.words and "waiting for dermatology" in page.words
    assert "You get an answer" in page.text("what-next") and not page.has("acknowledge")


def test_it_puts_emergency_advice_before_everything_else(site: Site) -> None:
    number, _ = opened(site)
    site.world.did("emergency", BEN, number, advice="poison_help", words="Bring the <bottle>.")
    page = site.get("/case")
    message = site.world.case(number).messages[-1]
    top, body = f"act-now-{message.id}", page.html[page.html.index("<body") :]
    assert "Call Poison Help now: 1-800-222-1222" in page.text(top) and "Bring the <bottle>." in page.text(
        top
    )
    assert body.index(top) < body.index('class="top"') < body.index("<h1>")
    assert 'role="alert"' in body[: body.index('class="top"')]
    assert '<a href="tel:18002221222">1-800-222-1222</a>' in body[: body.index('class="top"')]
    assert '<a href="tel:911">911</a>' in body[: body.index('class="top"')]
    assert "Call Poison Help now" in page.text(f"message-{message.id}") and "<bottle>" not in page.html
    assert page.html.index("<title>Read this now: ") < page.html.index("<body")


@pytest.mark.parametrize("disposition", ["in_person_today", "emergency_now", "home"])
def test_it_has_them_call_and_not_write_about_what_cannot_wait(site: Site, disposition: str) -> None:
    number, _ = opened(site)
    site.world.advise(ANA, number, disposition=disposition)
    site.world.advance(seconds=31)
    told = site.get("/case").text("acknowledge")
    calls = "Do not write and wait: call us at" in told and "In an emergency, call 911." in told
    assert calls is (disposition != "home")
    assert ("Write to us below instead" in told) is (disposition == "home")


def test_it_has_them_call_and_not_write_about_emergency_advice(site: Site) -> None:
    number, _ = opened(site)
    site.world.did("emergency", BEN, number, advice="crisis_988")
    told = site.get("/case").text("acknowledge-now-1")
    assert "Do not write and wait: call us at" in told and "Write to us below" not in told


def test_it_keeps_the_number_to_call_on_top_after_the_patient_has_understood(site: Site) -> None:
    number, _ = opened(site)
    site.world.did("emergency", BEN, number, advice="crisis_988")
    page = site.get("/case")
    message = site.world.case(number).messages[-1]
    assert site.post("/case/acknowledge", page.hidden("acknowledge-now-1")).status == 303
    case = site.world.case(number)
    assert case.messages[-1].acknowledged_at is not None and len(case.open_tasks) == 1
    shown = site.get("/case")
    top = shown.text(f"act-now-{message.id}")
    assert "988" in top and "You told us that you understand this." in top
    assert not shown.has("acknowledge") and not shown.has("acknowledge-now-1")
    assert 'role="alert"' not in shown.html
    site.world.advise(ANA, number)
    site.world.advance(seconds=31)
    assert not site.get("/case").has(f"act-now-{message.id}")


def test_it_asks_for_the_correction_still_when_the_emergency_is_understood(site: Site) -> None:
    number, _ = advised(site)
    corrected(site, number)
    site.world.did("emergency", BEN, number, advice="call_911")
    page = site.get("/case")
    _, correction, advice = site.world.case(number).messages
    assert page.hidden("acknowledge-now-1")["about"] == advice.id
    assert page.hidden("acknowledge")["about"] == correction.id
    assert page.html.count(">I understand</button>") == 2, "one for each"

    assert site.post("/case/acknowledge", page.hidden("acknowledge-now-1")).status == 303
    assert site.world.case(number).messages[1].acknowledged_at is None
    shown = site.get("/case")
    assert "There is more for you to read" in shown.text("confirmed")
    assert "read our correction now" in shown.text("what-next")
    assert shown.hidden("acknowledge")["about"] == correction.id and not shown.has("acknowledge-now-1")

    assert send(site, shown, "acknowledge").status == 303
    done = site.get("/case")
    assert "sees that you understand" in done.text("confirmed") and not done.has("acknowledge")


def test_it_asks_for_the_emergency_still_when_the_correction_is_understood(site: Site) -> None:
    number, _ = advised(site)
    corrected(site, number)
    site.world.did("emergency", BEN, number, advice="call_911")
    assert send(site, site.get("/case"), "acknowledge").status == 303
    shown = site.get("/case")
    assert "There is more for you to read" in shown.text("confirmed")
    assert shown.has("acknowledge-now-1") and not shown.has("acknowledge")
    assert shown.html.index("<title>Read this now: ") < shown.html.index("<body")


def test_it_calls_nothing_new_that_was_read_before_the_case_closed(site: Site) -> None:
    number, _ = advised(site)
    site.world.did("close", ANA, number, reason="answered")
    site.world.advance(minutes=1)
    page = site.get("/case")
    assert "This case is closed" in page.words and "new" not in page.text("what-next")
    assert page.text("what-next").endswith(
        "You have read our guidance, but not told us yet that you understand it. You can still do that below."
    )
    told = site.world.case(number).messages[0]
    assert f'href="#message-{told.id}">Go to our guidance</a>' in page.html
    assert send(site, page, "acknowledge").status == 303
    done = site.get("/case")
    assert "This case is closed" in done.words and "understand it" not in done.text("what-next")


def test_it_says_that_a_correction_is_new_which_came_after_the_case_closed(site: Site) -> None:
    number, _ = advised(site)
    site.world.did("close", ANA, number, reason="answered")
    corrected(site, number)
    page = site.get("/case")
    assert "Please read what is new below" in page.text("what-next")


OLDER = "We wrote this before the emergency advice above. Follow the advice above first."


def test_it_lets_emergency_advice_outrank_guidance_from_before_it_until_it_is_understood(site: Site) -> None:
    number, _ = advised(site)
    site.world.did("emergency", BEN, number, advice="call_911")
    page = site.get("/case")
    told, advice = site.world.case(number).messages
    older = page.text(f"message-{told.id}")
    assert older.index(OLDER) < older.index("You can take care of this at home.")
    assert "Use the cream three times a day." in older, "it stays to be read"
    assert page.words.count(OLDER) == 1 and OLDER not in page.text(f"message-{advice.id}")
    assert "You have emergency advice from us" in page.words
    assert "First do what stands at the top of this page." in page.words
    assert not page.has("what-next") and "Go to our guidance" not in page.words
    assert "Please read our guidance" not in page.words and 'class="button"' not in page.html
    assert page.hidden("acknowledge")["about"] == told.id, "both are to be understood, each for itself"

    assert site.post("/case/acknowledge", page.hidden("acknowledge-now-1")).status == 303
    shown = site.get("/case")
    assert OLDER not in shown.words and "read our guidance now" in shown.text("what-next")
    assert "Go to our guidance" in shown.words


def test_it_lets_emergency_advice_outrank_guidance_that_was_understood_or_corrected(site: Site) -> None:
    number, _ = advised(site)
    send(site, site.get("/case"), "acknowledge")
    corrected(site, number)
    send(site, site.get("/case"), "acknowledge")
    site.world.did("emergency", BEN, number, advice="call_911")
    page = site.get("/case")
    wrong, right, _ = site.world.case(number).messages
    assert OLDER in page.text(f"message-{right.id}") and OLDER not in page.text(f"message-{wrong.id}")
    assert "that you understand our guidance" not in page.words and "We corrected" not in page.words


def test_it_lets_guidance_speak_that_is_newer_than_the_emergency_advice(site: Site) -> None:
    number, _ = opened(site)
    site.world.did("emergency", BEN, number, advice="call_911")
    site.world.advise(ANA, number)
    site.world.advance(seconds=31)
    page = site.get("/case")
    assert page.has("acknowledge-now-1") and OLDER not in page.words
    assert "read our guidance now" in page.text("what-next") and "Go to our guidance" in page.words


def test_it_leads_to_no_older_guidance_where_the_case_waits_for_us(site: Site) -> None:
    number, _ = advised(site)
    send(site, site.get("/case"), "reply", reply="One more question.")
    site.world.did("emergency", BEN, number, advice="call_911")
    page = site.get("/case")
    assert "You get an answer" in page.text("what-next") and "what is new" not in page.words
    assert OLDER in page.text(f"message-{site.world.case(number).messages[0].id}")


def test_it_shows_an_emergency_that_came_after_the_page_was_drawn_whatever_is_sent(site: Site) -> None:
    number, _ = advised(site)
    page = site.get("/case")
    site.world.did("emergency", BEN, number, advice="call_911")
    top = f"act-now-{site.world.case(number).messages[-1].id}"
    refused = send(site, page, "reply", reply=" ")
    assert refused.status == 422 and "Call 911 now" in refused.text(top)
    assert send(site, page, "report", report="nonsense").has(top)
    assert send(site, page, "withdraw").status == 303
    assert site.get("/case").has(top)


def test_it_shows_emergency_advice_for_a_closed_case(site: Site) -> None:
    number, _ = opened(site)
    closed(site, number)
    site.world.did("emergency", BEN, number, advice="call_911")
    page = site.get("/case")
    top = f"act-now-{site.world.case(number).messages[-1].id}"
    assert "Call 911 now" in page.text(top) and "First do what stands at the top" in page.words
    assert site.post("/case/acknowledge", page.hidden("acknowledge-now-1")).status == 303
    assert site.world.case(number).state is State.CLOSED
    assert not site.get("/case").has(top)
