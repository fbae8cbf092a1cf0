"""A telephone number as a link dials it."""

from __future__ import annotations

import re

_EXTENSION = re.compile(r"x|ext", re.IGNORECASE)


def dialled(phone: str) -> str:
    """Return what follows `tel:` in a link: digits, behind a plus where there is one, and without the extension.

    People are asked for an extension when somebody answers; dialled along, its digits make another number.
    Source: RFC 3966, section 5.1.
    """
    number = _EXTENSION.split(phone, maxsplit=1)[0]
    return ("+" if number.strip().startswith("+") else "") + re.sub(r"\D", "", number)
