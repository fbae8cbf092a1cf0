"""What can go wrong in the storage that a caller should handle."""

from __future__ import annotations


class Conflict(Exception):
    """Somebody else saved the same record, or used the same once-key, first. Read again and try again."""


class Overloaded(Exception):
    """The database did not answer in time, or cannot be reached. Nothing was changed; try again later."""


class UnknownAttachment(Exception):
    """A staged file is missing or belongs to another case already. Upload it again."""
