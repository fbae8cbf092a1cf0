"""What can go wrong in the storage that a caller should handle."""

from __future__ import annotations


class Conflict(Exception):
    """Somebody else saved the same record, or used the same once-key, first. Read again and try again."""


class Overloaded(Exception):
    """The database did not answer in time, or cannot be reached. Nothing was changed, except perhaps where it is
    Unanswered; try again later."""


class Unanswered(Overloaded):
    """The connection broke while the database was asked to commit: what was asked for may be done, or not.

    Asking again with the same once-key is safe; without one, look first.
    """


class FilesAway(Overloaded):
    """The bucket did not answer, or refused. No row names what was not stored whole; try again later.

    The message is a remedy for an administrator.
    """


class PhotosOfAnother(Exception):
    """What lies in ATTACHMENTS may be another database's, so nothing was removed.

    The message is a remedy for an administrator. `database` is the id of the one that asked, `count` how many files it
    does not know.
    """

    def __init__(self, remedy: str, database: str, count: int) -> None:
        super().__init__(remedy)
        self.database = database
        self.count = count


class KeysAway(Overloaded):
    """KMS did not open the master key again in time, so nothing can be read or written. Try again later.

    The message is a remedy for an administrator.
    """


class UnknownAttachment(Exception):
    """A file is missing, or belongs to another case already. Upload it again."""


class DatabaseUnusable(Exception):
    """The database cannot be opened at the start; the message says what to do, and holds no password."""


class AwsUnusable(Exception):
    """What boto3 was given cannot be used; the message says what to do."""
