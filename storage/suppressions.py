"""Addresses that get no more letters: found by an index of the address, which itself is not stored."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from consult_bot.case.words import Words
from storage import tables
from storage.keys import Keys

SUPPRESSIONS = tables.suppressions


class Suppressions:
    """The suppressed addresses as one transaction sees them."""

    def __init__(self, connection: Connection, keys: Keys) -> None:
        self._connection = connection
        self._keys = keys

    def add(self, email: Words, reason: str, now: datetime) -> None:
        """Suppress an address; repeating is harmless, and the first reason stays. An empty address is none."""
        index = self._keys.email_index(email)
        if index is None or self.reason(email) is not None:
            return
        try:
            with self._connection.begin_nested():
                row = {"email_index": index, "reason": reason, "at": now}
                self._connection.execute(SUPPRESSIONS.insert(), row)
        except IntegrityError:
            return  # another transaction was first

    def reason(self, email: Words) -> str | None:
        """Return why the address is suppressed, None where letters may go to it."""
        index = self._keys.email_index(email)
        found: str | None = self._connection.scalar(
            select(SUPPRESSIONS.c.reason).where(SUPPRESSIONS.c.email_index == index)
        )
        return found
