"""Facts: what the desk looked up beforehand, so that verbs stay pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from consult_bot.case.words import Words
from consult_bot.roster.people import Person


class Hours(Protocol):
    """When the practice answers (`deadlines.hours.PracticeHours`)."""

    def is_open(self, at: datetime) -> bool: ...

    def next_opening(self, at: datetime) -> datetime: ...

    def described(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Practice:
    """The practice's rules, from the settings, which alone know the defaults.

    `oncall`: there is an address outside Slack for urgent cases that nobody claims.
    """

    name: str
    phone: str
    zone: str
    hours: Hours
    channel: str
    target: timedelta
    urgent_target: timedelta
    undo: timedelta
    claim_lease: timedelta
    reopen_window: timedelta
    oncall: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What is so at this moment, read in the same transaction as the case.

    `people` holds everyone who works or worked here, by Slack id (nobody for a patient's submit). `ids` are
    fresh, unguessable ids. `goes_on_in`: the newest case that goes on from this closed one. For a submit, `number` is the case's number, `case_id` its id and `code` its access code.
    """

    now: datetime
    practice: Practice
    people: Mapping[str, Person] = field(default_factory=dict)
    ids: tuple[str, ...] = ()
    goes_on_in: int | None = None
    number: int | None = None
    case_id: str | None = None
    code: Words | None = None

    def person(self, slack_id: str | None) -> Person | None:
        """Return somebody who works here now, None for anyone else."""
        found = self.people.get(slack_id) if slack_id else None
        return found if found and found.active else None
