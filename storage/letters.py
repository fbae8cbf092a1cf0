"""Letters that went out, found by what the mail server called them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, literal_column, select

from storage import tables

OUTBOX = tables.deliveries
IS_LETTER = OUTBOX.c.kind == literal_column("'letter'")
"""As a literal, because otherwise no database knows that the partial index of receipts will do."""


@dataclass(frozen=True, slots=True)
class SentLetter:
    """A letter that went out: the case's number, and the id of the message that it tells of, None for one of none."""

    number: int
    about: str | None


class Letters:
    """The letters as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def with_receipt(self, receipt: str) -> SentLetter | None:
        """Return the letter with this receipt, None where none has it (yet: it is noted after sending)."""
        row = self._connection.execute(
            select(OUTBOX.c.number, OUTBOX.c.about).where(IS_LETTER, OUTBOX.c.receipt == receipt).limit(1)
        ).first()
        return SentLetter(row.number, row.about) if row else None
