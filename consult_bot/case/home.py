"""A clinician's Home: its lists, a page of one of them, and how the page is named. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from consult_bot.case.glance import count_shown
from consult_bot.case.model import Case, Task


class Shelf(StrEnum):
    """The lists of a Home, in the order in which they stand there. Waiting and patient together are one's own cases."""

    WAITING = "waiting"
    TASKS = "tasks"
    QUEUE = "queue"
    PATIENT = "patient"


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a list, urgent first and then by due time: the row that stands there, or stood there.

    `id` is a case number, or a task's id. Unlike a count of rows it stays right while cases come and go.
    """

    urgent: bool
    due_at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class Page:
    """What of a Home is wanted: everything at a glance, or one list from behind a mark, or up to before one."""

    shelf: Shelf | None = None
    behind: Mark | None = None
    before: Mark | None = None

    def written(self) -> str:
        """Return it in one line of ids, empty for everything at a glance."""
        if self.shelf is None:
            return ""
        sign, mark = ("<", self.before) if self.before else (">", self.behind)
        if mark is None:
            return self.shelf.value
        microseconds = (mark.due_at - EPOCH) // timedelta(microseconds=1)
        return f"{self.shelf}{sign}{int(mark.urgent)}.{microseconds}.{mark.id}"

    @classmethod
    def read(cls, line: str) -> Page:
        """Return the page of a line; everything at a glance where no Home of ours wrote the line."""
        found = WRITTEN.fullmatch(line)
        if found is None:
            return cls()
        shelf, sign, urgent, microseconds, row_id = found.groups()
        if row_id and shelf != Shelf.TASKS and not row_id.isdecimal():
            return cls()
        if sign is None:
            return cls(Shelf(shelf))
        mark = Mark(urgent == "1", EPOCH + timedelta(microseconds=int(microseconds)), row_id)
        return cls(Shelf(shelf), before=mark) if sign == "<" else cls(Shelf(shelf), behind=mark)


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MARK = r"([<>])([01])\.(\d{1,17})\."
WRITTEN = re.compile(rf"(waiting|tasks|queue|patient)(?:{_MARK}(\w{{1,40}}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a Home: a case, or one of its tasks."""

    case: Case
    task: Task | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A part of a list. `total` and `earlier` (the places before the first) count up to `counted_to`, then stop.

    `marks` are its places: those of its rows, and those of `damaged`, the numbers of the cases here that do not open.
    `more`: others follow the last.
    """

    shelf: Shelf
    rows: tuple[Row, ...]
    marks: tuple[Mark, ...]
    total: int
    counted_to: int
    earlier: int = 0
    more: bool = False
    damaged: tuple[int, ...] = ()

    @property
    def total_shown(self) -> str:
        """The count as people read it: `7`, or `99+`."""
        return count_shown(self.total, self.counted_to)
