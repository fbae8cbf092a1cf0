"""The database, the bucket or KMS is away: who asked is told so, and who looks after the server what to do about it."""

from __future__ import annotations

import logging

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from consult_bot.case.errors import Away, Busy, Unsure
from storage.errors import Conflict, FilesAway, KeysAway, Overloaded, Unanswered

log = logging.getLogger(__name__)

NO_ANSWER = (Overloaded, OperationalError, PoolTimeout)
"""What the storage raises while a part of it is away. Nothing was stored, except perhaps where it is Unanswered; trying
again later can help."""

OTHERS_FIRST = "Many people are changing this case at the moment. Please try again."
OUT_OF_REACH = "We could not reach our records just now. Nothing was changed. Please try again in a minute."

PERHAPS_DONE = (
    "We lost touch with our records at the moment of storing, and cannot tell whether this was done. Please look at the "
    "case first, and do it again only if it was not."
)


def busy(error: Conflict | Overloaded) -> Busy:
    """Return what to tell somebody whose request changed nothing, or of which nobody can tell; where the storage is away,
    that is logged as well."""
    if isinstance(error, Conflict):
        return Busy(OTHERS_FIRST)
    note(error)
    return Unsure(PERHAPS_DONE) if isinstance(error, Unanswered) else Away(OUT_OF_REACH)


def note(error: Exception) -> None:
    """Log what is away, with the remedy where it is known."""
    remedy = str(error) if isinstance(error, (FilesAway, KeysAway)) else None
    log.warning("the storage is away", extra={"error": type(error).__name__, "remedy": remedy})
