"""Cases: the encrypted record, and beside it the few columns that lists and locks need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    RowMapping,
    Select,
    bindparam,
    delete,
    literal_column,
    select,
    tuple_,
    update,
)

from consult_bot.case.errors import UnknownCase
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import Case, State, spoken
from consult_bot.case.patient import Patient
from consult_bot.case.verb import Actor
from consult_bot.case.words import Words
from storage import history, tables
from storage.codec import Unreadable, case_from_bytes, case_to_bytes
from storage.compiled import Compiled
from storage.errors import Conflict
from storage.history import Happening
from storage.keys import Keys, KeysUnusable, Sealed

CASES = tables.cases
TASKS = tables.tasks
UNREADABLE = (KeysUnusable, Unreadable)
"""What is raised of a case that does not open: its row was altered, or has a shape that this version does not know."""

RESTORE_IT = "Restore the row of this case from a backup: it was altered, or a newer version wrote it."
"""What to do about such a case, in the words of the log."""

TAKES_TASKS_BACK = frozenset({Happened.UNDONE, Happened.RETURNED_TO_DRAFT})
"""What may leave a case without the tasks that it had."""
NUMBERS = tables.case_numbers

SEALED = (CASES.c.id, CASES.c.version, CASES.c.data_key, CASES.c.body)
CHAIN = (CASES.c.history_length, CASES.c.history_hash)
ONE = select(*SEALED, *CHAIN).where(CASES.c.number == bindparam("sought"))
KEY = select(CASES.c.id, CASES.c.data_key).where(CASES.c.number == bindparam("sought"))
AT_VERSION = (CASES.c.number == bindparam("sought"), CASES.c.version == bindparam("read_version"))
HELD = (
    select(CASES.c.number, *SEALED)
    .where(CASES.c.state != State.CLOSED.value, CASES.c.owner == bindparam("owner"))
    .where(CASES.c.number > bindparam("after"))
    .order_by(CASES.c.number)
    .limit(bindparam("most"))
)
READ_AT_A_TIME = 100
UNDECIDED = (
    select(CASES.c.owner, CASES.c.number, *SEALED)
    .where(literal_column("cases.state <> 'closed'"), literal_column("cases.state = 'advised'"))
    .where(CASES.c.understood.is_not(True))
    .where(tuple_(CASES.c.owner, CASES.c.number) > tuple_(bindparam("owner"), bindparam("after")))
    .order_by(CASES.c.owner, CASES.c.number)
    .limit(bindparam("most"))
)
"""In the order of the index on owners, which holds open cases only."""

MARK_UNDERSTOOD = update(CASES).where(*AT_VERSION).values(understood=True)
HEAD = select(CASES.c.data_key, *CHAIN).where(*AT_VERSION)
ADD = Compiled(CASES.insert())
SAVE = Compiled(update(CASES).where(*AT_VERSION))
DRAW = NUMBERS.insert().values({}).returning(NUMBERS.c.number)


@dataclass(frozen=True, slots=True)
class Saved:
    """A case as it was stored, and the place in its history of the first thing that happened."""

    case: Case
    first_place: int


@dataclass(frozen=True, slots=True)
class Undecided:
    """An advised case of which the table does not say that its patient has understood; None where it does not open.

    `place` is where it stands among those.
    """

    place: tuple[str, int]
    case: Case | None


class Cases:
    """The cases as one transaction sees them."""

    def __init__(self, connection: Connection, keys: Keys) -> None:
        self._connection = connection
        self._keys = keys
        self._read: dict[int, RowMapping] = {}

    def get(self, number: int) -> Case:
        """Return a case. Raises UnknownCase."""
        row = self._connection.execute(ONE, {"sought": number}).mappings().first()
        if row is None:
            raise UnknownCase(
                f"There is no case {spoken(number)}. Check the number; /consult queue lists what waits."
            )
        self._read[number] = row
        return self.opened(row)

    def opened(self, row: RowMapping) -> Case:
        """Return the case of a row of the table, decrypted: the body knows its version as well. Raises one of UNREADABLE."""
        data_key = self._keys.data_key(row["id"], row["data_key"])
        return case_from_bytes(data_key.open(row["body"], _body_context(row["id"])))

    def opened_if_whole(self, row: RowMapping) -> Case | None:
        """Return the same, None where it does not open: one such case must not keep many from being looked through."""
        try:
            return self.opened(row)
        except UNREADABLE:
            return None

    def opened_each(self, rows: Iterable[RowMapping]) -> dict[int, Case | None]:
        """Return the cases of these rows by their numbers, in that order; None for one that does not open."""
        return {row["number"]: self.opened_if_whole(row) for row in rows}

    def event(self, number: int, place: int) -> Happening:
        """Return what happened to a case at this place of its history."""
        case_id, wrapped = self._connection.execute(KEY, {"sought": number}).one()
        return history.read(self._connection, number, place, case_id, self._keys.data_key(case_id, wrapped))

    def event_name(self, number: int, place: int) -> str | None:
        """Return what an event is called, which stands in the clear; None where there is none at this place."""
        return history.name(self._connection, number, place)

    def draw_number(self) -> int:
        """Return a fresh case number. Numbers rise, gaps are possible."""
        return int(self._connection.execute(DRAW).scalar_one())

    def add(self, case: Case, events: tuple[Event, ...], actor: Actor, now: datetime) -> Saved:
        """Store a new case with the beginning of its history."""
        data_key, wrapped = self._keys.new_data_key(case.id)
        stored = replace(case, version=1)
        chain = history.Chain(case.number, 0, history.beginning(case.id))
        # The case row first: history rows refer to it.
        rows = chain.rows(stored, events, actor, now, data_key)
        ADD.run(
            self._connection,
            {
                **_columns(stored, data_key),
                "number": case.number,
                "id": case.id,
                "created_at": case.created_at,
                "data_key": wrapped,
                "email_index": self._keys.email_index(Patient.of(case.submission).email),
                "linked_to": case.linked_to,
                "history_length": chain.length,
                "history_hash": chain.head,
            },
        )
        history.append(self._connection, rows)
        return Saved(stored, 1)

    def save(self, case: Case, events: tuple[Event, ...], actor: Actor, now: datetime) -> Saved:
        """Store a changed case and what happened.

        Raises Conflict where the case is no longer at the version that was read.
        """
        head = self._head(case)
        data_key = self._keys.data_key(case.id, head["data_key"])
        stored = replace(case, version=case.version + 1)
        chain = history.Chain(case.number, head["history_length"], head["history_hash"])
        rows = chain.rows(stored, events, actor, now, data_key)
        as_read = {"sought": case.number, "read_version": case.version}
        grown = {"history_length": chain.length, "history_hash": chain.head}
        saved = SAVE.run(self._connection, {**_columns(stored, data_key), **grown, **as_read})
        if saved.rowcount != 1:
            raise Conflict(case.spoken)
        history.append(self._connection, rows)
        if stored.tasks or any(event.name in TAKES_TASKS_BACK for event in events):
            self._list_open_tasks(stored)
        return Saved(stored, head["history_length"] + 1)

    def _head(self, case: Case) -> RowMapping:
        """The data key and the end of the history at the version that was read. Raises Conflict.

        This transaction mostly read them with the case; what another one changed since, the version tells on saving.
        """
        read = self._read.pop(case.number, None)
        if read is not None and read["version"] == case.version:
            return read
        as_read = {"sought": case.number, "read_version": case.version}
        found = self._connection.execute(HEAD, as_read).mappings().first()
        if found is None:
            raise Conflict(case.spoken)
        return found

    def _list_open_tasks(self, case: Case) -> None:
        """Bring the list of open tasks in line with the case: who has which, and until when; their words stay inside."""
        self._connection.execute(delete(TASKS).where(TASKS.c.number == case.number))
        rows = [
            {"id": t.id, "number": case.number, "kind": t.kind.value, "owner": t.owner, "due_at": t.due_at}
            for t in case.open_tasks
        ]
        if rows:
            self._connection.execute(TASKS.insert(), rows)

    def held_by_leavers(self) -> list[int]:
        """Return the open cases whose owner is not at work here any more, at most 100, oldest first."""
        here = select(tables.people.c.id).where(tables.people.c.active.is_(True))
        held: Select[Any] = select(CASES.c.number).where(
            CASES.c.state != State.CLOSED.value, CASES.c.owner.is_not(None), CASES.c.owner.not_in(here)
        )
        return [int(number) for number in self._connection.scalars(held.order_by(CASES.c.number).limit(100))]

    def held_by(self, owner: str) -> Iterator[tuple[int, Case | None]]:
        """Yield the open cases of this owner with their numbers, in that order; None in place of one that does not open.

        A part at a time is read, so that many take no more memory.
        """
        after, more = 0, True
        while more:
            part = {"owner": owner, "after": after, "most": READ_AT_A_TIME}
            rows = self._connection.execute(HELD, part).mappings().all()
            yield from ((row["number"], self.opened_if_whole(row)) for row in rows)
            more = len(rows) == READ_AT_A_TIME
            after = rows[-1]["number"] if rows else after

    def undecided(self, behind: tuple[str, int], most: int) -> list[Undecided]:
        """Return the next advised cases of which the table does not say that they are understood, behind this place."""
        owner, after = behind
        rows = self._connection.execute(UNDECIDED, {"owner": owner, "after": after, "most": most}).mappings()
        return [Undecided((row["owner"], row["number"]), self.opened_if_whole(row)) for row in rows]

    def mark_understood(self, cases: Iterable[Case]) -> None:
        """Say it of these. What somebody has saved since is passed over, and their version stays: nobody is in conflict."""
        rows = [{"sought": case.number, "read_version": case.version} for case in cases]
        self._connection.execute(MARK_UNDERSTOOD, rows)

    def goes_on_in(self, number: int) -> int:
        """Return the newest case that goes on from this one, itself where none does."""
        newest = number
        while (linked := self._connection.scalar(_linked_to(newest))) is not None:
            newest = int(linked)
        return newest

    def hold_last(self, number: int) -> None:
        """Hold a case from which another is about to go on, until this transaction ends.

        Only one can: what a patient wrote in the other would never be on their page. Raises Conflict where one does,
        or where somebody has reopened it meanwhile.
        """
        held = select(CASES.c.state).where(CASES.c.number == number).with_for_update()
        if self._connection.scalar(held) != State.CLOSED.value or self.goes_on_in(number) != number:
            raise Conflict(spoken(number))

    def earlier(self, case: Case) -> list[Case]:
        """Return the closed cases that this one goes on from, the nearest first."""
        found = []
        while case.linked_to is not None:
            case = self.get(case.linked_to)
            found.append(case)
        return found

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


def _linked_to(number: int) -> Select[Any]:
    return select(CASES.c.number).where(CASES.c.linked_to == number).order_by(CASES.c.number.desc()).limit(1)


def _columns(case: Case, data_key: Sealed) -> dict[str, object]:
    return {
        "version": case.version,
        "state": case.state.value,
        "urgent": case.urgent,
        "queue": case.queue,
        "owner": case.owner,
        "due_at": case.due_at,
        "understood": case.understood,
        "body": data_key.seal(case_to_bytes(case), _body_context(case.id)),
    }


def _body_context(case_id: str) -> str:
    return f"body of {case_id}"
