"""note: words for colleagues, which never leave the thread."""

from __future__ import annotations

from dataclasses import replace

from commands.case.crossing import required_words
from commands.case.lease import renewed
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import Case, Message, MessageKind
from consult_bot.case.verb import Change, Field, Request, Verb
from consult_bot.roster.facts import Facts


def perform(case: Case, request: Request, facts: Facts) -> Change:
    """Return the case with the note.

    `about` is the ts of the Slack message that shows it already, and behind a slash that of the edit which is told of;
    None elsewhere. An edit's words take the place of the earlier ones, which the history keeps. Slack repeats what it
    could not deliver: what was deleted stays deleted, and an older text never beats a newer one, in whatever order
    they come.
    """
    words = required_words(request, "note")
    source, _, edit = (request.about or "").partition("/")
    if source in case.retracted:
        return Change(case)
    known = case.note_typed_as(source)
    if known is not None:
        if not _newer(edit, known.edited) or known.words == words:
            return Change(case)
        edited = case.with_message(replace(known, words=words, edited=edit))
        return Change(renewed(edited, request, facts), (Event(Happened.NOTE_CHANGED, message=known.id),))
    note = Message(
        id=facts.ids[0],
        kind=MessageKind.NOTE,
        author=request.actor.id,
        words=words,
        written_at=facts.now,
        visible_at=None,
        source=source or None,
        edited=edit,
    )
    kept = renewed(case.with_message(note), request, facts)
    return Change(kept, (Event(Happened.NOTED, message=note.id),))


def _newer(edit: str, known: str) -> bool:
    """Whether one edit is later than another. Slack's ts all have as many decimals."""
    return (len(edit), edit) > (len(known), known)


NOTE = Verb(
    name="note",
    label="Note",
    help="keep a note for colleagues; the patient never sees it",
    perform=perform,
    fields=(Field("note", "Note for colleagues (never shown to the patient)", multiline=True),),
    happened="your note is in its thread; the patient never sees it",
)
