"""Where each case stands in Slack: the channel and ts of its card, where it stood before, and what was read there."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Row, Select, func, select, text

from storage import tables
from storage.inbound import SEEN, hashed

CARDS = tables.cards
CASES = tables.cases

MOST_AT_ONCE = 1000

IS_OPEN = text("cases.state <> 'closed'")
"""Written out: with a bound parameter no database knows that the index of open cases will do."""


@dataclass(frozen=True, slots=True)
class Place:
    """The card's channel id and message ts."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class Thread:
    """A case's card, and the ts of the newest reply below it when its thread was read last; None before."""

    number: int
    place: Place
    latest_reply: str | None


class Cards:
    """The cards as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def place(self, number: int) -> Place | None:
        """Return where the case's card is, None before it is posted."""
        thread = self.thread(number)
        return thread.place if thread else None

    def thread(self, number: int) -> Thread | None:
        """Return the thread of the case's card, None before it is posted."""
        row = self._connection.execute(select(CARDS).where(CARDS.c.number == number)).first()
        return _thread(row) if row else None

    def put(self, number: int, place: Place) -> None:
        """Remember where the card is. The thread of an earlier card still belongs to the case. Repeating is harmless."""
        earlier = self.place(number)
        if earlier == place:
            return
        if earlier:
            self._keep_earlier(number, earlier)
        self._connection.execute(CARDS.delete().where(CARDS.c.number == number))
        self._connection.execute(CARDS.insert().values(number=number, channel=place.channel, ts=place.ts))

    def case_at(self, channel: str, ts: str) -> int | None:
        """Return the case whose card this message is or was, None for any other message."""
        found = self._connection.scalar(
            select(CARDS.c.number).where(CARDS.c.channel == channel, CARDS.c.ts == ts)
        )
        return found if found is not None else self._earlier_at(channel, ts)

    def threads_at(self, channel: str, stamps: list[str]) -> list[Thread]:
        """Return those of the messages with these ts, at most 1,000, that are cards now."""
        rows = self._connection.execute(
            select(CARDS).where(CARDS.c.channel == channel, CARDS.c.ts.in_(stamps[:MOST_AT_ONCE]))
        )
        return [_thread(row) for row in rows]

    def open_since(self, channel: str, since: str) -> list[Thread]:
        """Return the cards of open cases from this ts on, the oldest first, at most 1,000."""
        rows = self._connection.execute(
            _of_open_cases(channel).where(CARDS.c.ts >= since).limit(MOST_AT_ONCE)
        )
        return [_thread(row) for row in rows]

    def open_between(self, channel: str, after: str, before: str, most: int) -> list[Thread]:
        """Return the cards of open cases between two ts, both left out, the oldest first."""
        between = (CARDS.c.ts > after, CARDS.c.ts < before)
        return [
            _thread(row)
            for row in self._connection.execute(_of_open_cases(channel).where(*between).limit(most))
        ]

    def note_read(self, thread: Thread, latest_reply: str | None) -> None:
        """Note the newest reply that was read in a thread. A card that was posted anew meanwhile is left alone."""
        same = (
            CARDS.c.number == thread.number,
            CARDS.c.channel == thread.place.channel,
            CARDS.c.ts == thread.place.ts,
        )
        self._connection.execute(CARDS.update().where(*same).values(latest_reply=latest_reply))

    def _earlier_at(self, channel: str, ts: str) -> int | None:
        return self._connection.scalar(SEEN, {"sought": hashed(_earlier_key(Place(channel, ts)))})

    def _keep_earlier(self, number: int, place: Place) -> None:
        """Earlier cards are rare, and nobody asks for them but by their place: they stand with the once-keys."""
        if self._earlier_at(place.channel, place.ts) is None:
            row = {"key": hashed(_earlier_key(place)), "number": number, "at": func.now(), "lasts": True}
            self._connection.execute(tables.inbound.insert().values(row))


def _earlier_key(place: Place) -> str:
    return f"card:{place.channel}:{place.ts}"


def _of_open_cases(channel: str) -> Select[tuple[object, ...]]:
    joined = CARDS.join(CASES, CASES.c.number == CARDS.c.number)
    return select(CARDS).select_from(joined).where(CARDS.c.channel == channel, IS_OPEN).order_by(CARDS.c.ts)


def _thread(row: Row[tuple[object, ...]]) -> Thread:
    return Thread(row.number, Place(row.channel, row.ts), row.latest_reply)
