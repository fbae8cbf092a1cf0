"""A link dials the number, and only the number."""

from __future__ import annotations

import pytest

from consult_bot.texts.phone import dialled


@pytest.mark.parametrize(
    ("written", "called"),
    [
        ("+1 (509) 555-0142", "+15095550142"),
        (" +1 509 555 0142", "+15095550142"),
        ("(509) 555-0142", "5095550142"),
        ("(509) 555-0142 ext. 7", "5095550142"),
        ("+1 509.555.0142 x12", "+15095550142"),
        ("509-555-0142 EXT 7", "5095550142"),
    ],
)
def test_it_dials_the_digits_without_the_extension(written: str, called: str):
    assert dialled(written) == called
