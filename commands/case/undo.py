"""undo: what waits in its undo window is taken back, as if never written; the words stay as a draft."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from commands.case.lease import held_by
from consult_bot.case.errors import NotAllowed, TooLate
from consult_bot.case.events import Event, Happened
from consult_bot.case.lifecycle import Who, parts_of
from consult_bot.case.model import Case, Draft, Message, MessageKind, State
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
    later = next((m for m in case.unsent(facts.now) if m.written_at > message.written_at), None)
    if later is not None:
        case = case.with_message(replace(later, before=message.before))
    elif message.before and case.state in LED_TO_BY_A_MESSAGE:
        case = replace(case, state=message.before)
        if message.before is State.CLAIMED and case.owner:
            case = held_by(case, case.owner, facts)
    case = replace(
        case.without_message(message.id),
        tasks=tuple(t for t in case.tasks if t.for_message != message.id or not t.open),
    )
    return case.with_draft(_draft_of(case, message, facts.now))


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


def _draft_of(case: Case, message: Message, now: datetime) -> Draft:
    """The message as a draft, its words after those of a draft that waits already: none may be lost."""
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
    waiting = case.draft(verb, message.author)
    if waiting:
        fields = _joined(dict(waiting.fields), fields)
    return Draft(message.id, verb, message.author, tuple(sorted(fields.items(), key=lambda f: f[0])), now)


def _joined(earlier: dict[str, Words], later: dict[str, Words]) -> dict[str, Words]:
    """Both drafts' words, one under the other; of a choice or a date the later stands."""
    joined = {**earlier, **later}
    for name in JOINED & earlier.keys() & later.keys():
        if earlier[name] != later[name]:
            joined[name] = Words(f"{earlier[name].reveal()}\n\n{later[name].reveal()}")
    return joined


JOINED = frozenset({"question", "guidance", "safety_net"})


UNDO = Verb(
    name="undo",
    label="Undo",
    help="take back what has not reached the patient yet",
    perform=perform,
)
