"""Telephone numbers in what clinicians write, as links that a phone dials."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from consult_bot.texts.phone import dialled

_NUMBER = re.compile(
    r"""(?<![\w+-])(?<!\d[.,])(?:
        911 | 988
        | (?:\+?1[-. ])?(?:\(\d{3}\)\ ?|\d{3}[-. ])\d{3}[-. ]\d{4}
    )(?![\w-])""",
    re.VERBOSE,
)
"""The short numbers for emergencies and crises, and ten digits as the North American Numbering Plan groups them."""


def tap_to_call(text: str) -> Markup:
    """Return the text escaped, with every telephone number in it as a link."""
    parts, end = [], 0
    for found in _NUMBER.finditer(text):
        parts.append(escape(text[end : found.start()]))
        parts.append(Markup('<a href="tel:{}">{}</a>').format(dialled(found.group()), found.group()))
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])
