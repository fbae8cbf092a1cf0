"""A case at a glance: one line of a list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from consult_bot.case.model import Case, Message, State
from consult_bot.case.words import Words

HEADLINE_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class Glance:
    """What a list shows of a case.

    `headline` is the complaint in the patient's own words, shortened; `unanswered` the newest message of theirs that
    waits for us.
    """

    number: int
    version: int
    state: State
    urgent: bool
    queue: str
    owner: str | None
    due_at: datetime
    headline: Words
    unanswered: Message | None = None

    @classmethod
    def of(cls, case: Case) -> Glance:
        """Return what a list shows of this case."""
        return cls(
            number=case.number,
            version=case.version,
            state=case.state,
            urgent=case.urgent,
            queue=case.queue,
            owner=case.owner,
            due_at=case.due_at,
            headline=headline(case.submission.shown("concern")),
            unanswered=case.unanswered,
        )


def headline(words: Words | None) -> Words:
    """Return the beginning of what somebody wrote, in one line."""
    line = " ".join(words.reveal().split()) if words else ""
    if len(line) > HEADLINE_CHARACTERS:
        line = line[:HEADLINE_CHARACTERS].rsplit(" ", 1)[0] + "…"
    return Words(line)


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of cases, urgent first, then by due time. `total` counts up to `counted_to`, then stops.

    `damaged` are the numbers of those on the page that do not open.
    """

    title: str
    glances: tuple[Glance, ...]
    total: int
    counted_to: int
    damaged: tuple[int, ...] = ()

    @property
    def total_shown(self) -> str:
        """The count as people read it: `7`, or `99+`."""
        return count_shown(self.total, self.counted_to)


def count_shown(count: int, counted_to: int) -> str:
    """Return a count that stopped behind `counted_to` as people read it: `7`, or `99+`."""
    return f"{counted_to}+" if count > counted_to else str(count)
