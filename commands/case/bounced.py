"""bounced: a letter did not reach the patient, so somebody must call."""

from __future__ import annotations

from dataclasses import replace

from commands.case.calls import call
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import SYSTEM, Case, Message, TaskKind
from consult_bot.case.not_reached import NotReached
from consult_bot.case.verb import Change, Request, Verb
from consult_bot.roster.facts import Facts

WHY = {
    NotReached.REFUSED: "our email was refused, so they do not know that something waits.",
    NotReached.PERMANENT: "our email came back, so they do not know that something waits.",
    NotReached.UNSURE: "our email did not arrive, so they do not know that something waits.",
    NotReached.COMPLAINT: "our email was reported as unwanted, so they get no more of them.",
    NotReached.SUPPRESSED: "emails no longer reach them, so they do not know that something waits.",
}


def perform(case: Case, request: Request, facts: Facts) -> Change:
    """Return the case with the message `about` marked and an open call for its owner; a call that is open stays.

    Once for each letter; one about no message adds nothing to an open call. What may be an answering machine's doing (`unsure`) is believed only of a message that neither
    arrived nor was read; of a letter about no message, none of which says what the patient has not seen, it is not.
    """
    reason = NotReached(request.text("reason") or NotReached.REFUSED)
    message = case.message(request.about) if request.about else None
    call_open = any(task.opened_by == SYSTEM and task.kind is TaskKind.CALL for task in case.open_tasks)
    known = message.bounced_at is not None if message else call_open
    if known or (reason is NotReached.UNSURE and not _missed(message)):
        return Change(case)
    if message:
        case = case.with_message(replace(message, bounced_at=facts.now))
    bounced = Event(Happened.BOUNCED, message=message.id if message else None, reason=reason)
    if call_open:
        return Change(case, (bounced,))
    opened = call(case, facts, facts.ids[0], WHY[reason], by=SYSTEM, owner=case.owner)
    return Change(case.with_task(opened), (bounced, Event(Happened.TASK_OPENED, task=opened.id)))


def _missed(message: Message | None) -> bool:
    return message is not None and message.delivered_at is None and message.opened_at is None


BOUNCED = Verb(
    name="bounced", label="Bounced", help="a letter did not reach the patient", perform=perform, typed=False
)
