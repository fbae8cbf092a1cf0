"""After guidance, the patient says how it goes."""

from __future__ import annotations

import pytest

from consult_bot.case.model import MessageKind, Report, State
from tests.portal.moves import advised, busy, closed, opened, send
from tests.portal.site import Site


def test_it_asks_how_it_goes_only_after_guidance(site: Site) -> None:
    opened(site)
    assert not site.get("/case").has("report-form")
    advised(site)
    assert site.get("/case").has("report-form")


@pytest.mark.parametrize(("how", "said"), [("better", "good to hear"), ("same", "Your clinician can see it")])
def test_it_thanks_for_a_report_and_leaves_the_case_as_it_is(site: Site, how: str, said: str) -> None:
    number, _ = advised(site)
    assert send(site, site.get("/case"), "report", report=how, words="Sleeping well.").status == 303
    case = site.world.case(number)
    assert (case.state, case.urgent, case.messages[-1].report) == (State.ADVISED, False, Report(how))
    page = site.get("/case")
    assert said in page.text("confirmed")
    mine = page.text(f"message-{case.messages[-1].id}")
    assert mine.startswith("You told us how it goes") and "Sleeping well." in mine
    assert ("It is better." if how == "better" else "It is the same.") in mine


def test_it_answers_worse_with_the_emergency_line_first_and_what_happens_next(site: Site) -> None:
    number, _ = advised(site)
    assert send(site, site.get("/case"), "report", report="worse", words="It <spreads>.").status == 303
    case = site.world.case(number)
    assert case.urgent and case.state is State.CLAIMED
    page = site.get("/case")
    told = page.text("confirmed")
    assert told.startswith("If this is an emergency, call 911 now.")
    assert "Your case is urgent for us now" in told and "today by" in told and "+1 555 010 0100" in told
    assert 'href="tel:911"' in page.html[page.html.index('id="confirmed"') : page.html.index("<h1>")]
    assert "It &lt;spreads&gt;." in page.html


def test_it_says_nothing_of_how_it_goes_in_cookies_or_addresses(site: Site) -> None:
    advised(site)
    answer = send(site, site.get("/case"), "report", report="worse", words="canary-words")
    sent = f"{answer.response.headers}"
    assert "worse" not in sent and "canary" not in sent
    assert answer.response.headers["location"] == "/case"


def test_it_keeps_one_report_of_a_double_click_and_takes_another_later(site: Site) -> None:
    number, _ = advised(site)
    page = site.get("/case")
    for _ in range(2):
        assert send(site, page, "report", report="worse").status == 303
    assert send(site, site.get("/case"), "report", report="better").status == 303
    reports = [m.report for m in site.world.case(number).messages if m.kind is MessageKind.REPORT]
    assert reports == [Report.WORSE, Report.BETTER]


@pytest.mark.parametrize("how", ["", "terrible", "WORSE"])
def test_it_asks_again_where_nothing_was_chosen_and_keeps_the_words(site: Site, how: str) -> None:
    number, _ = advised(site)
    again = send(site, site.get("/case"), "report", report=how, words="My <long> story.")
    assert again.status == 422 and "Choose how it is going" in again.text("report-error")
    assert "My &lt;long&gt; story." in again.html and 'href="#report"' in again.html
    assert send(site, again, "report", report="same", words="My <long> story.").status == 303
    assert [m.kind for m in site.world.case(number).messages] == [MessageKind.GUIDANCE, MessageKind.REPORT]


def test_it_says_when_the_words_are_too_many_and_keeps_what_was_chosen(site: Site) -> None:
    advised(site)
    again = send(site, site.get("/case"), "report", report="worse", words="x" * 200_001)
    assert again.status == 422 and "200,001 characters" in again.text("words-error")
    assert 'value="worse" required checked' in again.html


def test_it_keeps_choice_and_words_when_the_database_is_busy(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    advised(site)
    page = site.get("/case")
    with monkeypatch.context() as broken:
        broken.setattr(site.store, "commit", busy)
        again = send(site, page, "report", report="worse", words="My story.")
    assert (
        again.status == 503 and "My story." in again.html and 'value="worse" required checked' in again.html
    )
    assert again.text("problems").startswith("If this is an emergency, call 911 now.")
    assert send(site, again, "report", report="worse", words="My story.").status == 303


def test_it_takes_a_report_on_a_case_that_was_closed_since_the_page_was_drawn(site: Site) -> None:
    number, _ = advised(site)
    page = site.get("/case")
    closed(site, number)
    assert send(site, page, "report", report="better").status == 303
    assert site.world.case(number).state is State.CLOSED
    shown = site.get("/case")
    assert "good to hear" in shown.text("confirmed")
    assert send(site, shown, "report", report="worse").status == 303
    case = site.world.case(number)
    assert case.state is State.CLAIMED and case.urgent


def test_it_refuses_a_report_for_another_case_and_keeps_choice_and_words(site: Site) -> None:
    first, _ = advised(site)
    page = site.get("/case")
    second, _ = advised(site)
    refused = send(site, page, "report", report="worse", words="Meant for the first.")
    assert refused.status == 409
    assert f"C-{first}" in refused.text("problems") and f"C-{second}" in refused.text("problems")
    assert refused.text("kept-going") == "It is worse." and "Meant for the first." in refused.html
    for number in (first, second):
        assert len(site.world.case(number).messages) == 1
    for token in ("", "made.up"):
        assert send(site, site.get("/case"), "report", report="same", _token=token).status == 409


def test_it_gives_back_a_report_for_which_there_is_no_guidance(site: Site) -> None:
    number, _ = opened(site)
    fields = {**site.get("/case").hidden("reply-form"), "report": "worse", "words": "It spreads."}
    refused = site.post("/case/report", fields)
    assert refused.status == 409
    assert refused.text("problems").startswith("If this is an emergency, call 911 now.")
    assert refused.text("reply") == "It is worse. It spreads."
    assert send(site, refused, "reply", reply="It is worse. It spreads.").status == 303
    assert len(site.world.case(number).messages) == 1
