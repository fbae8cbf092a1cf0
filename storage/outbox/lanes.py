"""Lanes: what shares a rate limit, and when the next may pass. A broken one waits for a human to mend it.

Lanes are a channel of Slack (`slack:C…`), a mail provider (`mail`), somebody's Homes (`home`) and so on. Beside them stand
`method:<name>`, written only where a 429 holds that method in the workspace, and WORKSPACE, for all of Slack.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, bindparam, or_, select, update

from consult_bot.case.delivery import METHODS, WORKSPACE, DeliveryKind
from storage import tables
from storage.outbox.rows import insert_of

LANES = tables.lanes
METHOD = "method:"
CHANNEL = "slack:"

SLACK_PACE = timedelta(seconds=1)
"""Slack takes about one message a second and channel (docs.slack.dev, rate limits of chat.postMessage)."""

SLACK_GAP = SLACK_PACE + timedelta(seconds=0.05)
"""How long a message keeps the next one out of its channel: what is held up after its claim still keeps Slack's pace."""

BESIDE = select(LANES.c.name, LANES.c.free_at, LANES.c.broken).where(
    or_(and_(LANES.c.name >= METHOD, LANES.c.name < "method;"), LANES.c.broken.is_not(None))
)
"""The lanes that every delivery of some kind passes, and those that are broken; few at any time."""

_UNTAKEN = (
    select(LANES.c.name)
    .where(LANES.c.name.in_(bindparam("names", expanding=True)), LANES.c.free_at <= bindparam("now"))
    .with_for_update(skip_locked=True)
    .cte("untaken")
)
ENTER = (
    update(LANES)
    .where(LANES.c.name == _UNTAKEN.c.name)
    .values(free_at=bindparam("until"))
    .returning(LANES.c.name)
)
"""Whoever finds a lane locked goes without: two workers never wait for each other."""

KNOWN = select(LANES.c.name).where(LANES.c.name.in_(bindparam("names", expanding=True)))
"""An INSERT of what is there already would wait for whoever holds its lock."""

STAY = (
    update(LANES)
    .where(LANES.c.name == bindparam("lane"), LANES.c.free_at == bindparam("taken_until"))
    .values(free_at=bindparam("until"))
)
MEND = update(LANES).where(LANES.c.name == bindparam("lane")).values(broken=None, broken_at=None)


def method_lane(method: str) -> str:
    """Return the lane of a method of Slack's Web API, such as `chat.postMessage`."""
    return f"{METHOD}{method}"


@dataclass(frozen=True, slots=True)
class Signals:
    """Lanes that hold whole kinds of delivery at this moment, and those that are broken."""

    held: frozenset[str]
    broken: frozenset[str]

    def let_through(self, kinds: Collection[DeliveryKind]) -> list[DeliveryKind]:
        """Return the kinds that none of these lanes holds."""
        return [kind for kind in kinds if not self._holds(METHODS.get(kind, ()))]

    def mended_by(self, lane: str, kind: DeliveryKind) -> tuple[str, ...]:
        """Return the broken lanes that a delivery passes."""
        passed = (lane, WORKSPACE) if kind in METHODS else (lane,)
        return tuple(name for name in passed if name in self.broken)

    def _holds(self, methods: tuple[str, ...]) -> bool:
        if not methods:
            return False
        return WORKSPACE in self.held or any(method_lane(method) in self.held for method in methods)


class Lanes:
    """The lanes as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._insert = insert_of(connection.dialect.name)

    def signals(self, now: datetime) -> Signals:
        """Return what holds whole kinds of delivery now, and what is broken."""
        rows = self._connection.execute(BESIDE).all()
        return Signals(
            held=frozenset(row.name for row in rows if row.free_at > now),
            broken=frozenset(row.name for row in rows if row.broken),
        )

    def enter(self, names: Collection[str], now: datetime, until: datetime) -> set[str]:
        """Take these channels until then; return those where no other worker was first."""
        if not names:
            return set()
        channels = sorted(names)
        entering = {"names": channels, "now": now, "until": until}
        free = list(self._connection.scalars(ENTER, entering))
        if len(free) < len(channels):
            known = self._connection.scalars(KNOWN, {"names": channels})
            free += self._made(set(channels).difference(known), until)
        return set(free)

    def _made(self, names: Iterable[str], until: datetime) -> list[str]:
        """Make the lanes that are not there yet, their first slot taken; return which."""
        make = self._insert(LANES).on_conflict_do_nothing().returning(LANES.c.name)
        return [
            name
            for name in sorted(names)
            if self._connection.execute(make, {"name": name, "free_at": until}).first()
        ]

    def stay(self, name: str, taken_until: datetime, until: datetime) -> bool:
        """Keep a slot until another moment than it was taken until; False where somebody else has taken one."""
        staying = {"lane": name, "taken_until": taken_until, "until": until}
        return self._connection.execute(STAY, staying).rowcount == 1

    def hold(self, name: str, until: datetime) -> None:
        """Let nothing through a lane before `until`; a longer hold stays."""
        held = self._insert(LANES).values(name=name, free_at=until)
        self._connection.execute(
            held.on_conflict_do_update(
                index_elements=[LANES.c.name],
                set_={"free_at": until},
                where=LANES.c.free_at < until,
            )
        )

    def mark_broken(self, name: str, error: str, now: datetime) -> bool:
        """Note that a lane is broken; whether it was not known yet. Hold it first: then it has a row."""
        noted = update(LANES).where(LANES.c.name == name, LANES.c.broken.is_(None))
        return self._connection.execute(noted.values(broken=error, broken_at=now)).rowcount == 1

    def mend(self, names: Iterable[str]) -> None:
        """Note that lanes work again. Repeating is harmless."""
        for name in names:
            self._connection.execute(MEND, {"lane": name})

    def open(self, name: str, now: datetime) -> None:
        """Let the next through a lane at once."""
        self._connection.execute(update(LANES).where(LANES.c.name == name).values(free_at=now))

    def broken(self) -> list[tuple[str, str, datetime]]:
        """Return each broken lane, what Slack says of it, and since when."""
        rows = self._connection.execute(
            select(LANES.c.name, LANES.c.broken, LANES.c.broken_at)
            .where(LANES.c.broken.is_not(None))
            .order_by(LANES.c.broken_at)
        )
        return [(row.name, row.broken, row.broken_at) for row in rows]
