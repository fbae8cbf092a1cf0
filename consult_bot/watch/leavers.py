"""Who cannot work here whatever the roster says, and what becomes of them and of their cases."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from consult_bot.case.verb import THE_SYSTEM, Refused, Request
from consult_bot.desk import Desk
from consult_bot.roster.eligibility import ineligible, may_have_any
from consult_bot.roster.people import Person
from storage.cases import RESTORE_IT, UNREADABLE
from storage.store import Store, Work

log = logging.getLogger(__name__)

SYNC_SECONDS = 600.0
"""How often Slack is asked about everybody, counted from one beginning to the next.

Whoever was deactivated, without Slack telling of it, gives their cases back within a quarter of an hour: that leaves five
minutes for a Slack that does not answer at once, or wants fewer calls.
"""

LOOKS = 2
"""How often the cases of somebody are looked through after the roster changed: a claim that was on its way meanwhile may
be there only after the first time."""

REMEDY = f"{RESTORE_IT} Until then nobody can open the case, and it is not given back to the queue."


def still_there(user: Mapping[str, Any]) -> bool:
    """Whether this user object of Slack is a person whose account is active."""
    return not (user.get("deleted") or user.get("is_bot"))


def may_work_here(user: Mapping[str, Any]) -> bool:
    """Whether this is a full member, who works here by being in the channel: no guest, no bot, nobody deactivated."""
    return still_there(user) and not (user.get("is_restricted") or user.get("is_ultra_restricted"))


def retire(store: Store, slack_id: str) -> None:
    """Let somebody take nothing any more; their name stays with what they did. Repeating is harmless."""
    _set_active(store, slack_id, active=False)


def bring_back(store: Store, slack_id: str) -> None:
    """Let somebody known work here again. Repeating is harmless."""
    _set_active(store, slack_id, active=True)


class Leavers:
    """Puts the cases of people who left, or may not have them any more, back into the queue, so that somebody sees them.

    Whose state a patient is in stands inside the case. So the cases of an owner are read only when their row of the
    roster is another one, and at the beginning; else a look costs two small statements, however many cases there are.
    A case that does not open is logged once and stays; it keeps no other one from being given back.
    """

    def __init__(self, store: Store, desk: Desk) -> None:
        self._store = store
        self._desk = desk
        self._gone_by: deque[Mapping[str, Person]] = deque(maxlen=LOOKS)
        self._unreadable: set[int] = set()

    def give_back_their_cases(self) -> None:
        """Ask for each such case to be released, as the service itself. Repeating is harmless.

        Those of people who left come first: to know them, no case has to be opened.
        """
        with self._store.reading() as work:
            people = work.people.all()
            left_behind = work.cases.held_by_leavers()
        settled = self._given_back(left_behind)
        with self._store.reading() as work:
            news = filter(self._is_news, people.values())
            not_theirs = [number for person in news for number in self._may_not_have(work, person)]
        if self._given_back(not_theirs) and settled:
            self._gone_by.append(people)

    def _may_not_have(self, work: Work, person: Person) -> Iterator[int]:
        """The cases of somebody that they may not have any more."""
        for number, case in work.cases.held_by(person.id):
            if case is None:
                self._note_unreadable(number)
            elif ineligible(person, case):
                yield number

    def _given_back(self, numbers: list[int]) -> bool:
        """Have these released; False where one of them must be asked for again."""
        return all([self._released(number) for number in numbers])

    def _released(self, number: int) -> bool:
        try:
            outcome = self._desk.handle(Request("release", THE_SYSTEM, number))
        except UNREADABLE:
            self._note_unreadable(number)
            return True
        return not (isinstance(outcome, Refused) and outcome.why.retry)

    def _note_unreadable(self, number: int) -> None:
        if number not in self._unreadable:
            self._unreadable.add(number)
            log.error(
                "a case does not open and stays with its owner", extra={"case": number, "remedy": REMEDY}
            )

    def _is_news(self, person: Person) -> bool:
        """Whether their cases were not yet looked through, at two looks, by what the roster says of them now."""
        if not person.active or may_have_any(person):
            return False
        return sum(people.get(person.id) == person for people in self._gone_by) < LOOKS


def _set_active(store: Store, slack_id: str, *, active: bool) -> None:
    with store.reading() as work:
        person = work.people.all().get(slack_id)
    if person and person.active is not active:
        store.commit(lambda work: work.people.put([replace(person, active=active)]))
