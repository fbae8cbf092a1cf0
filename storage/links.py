"""Links: the unguessable addresses in letters. Only a digest of the token is stored."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from storage import tables
from storage.keys import Keys

LINKS = tables.links


@dataclass(frozen=True, slots=True)
class Link:
    """One link to one case.

    Wrong codes slow it down (`wait_until`) and end it at last (`ended_at`). `unlocked_at`: when the code first opened it.
    """

    id: str
    case_number: int
    made_at: datetime
    wrong_codes: int = 0
    wait_until: datetime | None = None
    ended_at: datetime | None = None
    unlocked_at: datetime | None = None


class Links:
    """The links as one transaction sees them."""

    def __init__(self, connection: Connection, keys: Keys) -> None:
        self._connection = connection
        self._keys = keys

    def make(self, number: int, now: datetime) -> Link:
        """Make a link for a case; earlier ones stay as they are."""
        link = Link(secrets.token_hex(16), number, now)
        self._connection.execute(
            LINKS.insert().values(
                id=link.id,
                number=number,
                made_at=now,
                wrong_codes=0,
                token_digest=_digest(self._keys.token(link.id)),
            )
        )
        return link

    def live(self, number: int) -> Link | None:
        """Return the case's newest link that has not ended, None where there is none."""
        row = self._connection.execute(
            select(LINKS)
            .where(LINKS.c.number == number, LINKS.c.ended_at.is_(None))
            .order_by(LINKS.c.made_at.desc(), LINKS.c.id)
            .limit(1)
        ).first()
        return _link(row) if row else None

    def find(self, token: str) -> Link | None:
        """Return the link with this token, ended or not; None for an unknown token. Locks the row on PostgreSQL."""
        row = self._connection.execute(
            select(LINKS).where(LINKS.c.token_digest == _digest(token)).with_for_update()
        ).first()
        return _link(row) if row else None

    def save(self, link: Link) -> None:
        """Store what became of a link."""
        self._connection.execute(
            update(LINKS)
            .where(LINKS.c.id == link.id)
            .values(
                wrong_codes=link.wrong_codes,
                wait_until=link.wait_until,
                ended_at=link.ended_at,
                unlocked_at=link.unlocked_at,
            )
        )

    def ever_unlocked(self, number: int) -> bool:
        """Whether the access code has opened this case before, so that it is not shown again."""
        opened = select(LINKS.c.id).where(LINKS.c.number == number, LINKS.c.unlocked_at.is_not(None)).limit(1)
        return self._connection.scalar(opened) is not None


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _link(row: Row[Any]) -> Link:
    return Link(
        row.id, row.number, row.made_at, row.wrong_codes, row.wait_until, row.ended_at, row.unlocked_at
    )
