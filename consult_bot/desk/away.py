"""The database, the bucket or KMS is away: who asked is told so, and who looks after the server what to do about it."""

from __future__ import annotations

import logging

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from consult_bot.case.errors import Away, Busy
from storage.errors import Conflict, FilesAway, KeysAway, Overloaded

log = logging.getLogger(__name__)

NO_ANSWER = (Overloaded, OperationalError, PoolTimeout)
"""What the storage raises while a part of it is away. Nothing was stored, and trying again later can help."""

OTHERS_FIRST = "Many people are changing this case at the moment. Please try again."
OUT_OF_REACH = "We could not reach our records just now. Nothing was changed. Please try again in a minute."


def busy(error: Conflict | Overloaded) -> Busy:
    """Return what to tell somebody whose request changed nothing; where the storage is away, that is logged as well."""
    if isinstance(error, Conflict):
        return Busy(OTHERS_FIRST)
    note(error)
    return Away(OUT_OF_REACH)


def note(error: Exception) -> None:
    """Log what is away, with the remedy where it is known."""
    remedy = str(error) if isinstance(error, (FilesAway, KeysAway)) else None
    log.warning("the storage is away", extra={"error": type(error).__name__, "remedy": remedy})
