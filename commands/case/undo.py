"""undo: what waits in its undo window is taken back, as if never written; the words stay as a draft."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from commands.case.draft import joined
from commands.case.lease import held_by
from consult_bot.case.errors import NotAllowed, TooLate
from consult_bot.case.events import Event, Happened
from consult_bot.case.lifecycle import Who, parts_of
from consult_bot.case.model import MOVES_THE_CASE, Case, Draft, Message, MessageKind, State
from consult_bot.case.verb import Change, Request, Verb
from consult_bot.case.words import Words
from consult_bot.roster.facts import Facts


def perform(case: Case, request: Request, facts: Facts) -> Change:
    """Return the case without the message `about`; without `about`, the actor's newest unsent one, else, for a
    lead, anybody's newest.

    Raises TooLate once the patient can see it, NotAllowed for somebody else's message (leads excepted).
    """
    person = facts.person(request.actor.id)
    lead = Who.LEAD in parts_of(request.actor, person.role if person else None, case)
    message = _meant(case, request, facts, lead)
    if message.author != request.actor.id and not lead:
        raise NotAllowed("Only its author or a lead can undo this message.")
    return Change(
        taken_back(case, message, facts),
        (Event(Happened.UNDONE, message=message.id, person=message.author),),
    )


def taken_back(case: Case, message: Message, facts: Facts) -> Case:
    """Return the case as if the message had never been written, its words kept as the author's draft.

    A call that it opened goes with it, unless somebody has made the call.
    """
    if message.kind in MOVES_THE_CASE:
        case = _led_back(case, message, facts)
    case = replace(
        case.without_message(message.id),
        tasks=tuple(t for t in case.tasks if t.for_message != message.id or not t.open),
    )
    return case.with_draft(_draft_of(case, message, facts.now))


def _led_back(case: Case, message: Message, facts: Facts) -> Case:
    """The state that the message found; where another one followed, that one has found it instead."""
    unsent = (m for m in case.unsent(facts.now) if m.kind in MOVES_THE_CASE)
    later = next((m for m in unsent if m.written_at > message.written_at), None)
    if later is not None:
        return case.with_message(replace(later, before=message.before))
    if message.before is None or case.state not in LED_TO_BY_A_MESSAGE:
        return case
    back = replace(case, state=message.before)
    return held_by(back, case.owner, facts) if message.before is State.CLAIMED and case.owner else back


def unsent_returned(case: Case, facts: Facts) -> tuple[Case, list[Event]]:
    """Return the case with what waited in its undo window back as drafts, and what happened.

    The patient has written: those words were written without knowing it.
    """
    events = []
    for message in reversed(case.unsent(facts.now)):
        case = taken_back(case, message, facts)
        verb, _ = WRITTEN_WITH[message.kind]
        events.append(
            Event(Happened.RETURNED_TO_DRAFT, message=message.id, person=message.author, reason=verb)
        )
    return case, events


LED_TO_BY_A_MESSAGE = frozenset({State.AWAITING_PATIENT, State.ADVISED})


def _meant(case: Case, request: Request, facts: Facts, lead: bool) -> Message:
    unsent = case.unsent(facts.now)
    if request.about:
        wanted = [message for message in unsent if message.id == request.about]
    else:
        wanted = [m for m in unsent if m.author == request.actor.id] or list(unsent if lead else ())
    if not wanted:
        raise TooLate("It has been sent already, or was undone before. Write again to set it right.")
    return wanted[-1]


def fields_of_message(message: Message, field: str) -> dict[str, Words]:
    """Return a message as the inputs it was written with; `field` is the one for the words."""
    fields = {field: message.words}
    if message.disposition:
        fields["disposition"] = Words(message.disposition)
    if message.safety_net:
        fields["safety_net"] = message.safety_net
    if message.visit_by:
        fields["visit_by"] = Words(message.visit_by.isoformat())
    return fields


def _draft_of(case: Case, message: Message, now: datetime) -> Draft:
    """The message as a draft, its words after those of a draft that waits already: none may be lost."""
    verb, field = WRITTEN_WITH[message.kind]
    fields = fields_of_message(message, field)
    waiting = case.draft(verb, message.author)
    if waiting:
        fields = joined(dict(waiting.fields), fields)
    return Draft(message.id, verb, message.author, tuple(sorted(fields.items(), key=lambda f: f[0])), now)


WRITTEN_WITH = {
    MessageKind.QUESTION: ("ask", "question"),
    MessageKind.GUIDANCE: ("advise", "guidance"),
    MessageKind.CORRECTION: ("correct", "guidance"),
    MessageKind.UPDATE: ("update", "update"),
}
"""The verb that writes each kind of message, and its field for the words."""


UNDO = Verb(
    name="undo",
    label="Undo",
    help="take back what has not reached the patient yet",
    perform=perform,
    happened="the message is taken back, the patient never saw it, and its words are kept as a draft",
)
