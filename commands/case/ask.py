"""ask: a question to the patient."""

from __future__ import annotations

from dataclasses import replace

from commands.case.crossing import crossing, required_words
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import Case, MessageKind, State
from consult_bot.case.verb import Change, Field, Request, Verb
from consult_bot.roster.facts import Facts


def perform(case: Case, request: Request, facts: Facts) -> Change:
    """Return the case waiting for the patient."""
    message = crossing(case, request, facts, MessageKind.QUESTION, required_words(request, "question"))
    asked = replace(case, state=State.AWAITING_PATIENT, lease_until=None)
    asked = asked.with_message(message).without_drafts("ask")
    return Change(asked, (Event(Happened.ASKED, message=message.id),))


ASK = Verb(
    name="ask",
    label="Ask the patient",
    help="ask the patient something",
    perform=perform,
    fields=(Field("question", "Your question to the patient", multiline=True),),
    crosses=True,
)
