"""draft: words on their way to the patient are kept before they are sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from commands.case.lease import renewed
from consult_bot.case.events import Event, Happened
from consult_bot.case.model import Case, Draft
from consult_bot.case.verb import Actor, Change, Request, Verb
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


def joined(earlier: Mapping[str, Words], later: Mapping[str, Words]) -> dict[str, Words]:
    """Return both drafts' words, one under the other; of a choice or a date the later stands.

    Words that stand in the earlier draft already are not repeated, so joining twice is harmless.
    """
    both = {**earlier, **later}
    for name in LONG_TEXTS & earlier.keys() & later.keys():
        before, after = earlier[name].reveal(), later[name].reveal()
        stands = f"\n\n{after}\n\n" in f"\n\n{before}\n\n"
        both[name] = earlier[name] if stands else Words(f"{before}\n\n{after}")
    return both


LONG_TEXTS = frozenset({"question", "guidance", "safety_net", "update", "words", "note"})
"""The fields in which people write at length: nobody's words may take the place of others unseen."""


def typed(request: Request) -> tuple[tuple[str, Words], ...]:
    """Return the filled-in inputs in a fixed order, so that the same words compare equal."""
    return tuple(
        sorted(
            ((name, words) for name, words in request.fields.items() if words and name != FOR),
            key=lambda item: item[0],
        )
    )


def draft_for(verb: Verb, case: Case, actor: Actor) -> Draft | None:
    """Return the draft that this person's form starts with: their own, else one that was handed over with the case.

    What only its owner writes is handed over. Emergency advice, tasks and the like are everybody's own.
    """
    own = case.draft(verb.name, actor.id)
    return own or (case.newest_draft(verb.name) if verb.crosses and not verb.at_once else None)


def whole(request: Request, verb: Verb, case: Case) -> Request:
    """Return the request with what stands in the draft, being longer than the form that it came from holds."""
    draft = draft_for(verb, case, request.actor)
    if not request.keeps or draft is None:
        return request
    kept = {name: words for name, words in draft.fields if name in request.keeps}
    return replace(request, fields={**kept, **request.fields})


DRAFT = Verb(name="draft", label="Draft", help="keep words without sending", perform=perform, typed=False)
