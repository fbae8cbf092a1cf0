"""The access code as people type it and as they read it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult_bot.case.access_code import ALPHABET, check_character
from consult_bot.case.words import Words
from consult_bot.portal.code import grouped, has_slip, normalised
from storage.store import Store


@pytest.mark.parametrize(
    "typed", ["ABCD-EFGM", "abcdefgm", " abcd efgm ", "ab-cd-ef-gm", "ABCD\u2013EFGM", "abcd.efgm"]
)
def test_it_does_not_mind_case_spaces_and_dashes(typed: str) -> None:
    assert normalised(typed) == "ABCDEFGM"


@pytest.mark.parametrize("typed", ["I000-0001", "lOOO-OOOl", "1oo0 0ooi"])
def test_it_reads_o_as_zero_and_i_and_l_as_one(typed: str) -> None:
    assert normalised(typed) == "10000001"


@pytest.mark.parametrize(
    "typed", ["", "   ", "ABCD-EFG", "ABCD-EFGHJ", "ABCD-EFGU", "ABCD-EFG\u0664", "ABCD-EFG0", "BACD-EFGM"]
)
def test_it_takes_nothing_that_cannot_be_a_code(typed: str) -> None:
    assert normalised(typed) is None


def test_it_tells_a_slip_from_what_is_too_short_or_too_long() -> None:
    assert all(map(has_slip, ["ABCD-EFG0", "bacd efgm", "ABCD-EFGU"]))
    assert not any(map(has_slip, ["", "ABCD-EFG", "ABCD-EFGHJ", "ABCD-EFGM"]))


@given(st.text(ALPHABET, min_size=7, max_size=7), st.integers(0, 6), st.sampled_from(ALPHABET))
def test_it_notices_one_wrong_letter(letters: str, place: int, other: str) -> None:
    values = ALPHABET.index(letters[place]), ALPHABET.index(other)
    slip = letters[:place] + other + letters[place + 1 :]
    # 0 and Z differ by 31, which no sum modulo 31 can see.
    if set(values) != {0, 31} and slip != letters:
        assert normalised(slip + check_character(letters)) is None


def test_it_agrees_with_the_codes_that_the_keys_make(sqlite_store: Store) -> None:
    for number in range(200):
        code = sqlite_store.keys.access_code(f"case {number}", "nonce")
        assert normalised(grouped(code)) == code.reveal()


def test_it_shows_two_groups_of_four() -> None:
    assert grouped(Words("ABCDEFGM")) == "ABCD-EFGM"
