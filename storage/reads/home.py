"""What stands on somebody's Home: their cases, their tasks and the queue, urgent first, then by due time.

A mark says where a page begins, not a count of rows: what is claimed or closed meanwhile moves no row out of sight.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    String,
    Subquery,
    and_,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    tuple_,
    union_all,
)

from consult_bot.case.home import Mark, Page, Row, Shelf, Shown
from consult_bot.case.model import Case, State
from consult_bot.roster.people import Person
from storage import tables
from storage.cases import Cases
from storage.keys import Keys
from storage.reads.queue import COUNTED_TO, PAGE_CASES
from storage.tables import UtcDateTime

CASES = tables.cases
TASKS = tables.tasks

GLANCE_ROWS = 5
"""How many rows each list shows where all four stand below each other: together they keep within a view's 100 blocks."""


class HomeReads:
    """Homes as one transaction sees them."""

    def __init__(self, connection: Connection, keys: Keys) -> None:
        self._connection = connection
        self._cases = Cases(connection, keys)

    def lists(self, person: Person, page: Page) -> tuple[Shown, ...]:
        """Return the first rows of every list, or one page of the list that `page` names.

        A page that has emptied meanwhile gives way to the first one.
        """
        if page.shelf is None:
            return tuple(self._beginning(shelf, person, GLANCE_ROWS) for shelf in Shelf)
        listed = WANTED[page.shelf](person).subquery()
        keys = self._page(listed, page)
        if not keys:
            return (self._beginning(page.shelf, person, PAGE_CASES),)
        marks = _marks(keys)
        rows, damaged = self._rows(keys)
        earlier = self._count(listed, _beyond(listed, marks[0], backwards=True))
        more = self._count(listed, _beyond(listed, marks[-1]), 1)
        return (Shown(page.shelf, rows, marks, self._count(listed), COUNTED_TO, earlier, more > 0, damaged),)

    def _beginning(self, shelf: Shelf, person: Person, most: int) -> Shown:
        listed = WANTED[shelf](person).subquery()
        keys = self._keys(listed, most)
        rows, damaged = self._rows(keys)
        total = self._count(listed)
        return Shown(shelf, rows, _marks(keys), total, COUNTED_TO, more=total > len(keys), damaged=damaged)

    def _page(self, listed: Subquery, page: Page) -> list[Any]:
        """The page's rows; before a mark, fewer than a page means that the list begins there: then none."""
        if page.before:
            before = _beyond(listed, page.before, backwards=True)
            found = self._keys(listed, PAGE_CASES, before, backwards=True)
            return found[::-1] if len(found) == PAGE_CASES else []
        return self._keys(listed, PAGE_CASES, _beyond(listed, page.behind) if page.behind else None)

    def _keys(
        self,
        listed: Subquery,
        most: int,
        where: ColumnElement[bool] | None = None,
        *,
        backwards: bool = False,
    ) -> list[Any]:
        columns = (listed.c.urgent.desc(), listed.c.due_at.asc(), listed.c.id.asc())
        wanted = select(listed).limit(most)
        if where is not None:
            wanted = wanted.where(where)
        if backwards:
            columns = (listed.c.urgent.asc(), listed.c.due_at.desc(), listed.c.id.desc())
        return list(self._connection.execute(wanted.order_by(*columns)))

    def _rows(self, keys: list[Any]) -> tuple[tuple[Row, ...], tuple[int, ...]]:
        """The rows of these keys, decrypted: only what is shown is; and the numbers of the cases that do not open.

        A task that ended this moment is left out.
        """
        numbers = {key.number for key in keys}
        found = self._connection.execute(select(CASES).where(CASES.c.number.in_(numbers)))
        cases = self._cases.opened_each(found.mappings())
        rows = (_row(case, key.task) for key in keys if (case := cases[key.number]))
        damaged = (number for number, case in cases.items() if case is None)
        return tuple(row for row in rows if row), tuple(sorted(damaged))

    def _count(
        self, listed: Subquery, where: ColumnElement[bool] | None = None, most: int = COUNTED_TO + 1
    ) -> int:
        counted: Select[Any] = select(literal_column("1")).select_from(listed).limit(most)
        if where is not None:
            counted = counted.where(where)
        return self._connection.scalar(select(func.count()).select_from(counted.subquery())) or 0


def _marks(keys: list[Any]) -> tuple[Mark, ...]:
    """Where these stand, whether they open or not: the way on must not end at those that do not."""
    return tuple(Mark(key.urgent, key.due_at, str(key.id)) for key in keys)


def _row(case: Case, task_id: str | None) -> Row | None:
    if task_id is None:
        return Row(case)
    task = case.task(task_id)
    return Row(case, task) if task and task.open else None


def _beyond(listed: Subquery, mark: Mark, *, backwards: bool = False) -> ColumnElement[bool]:
    """What stands behind the mark, or before it."""
    row_id = int(mark.id) if isinstance(listed.c.id.type, Integer) else mark.id
    here = tuple_(literal(mark.due_at, UtcDateTime), literal(row_id, listed.c.id.type))
    there = tuple_(listed.c.due_at, listed.c.id)
    past = and_(listed.c.urgent == mark.urgent, there < here if backwards else there > here)
    # Urgent ones stand before all others: the other kind is wholly on one side.
    others_too = mark.urgent is not backwards
    return or_(listed.c.urgent != mark.urgent, past) if others_too else past


def _in(state: State) -> ColumnElement[bool]:
    """Said as the partial indexes say it, in literals, so that both databases see that these apply."""
    return literal_column(f"cases.state = '{state.value}'")


UNDERSTOOD = and_(_in(State.ADVISED), CASES.c.understood.is_(True))
"""The patient has done what they were asked to; what is left, above all to close the case, is its owner's."""

FOR_THE_OWNER = or_(_in(State.CLAIMED), UNDERSTOOD)
FOR_THE_PATIENT = or_(_in(State.AWAITING_PATIENT), and_(_in(State.ADVISED), CASES.c.understood.is_not(True)))


def _cases() -> Select[Any]:
    nothing = null().cast(String).label("task")
    return select(CASES.c.number, CASES.c.urgent, CASES.c.due_at, CASES.c.number.label("id"), nothing)


def _held(waiting: ColumnElement[bool]) -> Callable[[Person], Select[Any]]:
    """Somebody's own cases that wait for the same one."""
    still_open: ColumnElement[bool] = literal_column("cases.state <> 'closed'")

    def wanted(person: Person) -> Select[Any]:
        return _cases().where(CASES.c.owner == person.id, still_open, waiting)

    return wanted


def _queue(person: Person) -> Select[Any]:
    """What nobody holds, of the queues that they work in."""
    unclaimed = _cases().where(_in(State.NEW))
    return unclaimed.where(CASES.c.queue.in_(person.queues)) if person.queues else unclaimed


def _tasks(person: Person) -> Any:
    """Their open tasks, and all others on their cases: a task of somebody who is away keeps them from closing one.

    A call that outlives its case is among them.
    """
    tasks = select(TASKS.c.number, CASES.c.urgent, TASKS.c.due_at, TASKS.c.id, TASKS.c.id.label("task")).join(
        CASES, CASES.c.number == TASKS.c.number
    )
    theirs = tasks.where(TASKS.c.owner == person.id)
    mine = CASES.alias("mine")
    still_open: ColumnElement[bool] = literal_column("mine.state <> 'closed'")
    my_cases = select(mine.c.number).where(mine.c.owner == person.id, still_open)
    others = or_(TASKS.c.owner.is_(None), TASKS.c.owner != person.id)
    return union_all(theirs, tasks.where(TASKS.c.number.in_(my_cases), others))


WANTED: dict[Shelf, Callable[[Person], Any]] = {
    Shelf.WAITING: _held(FOR_THE_OWNER),
    Shelf.TASKS: _tasks,
    Shelf.QUEUE: _queue,
    Shelf.PATIENT: _held(FOR_THE_PATIENT),
}
