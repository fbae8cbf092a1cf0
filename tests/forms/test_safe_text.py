"""Text is kept as it was written and shown so that nothing in it hides or reorders the rest."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult_bot.forms.safe_text import for_display, for_storage, is_blank

DECEIVING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b\u2060\ufeff"


@pytest.mark.parametrize("mark", DECEIVING)
def test_it_spells_out_a_mark_that_hides_or_reorders_text(mark: str):
    assert for_display(f"take{mark}2") == f"take[U+{ord(mark):04X}]2"
    assert for_storage(f"take{mark}2") == f"take{mark}2"


@pytest.mark.parametrize("text", ["👩‍👧 family", "क्‍ष", "می‌خواهم", "שלום", "tab\tand\nline", "<b>&amp;"])
def test_it_shows_other_text_as_it_is(text: str):
    assert for_display(text) == for_storage(text) == text


def test_it_replaces_what_no_file_can_hold():
    assert for_display("a\ud800b") == for_storage("a\ud800b") == "a\ufffdb"


@given(st.text(st.characters()))
def test_it_lets_no_hidden_mark_through(text: str):
    shown = for_display(text)
    assert not set(shown) & set(DECEIVING)
    assert not any(unicodedata.category(character) == "Cc" for character in shown if character not in "\n\t")
    shown.encode()


@given(st.text(st.characters()))
def test_it_cleans_once(text: str):
    kept = for_storage(text)
    assert for_storage(kept) == kept
    assert "\r" not in kept


@pytest.mark.parametrize(
    "text", ["", " \t\n", DECEIVING, "\u200c\u200d", "\u00ad\u2800\u3164", "\ufe0f", "\x00\x7f"]
)
def test_it_knows_a_text_in_which_nothing_can_be_seen(text: str):
    assert is_blank(text)
    assert not is_blank(f"{text}a{text}")


@pytest.mark.parametrize("text", ["0", ".", "क्‍ष", "👩‍👧", "שלום", "<b>"])
def test_it_takes_no_visible_text_for_blank(text: str):
    assert not is_blank(text)
