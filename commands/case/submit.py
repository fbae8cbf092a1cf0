"""submit: a patient's form becomes a new case."""

from __future__ import annotations

from consult_bot.case.events import Event, Happened
from consult_bot.case.model import Case, State
from consult_bot.case.verb import Change, Request, Verb
from consult_bot.deadlines.targets import answer_by
from consult_bot.roster.facts import Facts

DEFAULT_QUEUE = "general"


def perform(case: None, request: Request, facts: Facts) -> Change:
    """Return the new case and, to be shown once, its access code."""
    if request.submission is None or facts.number is None or facts.case_id is None or facts.code is None:
        raise ValueError("a submit carries a submission, and the desk draws its number, id and code")
    case_made = Case(
        id=facts.case_id,
        number=facts.number,
        version=0,
        state=State.NEW,
        queue=DEFAULT_QUEUE,
        submission=request.submission,
        nonce=request.once_key or facts.case_id,
        created_at=facts.now,
        due_at=answer_by(facts.practice, facts.now, urgent=False),
        linked_to=request.linked_to,
    )
    return Change(case_made, (Event(Happened.SUBMITTED),), reveal={"access_code": facts.code})


SUBMIT = Verb(
    name="submit",
    label="Submit",
    help="send an intake form",
    perform=perform,
    typed=False,
)
