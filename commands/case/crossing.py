"""What questions, guidance, corrections and updates share: they wait out the undo window, then the patient sees them."""

from __future__ import annotations

from consult_bot.case.model import Case, Message, MessageKind
from consult_bot.case.verb import Request
from consult_bot.case.words import Words
from consult_bot.roster.facts import Facts


def crossing(case: Case, request: Request, facts: Facts, kind: MessageKind, words: Words) -> Message:
    """Return a message to the patient that can be undone until `visible_at`."""
    return Message(
        id=facts.ids[0],
        kind=kind,
        author=request.actor.id,
        words=words,
        written_at=facts.now,
        visible_at=facts.now + facts.practice.undo,
        before=case.state,
    )


def required_words(request: Request, name: str) -> Words:
    """Return an input that the desk has checked to be there."""
    words = request.words(name)
    if words is None:
        raise ValueError(f"the desk lets no request through without {name}")
    return words
