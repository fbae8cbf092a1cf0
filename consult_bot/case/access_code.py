"""The access code: what it is made of, so that whoever makes it and whoever reads it agree."""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32: no I, L, O and U, so that nothing is misread. Source: crockford.com/base32.html"""

DRAWN_CHARACTERS = 7
CODE_CHARACTERS = DRAWN_CHARACTERS + 1
"""The last one checks the others."""

_MODULUS = 31


def check_character(drawn: str) -> str:
    """Return the character that follows these seven: the sum of position times value, modulo 31.

    Raises ValueError for a character that is not of the ALPHABET.
    """
    total = sum(place * ALPHABET.index(character) for place, character in enumerate(drawn, start=1))
    return ALPHABET[total % _MODULUS]
