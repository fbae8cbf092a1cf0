"""The frame of all pages: whom a tap calls, and when something was."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from consult_bot.portal.pages import Pages
from tests.builders import PRACTICE

SITE = "https://consult.elm-street.example"


def test_a_tap_calls_the_practice_without_its_extension() -> None:
    pages = Pages(replace(PRACTICE, phone="(509) 555-0142 ext. 7"), SITE)
    html = bytes(pages.show("ended.html").body).decode()
    assert 'href="tel:5095550142"' in html
    assert ">(509) 555-0142 ext. 7<" in html
    assert "01427" not in html


def test_it_tells_the_year_of_what_is_long_past() -> None:
    pages = Pages(PRACTICE, SITE)
    at = datetime(2026, 11, 23, 21, 30, tzinfo=UTC)
    assert pages.moment(at, datetime(2026, 12, 31, tzinfo=UTC)) == "Monday 23 November, 4:30 pm"
    # In New York it is still 2026.
    assert pages.moment(at, datetime(2027, 1, 1, 4, 0, tzinfo=UTC)) == "Monday 23 November, 4:30 pm"
    assert pages.moment(at, datetime(2027, 1, 1, 6, 0, tzinfo=UTC)) == "Monday 23 November 2026, 4:30 pm"
