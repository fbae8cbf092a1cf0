"""The patient takes the question back."""

from __future__ import annotations

import pytest

from consult_bot.case.model import CloseReason, State
from tests.builders import ANA, BEN
from tests.portal.moves import advised, busy, closed, opened, send
from tests.portal.site import Site


def test_it_says_first_what_follows_and_confirms_afterwards(site: Site) -> None:
    number, code = site.submitted()
    page = site.opened(number, code)
    assert "We close this case, and nobody writes you an answer." in page.words
    assert "call you" not in page.text("withdraw-heading") and "We may still call you" not in page.words
    assert send(site, page, "withdraw", reason="It healed.").status == 303
    case = site.world.case(number)
    assert (case.state, case.close_reason) == (State.CLOSED, CloseReason.WITHDRAWN)
    shown = site.get("/case")
    assert "taken back" in shown.text("confirmed")
    assert "You took your question back" in shown.words and "we open it again" in shown.text("what-next")
    assert not shown.has("withdraw-form") and shown.has("reply-form")
    assert "may still call" not in shown.words


def test_it_says_that_an_open_call_stays_and_nothing_about_it(site: Site) -> None:
    number, _ = opened(site)
    site.world.did("task", ANA, number, kind="call", words="canary-task")
    page = site.get("/case")
    assert "We may still call you, to be sure" in page.words
    assert send(site, page, "withdraw").status == 303
    shown = site.get("/case")
    assert "We may still call you." in shown.text("confirmed")
    assert "We may still call you." in shown.text("what-next")
    assert "canary" not in page.html + shown.html
    assert len(site.world.case(number).open_tasks) == 1


def test_it_lets_a_reply_bring_it_back(site: Site) -> None:
    number, code = site.submitted()
    send(site, site.opened(number, code), "withdraw")
    assert send(site, site.get("/case"), "reply", reply="It came back.").status == 303
    assert site.world.case(number).state is State.NEW


def test_it_may_be_sent_twice(site: Site) -> None:
    number, code = site.submitted()
    page = site.opened(number, code)
    for _ in range(2):
        assert send(site, page, "withdraw").status == 303
    assert site.world.case(number).close_reason is CloseReason.WITHDRAWN


def test_it_says_so_when_the_case_was_closed_meanwhile_and_keeps_the_words(site: Site) -> None:
    number, _ = opened(site)
    page = site.get("/case")
    closed(site, number)
    answer = send(site, page, "withdraw", reason="I went to <urgent care>.")
    assert answer.status == 409 and "closed already" in answer.text("problems")
    assert answer.text("reply") == "I went to <urgent care>."
    assert site.world.case(number).close_reason is CloseReason.UNSUITABLE
    assert "/consult" not in answer.html and "You can:" not in answer.html


def test_it_shows_guidance_that_was_on_its_way(site: Site) -> None:
    number, _ = opened(site)
    page = site.get("/case")
    site.world.advise(ANA, number, guidance="Still worth reading.")
    assert send(site, page, "withdraw").status == 303
    site.world.advance(seconds=31)
    shown = site.get("/case")
    assert "Still worth reading." in shown.html and shown.has("acknowledge")


def test_it_shows_emergency_advice_above_the_withdrawal(site: Site) -> None:
    number, _ = opened(site)
    page = site.get("/case")
    site.world.did("emergency", BEN, number, advice="call_911")
    assert send(site, page, "withdraw").status == 303
    shown = site.get("/case")
    assert shown.html.index("act-now-") < shown.html.index('id="confirmed"')


def test_it_keeps_the_reason_when_the_database_is_busy(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    number, code = site.submitted()
    page = site.opened(number, code)
    with monkeypatch.context() as broken:
        broken.setattr(site.store, "commit", busy)
        again = send(site, page, "withdraw", reason="It healed.")
    assert again.status == 503 and again.text("reason") == "It healed." and "<details open" in again.html
    assert send(site, again, "withdraw", reason="It healed.").status == 303


def test_it_asks_for_fewer_words(site: Site) -> None:
    number, code = site.submitted()
    again = send(site, site.opened(number, code), "withdraw", reason="x" * 200_001)
    assert again.status == 422 and "200,001 characters" in again.text("reason-error")
    assert site.world.case(number).open


def test_it_refuses_another_case_and_keeps_the_reason(site: Site) -> None:
    first, _ = advised(site)
    page = site.get("/case")
    second, _ = opened(site)
    refused = send(site, page, "withdraw", reason="Meant for the first.")
    assert refused.status == 409 and "Meant for the first." in refused.html
    assert all(site.world.case(number).open for number in (first, second))
    assert send(site, site.get("/case"), "withdraw", _token="made.up").status == 409
