"""The submission: the form as the patient sent it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from consult_bot.case.words import Words


class AnswerKind(StrEnum):
    """The item types of a FHIR R4 Questionnaire that we ask with."""

    STRING = "string"
    TEXT = "text"
    CHOICE = "choice"
    DATE = "date"
    BOOLEAN = "boolean"
    ATTACHMENT = "attachment"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answered question.

    `value` is what a program reads: the text, a choice's code, `2024-05-01`, `true` or `false`, or a
    count of attachments; `shown` is what a person reads.
    """

    link_id: str
    question: str
    kind: AnswerKind
    value: Words
    shown: Words


@dataclass(frozen=True, slots=True)
class Submission:
    """A form as it was sent.

    A question without an Answer was either asked and left open (its linkId is in `left_open`) or not asked at all:
    to a clinician that is not the same. `attachments` are ids of staged files.
    """

    form: str
    title: str
    answers: tuple[Answer, ...]
    attachments: tuple[str, ...] = ()
    left_open: tuple[str, ...] = ()

    def answer(self, link_id: str) -> Answer | None:
        """Return the answer to the question with this linkId, None where it was left open or not asked."""
        return next((answer for answer in self.answers if answer.link_id == link_id), None)

    def shown(self, link_id: str) -> Words | None:
        """Return the answer as a person reads it, None where there is none."""
        found = self.answer(link_id)
        return found.shown if found else None

    def value(self, link_id: str) -> str:
        """Return the answer as a program reads it, the empty string where there is none."""
        found = self.answer(link_id)
        return found.value.reveal() if found else ""

    def birth_date(self) -> date | None:
        """Return the patient's date of birth, None where the form did not ask for it."""
        text = self.value("birth_date")
        return date.fromisoformat(text) if text else None
