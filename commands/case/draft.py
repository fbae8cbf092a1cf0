"""draft: words on their way to the patient are kept before they are sent."""

from __future__ import annotations

from commands.case.lease import renewed
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import Case, Draft
from consult_bot.case.verb import Change, Request, Verb
from consult_bot.case.words import Words
from consult_bot.roster.facts import Facts

FOR = "for"
"""The field that names the verb for which the words were typed."""


def perform(case: Case, request: Request, facts: Facts) -> Change:
    """Return the case with the draft, in place of the author's earlier one for the same verb."""
    draft = Draft(
        id=facts.ids[0],
        verb=request.text(FOR),
        author=request.actor.id,
        fields=typed(request),
        saved_at=facts.now,
    )
    return Change(
        renewed(case.with_draft(draft), request, facts),
        (Event(Happened.DRAFTED, reason=draft.verb),),
    )


def typed(request: Request) -> tuple[tuple[str, Words], ...]:
    """Return the filled-in inputs in a fixed order, so that the same words compare equal."""
    return tuple(
        sorted(
            ((name, words) for name, words in request.fields.items() if words and name != FOR),
            key=lambda item: item[0],
        )
    )


DRAFT = Verb(name="draft", label="Draft", help="keep words without sending", perform=perform, typed=False)
