"""What an access code is made of."""

from __future__ import annotations

import pytest

from consult_bot.case.access_code import ALPHABET, check_character

# Worked out by hand: 1*1 = 1; 7*1 = 7; 31*(1+2+3+4+5+6+7) = 868 = 28*31; 10*1+11*2+12*3+13*4+14*5+15*6+16*7 = 392.
BY_HAND = {"1000000": "1", "0000001": "7", "ZZZZZZZ": "0", "ABCDEFG": "M"}


@pytest.mark.parametrize(("letters", "check"), BY_HAND.items())
def test_it_checks_by_place_times_value_modulo_31(letters: str, check: str) -> None:
    assert check_character(letters) == check


def test_it_has_no_letter_that_is_misread() -> None:
    assert len(set(ALPHABET)) == 32
    assert not set("ILOU") & set(ALPHABET)


@pytest.mark.parametrize("drawn", ["ABCDEFU", "abcdefg"])
def test_it_checks_nothing_that_is_not_of_the_alphabet(drawn: str) -> None:
    with pytest.raises(ValueError, match="not found"):
        check_character(drawn)
