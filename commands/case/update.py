"""update: the patient hears how things stand, while the answer takes its time."""

from __future__ import annotations

from commands.case.crossing import crossing, required_words
from commands.case.lease import renewed
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import Case, MessageKind
from consult_bot.case.verb import Change, Field, Request, Verb
from consult_bot.roster.facts import Facts


def perform(case: Case, request: Request, facts: Facts) -> Change:
    """Return the case with the update. It answers nothing: the promised time runs on."""
    message = crossing(case, request, facts, MessageKind.UPDATE, required_words(request, "update"))
    updated = renewed(case.with_message(message).without_drafts("update"), request, facts)
    return Change(updated, (Event(Happened.UPDATED, message=message.id),))


UPDATE = Verb(
    name="update",
    label="Update the patient",
    help="tell the patient how things stand",
    perform=perform,
    fields=(
        Field(
            "update",
            "How do things stand?",
            multiline=True,
            hint="For example: we are waiting for dermatology; you get an answer by Tuesday.",
        ),
    ),
    crosses=True,
)
