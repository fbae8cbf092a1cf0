"""What came in once: the keys of requests that are done, so that a repeat changes nothing."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from storage import tables
from storage.errors import Conflict

INBOUND = tables.inbound


class Inbound:
    """The once-keys as one transaction sees them. Keys are stored hashed: a caller chooses their words."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def seen(self, key: str) -> int | None:
        """Return the case that a request with this key was about, None for a new key."""
        return self._connection.scalar(select(INBOUND.c.number).where(INBOUND.c.key == _hashed(key)))

    def remember(self, key: str, number: int, now: datetime) -> None:
        """Note that the request is done. Raises Conflict where another transaction noted it first."""
        try:
            self._connection.execute(INBOUND.insert().values(key=_hashed(key), number=number, at=now))
        except IntegrityError:
            raise Conflict("the same request was done at the same moment") from None


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
