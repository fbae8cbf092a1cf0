"""What our files are called. Whatever has another name is not ours to remove."""

from __future__ import annotations

import re

SMALL = ".small"
"""Ends the name of a thumbnail's file."""

DRAFT = ".draft"
"""Ends the name of a file that is being written into a folder; a crash leaves it behind."""

OWNER = "owner."
"""Begins the name of the file by which a database says that photos here are its own."""

PROBE = "probe"

_OURS = re.compile(r"owner\.[0-9a-f]{32}|\.?[0-9a-f]{32}(?:\.small)?(?:\.draft)?")


def is_ours(name: str) -> bool:
    """Whether it is the name of a photo, a thumbnail, a draft of one, or an owner."""
    return _OURS.fullmatch(name) is not None
