"""undo: what waits in its undo window is taken back, as if never written; the words stay as a draft."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from consult_bot.case.errors import NotAllowed, TooLate
from consult_bot.case.events import Event, Happened
from consult_bot.case.lifecycle import Who, parts_of
from consult_bot.case.model import Case, Draft, Message, MessageKind
from consult_bot.case.verb import Change, Request, Verb
from consult_bot.case.words import Words
from consult_bot.roster.facts import Facts


def perform(case: Case, request: Request, facts: Facts) -> Change:
    """Return the case without the message `about`; without `about`, the newest unsent one of the author.

    Raises TooLate once the patient can see it, NotAllowed for somebody else's message (leads excepted).
    """
    message = _meant(case, request, facts.now)
    person = facts.person(request.actor.id)
    parts = parts_of(request.actor, person.role if person else None, case)
    if message.author != request.actor.id and Who.LEAD not in parts:
        raise NotAllowed("Only its author or a lead can undo this message.")
    return Change(
        taken_back(case, message, facts.ids[0], facts.now),
        (Event(Happened.UNDONE, message=message.id, person=message.author),),
    )


def taken_back(case: Case, message: Message, draft_id: str, now: datetime) -> Case:
    """Return the case as if the message had never been written, its words kept as the author's draft."""
    before = message.before
    if before is None:
        raise ValueError("only a message that waits in its undo window is taken back")
    later = next((m for m in case.unsent(now) if m.written_at > message.written_at), None)
    if later is not None:
        case = case.with_message(replace(later, before=before))
    elif case.owner == message.author:
        case = replace(case, state=before.state, lease_until=before.lease_until)
    case = replace(
        case.without_message(message.id),
        tasks=tuple(task for task in case.tasks if task.for_message != message.id),
    )
    return case.with_draft(_draft_of(message, draft_id, now))


def _meant(case: Case, request: Request, now: datetime) -> Message:
    unsent = case.unsent(now)
    if request.about:
        message = next((m for m in unsent if m.id == request.about), None)
    else:
        message = next((m for m in reversed(unsent) if m.author == request.actor.id), None)
    if message is None:
        raise TooLate("It has been sent already, or was undone before. Write again to set it right.")
    return message


def _draft_of(message: Message, draft_id: str, now: datetime) -> Draft:
    if message.kind is MessageKind.QUESTION:
        verb, fields = "ask", {"question": message.words}
    else:
        verb, fields = "advise", {"guidance": message.words}
    if message.disposition:
        fields["disposition"] = Words(message.disposition)
    if message.safety_net:
        fields["safety_net"] = message.safety_net
    if message.visit_by:
        fields["visit_by"] = Words(message.visit_by.isoformat())
    return Draft(draft_id, verb, message.author, tuple(sorted(fields.items(), key=lambda f: f[0])), now)


UNDO = Verb(
    name="undo",
    label="Undo",
    help="take back what has not reached the patient yet",
    perform=perform,
)
