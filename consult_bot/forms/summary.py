"""The full form as people read it: clinicians in the thread, patients on their page."""

from __future__ import annotations

from dataclasses import dataclass

from consult_bot.case.submission import Answer, AnswerKind, Submission
from consult_bot.case.words import Words
from consult_bot.forms.safe_text import for_display

FOLDED_QUESTION = "Answered no"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the full form: the question, and the answer with hidden marks spelled out."""

    question: str
    shown: Words


def full_form(submission: Submission) -> tuple[Line, ...]:
    """Return every answer in the form's order."""
    return tuple(_line(answer) for answer in submission.answers)


def negatives_folded(submission: Submission) -> tuple[Line, ...]:
    """Return the answers in the form's order, with every plain "no" gathered in one last line.

    A lone "no" stays where it is: folding it would only move it.
    """
    negatives = [answer for answer in submission.answers if is_negative(answer)]
    if len(negatives) < 2:
        return full_form(submission)
    kept = tuple(_line(answer) for answer in submission.answers if not is_negative(answer))
    folded = Words(" · ".join(answer.question for answer in negatives))
    return (*kept, Line(FOLDED_QUESTION, folded))


def is_negative(answer: Answer) -> bool:
    """Tell whether the answer is a plain no; "unsure" and "does not apply" are not."""
    value = answer.value.reveal()
    if answer.kind is AnswerKind.BOOLEAN:
        return value == "false"
    return answer.kind is AnswerKind.CHOICE and value == "no"


def _line(answer: Answer) -> Line:
    return Line(answer.question, Words(for_display(answer.shown.reveal())))
