"""What came in once: the keys of requests that are done, so that a repeat changes nothing.

Most keys pass: what they stand for is not repeated for longer than its sender goes on trying. Slack repeats an event for
a day at most, and a modal closes when it was sent; SQS repeats a letter's feedback for 14 days; a form of the patient's
page counts within its session of half an hour, and what ended that session early need not outlive it; a timer is done
again only where its worker died over it. Whatever came later still, the guard would answer by how the case is then.

Two kinds last, because their repeats may come after years: what made a case, of which a repeat would make a second one
(a program keeps its Idempotency-Key for as long as it likes), and where a case's earlier cards stood, whose threads can
be written in for ever.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, literal_column, select
from sqlalchemy.exc import IntegrityError

from storage import tables
from storage.compiled import Compiled

INBOUND = tables.inbound

REPEATED_WITHIN = timedelta(days=90)
"""After so long no key that passes comes again. No shorter than the outbox keeps what went out: a letter's feedback is
heard for as long as the letter is known."""

SEEN = select(INBOUND.c.number).where(INBOUND.c.key == bindparam("sought"))
REMEMBER = Compiled(INBOUND.insert())
PASSES: ColumnElement[bool] = literal_column("NOT lasts")
"""Written as in the index, which holds nothing that lasts: that is never gone through."""

OLDEST = (
    select(INBOUND.c.at)
    .where(PASSES, INBOUND.c.at < bindparam("before"))
    .order_by(INBOUND.c.at)
    .limit(bindparam("at_most"))
    .subquery()
)
SPAN = select(func.min(OLDEST.c.at).label("first"), func.max(OLDEST.c.at).label("last"))
FORGET = delete(INBOUND).where(PASSES, INBOUND.c.at.between(bindparam("first"), bindparam("last")))
"""Between both ends: with one end PostgreSQL expects a third of the table, and goes through all of it."""


class Inbound:
    """The once-keys as one transaction sees them. Keys are stored hashed: a caller chooses their words."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._here: set[str] = set()

    def seen(self, key: str) -> int | None:
        """Return the case that a request with this key was about, None for a new key."""
        return self._connection.scalar(SEEN, {"sought": hashed(key)})

    def remember(self, key: str, number: int, now: datetime, *, lasts: bool = False) -> None:
        """Note that the request is done; one that `lasts` is never forgotten, any other may be after REPEATED_WITHIN.

        Where another transaction noted it first, ours ends with Conflict (`is_of_two_at_once`).
        """
        row = {"key": hashed(key), "number": number, "at": now, "lasts": lasts}
        REMEMBER.run(self._connection, row)
        self._here.add(key)

    def remembered_here(self, key: str) -> bool:
        """Whether it was this very transaction that noted the request."""
        return key in self._here

    def prune(self, before: datetime, at_most: int = 1000) -> int:
        """Forget what passes and was noted before then, the oldest first, and return how many that were.

        At most `at_most`, and what was noted at the very moment of the last. Repeating is harmless.
        """
        span = self._connection.execute(SPAN, {"before": before, "at_most": at_most}).one()
        if span.first is None:
            return 0
        return self._connection.execute(FORGET, dict(span._mapping)).rowcount


def is_of_two_at_once(error: IntegrityError) -> bool:
    """Whether two transactions did the same request at the same moment, of which the other one was first."""
    told = error.orig
    table = getattr(getattr(told, "diag", None), "table_name", None)
    return table == INBOUND.name or f"{INBOUND.name}.key" in str(told)


def hashed(key: str) -> str:
    """Return a once-key as it is stored."""
    return hashlib.sha256(key.encode()).hexdigest()
