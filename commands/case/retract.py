"""retract: a note that was typed in the thread has been deleted there."""

from __future__ import annotations

from dataclasses import replace

from consult_bot.case.errors import NotAllowed
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import Case
from consult_bot.case.verb import Change, Request, Verb
from consult_bot.roster.facts import Facts


def perform(case: Case, request: Request, facts: Facts) -> Change:
    """Return the case without the note typed as the Slack message `about`; the history keeps what it said.

    A note of which nothing was told yet counts as deleted already when it comes.
    """
    ts = request.about or ""
    if not ts or ts in case.retracted:
        raise NotAllowed("There is no such note.")
    note = case.note_typed_as(ts)
    kept = case.without_message(note.id) if note else case
    return Change(
        replace(kept, retracted=(*case.retracted, ts)),
        (Event(Happened.NOTE_RETRACTED, message=note.id if note else None),),
    )


RETRACT = Verb(
    name="retract", label="Retract", help="a note was deleted in its thread", perform=perform, typed=False
)
