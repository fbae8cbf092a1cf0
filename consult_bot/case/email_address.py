"""Which email addresses letters can go to: the form asks for no others, and the mail writes to no others."""

from __future__ import annotations

import re

LONGEST = 254
"""Characters of a whole address. Source: RFC 5321, section 4.5.3.1.3, less the angle brackets."""

LONGEST_LOCAL_PART = 64
"""Source: RFC 5321, section 4.5.3.1.1."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL_PART = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")  # RFC 5322, section 3.2.3: dot-atom
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"  # RFC 1035, section 2.3.1
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?![0-9]+$)(?=..){_LABEL}")

_ENCODED_WORD = "=?"
"""How RFC 2047 begins text that mail programs decode, which may then hold anything, a second recipient too."""


class NotAnAddress(ValueError):
    """The text is not exactly one address that letters can go to. The message does not repeat it."""

    def __init__(self) -> None:
        super().__init__("This is not one plain email address")


def as_sent(text: str) -> str:
    """Return the address as it stands in a letter: ASCII, its domain in IDNA. Raises NotAnAddress."""
    local_part, _, domain = text.strip().rpartition("@")
    if len(local_part) > LONGEST_LOCAL_PART or _ENCODED_WORD in local_part:
        raise NotAnAddress
    try:
        address = f"{local_part}@{domain.encode('idna').decode()}"
    except UnicodeError:
        raise NotAnAddress from None
    _, _, domain = address.rpartition("@")
    if len(address) > LONGEST or not _LOCAL_PART.fullmatch(local_part) or not _DOMAIN.fullmatch(domain):
        raise NotAnAddress
    return address


def is_address(text: str) -> bool:
    """Tell whether letters can go to this address."""
    try:
        as_sent(text)
    except NotAnAddress:
        return False
    return True
