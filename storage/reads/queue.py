"""The queue and a clinician's own cases: urgent first, then by due time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, literal_column, select

from consult_bot.case.errors import DoesNotOpen
from consult_bot.case.glance import Glance, Listing
from consult_bot.case.model import Case, spoken
from storage import tables
from storage.cases import UNREADABLE, Cases
from storage.keys import Keys

CASES = tables.cases
PAGE_CASES = 10
COUNTED_TO = 99

# Literals, said as the partial indexes say it. With a bound state PostgreSQL's generic plan reads the whole table:
# 17.5 ms instead of 0.03 at 100,000 cases.
IS_NEW: ColumnElement[bool] = literal_column("cases.state = 'new'")
IS_OPEN: ColumnElement[bool] = literal_column("cases.state <> 'closed'")


class CaseReads:
    """What the queries of `commands.look` may look at."""

    def __init__(self, connection: Connection, keys: Keys) -> None:
        self._connection = connection
        self._cases = Cases(connection, keys)

    def queue(self) -> Listing:
        """Return the first page of the cases that nobody holds."""
        return self._listing("In the queue", select(CASES).where(IS_NEW))

    def held_by(self, owner: str) -> Listing:
        """Return the first page of somebody's open cases."""
        theirs = select(CASES).where(CASES.c.owner == owner, IS_OPEN)
        return self._listing("Your cases", theirs)

    def case(self, number: int) -> Case:
        """Return one case. Raises UnknownCase or DoesNotOpen."""
        try:
            return self._cases.get(number)
        except UNREADABLE:
            raise DoesNotOpen(
                f"{spoken(number)} cannot be opened: what we keep of it was damaged. Please tell your administrator "
                "now, and read in its thread what was said."
            ) from None

    def _listing(self, title: str, wanted: Select[Any]) -> Listing:
        counted = select(func.count()).select_from(wanted.limit(COUNTED_TO + 1).subquery())
        first = wanted.order_by(CASES.c.urgent.desc(), CASES.c.due_at, CASES.c.number).limit(PAGE_CASES)
        found = self._cases.opened_each(self._connection.execute(first).mappings())
        return Listing(
            title=title,
            glances=tuple(Glance.of(case) for case in found.values() if case),
            total=self._connection.scalar(counted) or 0,
            counted_to=COUNTED_TO,
            damaged=tuple(number for number, case in found.items() if case is None),
        )
