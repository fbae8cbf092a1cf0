"""The database, the bucket or KMS is away: who looks after the server is told what to do about it."""

from __future__ import annotations

import logging

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage.errors import FilesAway, KeysAway, Overloaded

log = logging.getLogger(__name__)

NO_ANSWER = (Overloaded, OperationalError, PoolTimeout)
"""What the storage raises while a part of it is away. Nothing was stored, and trying again later can help."""


def note(error: Exception) -> None:
    """Log what is away, with the remedy where it is known."""
    remedy = str(error) if isinstance(error, (FilesAway, KeysAway)) else None
    log.warning("the storage is away", extra={"error": type(error).__name__, "remedy": remedy})
