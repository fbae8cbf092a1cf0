"""emergency: prepared advice to the patient at once, and a call that stays open until somebody made it."""

from __future__ import annotations

from dataclasses import replace

from commands.case.calls import call
from consult_bot.case.errors import BadField
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import Case, Message, MessageKind
from consult_bot.case.verb import Change, Field, FieldKind, Option, Request, Verb
from consult_bot.case.words import Words
from consult_bot.roster.facts import Facts
from consult_bot.texts.emergency import EmergencyText, emergency_texts

ADVICE = tuple(Option(text.code, text.label) for text in emergency_texts().values())


def perform(case: Case, request: Request, facts: Facts) -> Change:
    """Return the case, urgent, with the advice that the patient can read at once, and an open call.

    The call is not closed by the patient's "I understand": a human makes sure.
    """
    advice = _advice(request)
    message = Message(
        id=facts.ids[0],
        kind=MessageKind.EMERGENCY,
        author=request.actor.id,
        words=_words(advice, request),
        written_at=facts.now,
        visible_at=facts.now,
        advice=advice.code,
    )
    owner = case.owner if facts.person(case.owner) else request.actor.id
    opened = call(case, facts, facts.ids[1], "emergency advice was sent.", by=request.actor.id, owner=owner)
    warned = replace(case, urgent=True).with_message(message).with_task(opened)
    warned = warned.without_draft("emergency", request.actor.id)
    return Change(
        warned,
        (
            Event(Happened.WARNED, message=message.id, reason=advice.code),
            Event(Happened.TASK_OPENED, message=message.id, task=opened.id),
        ),
    )


def _advice(request: Request) -> EmergencyText:
    found = emergency_texts().get(request.text("advice"))
    if found is None:
        raise BadField(f"Choose the advice: {', '.join(emergency_texts())}.", field="advice")
    return found


def _words(advice: EmergencyText, request: Request) -> Words:
    added = request.words("words")
    return Words(f"{advice.text}\n\n{added.reveal()}" if added else advice.text)


EMERGENCY = Verb(
    name="emergency",
    label="Emergency advice",
    help="send emergency advice at once, and open a call",
    perform=perform,
    fields=(
        Field("advice", "What must the patient do?", kind=FieldKind.CHOICE, options=ADVICE),
        Field(
            "words",
            "Anything to add?",
            multiline=True,
            required=False,
            hint="It stands below the advice. This cannot be undone: the patient can read it at once.",
        ),
    ),
    crosses=True,
    at_once=True,
    style="danger",
)
