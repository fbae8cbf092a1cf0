"""Where each case stands in Slack: the channel and ts of its card."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from storage import tables

CARDS = tables.cards


@dataclass(frozen=True, slots=True)
class Place:
    """The card's channel id and message ts."""

    channel: str
    ts: str


class Cards:
    """The cards as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def place(self, number: int) -> Place | None:
        """Return where the case's card is, None before it is posted."""
        row = self._connection.execute(select(CARDS).where(CARDS.c.number == number)).first()
        return Place(row.channel, row.ts) if row else None

    def put(self, number: int, place: Place) -> None:
        """Remember where the card is; an earlier place is forgotten."""
        self._connection.execute(delete(CARDS).where(CARDS.c.number == number))
        self._connection.execute(CARDS.insert().values(number=number, channel=place.channel, ts=place.ts))

    def case_at(self, channel: str, ts: str) -> int | None:
        """Return the case whose card this message is, None for any other message."""
        return self._connection.scalar(
            select(CARDS.c.number).where(CARDS.c.channel == channel, CARDS.c.ts == ts)
        )
