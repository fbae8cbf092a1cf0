"""note: words for colleagues, which never leave the thread."""

from __future__ import annotations

from commands.case.crossing import required_words
from commands.case.lease import renewed
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import Case, Message, MessageKind
from consult_bot.case.verb import Change, Field, Request, Verb
from consult_bot.roster.facts import Facts

TYPED_IN_THREAD = "thread"


def perform(case: Case, request: Request, facts: Facts) -> Change:
    """Return the case with the note. `about` is `TYPED_IN_THREAD` where Slack shows it already."""
    note = Message(
        id=facts.ids[0],
        kind=MessageKind.NOTE,
        author=request.actor.id,
        words=required_words(request, "note"),
        written_at=facts.now,
        visible_at=None,
    )
    kept = renewed(case.with_message(note), request, facts)
    return Change(kept, (Event(Happened.NOTED, message=note.id, reason=request.about),))


NOTE = Verb(
    name="note",
    label="Note",
    help="keep a note for colleagues; the patient never sees it",
    perform=perform,
    fields=(Field("note", "Note for colleagues (never shown to the patient)", multiline=True),),
)
