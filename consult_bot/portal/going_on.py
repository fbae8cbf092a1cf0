"""A reply that comes too late for its case: it becomes a new case, which goes on from the old one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from consult_bot.case.model import Case
from consult_bot.case.submission import Answer, AnswerKind, Submission
from consult_bot.case.verb import Request
from consult_bot.case.words import Words
from consult_bot.forms.catalogue import Catalogue
from consult_bot.forms.identity import IDENTITY
from consult_bot.forms.questionnaire import Item, Option

CONCERN = "What would you like help with?"
"""The question, where the earlier form did not ask for a concern in words of its own."""

ADDRESS_NOW = "address_now"


@dataclass(frozen=True, slots=True)
class WhereNow:
    """Asks in which state the patient is now; the earlier answer (`before`, a code) stands there already.

    Weeks have passed since, and which clinicians may answer depends on it.
    """

    item: Item
    before: str

    def chosen(self, code: str) -> Option | None:
        """Return the answer with this code, None where the list has no such."""
        return next((option for option in self.item.options if option.code == code), None)


def where_now(case: Case, offered: Catalogue) -> WhereNow:
    """Return the question as the case's own form asks it, or another one where that is no longer on offer."""
    asked = offered.get(case.submission.form) or offered.forms[0]
    item = asked.item("state")
    if item is None:
        raise ValueError("the catalogue takes no form that does not ask for the state")
    return WhereNow(item, case.submission.value("state"))


def going_on(earlier: Case, reply: Request, state: Option | None) -> Request:
    """Return the submit of a new case that goes on from this one, in place of the reply.

    It says who the patient is as the earlier form did; only the state may be another. Nothing about their health
    is taken over: it may have changed, and "not asked" is the truth. The reply's once-key makes a repeat harmless.
    """
    return replace(
        reply,
        verb="submit",
        record=None,
        fields={},
        submission=_submission(earlier.submission, reply, state),
        linked_to=earlier.number,
    )


def _submission(before: Submission, reply: Request, state: Option | None) -> Submission:
    asked = before.answer("concern")
    words = reply.words("reply") or Words("")
    concern = Answer("concern", asked.question if asked else CONCERN, AnswerKind.TEXT, words, words)
    return Submission(
        before.form,
        before.title,
        (concern, *_identity(before, state)),
        attachments=reply.attachments,
    )


def _identity(before: Submission, state: Option | None) -> list[Answer]:
    """Who the patient is; in another state, the address where they were is wrong and is left out."""
    known = [answer for answer in before.answers if answer.link_id in IDENTITY]
    if state is None or state.code == before.value("state"):
        return known
    return [_moved(answer, state) for answer in known if answer.link_id != ADDRESS_NOW]


def _moved(answer: Answer, state: Option) -> Answer:
    if answer.link_id != "state":
        return answer
    return replace(answer, value=Words(state.code), shown=Words(state.display))
