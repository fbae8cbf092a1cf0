"""opened: the patient was shown the case, so what was visible counts as read."""

from __future__ import annotations

from dataclasses import replace

from consult_bot.case.events import Event, Happened
from consult_bot.case.model import Case
from consult_bot.case.verb import Change, Request, Verb
from consult_bot.roster.facts import Facts


def perform(case: Case, request: Request, facts: Facts) -> Change:
    """Return the case with every message that the patient can see now marked as read; no event if none is new."""
    unread = [
        message
        for message in case.shown_at(facts.now)
        if not message.from_patient and message.opened_at is None
    ]
    for message in unread:
        case = case.with_message(replace(message, opened_at=facts.now))
    return Change(case, tuple(Event(Happened.OPENED, message=message.id) for message in unread))


OPENED = Verb(name="opened", label="Opened", help="the patient read it", perform=perform, typed=False)
