"""Making text that people wrote harmless where it is stored and where it is shown."""

from __future__ import annotations

import re
import unicodedata

# C0 controls but tab and newline; PostgreSQL cannot store NUL, and none of them can be seen.
_C0_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f]")

# Lone surrogates cannot be written as UTF-8.
_LONE_SURROGATES = re.compile(r"[\ud800-\udfff]")

# Marks that reorder or hide text. Joiners (U+200C, U+200D) stay: emoji and Indic scripts need them.
# Source: Unicode Technical Report 36, section 2.
_DECEIVING = "\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
_INVISIBLE = re.compile(f"[{_DECEIVING}]")
_NOT_SHOWN = re.compile(f"[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f{_DECEIVING}]")


# Spaces and controls of every kind; the fillers and the blank braille pattern look like nothing, too.
_BLANK_CATEGORIES = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\ufe0e\ufe0f\uffa0")


def is_blank(text: str) -> bool:
    """Tell whether nothing in the text can be seen."""
    return all(
        letter in _BLANK_LETTERS or unicodedata.category(letter) in _BLANK_CATEGORIES for letter in text
    )


def for_storage(text: str) -> str:
    """Return the text as it is kept: newlines as `\\n`, no control characters, else untouched."""
    if text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _LONE_SURROGATES.sub("\ufffd", _C0_CONTROLS.sub("", text))


def for_display(text: str) -> str:
    """Return the text as it is shown: what would reorder or hide other text is spelled out, as [U+202E].

    Escaping for HTML or Slack comes after this, not instead of it.
    """
    return _LONE_SURROGATES.sub("\ufffd", _NOT_SHOWN.sub(_spelled_out, text))


def without_invisible(text: str) -> str:
    """Return the text without the marks that copying an address from a chat often brings along."""
    return _INVISIBLE.sub("", text)


def _spelled_out(found: re.Match[str]) -> str:
    return f"[U+{ord(found.group()):04X}]"
