"""acknowledge: the patient says "I understand"."""

from __future__ import annotations

from dataclasses import replace

from consult_bot.case.errors import NotAllowed
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import PATIENT, TO_BE_UNDERSTOOD, Case, Message, MessageKind, Task
from consult_bot.case.verb import Change, Request, Verb
from consult_bot.roster.facts import Facts

UNDERSTOOD = "understood"
"""The outcome of a call task that the patient's own "I understand" made needless."""


def perform(case: Case, request: Request, facts: Facts) -> Change:
    """Return the case with `about` understood, and the calls that it opened done.

    Guidance and corrections are understood with all of them that the page showed above: what arrived after it was drawn
    stays open. Emergency advice is understood alone, and by nothing else: it has a button of its own, far from the rest.
    Understanding a correction ends the call for the text that it corrects, too; a call about an emergency is ended by a
    human only.
    """
    confirmed = _confirmed(case, request, facts)
    if not confirmed:
        raise NotAllowed("There is no guidance on this page to confirm. Reload the page.")
    events = []
    for message in (m for m in confirmed if m.acknowledged_at is None):
        opened_at = message.opened_at or facts.now
        case = case.with_message(replace(message, acknowledged_at=facts.now, opened_at=opened_at))
        events.append(Event(Happened.ACKNOWLEDGED, message=message.id))
        for task in _calls_about(case, message):
            case = case.with_task(replace(task, outcome=UNDERSTOOD, done_by=PATIENT, done_at=facts.now))
            events.append(Event(Happened.TASK_DONE, task=task.id))
    return Change(case, tuple(events))


def _calls_about(case: Case, message: Message) -> list[Task]:
    """The open calls for this text and for all that it corrects, one behind the other."""
    about = {text.id for text in (message, *case.corrected_by(message))}
    return [task for task in case.open_tasks if task.for_message in about]


def _confirmed(case: Case, request: Request, facts: Facts) -> list[Message]:
    """What one press confirms, oldest first; empty where the patient cannot see what it is about."""
    visible = [m for m in case.shown_at(facts.now) if m.kind in TO_BE_UNDERSTOOD]
    about = next((message for message in visible if message.id == request.about), None)
    if about is None or about.kind is MessageKind.EMERGENCY:
        return [about] if about else []
    up_to = visible[: visible.index(about) + 1]
    return [message for message in up_to if message.kind is not MessageKind.EMERGENCY]


ACKNOWLEDGE = Verb(
    name="acknowledge", label="I understand", help="the patient understood", perform=perform, typed=False
)
