"""The history: append-only, encrypted, and chained so that a changed or missing row shows.

Each case has its own chain, written in the transaction of the change. The worker seals all rows into one overall
chain, so that removing a whole case shows as well. Hashes run over the ciphertext: verifying needs no key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select

from consult_bot.case.events import Event, Happened
from consult_bot.case.model import Case, spoken
from consult_bot.case.verb import Actor
from storage import tables
from storage.codec import Record, event_from_record, record_to_bytes
from storage.compiled import Compiled
from storage.keys import Sealed

HISTORY = tables.history
SEALS = tables.seals
APPEND = Compiled(HISTORY.insert().inline())
"""Inline: nobody asks which id a row was given."""
SEAL_BATCH_ROWS = 500
GAP_ROWS = 10_000
"""On PostgreSQL a transaction that began earlier may commit later: so far back the sealer looks for such rows."""


def beginning(case_id: str) -> bytes:
    """Return what stands before a case's first row."""
    return hashlib.sha256(f"history of {case_id}".encode()).digest()


class Chain:
    """The end of one case's chain, growing by the rows it makes."""

    def __init__(self, number: int, length: int, head: bytes) -> None:
        self.number = number
        self.length = length
        self.head = head

    def rows(
        self, case: Case, events: tuple[Event, ...], actor: Actor, now: datetime, data_key: Sealed
    ) -> list[dict[str, Any]]:
        """Return the rows for what happened, linked to what is there."""
        return [self._row(case, event, actor, now, data_key) for event in events]

    def _row(self, case: Case, event: Event, actor: Actor, now: datetime, data_key: Sealed) -> dict[str, Any]:
        self.length += 1
        row: dict[str, Any] = {
            "number": self.number,
            "place": self.length,
            "at": now,
            "actor": actor.id,
            "event": event.name.value,
            "payload": data_key.seal(_record(case, event), _context(case.id, self.length)),
            "previous": self.head,
        }
        row["hash"] = self.head = row_hash(row)
        return row


def _context(case_id: str, place: int) -> str:
    return f"history of {case_id} at {place}"


def _record(case: Case, event: Event) -> bytes:
    return record_to_bytes(
        Record(
            event=event,
            state=case.state,
            owner=case.owner,
            message=case.message(event.message) if event.message else None,
            task=case.task(event.task) if event.task else None,
            submission=case.submission if event.name is Happened.SUBMITTED else None,
        )
    )


def row_hash(row: dict[str, Any] | RowMapping) -> bytes:
    """Return the hash that a row must have, from everything else in it."""
    digest = hashlib.sha256()
    at = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    for part in (row["number"], row["place"], at, row["actor"], row["event"]):
        encoded = str(part).encode()
        digest.update(len(encoded).to_bytes(4) + encoded)
    for part in (row["payload"], row["previous"]):
        digest.update(len(part).to_bytes(4) + part)
    return digest.digest()


def append(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Write rows of a Chain. The database refuses to change or delete them afterwards."""
    if rows:
        APPEND.run(connection, rows)


@dataclass(frozen=True, slots=True)
class Happening:
    """One row of a case's history, decrypted: what happened, who did it, and when."""

    event: Event
    actor: str
    at: datetime


def read(connection: Connection, number: int, place: int, case_id: str, data_key: Sealed) -> Happening:
    """Return one row of a case's history. Raises KeysUnusable where it does not decrypt."""
    row = connection.execute(
        select(HISTORY).where(HISTORY.c.number == number, HISTORY.c.place == place)
    ).one()
    plain = data_key.open(row.payload, _context(case_id, place))
    return Happening(event_from_record(plain), row.actor, row.at)


def name(connection: Connection, number: int, place: int) -> str | None:
    """Return what the event of one row is called; None where there is no such row."""
    at = HISTORY.c.number == number, HISTORY.c.place == place
    found: str | None = connection.scalar(select(HISTORY.c.event).where(*at))
    return found


def seal(connection: Connection) -> int:
    """Add the rows that are not sealed yet to the overall chain; return how many. Repeating is harmless.

    One sealer at a time: the primary key of `seals` refuses a second one's row.
    """
    last = connection.execute(select(SEALS).order_by(SEALS.c.place.desc()).limit(1)).first()
    place, head, reached = (last.place, last.hash, last.history_id) if last else (0, b"", 0)
    newest = select(HISTORY.c.id, HISTORY.c.hash).where(
        HISTORY.c.id > reached - GAP_ROWS,
        ~select(SEALS.c.place).where(SEALS.c.history_id == HISTORY.c.id).exists(),
    )
    sealed = []
    for row in connection.execute(newest.order_by(HISTORY.c.id).limit(SEAL_BATCH_ROWS)):
        place += 1
        head = hashlib.sha256(head + row.hash).digest()
        sealed.append({"place": place, "history_id": row.id, "hash": head})
    if sealed:
        connection.execute(SEALS.insert(), sealed)
    return len(sealed)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found: how many rows hold, and the first that does not, in words."""

    rows: int
    sealed: int
    broken: str | None


def verify(connection: Connection) -> Verdict:
    """Check every chain and return the verdict. Reads everything; changes nothing."""
    rows = 0
    for rows, fault in enumerate(_chain_faults(connection), start=1):
        if fault:
            return Verdict(rows - 1, 0, fault)
    sealed = 0
    for sealed, fault in enumerate(_seal_faults(connection), start=1):
        if fault:
            return Verdict(rows, sealed - 1, fault)
    return Verdict(rows, sealed, _short_chain(connection))


def _chain_faults(connection: Connection) -> Iterator[str | None]:
    number, place, head = None, 0, b""
    ordered = select(HISTORY, tables.cases.c.id.label("case_id")).join(
        tables.cases, tables.cases.c.number == HISTORY.c.number, isouter=True
    )
    result = connection.execution_options(yield_per=1000).execute(
        ordered.order_by(HISTORY.c.number, HISTORY.c.place)
    )
    for row in result.mappings():
        if row["number"] != number:
            number, place, head = row["number"], 0, beginning(row["case_id"] or "")
        place += 1
        where = f"{spoken(row['number'])}, row {row['place']} (id {row['id']}, {row['event']})"
        if row["place"] != place:
            yield f"{spoken(row['number'])}: row {place} is missing before {where}"
        elif row["previous"] != head:
            yield f"{where}: it does not follow the row before it"
        elif row["hash"] != row_hash(row):
            yield f"{where}: its content was altered"
        else:
            yield None
        head = row["hash"]


def _seal_faults(connection: Connection) -> Iterator[str | None]:
    head = b""
    ordered = select(SEALS, HISTORY.c.hash.label("row_hash")).join(
        HISTORY, HISTORY.c.id == SEALS.c.history_id, isouter=True
    )
    rows = connection.execution_options(yield_per=1000).execute(ordered.order_by(SEALS.c.place))
    for place, row in enumerate(rows, start=1):
        if row.place != place:
            yield f"seal {place} is missing"
        elif row.row_hash is None:
            yield f"seal {row.place}: the history row with id {row.history_id} is missing"
        elif row.hash != hashlib.sha256(head + row.row_hash).digest():
            yield f"seal {row.place}: it does not fit the history row with id {row.history_id}"
        else:
            yield None
        head = row.hash


def _short_chain(connection: Connection) -> str | None:
    """A case that counts more history than there is: its newest rows were removed."""
    counted = select(HISTORY.c.number, func.count().label("rows")).group_by(HISTORY.c.number).subquery()
    short = connection.execute(
        select(tables.cases.c.number, tables.cases.c.history_length, counted.c.rows)
        .join(counted, counted.c.number == tables.cases.c.number, isouter=True)
        .where(func.coalesce(counted.c.rows, 0) != tables.cases.c.history_length)
        .order_by(tables.cases.c.number)
        .limit(1)
    ).first()
    if short is None:
        return None
    return f"{spoken(short.number)}: it should have {short.history_length} rows and has {short.rows or 0}"
