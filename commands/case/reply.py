"""reply: the patient writes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from commands.case.lease import back_with_owner, reopened
from commands.case.reopen import BY_WRITING
from commands.case.undo import unsent_returned
from consult_bot.case.errors import BadField
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import PATIENT, WE_OWE_AN_ANSWER, Case, Message, MessageKind, State
from consult_bot.case.verb import Change, Field, Request, Verb
from consult_bot.case.words import Words
from consult_bot.deadlines.targets import answer_by
from consult_bot.roster.facts import Facts

BACK_IN_QUEUE = "back_in_queue"
"""The reason of a reply that nobody was there to take, so that the channel is told."""


def perform(case: Case, request: Request, facts: Facts) -> Change:
    """Return the case with the patient's words, back with its owner if they are on duty, else in the queue.

    What waited in its undo window goes back to its author as a draft: it was written without knowing this.
    """
    words = request.words("reply")
    if words is None and not request.attachments:
        raise BadField("Write your answer or add a photo, then press Send.", field="reply")
    case, returned = unsent_returned(case, facts)
    message = Message(
        id=facts.ids[0],
        kind=MessageKind.REPLY,
        author=PATIENT,
        words=words or Words(""),
        written_at=facts.now,
        visible_at=facts.now,
        attachments=request.attachments,
    )
    before = case
    if case.state is not State.NEW:
        case = back_with_owner(reopened(case), facts)
    case = replace(case.with_message(message), due_at=_due(before, facts))
    back = BACK_IN_QUEUE if before.state is not State.NEW and case.state is State.NEW else None
    events = [*returned, Event(Happened.REPLIED, message=message.id, person=case.owner, reason=back)]
    if not before.open:
        events.append(Event(Happened.REOPENED, person=case.owner, reason=BY_WRITING))
    return Change(case, tuple(events))


def _due(before: Case, facts: Facts) -> datetime:
    """The promise that stands, where we owe an answer already: adding a word must not put it off."""
    if before.state in WE_OWE_AN_ANSWER:
        return before.due_at
    return answer_by(facts.practice, facts.now, urgent=before.urgent)


REPLY = Verb(
    name="reply",
    label="Reply",
    help="the patient answers",
    perform=perform,
    fields=(Field("reply", "Your answer", multiline=True, required=False),),
    typed=False,
)
