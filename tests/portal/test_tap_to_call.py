"""Telephone numbers in a clinician's words become links."""

from __future__ import annotations

import pytest

from consult_bot.portal.tap_to_call import tap_to_call
from consult_bot.texts.emergency import emergency_texts


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("Call 911 now.", 'Call <a href="tel:911">911</a> now.'),
        ("Call or text 988, free", 'Call or text <a href="tel:988">988</a>, free'),
        ("now: 1-800-222-1222, free", 'now: <a href="tel:18002221222">1-800-222-1222</a>, free'),
        ("+1 555 010 0100", '<a href="tel:+15550100100">+1 555 010 0100</a>'),
        ("(555) 010-0100 & ask", '<a href="tel:5550100100">(555) 010-0100</a> &amp; ask'),
    ],
)
def test_it_makes_a_number_a_link(text: str, link: str) -> None:
    assert tap_to_call(text) == link


@pytest.mark.parametrize(
    "text", ["2026-11-24", "9110 steps", "38.911", "C-9115", "1,911", "911-5", "555 010 01000", "A911"]
)
def test_it_leaves_other_digits_alone(text: str) -> None:
    assert "<a" not in tap_to_call(text)


def test_it_escapes_everything_else() -> None:
    assert tap_to_call("<b>911</b>") == '&lt;b&gt;<a href="tel:911">911</a>&lt;/b&gt;'


def test_it_finds_a_number_in_every_text_that_was_signed_off() -> None:
    assert emergency_texts() and all("tel:" in tap_to_call(each.text) for each in emergency_texts().values())
