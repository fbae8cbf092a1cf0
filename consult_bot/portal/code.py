"""The access code as people type it and as they read it."""

from __future__ import annotations

import re

from consult_bot.case.access_code import ALPHABET, CODE_CHARACTERS, check_character
from consult_bot.case.words import Words

_BETWEEN = re.compile(r"[\s\-\u2010-\u2015\u2212_.]+")
_MISREAD = str.maketrans("OIL", "011")


def normalised(typed: str) -> str | None:
    """Return the eight characters meant, None where the text cannot be a code.

    Case, spaces and dashes do not matter; the letter O counts as zero, I and L as one. The last character must
    fit the others, so that a slip of the finger is told from a wrong code.
    """
    code = _characters(typed)
    if len(code) != CODE_CHARACTERS or any(character not in ALPHABET for character in code):
        return None
    return code if code[-1] == check_character(code[:-1]) else None


def has_slip(typed: str) -> bool:
    """Tell whether the text is as long as a code and yet cannot be one: a character of it is wrong."""
    return len(_characters(typed)) == CODE_CHARACTERS and normalised(typed) is None


def _characters(typed: str) -> str:
    return _BETWEEN.sub("", typed).upper().translate(_MISREAD)


def grouped(code: Words) -> str:
    """Return the code as it is read and copied: two groups of four."""
    text = code.reveal()
    return f"{text[:4]}-{text[4:]}"
