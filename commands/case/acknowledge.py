"""acknowledge: the patient says "I understand"."""

from __future__ import annotations

from dataclasses import replace

from consult_bot.case.errors import NotAllowed
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import PATIENT, TO_BE_UNDERSTOOD, Case, Message, Task
from consult_bot.case.verb import Change, Request, Verb
from consult_bot.roster.facts import Facts

UNDERSTOOD = "understood"
"""The outcome of a call task that the patient's own "I understand" made needless."""


def perform(case: Case, request: Request, facts: Facts) -> Change:
    """Return the case with all guidance up to `about` understood, and the calls that it opened done.

    `about` is the newest guidance that the page showed: what arrived after the page was drawn stays open. Understanding
    a correction ends the call for the text that it corrects, too; a call about an emergency is ended by a human only.
    """
    shown = _shown_up_to(case, request, facts)
    if not shown:
        raise NotAllowed("There is no guidance on this page to confirm. Reload the page.")
    events = []
    for message in (m for m in shown if m.acknowledged_at is None):
        opened_at = message.opened_at or facts.now
        case = case.with_message(replace(message, acknowledged_at=facts.now, opened_at=opened_at))
        events.append(Event(Happened.ACKNOWLEDGED, message=message.id))
        for task in _calls_about(case, message):
            case = case.with_task(replace(task, outcome=UNDERSTOOD, done_by=PATIENT, done_at=facts.now))
            events.append(Event(Happened.TASK_DONE, task=task.id))
    return Change(case, tuple(events))


def _calls_about(case: Case, message: Message) -> list[Task]:
    """The open calls for this text and for all that it corrects, one behind the other."""
    about: list[str] = []
    text: Message | None = message
    while text is not None:
        about.append(text.id)
        text = case.message(text.corrects) if text.corrects else None
    return [task for task in case.open_tasks if task.for_message in about]


def _shown_up_to(case: Case, request: Request, facts: Facts) -> list[Message]:
    visible = [m for m in case.shown_at(facts.now) if m.kind in TO_BE_UNDERSTOOD]
    ids = [message.id for message in visible]
    return visible[: ids.index(request.about) + 1] if request.about in ids else []


ACKNOWLEDGE = Verb(
    name="acknowledge", label="I understand", help="the patient understood", perform=perform, typed=False
)
