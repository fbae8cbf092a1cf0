"""The access code as people type it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult_bot.case.words import Words
from consult_bot.portal.code import ALPHABET, check_character, grouped, normalised
from storage.store import Store

# Worked out by hand: 1*1 = 1; 7*1 = 7; 31*(1+2+3+4+5+6+7) = 868 = 28*31; 10*1+11*2+12*3+13*4+14*5+15*6+16*7 = 392.
BY_HAND = {"1000000": "1", "0000001": "7", "ZZZZZZZ": "0", "ABCDEFG": "M"}


@pytest.mark.parametrize(("letters", "check"), BY_HAND.items())
def test_it_checks_by_place_times_value_modulo_31(letters: str, check: str) -> None:
    assert check_character(letters) == check


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
