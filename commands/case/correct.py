"""correct: guidance that was wrong is replaced, or marked where the patient has seen it."""

from __future__ import annotations

from dataclasses import replace

from commands.case.advise import ADVISE, call_for, guidance_message
from commands.case.lease import renewed
from commands.case.undo import fields_of_message
from consult_bot.case.errors import BadField, NotAllowed
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import NEEDS_A_CALL, Case, Message, MessageKind
from consult_bot.case.verb import Change, Request, Verb
from consult_bot.case.words import Words
from consult_bot.roster.facts import Facts

SEEN = "seen"
"""Why it matters: they had seen this text, or an earlier one whose place it had taken already."""
UNSEEN = "unseen"


def perform(case: Case, request: Request, facts: Facts) -> Change:
    """Return the case with the correction of its newest guidance.

    What the patient sees follows from whether they had opened the wrong text when the correction reaches them
    (`Case.shown_at`): unseen it is replaced; seen it stays, marked, and the correction must be understood as well.
    """
    wrong = _wrong(case, request)
    _check_may_correct(case, wrong, request, facts)
    message = replace(
        guidance_message(case, request, facts, MessageKind.CORRECTION),
        corrects=wrong.id,
    )
    corrected = renewed(case.with_message(message).without_draft("correct", request.actor.id), request, facts)
    seen = case.sets_right_what_was_seen(message)
    events = [Event(Happened.CORRECTED, message=message.id, reason=SEEN if seen else UNSEEN)]
    if message.disposition in NEEDS_A_CALL:
        opened = call_for(case, message, facts)
        corrected = corrected.with_task(opened)
        events.append(Event(Happened.TASK_OPENED, message=message.id, task=opened.id))
    return Change(corrected, tuple(events))


def _check_may_correct(case: Case, wrong: Message, request: Request, facts: Facts) -> None:
    """The author of this very text, its owner or a lead: having asked something earlier does not make an author."""
    person = facts.person(request.actor.id)
    if request.actor.id not in {wrong.author, case.owner} and not (person and person.is_lead):
        raise NotAllowed(
            "Only its author, {who}, the case's owner or a team lead can correct it.", who=wrong.author
        )


def _wrong(case: Case, request: Request) -> Message:
    """The newest text, which must be the one that the form was opened for: a colleague's correction is not overwritten
    by somebody who has not seen it."""
    wrong = case.advice
    if wrong is None:
        raise ValueError("the life cycle lets nobody correct a case without guidance")
    if request.about and request.about != wrong.id:
        raise BadField(
            "{who} has written a newer text meanwhile, and nothing was sent. Read it in the thread; "
            "to correct that one, copy your words and open this form again.",
            who=wrong.author,
            field="guidance",
        )
    return wrong


def as_it_stands(case: Case) -> dict[str, Words]:
    """Return the text that would be corrected, as the form's inputs: who corrects it changes what is wrong."""
    return fields_of_message(case.advice, "guidance") if case.advice else {}


def what_becomes_of_it(case: Case) -> str:
    """Return what happens to the text that would be corrected: it is another thing once the patient has seen it."""
    wrong = case.advice
    if wrong is None:
        return ""
    if wrong.opened_at is not None:
        return (
            "The patient has seen it: the wrong text stays on their page, marked as wrong, "
            "and yours must be understood as well."
        )
    replaced = (
        "The patient has not seen it: yours takes its place, and they never see the wrong text "
        "unless they open their page before yours goes out."
    )
    earlier = " The earlier text that they did see stays marked as wrong."
    return replaced + (earlier if case.sets_right_what_was_seen(wrong) else "")


CORRECT = Verb(
    name="correct",
    label="Correct guidance",
    help="set guidance right that was wrong",
    perform=perform,
    fields=ADVISE.fields,
    crosses=True,
    prefill=as_it_stands,
    subject=lambda case: case.advice.id if case.advice else None,
    forewarns=what_becomes_of_it,
)
