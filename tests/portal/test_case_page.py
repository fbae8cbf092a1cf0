"""The case as its patient sees it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from tests.builders import ANA, ZONE
from tests.portal.site import Page, Site, photo

BIDI = "abc\u202egnp.exe"


def with_guidance(site: Site, number: int, **fields: str) -> Page:
    site.world.did("claim", ANA, number)
    site.world.advise(ANA, number, **fields)
    site.world.advance(seconds=31)
    return site.get("/case")


def test_it_needs_a_session(site: Site) -> None:
    site.submitted()
    answer = site.get("/case")
    assert answer.status == 303 and answer.response.headers["location"] == "/case/ended"
    page = site.get("/case/ended")
    assert "open the link in our email" in page.words and "C-1001" not in page.html


def test_it_ends_after_half_an_hour(site: Site) -> None:
    number, code = site.submitted()
    site.opened(number, code)
    site.world.advance(minutes=29)
    assert site.get("/case").status == 200
    site.world.advance(minutes=2)
    assert site.get("/case").status == 303


def test_it_shows_what_was_sent_and_when_an_answer_comes(site: Site) -> None:
    number, code = site.submitted(concern="A red rash.\nIt itches.")
    page = site.opened(number, code)
    assert "A red rash.\nIt itches." in page.html
    assert "A clinician reads it and answers" in page.text("what-next")
    assert "acknowledge" not in page.html


def test_it_says_so_when_the_answer_is_late(site: Site) -> None:
    number, code = site.submitted()
    site.world.advance(hours=30)
    page = site.opened(number, code)
    assert "we are sorry" in page.text("what-next") and "+1 555 010 0100" in page.text("what-next")


def test_it_marks_what_was_shown_as_read_and_nothing_else(site: Site) -> None:
    number, code = site.submitted()
    site.opened(number, code)
    site.world.did("claim", ANA, number)
    site.world.did("ask", ANA, number, question="Does it itch?")
    assert "Does it itch?" not in site.get("/case").html
    assert site.world.case(number).messages[0].opened_at is None
    site.world.advance(seconds=31)
    page = site.get("/case")
    assert "Does it itch?" in page.html and "Ana Ruiz, MD" in page.html
    assert site.world.case(number).messages[0].opened_at is not None


def test_it_marks_nothing_as_read_for_a_program_that_only_asks_for_headers(site: Site) -> None:
    number, code = site.submitted()
    site.opened(number, code)
    site.world.did("claim", ANA, number)
    site.world.did("ask", ANA, number, question="Does it itch?")
    site.world.advance(seconds=31)
    assert site.browser.head("/case").status_code == 200
    assert site.world.case(number).messages[0].opened_at is None


def test_it_never_shows_notes_drafts_or_tasks(site: Site) -> None:
    number, code = site.submitted()
    site.opened(number, code)
    site.world.did("note", ANA, number, note="canary-note")
    site.world.did("task", ANA, number, kind="call", words="canary-task")
    page = with_guidance(site, number)
    assert "Keep the skin dry" in page.html
    assert "canary" not in page.html and "U0ANA" not in page.html


def test_it_says_in_plain_words_what_guidance_says_to_do(site: Site) -> None:
    number, code = site.submitted()
    site.opened(number, code)
    page = with_guidance(site, number, disposition="visit_by", visit_by="2031-05-01")
    assert "See a clinician in person by Thursday 1 May." in page.words
    assert "When to get help sooner If a fever comes, call us the same day." in page.words
    site.world.advise(ANA, number, disposition="emergency_now")
    site.world.advance(seconds=31)
    assert site.get("/case").html.index("Call 911 now.") < page.html.index("What was said")


def test_it_shows_what_people_wrote_as_text(site: Site) -> None:
    evil = "<script>alert(1)</script> & {{ 7*7 }} <!channel> " + BIDI + "\x00"
    number, code = site.submitted(concern=evil, given_name="<b>Q</b>")
    page = site.opened(number, code)
    assert "<script>" not in page.html and "<b>Q" not in page.html
    assert (
        "&lt;script&gt;alert(1)&lt;/script&gt; &amp; {{ 7*7 }} &lt;!channel&gt; abc[U+202E]gnp.exe"
        in page.html
    )
    assert "\u202e" not in page.html and "\x00" not in page.html


def test_it_shows_the_photos_of_this_case_alone(site: Site) -> None:
    mine = site.fill_in(photos=[photo(), photo()])
    number, code = int(mine.text("case-number")[2:]), mine.text("access-code")
    other = site.fill_in(photos=[photo()])
    foreign = site.world.case(int(other.text("case-number")[2:])).submission.attachments[0]
    staged = site.fill_in(photos=[photo()], email="no address")
    assert staged.status == 422
    own = site.world.case(number).submission.attachments
    assert site.browser.get(f"/case/photos/{own[0]}/full").status_code == 404
    page = site.opened(number, code)
    assert all(f'src="/case/photos/{photo_id}/small"' in page.html for photo_id in own)
    for size in ("full", "small"):
        answer = site.browser.get(f"/case/photos/{own[1]}/{size}")
        assert answer.headers["content-type"] == "image/jpeg" and answer.content.startswith(b"\xff\xd8\xff")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-disposition"] == "inline"
        assert answer.headers["cache-control"] == "no-store"
        assert site.browser.get(f"/case/photos/{foreign}/{size}").status_code == 404
    assert site.browser.get(f"/case/photos/{own[1]}/huge").status_code == 404


def test_it_says_how_to_come_back_to_a_closed_case(site: Site) -> None:
    number, code = site.submitted()
    site.world.did("claim", ANA, number)
    site.world.did("close", ANA, number, reason="unsuitable")
    page = site.opened(number, code)
    until = site.world.case(number).reopen_until
    assert until is not None
    day = f"{until.astimezone(ZoneInfo(ZONE)):%A %-d %B}"
    assert "This case is closed" in page.words
    assert f"write below until {day}" in page.text("what-next") and "we open it again" in page.text(
        "what-next"
    )
    assert "unsuitable" not in page.html
    site.world.advance(days=31)
    late = site.opened(number, code)
    assert late.has("reply-form") and "we open a new case for it" in late.text("what-next")
    assert "Your link and access code stay the same." in late.text("what-next")
