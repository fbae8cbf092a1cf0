"""acknowledge: the patient says "I understand"."""

from __future__ import annotations

from dataclasses import replace

from consult_bot.case.errors import NotAllowed
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import PATIENT, Case, Message, MessageKind
from consult_bot.case.verb import Change, Request, Verb
from consult_bot.roster.facts import Facts

UNDERSTOOD = "understood"
"""The outcome of a call task that the patient's own "I understand" made needless."""


def perform(case: Case, request: Request, facts: Facts) -> Change:
    """Return the case with all guidance up to `about` understood, and its call tasks done.

    `about` is the newest guidance that the page showed: what arrived after the page was drawn stays open.
    """
    shown = _guidance_up_to(case, request, facts)
    if not shown:
        raise NotAllowed("There is no guidance on this page to confirm. Reload the page.")
    events = []
    for message in (m for m in shown if m.acknowledged_at is None):
        opened_at = message.opened_at or facts.now
        case = case.with_message(replace(message, acknowledged_at=facts.now, opened_at=opened_at))
        events.append(Event(Happened.ACKNOWLEDGED, message=message.id))
        for task in (t for t in case.open_tasks if t.for_message == message.id):
            case = case.with_task(replace(task, outcome=UNDERSTOOD, done_by=PATIENT, done_at=facts.now))
            events.append(Event(Happened.TASK_DONE, task=task.id))
    return Change(case, tuple(events))


def _guidance_up_to(case: Case, request: Request, facts: Facts) -> list[Message]:
    visible = [m for m in case.messages if m.kind is MessageKind.GUIDANCE and m.reaches_patient_by(facts.now)]
    ids = [message.id for message in visible]
    return visible[: ids.index(request.about) + 1] if request.about in ids else []


ACKNOWLEDGE = Verb(
    name="acknowledge", label="I understand", help="the patient understood", perform=perform, typed=False
)
