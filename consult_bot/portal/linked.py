"""Cases that go on from one another: one patient, one private page."""

from __future__ import annotations

from consult_bot.case.model import Case
from storage.store import Work


def line_of(work: Work, number: int) -> list[Case]:
    """Return the newest case that goes on from this one, and those that it goes on from, newest first.

    Whoever may see one of them may see them all: only the patient's own page makes a case go on. Raises UnknownCase.
    """
    newest = work.cases.get(work.cases.goes_on_in(number))
    return [newest, *work.cases.earlier(newest)]
