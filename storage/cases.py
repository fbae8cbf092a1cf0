"""Cases: the encrypted record, and beside it the few columns that lists and locks need."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, RowMapping, select, update

from consult_bot.case.errors import UnknownCase
from consult_bot.case.events import Event
from consult_bot.case.model import Case, spoken
from consult_bot.case.patient import Patient
from consult_bot.case.verb import Actor
from consult_bot.case.words import Words
from storage import history, tables
from storage.codec import case_from_bytes, case_to_bytes
from storage.errors import Conflict
from storage.history import Happening
from storage.keys import Keys, Sealed

CASES = tables.cases


@dataclass(frozen=True, slots=True)
class Saved:
    """A case as it was stored, and the place in its history of the first thing that happened."""

    case: Case
    first_place: int


class Cases:
    """The cases as one transaction sees them."""

    def __init__(self, connection: Connection, keys: Keys) -> None:
        self._connection = connection
        self._keys = keys

    def get(self, number: int) -> Case:
        """Return a case. Raises UnknownCase."""
        row = self._connection.execute(select(CASES).where(CASES.c.number == number)).mappings().first()
        if row is None:
            raise UnknownCase(
                f"There is no case {spoken(number)}. Check the number; /consult queue lists what waits."
            )
        return self.opened(row)

    def opened(self, row: RowMapping) -> Case:
        """Return the case of a row of the table, decrypted."""
        data_key = self._keys.data_key(row["id"], row["data_key"])
        return replace(
            case_from_bytes(data_key.open(row["body"], _body_context(row["id"]))), version=row["version"]
        )

    def event(self, number: int, place: int) -> Happening:
        """Return what happened to a case at this place of its history."""
        case_key = select(CASES.c.id, CASES.c.data_key).where(CASES.c.number == number)
        case_id, wrapped = self._connection.execute(case_key).one()
        return history.read(self._connection, number, place, case_id, self._keys.data_key(case_id, wrapped))

    def draw_number(self) -> int:
        """Return a fresh case number. Numbers rise, gaps are possible."""
        drawn = self._connection.execute(
            tables.case_numbers.insert().values({}).returning(tables.case_numbers.c.number)
        )
        return int(drawn.scalar_one())

    def add(self, case: Case, events: tuple[Event, ...], actor: Actor, now: datetime) -> Saved:
        """Store a new case with the beginning of its history."""
        data_key, wrapped = self._keys.new_data_key(case.id)
        stored = replace(case, version=1)
        chain = history.Chain(case.number, 0, history.beginning(case.id))
        # The case row first: history rows refer to it.
        rows = chain.rows(stored, events, actor, now, data_key)
        self._connection.execute(
            CASES.insert().values(
                **_columns(stored, data_key),
                number=case.number,
                id=case.id,
                created_at=case.created_at,
                data_key=wrapped,
                email_index=self._keys.email_index(Patient.of(case.submission).email),
                history_length=chain.length,
                history_hash=chain.head,
            )
        )
        history.append(self._connection, rows)
        return Saved(stored, 1)

    def save(self, case: Case, events: tuple[Event, ...], actor: Actor, now: datetime) -> Saved:
        """Store a changed case and what happened.

        Raises Conflict where the case is no longer at the version that was read.
        """
        head = self._connection.execute(
            select(CASES.c.data_key, CASES.c.history_length, CASES.c.history_hash).where(
                CASES.c.number == case.number, CASES.c.version == case.version
            )
        ).first()
        if head is None:
            raise Conflict(case.spoken)
        data_key = self._keys.data_key(case.id, head.data_key)
        stored = replace(case, version=case.version + 1)
        chain = history.Chain(case.number, head.history_length, head.history_hash)
        rows = chain.rows(stored, events, actor, now, data_key)
        saved = self._connection.execute(
            update(CASES)
            .where(CASES.c.number == case.number, CASES.c.version == case.version)
            .values(**_columns(stored, data_key), history_length=chain.length, history_hash=chain.head)
        )
        if saved.rowcount != 1:
            raise Conflict(case.spoken)
        history.append(self._connection, rows)
        return Saved(stored, head.history_length + 1)

    def numbers_for_email(self, email: Words) -> list[int]:
        """Return the newest cases written from this address, at most 20, newest first."""
        index = self._keys.email_index(email)
        if index is None:
            return []
        found = self._connection.scalars(
            select(CASES.c.number)
            .where(CASES.c.email_index == index)
            .order_by(CASES.c.number.desc())
            .limit(20)
        )
        return [int(number) for number in found]


def _columns(case: Case, data_key: Sealed) -> dict[str, object]:
    return {
        "version": case.version,
        "state": case.state.value,
        "urgent": case.urgent,
        "queue": case.queue,
        "owner": case.owner,
        "due_at": case.due_at,
        "body": data_key.seal(case_to_bytes(case), _body_context(case.id)),
    }


def _body_context(case_id: str) -> str:
    return f"body of {case_id}"
